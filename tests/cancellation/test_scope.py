"""The extent of one call: ended from outside with a reason, and never confused with other cancellations."""

import asyncio

import pytest

from llms.cancellation import Scope
from llms.errors import Cancelled, Draining, GatewayError, TimedOut, Unavailable
from llms.types import Principal

ME = Principal("me")
FOREVER = 60.0


def scope() -> Scope:
    return Scope("call", ME)


async def waiting(inside: Scope, entered: asyncio.Event) -> None:
    with inside:
        entered.set()
        await asyncio.sleep(FOREVER)


async def started(inside: Scope) -> asyncio.Task[None]:
    """A task that waits inside the scope."""
    entered = asyncio.Event()
    task = asyncio.create_task(waiting(inside, entered))
    await entered.wait()
    return task


async def test_work_that_ends_ends_the_scope() -> None:
    with scope() as inside:
        still_open = not inside.ended
    assert still_open
    assert inside.ended
    assert inside.reason is None


@pytest.mark.parametrize("reason", [Cancelled(), Draining(), TimedOut("late", code="total")])
async def test_the_reason_is_raised_where_the_scope_is_left(reason: GatewayError) -> None:
    inside = scope()
    task = await started(inside)
    assert inside.cancel(reason)
    with pytest.raises(type(reason)) as raised:
        await task
    assert raised.value is inside.reason is reason
    assert task.cancelling() == 0


async def test_the_work_inside_sees_a_cancellation() -> None:
    seen: list[str] = []

    async def work(inside: Scope) -> None:
        with inside:
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
            finally:
                await asyncio.sleep(0)
                seen.append("cleaned up")

    inside = scope()
    task = asyncio.create_task(work(inside))
    await asyncio.sleep(0)
    inside.cancel(Cancelled())
    with pytest.raises(Cancelled):
        await task
    assert seen == ["cancelled", "cleaned up"]


async def test_the_task_goes_on_after_its_scope_was_cancelled() -> None:
    async def work(inside: Scope) -> str:
        try:
            with inside:
                await asyncio.sleep(FOREVER)
        except Cancelled:
            await asyncio.sleep(0)
            return "went on"
        raise AssertionError

    inside = scope()
    task = asyncio.create_task(work(inside))
    await asyncio.sleep(0)
    inside.cancel(Cancelled())
    assert await task == "went on"


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    task = await started(scope())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("client_first", [True, False])
async def test_both_at_once_is_a_cancellation_from_elsewhere(client_first: bool) -> None:
    inside = scope()
    task = await started(inside)
    if client_first:
        task.cancel()
    inside.cancel(Cancelled())
    if not client_first:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inside.ended


async def test_an_outer_timeout_is_not_taken_for_ours() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.001):
            with scope():
                await asyncio.sleep(FOREVER)

    with pytest.raises(TimeoutError):
        await work()


async def test_a_scope_in_a_task_that_is_being_cancelled_counts_only_its_own() -> None:
    async def work(inside: Scope) -> None:
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            with inside:  # say, cleaning up by means of another call
                await asyncio.sleep(FOREVER)

    inside = scope()
    task = asyncio.create_task(work(inside))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    inside.cancel(Cancelled())
    with pytest.raises(Cancelled):
        await task


async def test_cancelling_again_keeps_the_first_reason() -> None:
    inside = scope()
    task = await started(inside)
    first = Cancelled("first")
    assert inside.cancel(first)
    assert inside.cancel(Draining())
    with pytest.raises(Cancelled) as raised:
        await task
    assert raised.value is first
    assert task.cancelling() == 0


async def test_a_scope_that_is_not_entered_or_has_ended_cannot_be_cancelled() -> None:
    inside = scope()
    assert not inside.cancel(Cancelled())
    with inside:
        pass
    assert not inside.cancel(Cancelled())
    await asyncio.sleep(0)


async def test_a_failure_while_being_cancelled_is_not_hidden() -> None:
    async def work(inside: Scope) -> None:
        with inside:
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                raise Unavailable("broke while closing") from None

    inside = scope()
    task = asyncio.create_task(work(inside))
    await asyncio.sleep(0)
    inside.cancel(Cancelled())
    with pytest.raises(Unavailable):
        await task
    assert task.cancelling() == 0


async def test_work_that_swallows_the_cancellation_still_ends_with_the_reason() -> None:
    async def work(inside: Scope) -> None:
        with inside:
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                pass

    inside = scope()
    task = asyncio.create_task(work(inside))
    await asyncio.sleep(0)
    inside.cancel(Cancelled())
    with pytest.raises(Cancelled):
        await task
    assert task.cancelling() == 0


async def test_the_total_timer_ends_the_call() -> None:
    inside = scope()
    task = await started(inside)
    inside.bound(0.001)
    with pytest.raises(TimedOut, match=r"longer than 0\.001 s") as raised:
        await task
    assert (raised.value.code, raised.value.status) == ("total", 504)


async def test_the_total_timer_rests_when_the_call_has_ended() -> None:
    with scope() as inside:
        inside.bound(0.001)
    await asyncio.sleep(0.003)


def test_a_scope_belongs_to_a_task() -> None:
    async def outside() -> None:
        loop = asyncio.get_running_loop()
        failed: asyncio.Future[BaseException] = loop.create_future()

        def enter() -> None:
            try:
                scope().__enter__()
            except RuntimeError as error:
                failed.set_result(error)

        loop.call_soon(enter)
        assert "task" in str(await failed)

    asyncio.run(outside())
