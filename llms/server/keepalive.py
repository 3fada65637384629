"""Signs of life on a stream that is silent: proxies and clients give up on connections that say nothing.

The first sign opens the stream after the grace period, later ones come whenever nothing has been sent for an interval.
They never count as an answer: the timers towards the provider do not see them.
"""

import asyncio
from collections.abc import Mapping
from typing import Literal, Protocol

from llms import tasks

Style = Literal["comment", "chunk"]

_CHOKES_ON_COMMENTS = ("openai/go",)
"""User agents (in lower case) whose parser takes a comment for data, or for the end of the stream."""


def style_for(headers: Mapping[str, str]) -> Style:
    """How to say nothing to this client: a comment, or a chunk with an empty delta for those known to choke on one.

    AI Refinery's SDK ends a stream silently at a comment; it is known by its `sdk_version` header. openai-go reports
    comments as malformed events (docs of both, read 2026-08).
    """
    agent = headers.get("User-Agent", "").lower()
    return "chunk" if "sdk_version" in headers or agent.startswith(_CHOKES_ON_COMMENTS) else "comment"


class Silent(Protocol):
    """A stream that may fall silent."""

    async def keep_alive(self) -> None:
        """Open the stream if it is not open, and write a sign of life."""
        ...


class Keepalive:
    """Watches one stream. `stir` is called for every write and only notes that there was one: one timer per interval,
    not per chunk.
    """

    def __init__(self, stream: Silent, *, grace_s: float, interval_s: float) -> None:
        self._stream = stream
        self._interval_s = interval_s
        self._stirred = False
        self._writing: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(grace_s, self._tick)

    def stir(self) -> None:
        """Note that something has just been written."""
        self._stirred = True

    async def stop(self) -> None:
        """No more signs; one that is being written is finished first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    def _tick(self) -> None:
        if not self._stirred and (self._writing is None or self._writing.done()):
            self._writing = tasks.spawn(self._sign(), name="llms.keepalive")
        self._stirred = False
        self._timer = self._loop.call_later(self._interval_s, self._tick)

    async def _sign(self) -> None:
        try:
            await self._stream.keep_alive()
        except ConnectionError:
            pass  # the client has gone: its handler is being cancelled
