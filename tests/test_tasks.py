"""Background tasks: kept alive, named, and never silent about a failure."""

import asyncio
import gc
import logging

import pytest

from llms import tasks


async def test_a_task_runs_under_its_name() -> None:
    task = tasks.spawn(asyncio.sleep(0, "done"), name="llms.test")
    assert (task.get_name(), await task) == ("llms.test", "done")


async def test_a_task_nobody_holds_is_kept_alive() -> None:
    gate, reached = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        reached.set()

    tasks.spawn(work(), name="llms.test")
    await asyncio.sleep(0)
    gc.collect()
    gate.set()
    await reached.wait()


async def test_what_runs_can_be_seen_until_it_ends() -> None:
    gate = asyncio.Event()
    task = tasks.spawn(gate.wait(), name="llms.test")
    assert tasks.running() == {task}
    gate.set()
    await task
    await asyncio.sleep(0)
    assert tasks.running() == frozenset()


async def test_a_failure_is_logged_under_the_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("no")

    task = tasks.spawn(fail(), name="llms.test")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "background task llms.test failed")
    assert record.exc_info is not None
    assert tasks.running() == frozenset()


async def test_a_cancelled_task_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    task = tasks.spawn(asyncio.Event().wait(), name="llms.test")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert caplog.records == []
    assert tasks.running() == frozenset()


async def test_work_apart_gives_its_result_and_its_failure() -> None:
    async def fail() -> None:
        raise ValueError("mine")

    assert await tasks.apart(asyncio.sleep(0, "done"), name="t") == "done"
    with pytest.raises(ValueError, match="mine"):
        await tasks.apart(fail(), name="t")


async def test_cancelling_who_waits_cancels_the_work_apart_and_waits_for_its_end() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append("cleaned up")

    waiting = asyncio.create_task(tasks.apart(work(), name="t"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert seen == ["cleaned up"]
