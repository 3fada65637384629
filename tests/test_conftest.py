"""The conditions that conftest promises to every test."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aioresponses import aioresponses
from blockbuster import BlockingError
from hypothesis import given
from hypothesis import strategies as st

import llms


def _of_the_package(source: str) -> object:
    """Code that looks as if it stood in a module of the package."""
    namespace: dict[str, object] = {"time": time}
    filename = Path(llms.__path__[0]) / "some_module.py"
    exec(compile(source, str(filename), "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def _settings_of_the_machine() -> Iterator[None]:
    leaking = pytest.MonkeyPatch()
    for variable in ("OPENAI_API_KEY", "LLMS_PORT", "MINE_BASE_URL"):
        leaking.setenv(variable, "leaked")
    yield
    leaking.undo()


@pytest.mark.usefixtures("_settings_of_the_machine")
def test_settings_of_the_machine_are_hidden() -> None:
    assert not {"OPENAI_API_KEY", "LLMS_PORT", "MINE_BASE_URL"} & os.environ.keys()


async def test_a_blocking_call_of_the_package_fails_the_test() -> None:
    with pytest.raises(BlockingError):
        _of_the_package("time.sleep(0)")


async def test_a_test_may_block() -> None:
    time.sleep(0)


async def test_a_worker_thread_may_block() -> None:
    await asyncio.to_thread(_of_the_package, "time.sleep(0)")


async def test_a_canned_answer_reaches_the_client(canned_answers: aioresponses) -> None:
    canned_answers.get("http://upstream.test/models", status=418, payload={"data": []})
    async with aiohttp.ClientSession() as session, session.get("http://upstream.test/models") as response:
        assert response.status == 418
        assert await response.json() == {"data": []}


@given(st.integers())
def test_properties_may_be_tested_under_these_conditions(number: int) -> None:
    assert number - number == 0


@given(st.integers())
async def test_properties_of_coroutines_too(number: int) -> None:
    await asyncio.sleep(0)
    assert number - number == 0
