"""How long a far end may say nothing: one timer for a connection, which is looked at and not moved.

Moving a timer with every read costs more than the read. This one, when it fires, looks at when something was last heard
and comes again if that was not long enough ago; it is left running from one exchange to the next.
"""

import asyncio
import time
from collections.abc import Callable
from typing import final


@final
class Silence:
    """Calls `broken` after `limit_s` without a sound; `heard` is the monotonic moment of the last one."""

    __slots__ = ("_broken", "_limit_s", "_looks_at", "_loop", "_timer", "heard")

    def __init__(self, loop: asyncio.AbstractEventLoop, broken: Callable[[], None]) -> None:
        self.heard = 0.0
        self._loop = loop
        self._broken = broken
        self._limit_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = 0.0

    def bound(self, limit_s: float | None) -> None:
        """From now on allow `limit_s` of silence; None allows any, and a timer under way will find nothing to do."""
        self.heard = time.monotonic()
        self._limit_s = limit_s
        if limit_s is None:
            return
        looks_at = self.heard + limit_s
        if self._timer is None or self._looks_at > looks_at:
            self.stop()
            self._look_at(looks_at, limit_s)

    def rest(self) -> None:
        """Allow any silence."""
        self._limit_s = None

    def stop(self) -> None:
        """Take the timer away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at(self, moment: float, in_s: float) -> None:
        self._looks_at = moment
        self._timer = self._loop.call_later(in_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._limit_s is None:
            return
        over = self.heard + self._limit_s
        left_s = over - time.monotonic()
        if left_s > 0:
            self._look_at(over, left_s)
        else:
            self._broken()
