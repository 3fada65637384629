"""Finished calls as OpenTelemetry spans and metrics, in the words of the conventions for generative AI (v1.44, 2026).

A call is a span of kind SERVER, a child of the client's own where it sent a `traceparent`; each attempt at a provider
is a CLIENT span in it. Where they are sent is what OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`
and so on). No prompt and no answer is ever in them. Needs the extra `otel`; nothing else imports this module.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from llms.metrics.record import CallRecord
from llms.metrics.tokens import NO_TOKENS
from llms.types import Attempt
from llms.version import VERSION

_SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
_NS = 1_000_000_000
_VENDORS = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex": "gcp.vertex_ai",
    "xai": "x_ai",
}
"""Where the conventions have another name for a provider than we."""
_OPERATIONS = {"": "chat", "responses": "chat", "completions": "text_completion", "embeddings": "embeddings"}
_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_EACH = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
"""The buckets the conventions ask for."""


class Telemetry:
    """An observer that tells OpenTelemetry of every call. What is told leaves in batches, from threads of the SDK."""

    def __init__(self, spans: SpanProcessor, reader: MetricReader) -> None:
        resource = Resource.create({SERVICE_NAME: "llms", SERVICE_VERSION: VERSION})
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracers.add_span_processor(spans)
        self._tracer = self._tracers.get_tracer("llms", VERSION, schema_url=_SCHEMA)
        self._meters = MeterProvider([reader], resource, shutdown_on_exit=False, views=_views())
        meter = self._meters.get_meter("llms", VERSION, schema_url=_SCHEMA)

        def seconds(name: str, about: str) -> Histogram:
            return meter.create_histogram(name, unit="s", description=about)

        self._tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}", description="Tokens used")
        self._operation = seconds("gen_ai.client.operation.duration", "Of the answer, with every attempt")
        self._request = seconds("gen_ai.server.request.duration", "From the request to the end of its answer")
        self._first = seconds("gen_ai.server.time_to_first_token", "From the request to the first token")
        self._chunk = seconds(
            "gen_ai.client.operation.time_to_first_chunk", "Of a stream, from when its provider was asked"
        )
        self._each = seconds("gen_ai.server.time_per_output_token", "Per token after the first")

    @classmethod
    def from_environment(cls) -> "Telemetry":
        """One that sends by OTLP over HTTP to where the variables say."""
        return cls(BatchSpanProcessor(OTLPSpanExporter()), PeriodicExportingMetricReader(OTLPMetricExporter()))

    async def close(self) -> None:
        """Send what was not sent yet."""
        await asyncio.gather(asyncio.to_thread(self._tracers.shutdown), asyncio.to_thread(self._meters.shutdown))

    def finished(self, record: CallRecord) -> None:
        """Tell of a call."""
        common = _common(record.endpoint, record.provider, record.model)
        self._span(record, common)
        self._count(record, common)

    def _span(self, record: CallRecord, common: Mapping[str, Any]) -> None:
        parent = TraceContextTextMapPropagator().extract({"traceparent": record.traceparent})
        span = self._tracer.start_span(
            f"{common['gen_ai.operation.name']} {record.requested}",
            context=parent,
            kind=SpanKind.SERVER,
            attributes={**common, **_told(record)},
            start_time=_ns(record.started_at),
        )
        if record.outcome == "failed":
            span.set_status(Status(StatusCode.ERROR, record.error))
        inside = trace.set_span_in_context(span)
        for attempt in record.tries:
            self._attempt(record, attempt, inside)
        span.end(_ns(record.started_at + record.duration_s))

    def _attempt(self, record: CallRecord, attempt: Attempt, inside: Any) -> None:
        common = _common(record.endpoint, attempt.provider, attempt.model)
        span = self._tracer.start_span(
            f"{common['gen_ai.operation.name']} {attempt.model}",
            context=inside,
            kind=SpanKind.CLIENT,
            attributes={**common, "llms.attempt.kind": attempt.kind, **_failure(attempt.error)},
            start_time=_ns(record.started_at + attempt.started - record.begun),
        )
        if attempt.error is not None:
            span.set_status(Status(StatusCode.ERROR, attempt.error))
        ended = attempt.ended - record.begun if attempt.ended else record.duration_s
        span.end(_ns(record.started_at + ended))

    def _count(self, record: CallRecord, common: Mapping[str, Any]) -> None:
        labels = {**common, **_failure(record.error)}
        self._operation.record(record.duration_s, labels)
        self._request.record(record.duration_s, labels)
        tokens = record.tokens
        if tokens.prompt:
            self._tokens.record(tokens.prompt, {**common, "gen_ai.token.type": "input"})
        if tokens.completion:
            self._tokens.record(tokens.completion, {**common, "gen_ai.token.type": "output"})
        for attempt in record.tries if record.stream else ():
            if attempt.answered:
                asked = _common(record.endpoint, attempt.provider, attempt.model)
                self._chunk.record(attempt.answered - attempt.started, asked)
        if record.ttft_s is not None:
            self._first.record(record.ttft_s, common)
            if record.stream and tokens.completion > 1:
                self._each.record((record.duration_s - record.ttft_s) / (tokens.completion - 1), common)


def _common(endpoint: str, provider: str, model: str) -> dict[str, Any]:
    """What every span and point says."""
    return {
        "gen_ai.operation.name": _OPERATIONS.get(endpoint, endpoint),
        "gen_ai.provider.name": _VENDORS.get(provider, provider) or "unknown",
        "gen_ai.request.model": model,
    }


def _told(record: CallRecord) -> dict[str, Any]:
    """What only the span of a call says: its model is the one that was asked for, and of an answer only what came."""
    tokens = record.tokens
    told: dict[str, Any] = {
        "gen_ai.request.model": record.requested,
        "gen_ai.request.stream": record.stream,
        "llms.request.id": record.id,
        "llms.key": record.principal,
        "llms.outcome": record.outcome,
        "llms.attempts": record.attempts,
        **_failure(record.error),
    }
    if record.ttft_s is not None:
        told["gen_ai.response.model"] = record.model
        if record.stream:
            told["gen_ai.response.time_to_first_chunk"] = record.ttft_s
    if tokens is not NO_TOKENS:
        told |= {
            "gen_ai.usage.input_tokens": tokens.prompt,
            "gen_ai.usage.output_tokens": tokens.completion,
            "gen_ai.usage.cache_read.input_tokens": tokens.cached,
            "gen_ai.usage.cache_creation.input_tokens": tokens.written,
            "gen_ai.usage.reasoning.output_tokens": tokens.reasoning,
            "llms.usage.estimated": tokens.estimated,
        }
    if record.cost_usd is not None:
        told["llms.cost_usd"] = record.cost_usd
    return told


def _failure(error: str | None) -> dict[str, str]:
    return {} if error is None else {"error.type": error}


def _ns(seconds: float) -> int:
    return int(seconds * _NS)


def _views() -> list[View]:
    """The buckets of each instrument."""
    buckets = {
        "gen_ai.client.token.usage": _TOKENS,
        "gen_ai.client.operation.duration": _SECONDS,
        "gen_ai.client.operation.time_to_first_chunk": _SECONDS,
        "gen_ai.server.request.duration": _SECONDS,
        "gen_ai.server.time_to_first_token": _FIRST,
        "gen_ai.server.time_per_output_token": _EACH,
    }
    return [
        View(instrument_name=name, aggregation=ExplicitBucketHistogramAggregation(edges))
        for name, edges in buckets.items()
    ]
