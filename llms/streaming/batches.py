"""Chunks grouped by readiness, so that those that are ready in one turn of the event loop leave in one write.

One read of a fast upstream holds many chunks, and one write to a socket costs more than making a chunk. Waiting to see
whether more come would cost the reader time, so nothing waits here: `ready_batches` asks the source for the next chunk
and looks whether the source answers at once or suspends. Only when it suspends is the batch handed out; after that the
suspended step is taken up where it stood.
"""

import asyncio
import types
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from typing import Any, TypeVar

T = TypeVar("T")

MAX_BATCH = 256
"""A source that never suspends (one that makes its chunks itself) must not grow a batch without end."""


async def ready_batches(source: AsyncIterator[T]) -> AsyncGenerator[list[T], None]:  # noqa: C901 - see the module
    """The items of `source` in lists: each holds all that were ready without waiting, in order, at most `MAX_BATCH`.

    What `source` raises is raised here, after the items before it have been handed out. Closing this generator, or
    cancelling its consumer, cancels a step that is under way, so the source's `finally` blocks have run by then.
    """
    batch: list[T] = []
    while True:
        suspended = False
        waiter: Any = None
        failure: BaseException | None = None
        step: Generator[Any, Any, T] = source.__anext__().__await__()
        try:
            waiter = step.send(None)
            suspended = True
        except StopIteration as ready:
            batch.append(ready.value)
            if len(batch) < MAX_BATCH:
                continue
        except BaseException as error:  # noqa: BLE001 - raised again below, once the batch before it is out
            failure = error
        if batch:
            try:
                yield batch
            except BaseException:
                if suspended:
                    await _abandon(step)
                raise
            batch = []
        if isinstance(failure, StopAsyncIteration):
            return
        if failure is not None:
            raise failure
        if suspended:
            try:
                batch.append(await _resume(step, waiter))
            except StopAsyncIteration:
                return


async def _abandon(step: Generator[Any, Any, Any]) -> None:
    """Cancel a suspended step: it may await while it cleans up, and has ended when this returns."""
    try:
        await _resume(step, step.throw(asyncio.CancelledError()))
    except (asyncio.CancelledError, StopIteration, StopAsyncIteration):
        return


@types.coroutine
def _resume(step: Generator[Any, Any, T], waiter: Any) -> Generator[Any, Any, T]:
    """Await a step that has been started by hand: pass the event loop what it waits for, and back what comes of it."""
    while True:
        try:
            sent = yield waiter
        except BaseException as error:  # noqa: BLE001 - cancellation too belongs to the step
            try:
                waiter = step.throw(error)
            except StopIteration as ready:
                return ready.value  # type: ignore[no-any-return]
        else:
            try:
                waiter = step.send(sent)
            except StopIteration as ready:
                return ready.value  # type: ignore[no-any-return]
