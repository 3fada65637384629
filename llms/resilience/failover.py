"""One flat loop over a call's routes, up to the commit point.

A failure before the first meaningful chunk (content, reasoning, a tool call, a finish reason) leads to the next route;
what was received until then is thrown away, the client has seen none of it. From that chunk on the call is committed:
failures belong to the client.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator

from llms.errors import Rejected, TimedOut, UpstreamError
from llms.streaming.shape import has_substance
from llms.types import Call, Chunk, Next

_REQUEST_AT_FAULT = frozenset({400, 413, 422})


async def failover(call: Call, advance: Next) -> AsyncGenerator[Chunk, None]:
    """Try the routes in order; the first that says something meaningful serves the call.

    Raises the last route's error when all have failed. A request that a provider calls invalid is not tried elsewhere.
    """
    call.timing.upstream_started = time.monotonic()
    for position, route in enumerate(call.routes):
        call.route = route
        call.attempts += 1
        chunks = advance(call)
        try:
            # Of a whole answer the first byte is the first token, and the transport watches that one.
            held = await _until_substance(chunks, call.limits().first_token_s if call.stream else None)
        except UpstreamError as failure:
            failure.at(str(route))
            if position + 1 < len(call.routes) and call.replayable and not _is_final(failure):
                continue
            raise
        call.timing.upstream_answered = time.monotonic()
        for chunk in held:
            yield chunk
        async for chunk in chunks:
            yield chunk
        return


async def _until_substance(chunks: AsyncIterator[Chunk], limit_s: float | None) -> list[Chunk]:
    """The chunks up to and including the first meaningful one. The timer never spans a `yield`."""
    if limit_s is None:
        return await _held(chunks)
    try:
        async with asyncio.timeout(limit_s):
            return await _held(chunks)
    except TimeoutError:
        raise TimedOut(f"no first token within {limit_s:g} s", code="first_token") from None


async def _held(chunks: AsyncIterator[Chunk]) -> list[Chunk]:
    held: list[Chunk] = []
    async for chunk in chunks:
        held.append(chunk)
        if has_substance(chunk) or "data" in chunk:  # chat, or bytes and vectors that are passed on
            break
    return held


def _is_final(failure: UpstreamError) -> bool:
    return isinstance(failure, Rejected) and failure.status in _REQUEST_AT_FAULT
