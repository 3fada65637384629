"""The history of a real process: whole after a stop, and after a kill short of the last moments only."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.openai_wire import answered, completion
from tests.fakes.upstream import Upstream
from tests.process.conftest import Serve

pytestmark = pytest.mark.slow

CALLS = 50
CHAT = {"model": "mine/big", "messages": [{"role": "user", "content": "secret words"}]}


async def ask(url: str, count: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(count):
            async with session.post(f"{url}/v1/chat/completions", data=json.dumps(CHAT)) as response:
                assert response.status == 200
                await response.read()


def rows(folder: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder / '.llms' / 'llms.db'}?mode=ro", uri=True)) as database:
            [count] = database.execute("SELECT count(*) FROM calls").fetchone()
            return int(count)
    except sqlite3.OperationalError:  # not made yet
        return 0


async def until_kept(folder: Path, count: int) -> None:
    async with asyncio.timeout(10):
        while rows(folder) < count:
            await asyncio.sleep(0.02)


async def test_a_stop_writes_everything(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script(*(answered(completion()) for _ in range(CALLS)))
    gateway = await serve()
    await ask(gateway.url, CALLS)
    assert await gateway.stop() == 0
    assert rows(tmp_path) == CALLS


async def test_a_kill_loses_the_last_second_at_most(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script(*(answered(completion()) for _ in range(2 * CALLS)))
    gateway = await serve()
    await ask(gateway.url, CALLS)
    # What is older than a second is on the disk: the margin covers a machine that is busy.
    await until_kept(tmp_path, CALLS)
    await ask(gateway.url, CALLS)
    gateway.process.kill()
    await gateway.process.wait()
    assert rows(tmp_path) >= CALLS
    again = await serve()
    async with aiohttp.ClientSession() as session, session.get(f"{again.url}/api/usage?by=provider") as response:
        [group] = (await response.json())["data"]
    assert group["calls"] == rows(tmp_path)


async def test_nothing_that_was_said_is_kept(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script(answered(completion("secret answer")))
    gateway = await serve()
    await ask(gateway.url, 1)
    await gateway.stop()
    for file in (tmp_path / ".llms").iterdir():
        kept = file.read_bytes()
        assert b"secret words" not in kept
        assert b"secret answer" not in kept


async def test_a_database_that_cannot_be_opened_stops_no_call(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / ".llms").write_text("in the way")
    upstream.script(answered(completion()))
    gateway = await serve()
    await ask(gateway.url, 1)
    assert await gateway.stop() == 0
    assert "history cannot be written" in gateway.output
