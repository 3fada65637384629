"""Chunks grouped by readiness, so that those that are ready in one turn of the event loop leave in one write.

One read of a fast upstream holds many chunks, and one write to a socket costs more than making a chunk. Waiting to see
whether more come would cost the reader time, so nothing waits here: `deliver` lets a collector run through the source
until that suspends. Only then is the batch handed out; after that the collector is taken up where it stood.

Of a stream that comes chunk by chunk, each one wakes every frame between the task and the socket. That is why this
calls whoever writes and is no iterator of batches, which would be two frames more, and why the collector is a plain
`async for`, which alone takes an item without an exception for each.
"""

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

MAX_BATCH = 256
"""A source that never suspends (one that makes its chunks itself) must not grow a batch without end."""

_FULL = object()
"""What the collector waits for when its batch is full: nothing but that it is handed out."""


@types.coroutine
def deliver(source: AsyncIterator[T], send: Callable[[list[T]], Awaitable[None] | None]) -> Generator[Any, Any, None]:
    """Call `send` with the items of `source` in lists, in order: each holds all that were ready without waiting, at
    most `MAX_BATCH`. What `send` gives back, if anything, is awaited before the source is taken up again, and with it
    the list, which is emptied then.

    What `source` raises is raised here, after the items before it have been handed out. If `send` fails, or this is
    cancelled, the source is cancelled where it waits, so its `finally` blocks have run by then.
    """
    batch: list[T] = []
    collecting = _collect(source, batch)
    thrown: BaseException | None = None
    while True:
        try:
            waiter = collecting.send(None) if thrown is None else collecting.throw(thrown)
        except BaseException as end:
            thrown = None  # or it would keep this frame, which its traceback keeps
            if batch and (pending := send(batch)) is not None:
                yield from pending.__await__()
            if isinstance(end, StopIteration):
                return
            raise
        thrown = None
        if batch:
            try:
                if (pending := send(batch)) is not None:
                    yield from pending.__await__()
            except BaseException:
                yield from _abandon(collecting)
                raise
            batch.clear()
        if waiter is not _FULL:
            try:
                yield waiter  # to the event loop, which sends nothing back
            except BaseException as error:  # noqa: BLE001 - cancellation too belongs to the source
                thrown = error


async def _collect(source: AsyncIterator[T], batch: list[T]) -> None:
    async for item in source:
        batch.append(item)
        if len(batch) >= MAX_BATCH:
            await _hand_out()


@types.coroutine
def _hand_out() -> Generator[Any, Any, None]:
    yield _FULL


@types.coroutine
def _abandon(collecting: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
    """Cancel a collector that waits: the source may await while it cleans up, and has ended when this returns."""
    try:
        waiter = collecting.throw(asyncio.CancelledError())
        while True:
            try:
                if waiter is not _FULL:
                    yield waiter
            except BaseException as error:  # noqa: BLE001 - whatever comes meanwhile is the source's too
                waiter = collecting.throw(error)
            else:
                waiter = collecting.send(None)
    except (asyncio.CancelledError, StopIteration):
        return
