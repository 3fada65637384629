"""A provider for the stages: it answers from a script, and tells what it was asked and whether it was closed."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any, cast

from llms.types import JSON_TIMEOUTS, NO_TIMEOUTS, STREAM_TIMEOUTS, Chat, Chunk, Terms, Timeouts

SILENCE: Any = object()
"""A step of a script: nothing more comes."""

Step = Any
"""A chunk, an exception to raise, an `asyncio.Event` to wait for, seconds to wait, or `SILENCE`."""


class FakeProvider:
    """Plays `steps` for every request, or what `turns` hold for the first ones. It has what `llms.types.ChatProvider`
    asks for.
    """

    def __init__(
        self, name: str, *steps: Step, timeouts: Timeouts = NO_TIMEOUTS, turns: Iterable[Iterable[Step]] = ()
    ) -> None:
        self.name = name
        self.asked: list[Chat] = []
        self.terms: list[Terms] = []
        self.open = 0
        self._steps: Iterable[Step] = steps
        self._turns = iter(turns)
        self._timeouts = timeouts

    def limits(self, *, stream: bool) -> Timeouts:
        """The timers given, and the defaults."""
        return self._timeouts.or_else(STREAM_TIMEOUTS if stream else JSON_TIMEOUTS)

    async def replies(self, chat: Chat, *, stream: bool, terms: Terms) -> AsyncGenerator[Chunk, None]:
        """The script, step by step; `open` counts the exchanges that have not ended."""
        self.asked.append(chat)
        self.terms.append(terms)
        self.open += 1
        try:
            for step in next(self._turns, self._steps):
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, int | float):
                    await asyncio.sleep(step)
                elif step is SILENCE:
                    await asyncio.Event().wait()
                elif isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    await asyncio.sleep(0)
                    yield cast(Chunk, step)
        finally:
            self.open -= 1
