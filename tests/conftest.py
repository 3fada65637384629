"""The conditions every test runs under: a clean environment, no blocking call on the event loop, and the fixtures that
more than one folder needs. Fakes live in `tests/fakes`; a fixture for one folder lives in that folder's conftest.
"""

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import ClientResponse
from aioresponses import aioresponses
from blockbuster import BlockBuster
from hypothesis import settings

from tests.fakes.distributions import Distributions

CHECKOUT = Path(__file__).resolve().parent.parent

# A shared runner may stall for longer than any deadline: how long a test takes is not what these tests show.
settings.register_profile("llms", deadline=None)
settings.load_profile("llms")

_SETTING_PREFIXES = ("LLMS_", "AWS_")
_SETTING_SUFFIXES = ("_API_KEY", "_API_TOKEN", "_API_BASE", "_BASE_URL")
_SETTINGS = {"HF_TOKEN", "GITHUB_TOKEN", "OLLAMA_HOST"}
_KEPT = {"LLMS_CORPUS"}


def _configures_a_gateway(variable: str) -> bool:
    if variable in _KEPT:
        return False
    return variable in _SETTINGS or variable.startswith(_SETTING_PREFIXES) or variable.endswith(_SETTING_SUFFIXES)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no setting of the machine reaches a test; loopback is never reached through a proxy."""
    for variable in filter(_configures_a_gateway, list(os.environ)):
        monkeypatch.delenv(variable)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def _blocking_calls() -> BlockBuster:
    detector = BlockBuster("llms")
    for function in detector.functions.values():
        # Providers and commands load on first use: once in the life of a process.
        function.can_block_in("<frozen importlib._bootstrap>", {"_find_and_load"})
        # Log lines go to standard error, which the operating system buffers.
        function.can_block_in("logging/__init__.py", {"emit", "flush"})
    return detector


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """A call that blocks the event loop, made by code of the package, raises `BlockingError` in tests of coroutines."""
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        yield
        return
    detector: BlockBuster = request.getfixturevalue("_blocking_calls")
    detector.activate()
    yield
    detector.deactivate()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded exchanges with real providers: `LLMS_CORPUS`, else beside the checkout."""
    named = os.environ.get("LLMS_CORPUS")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "fixtures"
    if not (folder / "manifest.json").is_file():
        if named:
            pytest.fail(f"LLMS_CORPUS names {named}, where there is no manifest.json")
        pytest.skip("no recorded exchanges here: LLMS_CORPUS names their folder")
    return folder


class _CannedResponse(ClientResponse):
    """The response class for aioresponses, which (in 0.7.9) does not know the `stream_writer` of aiohttp 3.14."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "stream_writer" in inspect.signature(ClientResponse.__init__).parameters:
            kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


@pytest.fixture
def canned_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """Whole JSON answers and error statuses for aiohttp's client; servers on 127.0.0.1 stay reachable.

    It knows no chunk boundaries, stalls or disconnects: tests of streams run against a scripted server.
    """
    monkeypatch.setattr("aioresponses.core.ClientResponse", _CannedResponse)
    with aioresponses(passthrough=["http://127.0.0.1"]) as answers:
        yield answers


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """What a packager makes of the checkout, and a user installs; the workers of a run share it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return Distributions(shared / "distributions")


@pytest.fixture(scope="session")
def installed(distributions: Distributions) -> Path:
    """The `bin` folder of an environment that holds the wheel and its run-time dependencies."""
    return distributions.installed()
