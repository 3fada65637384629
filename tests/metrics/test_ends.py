"""Ends of calls are told of a moment later, in their order, each once, and before anybody reads."""

import asyncio
import time
from typing import Any

import pytest

from llms.metrics import ends as ends_module
from llms.metrics.ends import Ends
from llms.metrics.record import CallRecord
from llms.types import Call


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.last: CallRecord | None = None
        self.told = asyncio.Event()

    def finished(self, record: CallRecord) -> None:
        self.ids.append(record.id)
        self.last = record
        self.told.set()


def call(call_id: str) -> Call:
    made = Call(call_id, {"model": "fast", "messages": []}, stream=True)
    made.timing.started = time.monotonic() - 2.0
    made.timing.finished = made.timing.started + 1.5
    return made


async def test_ends_are_told_of_by_themselves_together_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ends_module, "_GATHER_S", 0.001)
    notes = Notes()
    ends = Ends([notes])
    for call_id in ("a", "b"):
        ends.ended(call(call_id), "finished", None)
    assert notes.ids == []
    await notes.told.wait()
    assert notes.ids == ["a", "b"]
    notes.told.clear()
    ends.ended(call("c"), "failed", "idle")
    await notes.told.wait()
    assert notes.ids == ["a", "b", "c"]


async def test_who_reads_earlier_settles_and_nothing_is_told_twice() -> None:
    notes = Notes()
    ends = Ends([notes])
    ends.ended(call("a"), "finished", None)
    ends.settle()
    ends.settle()
    assert notes.ids == ["a"]


async def test_times_are_those_of_the_call_and_not_of_the_telling() -> None:
    notes = Notes()
    ends = Ends([notes])
    began = time.time() - 2.0
    ends.ended(call("a"), "finished", None)
    ends.settle()
    assert notes.last is not None
    assert notes.last.started_at == pytest.approx(began, abs=1.0)
    assert notes.last.duration_s == pytest.approx(1.5)


async def test_an_observer_that_fails_costs_one_record() -> None:
    class Broken(Notes):
        def finished(self, record: Any) -> None:
            if record.id == "bad":
                raise ValueError("full")
            super().finished(record)

    notes = Broken()
    ends = Ends([notes])
    for call_id in ("bad", "good"):
        ends.ended(call(call_id), "finished", None)
    with pytest.raises(ValueError, match="full"):
        ends.settle()
    ends.settle()
    assert notes.ids == ["good"]
