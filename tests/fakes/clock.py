"""Time that passes only when everybody waits: an event loop whose clock jumps to the next timer.

What runs in `simulated` sees hours go by in milliseconds, always in the same order, and can measure them exactly with
`now()`. There is no network in it: whoever waits for something that no timer brings is told so.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

START = 1000.0
"""Moments are never 0, which stands for "not reached"."""


class _NoWaiting(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = START

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise AssertionError("everybody waits, and nothing will happen")
        self.now += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop on simulated time."""

    def __init__(self) -> None:
        self._waiting = _NoWaiting()
        super().__init__(self._waiting)

    def time(self) -> float:
        """The simulated moment, in seconds."""
        return self._waiting.now


def now() -> float:
    """The moment on the clock of the running loop."""
    return asyncio.get_running_loop().time()


def simulated(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a clock of its own."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(work)
