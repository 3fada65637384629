"""Gateways as processes of their own, with the fake upstream behind them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import serving
from tests.fakes.serving import Serving
from tests.fakes.upstream import Upstream

Serve = Callable[..., Awaitable[Serving]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts processes."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.process)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as running:
        yield running


@pytest.fixture
async def serve(upstream: Upstream, tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts a gateway; keyword arguments are settings of the server, and `keys` the names and texts of API keys.

    What still runs in the end must stop cleanly.
    """
    started: list[Serving] = []

    async def _serve(*, keys: dict[str, str] | None = None, **server: Any) -> Serving:
        settings = serving.configuration(serving.free_port(), upstream.url, **server)
        if keys:
            settings["auth"] = {"keys": keys}
        started.append(await serving.serve(settings, tmp_path))
        return started[-1]

    yield _serve
    for gateway in started:
        ended_by_test = gateway.process.returncode is not None
        code = await gateway.stop()
        assert ended_by_test or code == 0, gateway.output
        assert "Traceback" not in gateway.output


@pytest.fixture
async def gateway(serve: Serve) -> Serving:
    return await serve()
