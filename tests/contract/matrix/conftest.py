"""One gateway in this process with a provider of each type, the fake upstream behind all of them, and the SDK."""

import asyncio
from collections.abc import AsyncIterator

import openai
import pytest
import pytest_asyncio
from aiohttp import web

from llms.config import Config
from llms.gateway import build
from llms.server.app import create_app
from tests.contract.matrix.providers import configuration
from tests.fakes.upstream import Upstream

pytest.register_assert_rewrite("tests.contract.matrix.scenarios")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vendors() -> AsyncIterator[Upstream]:
    """The far end of all providers."""
    async with Upstream() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(vendors: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK, pointed at the gateway."""
    providers = configuration(f"http://127.0.0.1:{vendors.port}")
    config = Config.model_validate({"providers": providers, "resilience": {"retries": 0, "breaker_failures": 0}})
    gateway = await build(config, environ={})
    runner = web.AppRunner(create_app(gateway), handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        url = f"http://{host}:{port}/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0, timeout=30) as sdk:
            yield sdk
    finally:
        await runner.cleanup()
        await gateway.close()
        await asyncio.sleep(0)
