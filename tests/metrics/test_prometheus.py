"""What a scraper reads: exact counts under bounded labels."""

import math

from prometheus_client.parser import text_string_to_metric_families

from llms.metrics.prometheus import Metrics
from llms.metrics.tokens import Tokens
from tests.metrics.records import attempt, record


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text, content_type = metrics.exposition("text/plain")
    assert content_type.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


ROUTE = (("model", "gpt-4o-mini"), ("provider", "openai"))


def test_a_call_counts_once_everywhere() -> None:
    metrics = Metrics()
    tokens = Tokens(prompt=10, completion=5, cached=4, reasoning=2)
    metrics.finished(record(ttft_s=0.5, duration_s=2.5, tokens=tokens, cost_usd=0.25, overhead_s=0.001))
    found = samples(metrics)
    assert found["llms_requests_total", (("error", ""), *ROUTE[:1], ("outcome", "finished"), *ROUTE[1:])] == 1
    assert found["llms_cost_usd_total", ROUTE] == 0.25
    kinds = {dict(labels)["kind"]: value for (name, labels), value in found.items() if name == "llms_tokens_total"}
    assert kinds == {"prompt": 10, "completion": 5, "cached": 4, "reasoning": 2}
    assert found["llms_time_to_first_token_seconds_sum", ROUTE] == 0.5
    assert found["llms_request_duration_seconds_sum", ROUTE] == 2.5
    assert found["llms_time_per_output_token_seconds_sum", ROUTE] == 0.5
    assert found["llms_gateway_overhead_seconds_count", ()] == 1


def test_attempts_that_were_not_the_first_or_failed_are_counted_by_cause() -> None:
    metrics = Metrics()
    metrics.finished(record(tries=(attempt(error="idle"), attempt("retry", error="idle"), attempt("fallback"))))
    found = samples(metrics)
    counted = {
        (dict(labels)["kind"], dict(labels)["error"]): value
        for (name, labels), value in found.items()
        if name == "llms_attempts_total"
    }
    assert counted == {("first", "idle"): 1, ("retry", "idle"): 1, ("fallback", ""): 1}


def test_names_that_requests_and_providers_make_up_are_bounded() -> None:
    metrics = Metrics(max_models=3)
    for number in range(500):
        metrics.finished(record(model=f"m{number}", outcome="failed", error=f"code_{number}"))
    found = samples(metrics)
    requests = {labels: value for (name, labels), value in found.items() if name == "llms_requests_total"}
    assert sum(requests.values()) == 500
    assert {dict(labels)["model"] for labels in requests} == {"m0", "m1", "m2", "other"}
    assert len({dict(labels)["error"] for labels in requests}) <= 101


def test_names_of_attempts_are_bounded_too() -> None:
    metrics = Metrics(max_models=3)
    for number in range(50):
        metrics.finished(record(tries=(attempt(model=f"m{number}", error="idle"), attempt("fallback"))))
    labels = {dict(each)["model"] for name, each in samples(metrics) if name == "llms_attempts_total"}
    assert labels == {"gpt-4o-mini", "m0", "m1", "other"}


def test_gauges_are_read_when_somebody_asks() -> None:
    metrics = Metrics()
    now = {"n": 3.0}
    metrics.watch("requests_in_flight", "Requests in flight", lambda: {(): now["n"]})
    metrics.watch("breaker_open", "1 while", lambda: {("openai/x", "timeout"): 1.0}, "target", "cause")
    assert samples(metrics)["llms_requests_in_flight", ()] == 3
    now["n"] = 4.0
    found = samples(metrics)
    assert found["llms_requests_in_flight", ()] == 4
    assert found["llms_breaker_open", (("cause", "timeout"), ("target", "openai/x"))] == 1


def test_the_lag_of_the_loop_is_a_histogram() -> None:
    metrics = Metrics()
    metrics.lagged(0.02)
    assert math.isclose(samples(metrics)["llms_event_loop_lag_seconds_sum", ()], 0.02)
