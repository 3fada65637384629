"""Calls over scripted providers, through the failover stage, on simulated time."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from llms.errors import UpstreamError
from llms.resilience.failover import failover
from llms.resilience.policy import Backoff
from llms.resilience.targets import LocalTargets
from llms.types import DEFAULT_BOUNDS, Bounds, Call, Chunk, Route, Stage, Terms, Timeouts
from tests.fakes.clock import now, simulated
from tests.fakes.openai_wire import choice, chunk, text_chunks
from tests.fakes.provider import FakeProvider

ROLE = chunk(choice({"role": "assistant", "content": ""}))
HELLO = text_chunks("Hello")

NO_RETRIES = Bounds(retries=0)


def call_over(
    *providers: FakeProvider,
    stream: bool = True,
    timeouts: Timeouts | None = None,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> Call:
    """A call whose routes are these providers' model `m`."""
    call = Call("id", {"model": "fast", "messages": []}, stream, timeouts=timeouts or Timeouts(), bounds=bounds)
    call.routes = tuple(Route(provider, "m") for provider in providers)
    return call


def exchange(call: Call) -> AsyncIterator[Chunk]:
    """The innermost step: the provider of the route that is tried."""
    assert call.route is not None
    terms = call.terms = Terms(call.limits())
    chat = call.asking(call.route.model)
    found: AsyncGenerator[Chunk, None] = call.route.provider.replies(chat, stream=call.stream, terms=terms)
    call.opened.append(found)
    return found


class House:
    """A stage over targets of its own. Made where the clock runs; `chance` is the random number it always draws."""

    def __init__(self, backoff: Backoff | None = None, chance: float = 1.0) -> None:
        self.targets = LocalTargets(clock=now)
        self.stage: Stage = failover(self.targets, backoff, clock=now, chance=lambda: chance)

    async def serves(self, call: Call) -> list[Any]:
        """What the call gives."""
        call.timing.started = now()
        async with aclosing(self.stage(call, exchange)) as chunks:
            return [each async for each in chunks]

    async def fails(self, call: Call) -> UpstreamError:
        """The error the call ends with."""
        with pytest.raises(UpstreamError) as raised:
            await self.serves(call)
        return raised.value


def run(work: Callable[[House], Awaitable[Any]]) -> Any:
    """What `work` gives, on simulated time."""

    async def housed() -> Any:
        return await work(House())

    return simulated(housed())


def served(call: Call) -> list[Any]:
    """What a call gives, in a house of its own."""
    found: list[Any] = run(lambda house: house.serves(call))
    return found


def failed(call: Call) -> UpstreamError:
    """The error a call ends with, in a house of its own."""
    failure: UpstreamError = run(lambda house: house.fails(call))
    return failure
