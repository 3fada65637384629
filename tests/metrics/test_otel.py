"""What OpenTelemetry is told: spans that hang together, the conventions' words, nothing that was said."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.trace import SpanKind, StatusCode

from llms.metrics.otel import Telemetry
from llms.metrics.record import CallRecord
from llms.metrics.tokens import Tokens
from tests.metrics.records import attempt, record

NS = 1_000_000_000


def spans_of(*records: CallRecord) -> list[ReadableSpan]:
    """The spans of some calls, in the order they ended."""
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(SimpleSpanProcessor(exporter), InMemoryMetricReader())
    for each in records:
        telemetry.finished(each)
    return list(exporter.get_finished_spans())


def points_of(*records: CallRecord) -> dict[str, list[Any]]:
    """The points of each metric."""
    reader = InMemoryMetricReader()
    telemetry = Telemetry(SimpleSpanProcessor(InMemorySpanExporter()), reader)
    for each in records:
        telemetry.finished(each)
    data = reader.get_metrics_data()
    assert data is not None
    [resource] = data.resource_metrics
    assert resource.resource.attributes["service.name"] == "llms"
    return {metric.name: list(metric.data.data_points) for metric in resource.scope_metrics[0].metrics}


def test_a_call_is_a_span_with_its_attempts_inside() -> None:
    tries = (
        attempt(started=100.1, ended=100.3, error="upstream_error", status=500),
        attempt("fallback", provider="mistral", model="large", started=100.4, answered=100.5, ended=102.0),
    )
    first, second, call = spans_of(record(provider="mistral", model="large", tries=tries, begun=100.0, attempts=2))
    assert (call.name, call.kind) == ("chat fast", SpanKind.SERVER)
    assert (first.name, first.kind) == ("chat gpt-4o-mini", SpanKind.CLIENT)
    assert first.parent is not None
    assert second.parent is not None
    assert call.context is not None
    assert first.parent.span_id == second.parent.span_id == call.context.span_id
    assert first.status.status_code == StatusCode.ERROR
    assert dict(first.attributes or {})["error.type"] == "upstream_error"
    assert dict(second.attributes or {})["gen_ai.provider.name"] == "mistral_ai"
    assert call.status.status_code == StatusCode.UNSET


def test_spans_lie_where_the_call_lay() -> None:
    tries = (attempt(started=100.5, ended=101.5),)
    inner, call = spans_of(record(tries=tries, begun=100.0, started_at=1000.0, duration_s=2.0))
    assert (call.start_time, call.end_time) == (1000 * NS, 1002 * NS)
    assert (inner.start_time, inner.end_time) == (int(1000.5 * NS), int(1001.5 * NS))


def test_a_clients_trace_is_continued() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    [call] = spans_of(record(traceparent=parent))
    assert call.parent is not None
    assert format(call.parent.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert format(call.parent.span_id, "016x") == "b7ad6b7169203331"


@pytest.mark.parametrize("parent", ["", "nonsense", "00-00000000000000000000000000000000-b7ad6b7169203331-01"])
def test_a_trace_that_is_none_is_left_out(parent: str) -> None:
    [call] = spans_of(record(traceparent=parent))
    assert call.parent is None


def test_a_failure_is_told_by_its_code() -> None:
    [call] = spans_of(record(outcome="failed", error="idle"))
    assert call.status.status_code == StatusCode.ERROR
    assert dict(call.attributes or {})["error.type"] == "idle"


def test_every_name_is_one_of_the_conventions_or_ours() -> None:
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI")}
    spans = spans_of(record(tries=(attempt(error="idle"),), cost_usd=0.5, tokens=Tokens(1, 2)))
    told = {key for span in spans for key in span.attributes or {}}
    assert {key for key in told if not key.startswith("llms.")} <= known | {"error.type"}
    metrics = {value for name, value in vars(gen_ai_metrics).items() if name.startswith("GEN_AI")}
    assert points_of(record(tokens=Tokens(1, 2))).keys() <= metrics


def test_of_an_answer_that_never_came_nothing_is_told() -> None:
    [failed] = spans_of(record(outcome="failed", error="upstream_error", ttft_s=None))
    assert not [name for name in failed.attributes or {} if name.startswith(("gen_ai.response", "gen_ai.usage"))]


def test_the_span_of_a_call_names_the_model_that_was_asked_for() -> None:
    [call] = spans_of(record(requested="fast", model="gpt-4o-mini"))
    told = dict(call.attributes or {})
    assert call.name == f"chat {told['gen_ai.request.model']}" == "chat fast"
    assert told["gen_ai.response.model"] == "gpt-4o-mini"


def test_what_was_read_from_a_cache_and_written_to_it_is_told() -> None:
    [call] = spans_of(record(tokens=Tokens(prompt=100, completion=5, cached=40, written=30)))
    told = dict(call.attributes or {})
    assert told["gen_ai.usage.cache_read.input_tokens"] == 40
    assert told["gen_ai.usage.cache_creation.input_tokens"] == 30


@pytest.mark.parametrize(("stream", "counted"), [(True, 1), (False, 0)])
def test_only_streams_have_a_first_chunk(stream: bool, counted: int) -> None:
    tries = (attempt(error="upstream_error"), attempt("fallback", started=101.0, answered=101.25))
    told = record(stream=stream, tries=tries, ttft_s=1.5, begun=100.0)
    points = points_of(told).get("gen_ai.client.operation.time_to_first_chunk", [])
    assert [point.sum for point in points] == [0.25] * counted
    [*_, call] = spans_of(told)
    assert ("gen_ai.response.time_to_first_chunk" in (call.attributes or {})) is stream


def test_metrics_count_tokens_and_times() -> None:
    points = points_of(record(ttft_s=0.5, duration_s=2.5, tokens=Tokens(prompt=10, completion=5)))
    tokens = {point.attributes["gen_ai.token.type"]: point.sum for point in points["gen_ai.client.token.usage"]}
    assert tokens == {"input": 10, "output": 5}
    for name, seconds in (
        ("gen_ai.client.operation.duration", 2.5),
        ("gen_ai.server.request.duration", 2.5),
        ("gen_ai.server.time_to_first_token", 0.5),
        ("gen_ai.server.time_per_output_token", 0.5),
    ):
        [point] = points[name]
        assert point.sum == pytest.approx(seconds)
