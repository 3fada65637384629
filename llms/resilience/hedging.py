"""Two attempts at the same time: when the first keeps silent for longer than its target usually does, a second one asks
elsewhere. The first meaningful chunk wins; the other attempt is ended, and its connection closed, before that is told.
"""

import asyncio
from typing import Protocol

from llms import tasks
from llms.resilience.attempt import Trying


class Attempts(Protocol):
    """Who makes the attempts of a call (`llms.resilience.pursuit.Pursuit`)."""

    async def run(self, trying: Trying) -> bool:
        """Whether the attempt has something to say."""
        ...

    def hedge(self) -> Trying | None:
        """A second attempt, where there may be one."""
        ...

    def lose(self, trying: Trying, *, beaten: bool) -> None:
        """Note the end of an attempt that is not needed any more, because another one was faster or the call ends."""
        ...


async def race(first: Trying, attempts: Attempts, patience_s: float) -> Trying | None:
    """The attempt that has something to say first; None if `first` had nothing, and a second one, if any, neither.

    Raises what is not a failure of a provider. Whatever way this ends, no more than the winner is left open.
    """
    racing = {_started(first, attempts): first}
    won: Trying | None = None
    try:
        done, _ = await asyncio.wait(racing, timeout=patience_s)
        if not done and (second := attempts.hedge()) is not None:
            racing[_started(second, attempts)] = second
        while racing and won is None:
            done, _ = await asyncio.wait(racing, return_when=asyncio.FIRST_COMPLETED)
            # Two may be done in the same turn of the loop
            for task in sorted(done, key=lambda each: racing[each].note.answered):
                trying = racing[task]
                if won is None:
                    del racing[task]
                    won = trying if _outcome(task) else None
        return won
    finally:
        for trying in racing.values():
            attempts.lose(trying, beaten=won is not None)
        await _end(racing)


def _started(trying: Trying, attempts: Attempts) -> "asyncio.Task[bool | Exception]":
    return tasks.spawn(_guarded(trying, attempts), name="llms.attempt")


async def _guarded(trying: Trying, attempts: Attempts) -> bool | Exception:
    """The outcome, or what is to be raised: an exception that ended the task would be logged as nobody's."""
    try:
        return await attempts.run(trying)
    except Exception as error:  # noqa: BLE001 - it is raised where the race is run
        return error


def _outcome(task: "asyncio.Task[bool | Exception]") -> bool:
    outcome = task.result()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _end(racing: "dict[asyncio.Task[bool | Exception], Trying]") -> None:
    """End these attempts, also while being cancelled oneself: nothing may go on asking for their chunks."""
    for task in racing:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while pending := [task for task in racing if not task.done()]:
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancelled = error
    for trying in racing.values():
        await trying.close()
    if cancelled is not None:
        raise cancelled
