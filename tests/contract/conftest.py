"""One gateway, one Python SDK and one Node.js worker for all contract tests: they share one event loop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio

from tests.contract.recordings import recordings
from tests.contract.replay import Replay, replaying
from tests.fakes.node_sdk import Node, NodeSdk, NodeUnavailableError, find_node, install


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is about the contract."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.contract)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def replay(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replay]:
    providers = sorted({recording.provider for recording in recordings()})
    async with replaying(providers, tmp_path_factory.mktemp("replay")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def python_sdk(replay: Replay) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=replay.url, api_key="test-key", max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def node() -> Node:
    """A Node.js with the SDK installed. Without one these tests are skipped; a broken installation is a failure."""
    try:
        found = find_node()
    except NodeUnavailableError as reason:
        pytest.skip(str(reason))
    try:
        install(found)
    except NodeUnavailableError as reason:
        pytest.fail(str(reason))
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node_sdk(node: Node) -> AsyncIterator[NodeSdk]:
    async with NodeSdk(node) as worker:
        yield worker
    await asyncio.sleep(0)
