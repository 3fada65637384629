"""How the gateway has done lately: a report over records, and whether it meets its targets. Pure functions.

Times are in seconds, to the millisecond. A call that a client ended is neither an error nor a measure of speed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llms.errors import Cancelled
from llms.metrics.quantiles import quantile
from llms.metrics.record import CallRecord
from llms.types import Attempt

_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Targets:
    """What the gateway is to achieve: seconds, and the share of calls that may fail."""

    ttft_p95_s: float = 1.5
    latency_p95_s: float = 6.0
    latency_p50_s: float = 3.5
    cancel_s: float = 0.3
    error_rate: float = 0.01


def report(records: Sequence[CallRecord], targets: Targets) -> dict[str, Any]:
    """The performance of these calls: together, per provider, per model, and against the targets."""
    whole = summary(records)
    return {
        "unit": "seconds",
        **whole,
        "attempts": _attempts([attempt for record in records for attempt in record.tries]),
        "providers": _each(records, lambda provider, model: provider),
        "models": _each(records, lambda provider, model: f"{provider}/{model}"),
        "phase1_compliance": _compliance(records, targets),
    }


def summary(records: Sequence[CallRecord]) -> dict[str, Any]:
    """Counts, times and sums over some calls; a time that was never measured is null."""
    errors = Counter(record.error or "unknown" for record in records if record.outcome == "failed")
    failed = errors.total()
    answered = [record for record in records if record.outcome == "finished"]
    costs = [record.cost_usd for record in records if record.cost_usd is not None]
    return {
        "calls": len(records),
        "ttft": _spread(record.ttft_s for record in records),
        "latency": _spread(record.duration_s for record in answered),
        "gap": _spread(record.gap_p50_s for record in records),
        "overhead": _spread(record.overhead_s for record in records),
        "cancel": _spread(record.cancel_s for record in records),
        "tokens": {
            "prompt": sum(record.tokens.prompt for record in records),
            "completion": sum(record.tokens.completion for record in records),
            "total": sum(record.tokens.prompt + record.tokens.completion for record in records),
            "cached": sum(record.tokens.cached for record in records),
            "reasoning": sum(record.tokens.reasoning for record in records),
            "estimated_calls": sum(record.tokens.estimated for record in records),
        },
        "cost_usd": round(sum(costs), 8),
        "errors": {"count": failed, "rate": failed / len(records) if records else 0.0, "by_code": dict(errors)},
        "retries": sum(record.tried("retry") for record in records),
        "fallbacks": sum(record.tried("fallback") for record in records),
        "hedges": sum(record.tried("hedge") for record in records),
        "cancellations": {
            "cancelled": sum(record.outcome == "cancelled" for record in records),
            "disconnected": sum(record.outcome == "disconnected" for record in records),
        },
    }


def _each(records: Iterable[CallRecord], name: Callable[[str, str], str]) -> dict[str, Any]:
    """What each provider, or model, did. A call belongs to who ended it, an attempt to who was asked: one that fails
    where another helps out has attempts only.
    """
    calls: defaultdict[str, list[CallRecord]] = defaultdict(list)
    tries: defaultdict[str, list[Attempt]] = defaultdict(list)
    for record in records:
        if record.provider:  # else it was refused before a route was chosen
            calls[name(record.provider, record.model)].append(record)
        for attempt in record.tries:
            tries[name(attempt.provider, attempt.model)].append(attempt)
    return {group: {**summary(calls[group]), "attempts": _attempts(tries[group])} for group in sorted({*calls, *tries})}


def _attempts(tries: Sequence[Attempt]) -> dict[str, Any]:
    """How many there were, and how many failed. One that was ended from outside, or was slower, did not."""
    errors = Counter(attempt.error or "unknown" for attempt in tries if attempt.status not in (None, Cancelled.status))
    failed = errors.total()
    return {
        "count": len(tries),
        "errors": {"count": failed, "rate": failed / len(tries) if tries else 0.0, "by_code": dict(errors)},
    }


def _spread(values: Iterable[float | None]) -> dict[str, float | int | None]:
    ordered = sorted(value for value in values if value is not None)
    told: dict[str, float | int | None] = {
        name: round(quantile(ordered, share), 6) if ordered else None for name, share in _SHARES.items()
    }
    return {"count": len(ordered), **told}


def _compliance(records: Sequence[CallRecord], targets: Targets) -> dict[str, Any]:
    """Each target with what was measured. What was not measured fails nothing."""
    whole = summary(records)
    measured: Mapping[str, tuple[float | None, float]] = {
        "ttft_p95": (whole["ttft"]["p95"], targets.ttft_p95_s),
        "latency_p95": (whole["latency"]["p95"], targets.latency_p95_s),
        "latency_p50": (whole["latency"]["p50"], targets.latency_p50_s),
        "cancel_p95": (whole["cancel"]["p95"], targets.cancel_s),
        "error_rate": (whole["errors"]["rate"], targets.error_rate),
    }
    checks = {
        name: {"target": target, "actual": actual, "passing": actual is None or actual <= target}
        for name, (actual, target) in measured.items()
    }
    return {**checks, "overall_passing": all(check["passing"] for check in checks.values())}
