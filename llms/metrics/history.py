"""Records on their way to the disk: a bounded queue that requests never wait for, and a writer that empties it.

Rows are written in batches, half a second apart at most, so that a process that is killed loses less than a second of
them. Where the database cannot keep up or is away, the newest rows that find no room are dropped, and counted.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from llms import tasks
from llms.errors import StoreRefused, StoreUnavailable
from llms.metrics.record import CallRecord
from llms.metrics.telling import row
from llms.store.rows import CallRow, Store

_log = logging.getLogger(__name__)

_ROOM = 20_000
_BATCH = 5000
"""Few large transactions cost less than many small ones."""
_PERIOD_S = 0.5
_BACK_OFF_S = 5.0
_PRUNE_PERIOD_S = 3600.0
_PRUNE_BATCH = 1000
_DAY_S = 86_400.0


class History:
    """An observer that keeps every record in a store.

    `retention_days` is how long rows are kept, None for ever. `dropped` counts the records there was no room for,
    or that the store refused, `written` those that reached it.
    """

    def __init__(
        self, store: Store, *, retention_days: float | None, room: int = _ROOM, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._retention_days = retention_days
        self._room = room
        self._clock = clock
        self._waiting: deque[CallRow] = deque()
        self._full = asyncio.Event()
        self._writing = asyncio.Lock()
        self._tasks: list[asyncio.Task[Any]] = []
        self._failing = False
        self._closed = False
        self.dropped = 0
        self.written = 0

    def finished(self, record: CallRecord) -> None:
        """Queue a record; one that finds no room is dropped."""
        if len(self._waiting) >= self._room:
            self.dropped += 1
            return
        self._waiting.append(row(record))  # now, while all of it is in the processor's cache: later takes twice as long
        if len(self._waiting) == _BATCH:
            self._full.set()

    @property
    def waiting(self) -> int:
        """How many records are not on the disk yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write, and to forget what is too old."""
        self._tasks = [tasks.spawn(self._write(), name="llms.history.write")]
        if self._retention_days is not None:
            self._tasks.append(tasks.spawn(self._forget(self._retention_days), name="llms.history.prune"))

    async def open(self) -> None:
        """Have the store opened before there is something to write. One that is away is tried again by then."""
        async with self._writing:
            if not self._closed:
                try:
                    await self._store.find("")
                except StoreUnavailable:
                    pass  # it is said when there is something to write

    async def close(self) -> None:
        """Write what is waiting, and let go of the store.

        Nothing is interrupted that is with the database: a batch may have been kept, or not, and its driver's thread
        would come back to a loop that is gone.
        """
        async with self._writing:
            self._closed = True
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()
        if self._waiting:
            _log.warning("history: %d calls could not be written", len(self._waiting))
        await self._store.close()

    async def flush(self) -> None:
        """Write what is waiting now: whoever asks for usage sees the calls before.

        Who leaves meanwhile interrupts nothing: a batch is written whole, or stays in the queue.
        """
        await asyncio.shield(tasks.spawn(self._empty(), name="llms.history.flush"))

    async def _empty(self) -> None:
        while await self.flush_once() and self._waiting:
            pass

    async def _write(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_PERIOD_S):
                    await self._full.wait()
            except TimeoutError:
                pass
            self._full.clear()
            if self._waiting and not await self.flush_once():
                await asyncio.sleep(_BACK_OFF_S)

    async def flush_once(self) -> bool:
        """Write one batch, after the one that is being written; False where the store is away.

        What could not be written waits at the front of the queue.
        """
        async with self._writing:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            if not batch:
                return True
            try:
                await self._store.append(batch)
            except StoreRefused as error:  # it would not take them later either, nor those that wait behind them
                self.dropped += len(batch)
                _log.error("history: %d calls are dropped: %s", len(batch), error)
                return True
            except StoreUnavailable as error:
                self._waiting.extendleft(reversed(batch))
                if not self._failing:
                    _log.warning("history cannot be written, calls are kept in memory: %s", error)
                self._failing = True
                return False
        self.written += len(batch)
        if self._failing:
            self._failing = False
            _log.warning("history is written again", extra={"fields": {"dropped": self.dropped}})
        return True

    async def _forget(self, days: float) -> None:
        while True:
            try:
                async with self._writing:
                    pruned = await self._store.prune(self._clock() - days * _DAY_S, _PRUNE_BATCH)
            except StoreUnavailable as error:
                _log.warning("history: old calls could not be deleted: %s", error)
                pruned = 0
            # After a full batch there is more; the writer gets its turn in between.
            await asyncio.sleep(_PERIOD_S if pruned == _PRUNE_BATCH else _PRUNE_PERIOD_S)
