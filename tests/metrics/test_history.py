"""Records on their way to the disk: none is lost that finds room, a request never waits, a dead disk is survived."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from llms.errors import StoreRefused, StoreUnavailable
from llms.metrics import history as history_module
from llms.metrics.history import History
from llms.store.rows import Axis, CallRow, Totals
from tests.metrics.records import record


class FakeStore:
    """A store in memory that can be away, and can be waited for."""

    def __init__(self) -> None:
        self.rows: list[CallRow] = []
        self.found: list[str] = []
        self.away = False
        self.refusing = False
        self.pruned: list[tuple[float, int]] = []
        self.prunable = 0
        self.closed = False
        self.written = asyncio.Event()
        self.asked = asyncio.Event()
        self.ready = asyncio.Event()
        self.ready.set()

    async def append(self, rows: Sequence[CallRow]) -> None:
        self.asked.set()
        await self.ready.wait()
        if self.away:
            raise StoreUnavailable("disk full")
        if self.refusing:
            raise StoreRefused("no such values")
        self.rows += rows
        self.written.set()

    async def find(self, call_id: str, key: str | None = None) -> CallRow | None:
        self.found.append(call_id)
        return next((each for each in self.rows if each.id == call_id), None)

    async def totals(self, by: Sequence[Axis], *, since: float, until: float, key: str | None = None) -> list[Totals]:
        return []

    async def prune(self, before: float, limit: int) -> int:
        self.asked.set()
        await self.ready.wait()
        self.pruned.append((before, limit))
        taken = min(limit, self.prunable)
        self.prunable -= taken
        return taken

    async def close(self) -> None:
        self.closed = True


async def test_records_reach_the_store_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "_PERIOD_S", 0.001)
    store = FakeStore()
    history = History(store, retention_days=None)
    history.start()
    history.finished(record("a"))
    await store.written.wait()
    assert [each.id for each in store.rows] == ["a"]
    await history.close()


async def test_everything_is_written_at_the_end_in_order() -> None:
    store = FakeStore()
    history = History(store, retention_days=None)
    history.start()
    for number in range(1000):
        history.finished(record(str(number)))
    await history.close()
    assert [each.id for each in store.rows] == [str(number) for number in range(1000)]
    assert history.written == 1000
    assert store.closed


async def test_overload_drops_records_and_counts_them() -> None:
    store = FakeStore()
    history = History(store, retention_days=None, room=10)
    for number in range(25):
        history.finished(record(str(number)))
    assert (history.waiting, history.dropped) == (10, 15)
    await history.close()
    assert len(store.rows) == 10


async def test_a_store_that_is_away_loses_nothing_that_finds_room(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.away = True
    history = History(store, retention_days=None)
    history.finished(record("a"))
    await history.flush_once()
    history.finished(record("b"))
    await history.flush_once()
    assert history.waiting == 2
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [
        "history cannot be written, calls are kept in memory: disk full"
    ]
    store.away = False
    await history.flush()
    assert [each.id for each in store.rows] == ["a", "b"]
    await history.close()


async def test_what_the_store_refuses_is_dropped_and_holds_up_nothing(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.refusing = True
    history = History(store, retention_days=None)
    history.finished(record("odd"))
    await history.flush()
    assert (history.waiting, history.dropped, history.written) == (0, 1, 0)
    assert "history: 1 calls are dropped: no such values" in caplog.text
    store.refusing = False
    history.finished(record("a"))
    await history.close()
    assert [each.id for each in store.rows] == ["a"]


async def test_a_flush_waits_for_what_is_being_written() -> None:
    store = FakeStore()
    store.ready.clear()
    history = History(store, retention_days=None)
    history.finished(record("a"))
    first = asyncio.ensure_future(history.flush())
    await store.asked.wait()
    second = asyncio.ensure_future(history.flush())
    await asyncio.sleep(0)
    assert not second.done()
    store.ready.set()
    await asyncio.gather(first, second)
    assert [each.id for each in store.rows] == ["a"]


async def test_whoever_leaves_during_a_flush_interrupts_nothing() -> None:
    store = FakeStore()
    store.ready.clear()
    history = History(store, retention_days=None)
    history.finished(record("a"))
    asking = asyncio.ensure_future(history.flush())
    await store.asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    store.ready.set()
    await history.close()
    assert [each.id for each in store.rows] == ["a"]


async def test_a_store_that_stays_away_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.away = True
    history = History(store, retention_days=None)
    history.start()
    history.finished(record("a"))
    await history.close()
    assert "1 calls could not be written" in caplog.text


async def test_old_rows_are_deleted_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "_PERIOD_S", 0.0)
    store = FakeStore()
    store.prunable = 2500
    history = History(store, retention_days=2, clock=lambda: 1_000_000.0)
    history.start()
    while store.prunable:
        await asyncio.sleep(0)
    await history.close()
    assert store.pruned[:3] == [(1_000_000.0 - 2 * 86_400, 1000)] * 3


async def test_an_end_waits_for_what_is_being_deleted() -> None:
    store = FakeStore()
    store.ready.clear()
    history = History(store, retention_days=2.0)
    history.start()
    await store.asked.wait()
    end = asyncio.ensure_future(history.close())
    await asyncio.sleep(0)
    assert not end.done()
    store.ready.set()
    await end
    assert (len(store.pruned), store.closed) == (1, True)


async def test_a_store_is_not_opened_again_after_the_end() -> None:
    store = FakeStore()
    history = History(store, retention_days=None)
    await history.open()
    await history.close()
    await history.open()
    assert store.found == [""]
