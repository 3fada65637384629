"""Items grouped by readiness: nothing waits, nothing is lost, and whoever leaves lets the source clean up first."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.streaming.batches import MAX_BATCH, deliver


class Source:
    """Items from a list; at each `None` it waits for the test to call `go()`. It tells what became of it."""

    def __init__(self, *items: int | BaseException | None) -> None:
        self.asked = 0
        self.ended = ""
        self._items = items
        self._gates = [asyncio.Event() for item in items if item is None]
        self.waiting = [asyncio.Event() for item in items if item is None]

    def go(self, number: int = 0) -> None:
        self._gates[number].set()

    async def items(self) -> AsyncGenerator[int, None]:
        gates = iter(zip(self._gates, self.waiting, strict=True))
        try:
            for item in self._items:
                self.asked += 1
                if item is None:
                    gate, waiting = next(gates)
                    waiting.set()
                    await gate.wait()
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
            self.ended = "finished"
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # a source may await while it cleans up
            self.ended = "cancelled"
            raise
        finally:
            await asyncio.sleep(0)
            self.ended = self.ended or "closed"


class Consumer:
    """Takes what a source has in a task of its own. With `slow` it is busy with each batch until `go()`."""

    def __init__(self, items: AsyncIterator[int], *, slow: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.busy = asyncio.Event()
        self._slow = slow
        self._gate = asyncio.Event()
        self.task = asyncio.create_task(self._run(items))

    async def _run(self, items: AsyncIterator[int]) -> None:
        await deliver(items, self._take)

    def go(self) -> None:
        self._gate.set()

    def _take(self, batch: list[int]) -> Any:
        self.batches.append(batch.copy())
        self.busy.set()
        return self._work() if self._slow else None

    async def _work(self) -> None:
        await self._gate.wait()
        self._gate.clear()

    async def has(self, count: int) -> list[list[int]]:
        async with asyncio.timeout(5):
            while len(self.batches) < count:
                await asyncio.sleep(0)
        return self.batches


async def all_of(items: AsyncIterator[int]) -> list[list[int]]:
    batches: list[list[int]] = []
    await deliver(items, lambda batch: batches.append(batch.copy()))
    return batches


async def test_what_is_ready_comes_together() -> None:
    source = Source(1, 2, 3)
    assert await all_of(source.items()) == [[1, 2, 3]]
    assert source.ended == "finished"


async def test_an_empty_source_gives_no_batch() -> None:
    assert await all_of(Source().items()) == []


async def test_a_batch_leaves_before_the_source_is_waited_for() -> None:
    source = Source(1, 2, None, 3, None, 4)
    consumer = Consumer(source.items())
    await source.waiting[0].wait()
    assert await consumer.has(1) == [[1, 2]]
    source.go(0)
    assert await consumer.has(2) == [[1, 2], [3]]
    source.go(1)
    await consumer.task
    assert consumer.batches == [[1, 2], [3], [4]]


async def test_a_source_that_is_ready_again_is_asked_on_without_a_break() -> None:
    source = Source(1, None, 2, 3)
    source.go()
    assert await all_of(source.items()) in ([[1], [2, 3]], [[1, 2, 3]])


async def test_a_source_that_gives_way_keeps_its_order() -> None:
    async def giving_way() -> AsyncGenerator[int, None]:
        for number in range(5):
            await asyncio.sleep(0)
            yield number

    assert [number for batch in await all_of(giving_way()) for number in batch] == list(range(5))


async def test_a_source_that_ends_after_waiting_ends_the_batches() -> None:
    source = Source(1, None)
    source.go()
    assert await all_of(source.items()) == [[1]]
    assert source.ended == "finished"


async def test_a_batch_is_bounded() -> None:
    async def long() -> AsyncGenerator[int, None]:
        for number in range(MAX_BATCH + 1):
            yield number

    assert await all_of(long()) == [list(range(MAX_BATCH)), [MAX_BATCH]]


async def test_a_slow_consumer_is_awaited_also_within_a_long_batch() -> None:
    async def endless() -> AsyncGenerator[int, None]:
        number = 0
        while True:
            yield (number := number + 1)

    async with aclosing(endless()) as source:
        consumer = Consumer(source, slow=True)
        await consumer.has(1)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(consumer.batches) == 1
        consumer.go()
        assert (await consumer.has(2))[1][0] == MAX_BATCH + 1
        consumer.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await consumer.task


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("failure", [ValueError("no"), asyncio.CancelledError(), KeyError("x")])
async def test_a_failure_comes_after_the_items_before_it(failure: BaseException, slow: bool) -> None:
    consumer = Consumer(Source(1, 2, failure).items(), slow=slow)
    await consumer.has(1)
    if slow:
        await asyncio.sleep(0)
        assert not consumer.task.done()
        consumer.go()
    with pytest.raises(type(failure)):
        await consumer.task
    assert consumer.batches == [[1, 2]]


async def test_a_failure_at_once_is_raised_at_once() -> None:
    with pytest.raises(ValueError, match="no"):
        await all_of(Source(ValueError("no")).items())


async def test_a_failure_after_waiting_is_raised() -> None:
    source = Source(1, None, 2, ValueError("no"))
    consumer = Consumer(source.items())
    await consumer.has(1)
    source.go()
    with pytest.raises(ValueError, match="no"):
        await consumer.task
    assert consumer.batches == [[1], [2]]


async def test_cancelling_a_consumer_that_waits_ends_the_source_first() -> None:
    source = Source(None, 1)
    ended_within: list[str] = []

    async def consume() -> None:
        try:
            await all_of(source.items())
        finally:
            ended_within.append(source.ended)

    task = asyncio.create_task(consume())
    await source.waiting[0].wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended_within == ["cancelled"]


async def test_cancelling_a_consumer_that_works_ends_the_source_first() -> None:
    source = Source(1, None, 2)
    consumer = Consumer(source.items(), slow=True)
    await consumer.busy.wait()
    consumer.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer.task
    assert source.ended == "cancelled"


async def test_a_source_that_is_slow_to_clean_up_is_awaited_whatever_comes_meanwhile() -> None:
    cleaned_up = asyncio.Event()
    cleaning = asyncio.Event()

    async def thorough() -> AsyncGenerator[int, None]:
        yield 1
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            try:
                await asyncio.Event().wait()
            finally:
                cleaned_up.set()

    consumer = Consumer(thorough(), slow=True)
    await consumer.busy.wait()
    consumer.task.cancel()
    await cleaning.wait()
    assert not consumer.task.done()
    consumer.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer.task
    assert cleaned_up.is_set()


async def test_a_consumer_that_fails_ends_the_source_first() -> None:
    source = Source(1, None, 2)

    def fail(_: list[int]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await deliver(source.items(), fail)
    assert source.ended == "cancelled"


async def test_a_timeout_inside_the_source_works() -> None:
    async def impatient() -> AsyncGenerator[int, None]:
        yield 1
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            yield 2

    assert await all_of(impatient()) == [[1], [2]]


async def test_a_timeout_that_fires_while_the_consumer_works_ends_the_source_with_it() -> None:
    ended: list[str] = []

    async def impatient() -> AsyncGenerator[int, None]:
        yield 1
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append("timed out")
            raise

    consumer = Consumer(impatient(), slow=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await consumer.task
    assert ended == ["timed out"]


async def test_a_slow_consumer_holds_the_source_back() -> None:
    source = Source(*[item for number in range(1, 6) for item in (number, None)])
    consumer = Consumer(source.items(), slow=True)
    await consumer.busy.wait()
    asked = source.asked
    for number in range(5):
        source.go(number)
    for _ in range(10):
        await asyncio.sleep(0)
    assert source.asked == asked
    consumer.task.cancel()


async def test_a_future_that_is_done_meanwhile_is_seen() -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    async def source() -> AsyncGenerator[int, None]:
        yield 1
        yield await future

    consumer = Consumer(source(), slow=True)
    await consumer.busy.wait()
    future.set_result(2)
    await asyncio.sleep(0)
    consumer.go()
    assert await consumer.has(2) == [[1], [2]]
    consumer.go()
    await consumer.task


async def test_an_iterator_that_is_no_generator_will_do() -> None:
    class Countdown:
        def __init__(self) -> None:
            self._left = 3

        def __aiter__(self) -> "Countdown":
            return self

        async def __anext__(self) -> int:
            if not self._left:
                raise StopAsyncIteration
            self._left -= 1
            return self._left

    assert await all_of(Countdown()) == [[2, 1, 0]]


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=20))
def test_all_items_come_once_and_in_order(items: list[int | None]) -> None:
    async def run() -> list[list[int]]:
        source = Source(*items)
        opening = asyncio.create_task(_open_all(source))
        batches = await all_of(source.items())
        await opening
        return batches

    async def _open_all(source: Source) -> None:
        for number, waiting in enumerate(source.waiting):
            await waiting.wait()
            source.go(number)

    batches = asyncio.run(run())
    assert [item for batch in batches for item in batch] == [item for item in items if item is not None]
    assert all(batches)
