"""The outermost stage: it counts what passes, sees how the call ends, and tells the observers.

What it does per chunk is paid for every token of every stream: it takes the time, and adds up lengths.
"""

import asyncio
import operator
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, cast

from llms.errors import Cancelled, GatewayError, Internal
from llms.metrics.quantiles import quantile
from llms.metrics.record import CallRecord, Observer, Outcome
from llms.metrics.tokens import NO_TOKENS, Tokens, estimated, told
from llms.types import Call, Chunk, Next, Stage, Usage

Price = Callable[[str, str, Tokens, Usage | None], float | None]
"""What tokens cost in US dollars, given the provider, the model and the usage it told; None where nobody knows."""

_NOTHING: Mapping[str, Any] = {}
_MOMENTS = 4096
_EVENT_BYTES_PER_CHARACTER = 40
"""Of an answer that is forwarded as it is: an event of a few characters has a frame of some two hundred bytes."""
_GENERATING = ("", "completions", "responses")
"""The endpoints whose answers are text; an image that was not counted is not estimated."""


def measure(observers: Sequence[Observer], price: Price | None = None) -> Stage:
    """A stage that gives every finished call to `observers`, in whichever of the four ways it ended."""

    async def measured(call: Call, advance: Next) -> AsyncGenerator[Chunk, None]:
        outcome: Outcome = "failed"  # what it is when nothing below says otherwise: a fault of our own
        error: str | None = Internal.code
        progress, clock = call.progress, time.monotonic
        moments, stream = progress.moments, call.stream
        try:
            async for chunk in advance(call):
                moments.append(clock())
                if len(moments) == _MOMENTS:
                    del moments[1::2]  # what is left is spread over the whole answer
                progress.chunks += 1
                try:  # the usual chunk, without a call
                    delta = chunk["choices"][0]["delta"] if stream else _NOTHING
                    progress.characters += len(delta["content"]) if len(delta) == 1 else _characters(chunk)  # type: ignore[arg-type]
                except (KeyError, IndexError, TypeError):
                    progress.characters += _characters(chunk)
                if (usage := chunk.get("usage")) is not None:
                    call.usage = usage
                yield chunk
            outcome, error = "finished", None
        except GatewayError as failure:
            outcome, error = "failed", failure.code or failure.type
            raise
        except (asyncio.CancelledError, GeneratorExit):  # the consumer went away
            outcome, error = "disconnected", "client_closed_request"
            raise
        finally:
            call.timing.finished = time.monotonic()
            outcome, error = _ended(call, outcome, error)
            call.ended = outcome
            if observers:
                record = _record(call, outcome, error, price)
                for observer in observers:
                    observer.finished(record)

    return measured


def _characters(chunk: Chunk) -> int:
    """How many characters of an answer a chunk holds, in whichever of its places."""
    count = 0
    choices: Sequence[Mapping[str, Any]] = chunk.get("choices") or ()  # vectors have none
    for choice in choices:
        delta = choice.get("delta") or choice.get("message") or _NOTHING
        if text := delta.get("content"):
            count += len(text)
        if len(delta) > 1:
            count += len(delta.get("reasoning_content") or "") + len(delta.get("refusal") or "")
            if calls := delta.get("tool_calls"):
                count += len(str(calls))  # rare, and their frame is paid for too
    if not choices and isinstance(data := cast(Mapping[str, Any], chunk).get("data"), bytes):
        return len(data) // _EVENT_BYTES_PER_CHARACTER
    return count


def _ended(call: Call, outcome: Outcome, error: str | None) -> tuple[Outcome, str | None]:
    """How a call ended: a cancellation that came through the scope was not the client's leaving."""
    reason = call.scope.reason if call.scope else None
    if isinstance(reason, GatewayError) and outcome == "disconnected":
        return ("cancelled" if isinstance(reason, Cancelled) else "failed"), reason.code
    return outcome, error


def _record(call: Call, outcome: Outcome, error: str | None, price: Price | None) -> CallRecord:
    timing, moments = call.timing, call.progress.moments
    gaps = sorted(map(operator.sub, moments[1:], moments)) if len(moments) > 1 else ()
    answered, began = timing.upstream_answered, timing.upstream_started
    provider = call.route.provider.name if call.route else ""
    model = call.route.model if call.route else ""
    tokens = tokens_of(call)
    cancelled = call.scope.cancelled if call.scope and outcome == "cancelled" else 0.0
    return CallRecord(
        id=call.id,
        principal=call.principal.name,
        requested=call.chat["model"],
        provider=provider,
        model=model,
        stream=call.stream,
        outcome=outcome,
        error=error,
        attempts=call.attempts,
        ttft_s=answered - timing.started if answered else None,
        duration_s=timing.finished - timing.started,
        usage=call.usage,
        changes=tuple(call.terms.changes) if call.terms else (),
        endpoint=call.endpoint,
        started_at=time.time() - (timing.finished - timing.started),
        overhead_s=began - timing.started if began else None,
        gap_p50_s=quantile(gaps, 0.50) if gaps else None,
        gap_p99_s=quantile(gaps, 0.99) if gaps else None,
        cancel_s=timing.finished - cancelled if cancelled else None,
        tokens=tokens,
        cost_usd=price(provider, model, tokens, call.usage) if price and tokens is not NO_TOKENS else None,
        tries=tuple(call.tries),
        decision=call.decision,
        begun=timing.started,
        traceparent=call.traceparent,
    )


def tokens_of(call: Call) -> Tokens:
    """The tokens of a call: as told, or estimated once something was delivered."""
    if call.usage is not None:
        return told(call.usage)
    if call.progress.characters and call.endpoint in _GENERATING:
        return estimated(call.chat, call.progress.characters)
    return NO_TOKENS
