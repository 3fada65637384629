"""Chunks grouped by readiness, so that those that are ready in one turn of the event loop leave in one write.

One read of a fast upstream holds many chunks, and one write to a socket costs more than making a chunk. Waiting to see
whether more come would cost the reader time, so nothing waits here: `deliver` asks the source for the next chunk and
looks whether the source answers at once or suspends. Only when it suspends is the batch handed out; after that the
suspended step is taken up where it stood.

Of a stream that comes chunk by chunk, each one wakes every frame between the task and the socket. That is why this is
one frame that calls whoever writes, and not an iterator of batches: those would be two more.
"""

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")

MAX_BATCH = 256
"""A source that never suspends (one that makes its chunks itself) must not grow a batch without end."""


@types.coroutine
def deliver(  # noqa: C901 - see the module
    source: AsyncIterator[T], send: Callable[[list[T]], Awaitable[None] | None]
) -> Generator[Any, Any, None]:
    """Call `send` with the items of `source` in lists, in order: each holds all that were ready without waiting, at
    most `MAX_BATCH`. What `send` gives back, if anything, is awaited before the source is taken up again.

    What `source` raises is raised here, after the items before it have been handed out. If `send` fails, or this is
    cancelled, a step that is under way is cancelled, so the source's `finally` blocks have run by then.
    """
    batch: list[T] = []
    while True:
        step: Generator[Any, Any, T] = source.__anext__().__await__()
        try:
            waiter = step.send(None)
        except StopIteration as ready:
            batch.append(ready.value)
            if len(batch) >= MAX_BATCH:
                if (pending := send(batch)) is not None:
                    yield from pending.__await__()
                batch = []
            continue
        except BaseException as end:
            if batch and (pending := send(batch)) is not None:
                yield from pending.__await__()
            if isinstance(end, StopAsyncIteration):
                return
            raise
        if batch:
            try:
                if (pending := send(batch)) is not None:
                    yield from pending.__await__()
            except BaseException:
                yield from _abandon(step)
                raise
            batch = []
        while True:  # pass the event loop what the step waits for, and the step what comes of it
            try:
                try:
                    sent = yield waiter
                except BaseException as error:  # noqa: BLE001 - cancellation too belongs to the step
                    waiter = step.throw(error)
                else:
                    waiter = step.send(sent)
            except StopIteration as ready:
                batch.append(ready.value)
                break
            except StopAsyncIteration:
                return


@types.coroutine
def _abandon(step: Generator[Any, Any, Any]) -> Generator[Any, Any, None]:
    """Cancel a suspended step: it may await while it cleans up, and has ended when this returns."""
    try:
        waiter = step.throw(asyncio.CancelledError())
        while True:
            try:
                sent = yield waiter
            except BaseException as error:  # noqa: BLE001 - whatever comes meanwhile is the step's too
                waiter = step.throw(error)
            else:
                waiter = step.send(sent)
    except (asyncio.CancelledError, StopIteration, StopAsyncIteration):
        return
