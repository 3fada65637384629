"""A record in other words: as the store keeps it, back from there, and as the API tells it."""

import functools
import time
from typing import Any, cast

from llms import jsonio
from llms.metrics.record import CallRecord, Outcome
from llms.metrics.tokens import Tokens
from llms.store.rows import CallRow
from llms.types import Attempt, Call, Candidate, Decision

_DAY_S = 86_400
_AS_THEY_ARE = (
    "requested",
    "model",
    "endpoint",
    "ttft_s",
    "duration_s",
    "overhead_s",
    "gap_p50_s",
    "gap_p99_s",
    "cancel_s",
    "usage",
    "begun",
)
"""What a row's detail tells in the form it has in the record."""


def row(record: CallRecord) -> CallRow:
    """A record as the store keeps it."""
    tokens = record.tokens
    retried = len(record.tries) > 1
    return CallRow(
        record.id,
        record.started_at,
        _day(int(record.started_at // _DAY_S)),
        record.principal,
        record.requested[:512],
        record.provider,
        record.model[:512],
        record.stream,
        record.outcome,
        record.error,
        record.attempts,
        record.tried("retry") if retried else 0,
        record.tried("fallback") if retried else 0,
        _ms(record.ttft_s),
        record.duration_s * 1000,
        tokens.prompt,
        tokens.completion,
        tokens.cached,
        tokens.reasoning,
        tokens.estimated,
        record.cost_usd,
        _detail(record),
    )


def _detail(record: CallRecord) -> str:
    """What the columns do not say, as JSON; without the usage, if that cannot be written: it is the provider's own."""
    try:
        return jsonio.dumps(_rest(record)).decode()
    except jsonio.TooDeep:
        return jsonio.dumps(_rest(record) | {"usage": None}).decode()


def _rest(record: CallRecord) -> dict[str, Any]:
    """What the columns do not say. The attempts and the decision are written by the encoder as they are, in seconds."""
    return {
        "requested": record.requested,
        "model": record.model,
        "endpoint": record.endpoint,
        "ttft_s": record.ttft_s,
        "duration_s": record.duration_s,
        "overhead_s": record.overhead_s,
        "gap_p50_s": record.gap_p50_s,
        "gap_p99_s": record.gap_p99_s,
        "cancel_s": record.cancel_s,
        "usage": record.usage,
        "begun": record.begun,
        "tries": record.tries,
        "decision": record.decision,
        "changes": record.changes,
    }


def recalled(kept: CallRow) -> CallRecord:
    """The record that a row was made of. Not kept are who traced it, and tokens that no column has.

    Rows of before the detail had this form tell what their columns say.
    """
    rest: dict[str, Any] = jsonio.loads(kept.detail)
    told_here = {name: rest[name] for name in _AS_THEY_ARE if name in rest}
    return CallRecord(
        id=kept.id,
        principal=kept.key,
        provider=kept.provider,
        stream=bool(kept.stream),
        outcome=cast(Outcome, kept.outcome),
        error=kept.error,
        attempts=kept.attempts,
        started_at=kept.at,
        tokens=Tokens(
            prompt=kept.prompt_tokens,
            completion=kept.completion_tokens,
            cached=kept.cached_tokens,
            reasoning=kept.reasoning_tokens,
            estimated=bool(kept.estimated),
        ),
        cost_usd=kept.cost_usd,
        tries=tuple(Attempt(**each) for each in rest.get("tries", ())),
        decision=_recalled_decision(rest.get("decision")),
        changes=tuple((action, field) for action, field in rest.get("changes", ())),
        **{**_from_columns(kept), **told_here},
    )


def _from_columns(kept: CallRow) -> dict[str, Any]:
    """What the detail tells better, as far as the columns know it: long names whole, and times to the last digit."""
    return {
        "requested": kept.requested,
        "model": kept.model,
        "ttft_s": None if kept.ttft_ms is None else kept.ttft_ms / 1000,
        "duration_s": kept.duration_ms / 1000,
        "usage": None,
    }


def _recalled_decision(kept: dict[str, Any] | None) -> Decision | None:
    if kept is None:
        return None
    return Decision(kept["strategy"], kept["reason"], tuple(Candidate(**each) for each in kept["candidates"]))


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
