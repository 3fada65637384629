"""The performance report: what stands in it, and when the targets are met."""

from typing import Any

import pytest

from llms.metrics.performance import Targets, report
from llms.metrics.tokens import Tokens
from tests.metrics.records import attempt, record

TARGETS = Targets()


def test_times_are_told_as_quantiles() -> None:
    told = report([record(str(n), ttft_s=n / 100, duration_s=n / 10) for n in range(1, 101)], TARGETS)
    assert told["ttft"] == {"count": 100, "p50": 0.5, "p95": 0.95, "p99": 0.99}
    assert told["latency"] == {"count": 100, "p50": 5.0, "p95": 9.5, "p99": 9.9}


def test_nothing_measured_is_null_and_fails_nothing() -> None:
    told = report([], TARGETS)
    assert told["ttft"] == {"count": 0, "p50": None, "p95": None, "p99": None}
    assert told["errors"] == {"count": 0, "rate": 0.0, "by_code": {}}
    assert told["phase1_compliance"]["overall_passing"] is True


def test_errors_are_counted_by_code() -> None:
    failed = [record(outcome="failed", error=code) for code in ("idle", "idle", "upstream_error")]
    told = report([*failed, record()], TARGETS)
    assert told["errors"] == {"count": 3, "rate": 0.75, "by_code": {"idle": 2, "upstream_error": 1}}


def test_a_call_its_client_ended_is_no_error_and_no_latency() -> None:
    told = report(
        [
            record(outcome="cancelled", error="cancelled", duration_s=99.0, cancel_s=0.002),
            record(outcome="disconnected", error="client_closed_request", duration_s=99.0),
            record(),
        ],
        TARGETS,
    )
    assert told["errors"]["count"] == 0
    assert told["latency"]["p99"] == 2.0
    assert told["cancellations"] == {"cancelled": 1, "disconnected": 1}
    assert told["cancel"]["p95"] == 0.002


def test_tokens_cost_and_attempts_are_summed() -> None:
    tries = (attempt(error="upstream_error"), attempt("retry", error="idle"), attempt("fallback"))
    told = report(
        [
            record(tokens=Tokens(prompt=10, completion=5, cached=4, reasoning=3), cost_usd=0.1, tries=tries),
            record(tokens=Tokens(prompt=1, completion=1, estimated=True), tries=(attempt(), attempt("hedge"))),
        ],
        TARGETS,
    )
    assert told["tokens"] == {
        "prompt": 11,
        "completion": 6,
        "total": 17,
        "cached": 4,
        "reasoning": 3,
        "estimated_calls": 1,
    }
    assert told["cost_usd"] == pytest.approx(0.1)
    assert (told["retries"], told["fallbacks"], told["hedges"]) == (1, 1, 1)


def test_providers_and_models_are_told_apart() -> None:
    told = report([record(), record(model="gpt-4o", ttft_s=3.0), record(provider="mine"), record(provider="")], TARGETS)
    assert {name: each["calls"] for name, each in told["providers"].items()} == {"mine": 1, "openai": 2}
    assert told["models"]["openai/gpt-4o"]["ttft"]["p50"] == 3.0
    assert told["calls"] == 4


def test_a_provider_that_fails_is_seen_though_another_one_answers() -> None:
    tries = (
        attempt(provider="bad", error="upstream_error", status=502),
        attempt("fallback", provider="slow", error="hedge_lost"),
        attempt("hedge", provider="good"),
        attempt("hedge", provider="good", error="cancelled", status=499),
    )
    told = report([record(provider="good", tries=tries)], TARGETS)
    assert {name: each["calls"] for name, each in told["providers"].items()} == {"bad": 0, "good": 1, "slow": 0}
    assert told["providers"]["bad"]["attempts"] == {
        "count": 1,
        "errors": {"count": 1, "rate": 1.0, "by_code": {"upstream_error": 1}},
    }
    assert told["models"]["slow/gpt-4o-mini"]["attempts"]["errors"]["count"] == 0
    assert told["providers"]["good"]["attempts"]["count"] == 2
    assert (told["attempts"]["count"], told["attempts"]["errors"]["rate"]) == (4, 0.25)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"ttft_s": 1.6}, "ttft_p95"),
        ({"duration_s": 7.0}, "latency_p95"),
        ({"duration_s": 3.6}, "latency_p50"),
        ({"cancel_s": 0.4}, "cancel_p95"),
        ({"outcome": "failed", "error": "idle"}, "error_rate"),
    ],
)
def test_a_missed_target_is_named(changes: dict[str, Any], check: str) -> None:
    told = report([record(**changes)], TARGETS)["phase1_compliance"]
    assert told[check]["passing"] is False
    assert told["overall_passing"] is False


def test_targets_can_be_set() -> None:
    told = report([record(ttft_s=1.0)], Targets(ttft_p95_s=0.9))["phase1_compliance"]
    assert told["ttft_p95"] == {"target": 0.9, "actual": 1.0, "passing": False}
