"""One attempt: the exchange over one route, up to its first meaningful chunk, and what its target learns from it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from llms.errors import Cancelled, GatewayError, TimedOut
from llms.resilience.causes import Cause
from llms.resilience.policy import Prospect
from llms.resilience.targets import Target
from llms.streaming.shape import has_substance
from llms.types import Attempt, AttemptKind, Call, Chunk, Route, Terms

LOST = "hedge_lost"
"""The error of an attempt that was slower than another one, and ended for it."""


@dataclass(slots=True, eq=False, kw_only=True)
class Lead(Prospect):
    """A prospect, with the route and the target that it is about."""

    route: Route
    target: Target


class Trying:
    """An attempt under way. What it notes goes to the call's record and to its target; it must be ended."""

    __slots__ = ("_call", "_ended", "chunks", "held", "lead", "note", "terms")

    def __init__(self, call: Call, lead: Lead, kind: AttemptKind, *, now: float, waited_s: float) -> None:
        route = lead.route
        self._call = call
        self._ended = False
        self.lead = lead
        self.held: list[Chunk] = []
        self.chunks: AsyncIterator[Chunk]
        """The exchange; it starts when it is first asked for a chunk."""
        self.terms: Terms
        self.note = Attempt(route.provider.name, route.model, kind, now, waited_s=waited_s)
        call.attempts += 1
        call.tries.append(self.note)
        lead.target.enter(now, retry=lead.tries > 0)
        lead.tries += 1

    async def hold(self) -> None:
        """Hold the chunks up to and including the first meaningful one."""
        held = self.held
        async for chunk in self.chunks:
            held.append(chunk)
            if has_substance(chunk) or "data" in chunk:  # chat, or bytes and vectors that are passed on
                break

    async def hold_within(self, limit_s: float) -> None:
        """The same, within the time for the first token."""
        try:
            async with asyncio.timeout(limit_s):  # it never spans a `yield`
                await self.hold()
        except TimeoutError:
            raise TimedOut(f"no first token within {limit_s:g} s", code="first_token") from None

    def answered(self, now: float) -> None:
        """Note that something meaningful is here."""
        self.note.answered = now
        self.lead.target.answered(self.note.started, now, stream=self._call.stream)

    def failed(self, failure: GatewayError, cause: Cause, now: float) -> None:
        """Note a failure, before or after the first meaningful chunk. One client's haste is not the target's fault."""
        self.note.error = failure.code or failure.type
        self.note.status = failure.status
        if self._was_hasty(failure):
            return
        started = self.note.started
        self.lead.target.failed(cause, started, now, failure.retry_after_s)
        if cause == "timeout" and not self.note.answered:
            self.lead.target.waited(now - started, now, stream=self._call.stream)

    def _was_hasty(self, failure: GatewayError) -> bool:
        """Whether the timer that fired was the request's own, and shorter than its route's. Others have patience."""
        if not isinstance(failure, TimedOut):
            return False
        own_s = getattr(self._call.timeouts, f"{failure.code}_s", None)
        if own_s is None:
            return False
        route = self.lead.route
        usual = route.timeouts.or_else(route.provider.limits(stream=self._call.stream))
        usual_s = getattr(usual, f"{failure.code}_s")
        return usual_s is None or own_s < usual_s

    def lost(self, now: float) -> None:
        """Note that another attempt was faster, and that this target takes at least that long."""
        if self._ended:
            return
        self.note.error = LOST
        if not self.note.answered:
            self.lead.target.waited(now - self.note.started, now, stream=self._call.stream)
        self.end(now)

    def end(self, now: float, *, whole: bool = False) -> None:
        """Note the end, once. One that nothing else is known of, and that is not `whole`, was ended from outside."""
        if self._ended:
            return
        self._ended = True
        self.note.ended = now
        if not whole and self.note.error is None:
            self.note.error, self.note.status = Cancelled.code, Cancelled.status
        self.lead.target.leave(self.note.started)

    async def close(self) -> None:
        """Close the exchange, and with it the connection, if it is still open."""
        if isinstance(self.chunks, AsyncGenerator):
            await self.chunks.aclose()
