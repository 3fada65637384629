"""The outermost stage: it notes the usage, sees how the call ends, and tells the observers."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

from llms.errors import Cancelled, GatewayError, Internal
from llms.metrics.record import CallRecord, Observer, Outcome
from llms.types import Call, Chunk, Next, Stage


def measure(observers: Sequence[Observer]) -> Stage:
    """A stage that gives every finished call to `observers`, in whichever of the four ways it ended."""

    async def measured(call: Call, advance: Next) -> AsyncGenerator[Chunk, None]:
        outcome: Outcome = "failed"  # what it is when nothing below says otherwise: a fault of our own
        error: str | None = Internal.code
        try:
            async for chunk in advance(call):
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
                record = _record(call, outcome, error)
                for observer in observers:
                    observer.finished(record)

    return measured


def _ended(call: Call, outcome: Outcome, error: str | None) -> tuple[Outcome, str | None]:
    """How a call ended: a cancellation that came through the scope was not the client's leaving."""
    reason = call.scope.reason if call.scope else None
    if isinstance(reason, GatewayError) and outcome == "disconnected":
        return ("cancelled" if isinstance(reason, Cancelled) else "failed"), reason.code
    return outcome, error


def _record(call: Call, outcome: Outcome, error: str | None) -> CallRecord:
    timing = call.timing
    answered = timing.upstream_answered
    return CallRecord(
        id=call.id,
        principal=call.principal.name,
        requested=call.chat["model"],
        provider=call.route.provider.name if call.route else "",
        model=call.route.model if call.route else "",
        stream=call.stream,
        outcome=outcome,
        error=error,
        attempts=call.attempts,
        ttft_s=answered - timing.started if answered else None,
        duration_s=timing.finished - timing.started,
        usage=call.usage,
        changes=tuple(call.terms.changes) if call.terms else (),
    )
