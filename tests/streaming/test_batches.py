"""Items grouped by readiness: nothing waits, nothing is lost, and whoever leaves lets the source clean up first."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.streaming.batches import MAX_BATCH, ready_batches


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


async def all_of(items: AsyncIterator[int]) -> list[list[int]]:
    return [batch async for batch in ready_batches(items)]


async def test_what_is_ready_comes_together() -> None:
    source = Source(1, 2, 3)
    assert await all_of(source.items()) == [[1, 2, 3]]
    assert source.ended == "finished"


async def test_an_empty_source_gives_no_batch() -> None:
    assert await all_of(Source().items()) == []


async def test_a_batch_leaves_before_the_source_is_waited_for() -> None:
    source = Source(1, 2, None, 3, None, 4)
    batches = ready_batches(source.items())
    assert await anext(batches) == [1, 2]
    source.go(0)
    assert await anext(batches) == [3]
    source.go(1)
    assert await anext(batches) == [4]
    with pytest.raises(StopAsyncIteration):
        await anext(batches)


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
    batches = ready_batches(source.items())
    assert await anext(batches) == [1]
    source.go()
    with pytest.raises(StopAsyncIteration):
        await anext(batches)
    assert source.ended == "finished"


async def test_a_batch_is_bounded() -> None:
    async def endless() -> AsyncGenerator[int, None]:
        number = 0
        while True:
            number += 1
            yield number

    async with aclosing(endless()) as source, aclosing(ready_batches(source)) as batches:
        assert await anext(batches) == list(range(1, MAX_BATCH + 1))
        assert (await anext(batches))[0] == MAX_BATCH + 1


@pytest.mark.parametrize("failure", [ValueError("no"), asyncio.CancelledError(), KeyError("x")])
async def test_a_failure_comes_after_the_items_before_it(failure: BaseException) -> None:
    batches = ready_batches(Source(1, 2, failure).items())
    assert await anext(batches) == [1, 2]
    with pytest.raises(type(failure)):
        await anext(batches)


async def test_a_failure_at_once_is_raised_at_once() -> None:
    with pytest.raises(ValueError, match="no"):
        await anext(ready_batches(Source(ValueError("no")).items()))


async def test_a_failure_after_waiting_is_raised() -> None:
    source = Source(1, None, 2, ValueError("no"))
    batches = ready_batches(source.items())
    assert await anext(batches) == [1]
    source.go()
    assert await anext(batches) == [2]
    with pytest.raises(ValueError, match="no"):
        await anext(batches)


async def test_closing_lets_a_waiting_source_clean_up_first() -> None:
    source = Source(1, None, 2)
    batches = ready_batches(source.items())
    assert await anext(batches) == [1]
    await batches.aclose()
    assert source.ended == "cancelled"


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
    working = asyncio.Event()
    ended_within: list[str] = []

    async def consume() -> None:
        try:
            async with aclosing(ready_batches(source.items())) as batches:
                async for _ in batches:
                    working.set()
                    await asyncio.Event().wait()
        finally:
            ended_within.append(source.ended)

    task = asyncio.create_task(consume())
    await working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended_within == ["cancelled"]


async def test_a_consumer_that_fails_ends_the_source_first() -> None:
    source = Source(1, None, 2)

    async def consume() -> None:
        async with aclosing(ready_batches(source.items())) as batches:
            async for _ in batches:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await consume()
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

    async def consume() -> None:
        async with aclosing(ready_batches(impatient())) as batches:
            async for _ in batches:
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await consume()
    assert ended == ["timed out"]


async def test_a_slow_consumer_holds_the_source_back() -> None:
    source = Source(*[item for number in range(1, 6) for item in (number, None)])
    batches = ready_batches(source.items())
    await anext(batches)
    asked = source.asked
    for number in range(5):
        source.go(number)
    for _ in range(10):
        await asyncio.sleep(0)
    assert source.asked == asked


async def test_a_future_that_is_done_meanwhile_is_seen() -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    async def source() -> AsyncGenerator[int, None]:
        yield 1
        yield await future

    batches = ready_batches(source())
    assert await anext(batches) == [1]
    future.set_result(2)
    await asyncio.sleep(0)
    assert await anext(batches) == [2]


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
