"""Simulated time: it passes while all wait, and only then."""

import asyncio
import time

import pytest

from tests.fakes.clock import START, now, simulated


def test_waits_take_as_long_as_they_say_and_no_time_at_all() -> None:
    async def work() -> list[float]:
        moments = [now()]
        for seconds in (1.0, 3600.0):
            await asyncio.sleep(seconds)
            moments.append(now())
        return moments

    began = time.monotonic()
    assert simulated(work()) == pytest.approx([START, START + 1, START + 3601])
    assert time.monotonic() - began < 60


def test_timeouts_fire_in_their_order() -> None:
    async def silent(limit_s: float, order: list[float]) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(limit_s):
                await asyncio.Event().wait()
        order.append(limit_s)

    async def work() -> list[float]:
        order: list[float] = []
        await asyncio.gather(*(silent(limit_s, order) for limit_s in (5, 1, 3)))
        return order

    assert simulated(work()) == [1, 3, 5]


def test_waiting_for_nothing_is_told() -> None:
    with pytest.raises(AssertionError, match="nothing will happen"):
        simulated(asyncio.Event().wait())
