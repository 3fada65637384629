"""The seam's tests run on every event loop the gateway may run on."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from llms import tasks
from llms.providers.transport import AiohttpTransport, HttpToolsTransport, Transport
from tests.fakes.upstream import Upstream

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories() -> Mapping[str, LoopFactory]:
    factories: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        factories["uvloop"] = uvloop.new_event_loop
    return factories


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as running:
        yield running


@pytest.fixture(params=[AiohttpTransport, HttpToolsTransport], ids=["aiohttp", "httptools"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    opened: Transport = request.param()
    yield opened
    await opened.close()
    assert tasks.running() == frozenset()


@pytest.fixture
async def lean() -> AsyncIterator[HttpToolsTransport]:
    """The transport over `httptools` alone. It leaves no connection behind."""
    opened = HttpToolsTransport()
    yield opened
    await opened.close()
    assert not opened.pool._open
