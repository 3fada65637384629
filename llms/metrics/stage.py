"""The outermost stage: it counts what passes, sees how the call ends, and tells of it.

What it does per chunk is paid for every token of every stream: it takes the time, and adds up lengths.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, cast

from llms.errors import Cancelled, GatewayError, Internal
from llms.metrics.record import Outcome
from llms.types import Call, Chunk, Next, Stage

End = Callable[[Call, Outcome, str | None], None]
"""Takes note of a call that has ended: how, and with which error."""

_NOTHING: Mapping[str, Any] = {}
_MOMENTS = 4096
_EVENT_BYTES_PER_CHARACTER = 40
"""Of an answer that is forwarded as it is: an event of a few characters has a frame of some two hundred bytes."""


def measure(ended: End) -> Stage:
    """A stage that tells of every call that has ended, in whichever of the four ways."""

    async def measured(call: Call, advance: Next) -> AsyncGenerator[Chunk, None]:
        progress, clock = call.progress, time.monotonic
        moments, stream = progress.moments, call.stream
        try:
            async for chunk in advance(call):
                moments.append(clock())
                if len(moments) == _MOMENTS:
                    progress.left_out += _MOMENTS // 2
                    del moments[1::2]  # what is left is spread over the whole answer
                if stream:
                    try:  # the usual chunk, without a call; one of other types is missed by exception
                        delta = chunk["choices"][0]["delta"]
                        progress.characters += len(delta["content"]) if len(delta) == 1 else _characters(chunk)  # type: ignore[arg-type]
                    except (KeyError, IndexError, TypeError):
                        _look_closely(call, chunk)
                else:
                    _look_closely(call, chunk)
                yield chunk
            end = end_of(call, None)
        except BaseException as raised:
            end = end_of(call, raised)
            raise
        finally:
            ended(call, *end)

    return measured


def _look_closely(call: Call, chunk: Chunk) -> None:
    """Count a chunk that is not of the usual kind. Only such a one has a usage: a stream tells it beside no choice."""
    call.progress.characters += _characters(chunk)
    if (usage := chunk.get("usage")) is not None:
        call.usage = usage


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


def end_of(call: Call, raised: BaseException | None) -> tuple[Outcome, str | None]:
    """How a call ends at this moment, with which error. It is noted on the call."""
    call.timing.finished = time.monotonic()
    outcome, error = _how(call, raised)
    call.ended = outcome
    return outcome, error


def _how(call: Call, raised: BaseException | None) -> tuple[Outcome, str | None]:
    if raised is None:
        return "finished", None
    if isinstance(raised, GatewayError):
        return "failed", raised.code or raised.type
    if not isinstance(raised, asyncio.CancelledError | GeneratorExit):
        return "failed", Internal.code
    reason = call.scope.reason if call.scope else None
    if isinstance(reason, GatewayError):  # it came through the scope: that is not the client's leaving
        return ("cancelled" if isinstance(reason, Cancelled) else "failed"), reason.code
    return "disconnected", "client_closed_request"
