"""A record in other words: as the store keeps it, and as the API tells it."""

import functools
import time
from typing import Any

from llms import jsonio
from llms.metrics.record import CallRecord
from llms.store.rows import CallRow
from llms.types import Attempt, Call, Decision

_DAY_S = 86_400


def row(record: CallRecord) -> CallRow:
    """A record as the store keeps it."""
    tokens = record.tokens
    return {
        "id": record.id,
        "at": record.started_at,
        "day": _day(int(record.started_at // _DAY_S)),
        "key": record.principal,
        "requested": record.requested[:512],
        "provider": record.provider,
        "model": record.model[:512],
        "stream": record.stream,
        "outcome": record.outcome,
        "error": record.error,
        "attempts": record.attempts,
        "retries": record.count("retry"),
        "fallbacks": record.count("fallback"),
        "ttft_ms": _ms(record.ttft_s),
        "duration_ms": record.duration_s * 1000,
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "cached_tokens": tokens.cached,
        "reasoning_tokens": tokens.reasoning,
        "estimated": tokens.estimated,
        "cost_usd": record.cost_usd,
        "detail": jsonio.dumps(told(record)).decode(),
    }


@functools.lru_cache(maxsize=8)
def _day(number: int) -> str:
    """A day by its number since the epoch: `2026-11-21`. Of many rows nearly all are of the same."""
    return time.strftime("%Y-%m-%d", time.gmtime(number * _DAY_S))


def told(record: CallRecord) -> dict[str, Any]:
    """The whole of a record as JSON tells it: what `GET /api/calls/{id}` answers."""
    tokens = record.tokens
    return {
        "id": record.id,
        "object": "llms.call",
        "status": record.outcome,
        "error": record.error,
        "key": record.principal,
        "endpoint": record.endpoint or "chat/completions",
        "requested": record.requested,
        "provider": record.provider,
        "model": record.model,
        "stream": record.stream,
        "started_at": round(record.started_at, 6),
        "ttft_ms": _ms(record.ttft_s),
        "duration_ms": _ms(record.duration_s),
        "overhead_ms": _ms(record.overhead_s),
        "gap_p50_ms": _ms(record.gap_p50_s),
        "gap_p99_ms": _ms(record.gap_p99_s),
        "cancel_ms": _ms(record.cancel_s),
        "tokens": {
            "prompt": tokens.prompt,
            "completion": tokens.completion,
            "cached": tokens.cached,
            "reasoning": tokens.reasoning,
            "estimated": tokens.estimated,
        },
        "usage": record.usage,
        "cost_usd": record.cost_usd,
        "attempts": [_attempt(attempt, record.begun) for attempt in record.tries],
        "decision": None if record.decision is None else _decision(record.decision),
        "translation": [{"action": action, "field": field} for action, field in record.changes],
    }


def way_of(call: Call) -> dict[str, Any]:
    """The way that a call in flight has come so far, in the words of its record."""
    changes = call.terms.changes if call.terms is not None else ()
    return {
        "attempts": [_attempt(attempt, call.timing.started) for attempt in call.tries],
        "decision": None if call.decision is None else _decision(call.decision),
        "translation": [{"action": action, "field": field} for action, field in changes],
    }


def _attempt(attempt: Attempt, begun: float) -> dict[str, Any]:
    """One try; `started_ms` counts from the start of the call."""
    return {
        "provider": attempt.provider,
        "model": attempt.model,
        "kind": attempt.kind,
        "started_ms": _ms(attempt.started - begun),
        "waited_ms": _ms(attempt.waited_s),
        "ttft_ms": _ms(attempt.answered - attempt.started) if attempt.answered else None,
        "duration_ms": _ms(attempt.ended - attempt.started) if attempt.ended else None,
        "error": attempt.error,
        "status": attempt.status,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    candidates = [{"route": each.route, "kept": each.kept, "reason": each.reason} for each in decision.candidates]
    return {"strategy": decision.strategy, "reason": decision.reason, "candidates": candidates}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else int(seconds * 1_000_000) / 1000  # a quarter of what `round` costs
