"""Background tasks that are kept alive, named and logged.

The event loop only keeps weak references to tasks: one that nobody holds may vanish in the middle of its work, and its
exception with it. This is the only module that calls `create_task`.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)
_running: set[asyncio.Task[Any]] = set()


def spawn(coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
    """Run `coroutine` in the background. A failure is logged under `name`; cancelling the task is not a failure."""
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_finished)
    return task


async def apart(coroutine: Coroutine[Any, Any, T], *, name: str) -> T:
    """Run `coroutine` in a task of its own and wait for it: its result, its failure and its cancellation are ours.

    What wakes it often then resumes its own frames only, not also those of everybody who waits for it.
    """
    return await asyncio.get_running_loop().create_task(coroutine, name=name)


def running() -> frozenset[asyncio.Task[Any]]:
    """The background tasks that have not ended yet: for leak checks and shutdown."""
    return frozenset(_running)


def _finished(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        _log.error("background task %s failed", task.get_name(), exc_info=failure)
