"""Names are looked up once at a time, whoever waits and whoever stops waiting."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from llms import tasks
from llms.providers.transport.names import Names

FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]


class Resolver:
    """Stands in for the system's: it answers when it is let, and counts."""

    def __init__(self, answer: Any = FOUND) -> None:
        self.asked: list[str] = []
        self.answer = answer
        self.go = asyncio.Event()

    async def __call__(self, host: str, port: int, **_: Any) -> Any:
        self.asked.append(host)
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Resolver]:
    def put(answer: Any = FOUND) -> Resolver:
        made = Resolver(answer)
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", made)
        return made

    return put


async def started(names: Names, count: int, host: str = "a.example") -> list[asyncio.Task[Any]]:
    waiting = [asyncio.create_task(names.addresses(host, 443)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return waiting


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_address_is_not_looked_up(host: str, resolver: Any) -> None:
    system = resolver()
    [(_, _, _, _, (found, port, *_rest))] = await Names().addresses(host, 80)
    assert (found, port, system.asked) == (host, 80, [])


async def test_those_who_ask_at_the_same_time_get_one_answer(resolver: Any) -> None:
    system, names = resolver(), Names()
    waiting = await started(names, 100) + await started(names, 1, "b.example")
    system.go.set()
    assert await asyncio.gather(*waiting) == [FOUND] * 101
    assert system.asked == ["a.example", "b.example"]


async def test_an_answer_is_not_kept(resolver: Any) -> None:
    system, names = resolver(), Names()
    system.go.set()
    await names.addresses("a.example", 443)
    await names.addresses("a.example", 443)
    assert len(system.asked) == 2


async def test_a_failure_is_for_all_who_wait_and_each_has_its_own(resolver: Any) -> None:
    system, names = resolver(socket.gaierror(-2, "unknown")), Names()
    waiting = await started(names, 2)
    system.go.set()
    one, other = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(one, socket.gaierror)
    assert isinstance(other, socket.gaierror)
    assert one is not other
    assert one.args == (-2, "unknown")


async def test_one_who_stops_waiting_leaves_it_to_the_others(resolver: Any) -> None:
    system, names = resolver(), Names()
    first, second = await started(names, 2)
    first.cancel()
    await asyncio.wait([first])
    system.go.set()
    assert await second == FOUND
    assert len(system.asked) == 1


async def test_closing_ends_what_is_being_looked_up(resolver: Any) -> None:
    resolver()
    names = Names()
    [waiting] = await started(names, 1)
    await names.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not [task for task in tasks.running() if task.get_name() == "llms.lookup"]
