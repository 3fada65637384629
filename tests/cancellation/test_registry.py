"""Calls found by the id of their request, only by their owner."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from llms.cancellation import Scope, Scopes
from llms.errors import Cancelled, Draining
from llms.types import Principal

ME, OTHER = Principal("me"), Principal("other")


def nothing_before() -> Scopes:
    """A registry whose calls are the first there ever were."""
    return Scopes(lambda _id, _principal: False)


@asynccontextmanager
async def call(scopes: Scopes, call_id: str = "call", principal: Principal = ME) -> AsyncIterator[asyncio.Task[None]]:
    """A call in flight until the block ends; what it raised is in the task."""

    async def serve() -> None:
        scope = Scope(call_id, principal)
        scopes.add(scope)
        try:
            with scope:
                entered.set()
                await asyncio.Event().wait()
        finally:
            scopes.remove(scope)

    entered = asyncio.Event()
    task = asyncio.create_task(serve())
    await entered.wait()
    yield task
    task.cancel()
    await asyncio.wait([task])


async def test_a_call_in_flight_is_cancelled() -> None:
    scopes = nothing_before()
    async with call(scopes) as task:
        assert scopes.cancel("call", ME) == "cancelled"
        with pytest.raises(Cancelled):
            await task
    assert len(scopes) == 0


async def test_asking_again_says_finished() -> None:
    scopes = nothing_before()
    async with call(scopes) as task:
        assert [scopes.cancel("call", ME) for _ in range(3)] == ["cancelled", "finished", "finished"]
        await asyncio.wait([task])


async def test_of_a_call_that_is_not_in_flight_others_know() -> None:
    scopes = Scopes(lambda call_id, principal: (call_id, principal) == ("before", ME))
    async with call(scopes, "another"):
        assert scopes.cancel("before", ME) == "finished"
        assert scopes.cancel("before", OTHER) == "not_found"
        assert scopes.cancel("never", ME) == "not_found"


async def test_a_call_that_has_ended_is_in_flight_no_more() -> None:
    scopes = nothing_before()
    async with call(scopes):
        pass
    assert scopes.cancel("call", ME) == "not_found"


async def test_an_id_nobody_used_is_not_found() -> None:
    scopes = nothing_before()
    async with call(scopes, "another"):
        assert scopes.cancel("call", ME) == "not_found"


async def test_for_others_a_call_does_not_exist() -> None:
    scopes = nothing_before()
    async with call(scopes) as task:
        assert scopes.cancel("call", OTHER) == "not_found"
        await asyncio.sleep(0)
        assert not task.done()


async def test_one_id_may_be_in_flight_several_times() -> None:
    scopes = nothing_before()
    async with call(scopes) as first, call(scopes) as second, call(scopes, principal=OTHER) as foreign:
        assert len(scopes) == 3
        assert scopes.cancel("call", ME) == "cancelled"
        await asyncio.wait([first, second])
        assert not foreign.done()
        assert scopes.cancel("call", OTHER) == "cancelled"
    assert len(scopes) == 0


async def test_a_new_call_under_an_old_id_can_be_cancelled() -> None:
    scopes = nothing_before()
    async with call(scopes):
        pass
    async with call(scopes):
        assert scopes.cancel("call", ME) == "cancelled"


async def test_all_calls_can_be_ended_with_one_reason() -> None:
    scopes = nothing_before()
    async with call(scopes, "a") as first, call(scopes, "b", OTHER) as second:
        assert scopes.cancel_all(Draining()) == 2
        for task in (first, second):
            with pytest.raises(Draining):
                await task
    assert scopes.cancel_all(Draining()) == 0


async def test_removing_twice_counts_once() -> None:
    scopes = nothing_before()
    scope = Scope("call", ME)
    scopes.add(scope)
    scopes.remove(scope)
    scopes.remove(scope)
    assert len(scopes) == 0


async def test_idle_comes_when_the_last_call_has_ended() -> None:
    scopes = nothing_before()
    await scopes.idle()
    async with call(scopes, "a"):
        async with call(scopes, "b"):
            idle = asyncio.create_task(scopes.idle())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not idle.done()
    await idle


async def test_many_cancels_leave_nothing_behind() -> None:
    scopes = nothing_before()

    async def serve(number: int) -> None:
        scope = Scope(f"{number}", ME)
        scopes.add(scope)
        try:
            with scope:
                await asyncio.Event().wait()
        finally:
            scopes.remove(scope)

    tasks = [asyncio.create_task(serve(number)) for number in range(500)]
    await asyncio.sleep(0)
    assert {scopes.cancel(f"{number}", ME) for number in range(500)} == {"cancelled"}
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {Cancelled}
    assert len(scopes) == 0
