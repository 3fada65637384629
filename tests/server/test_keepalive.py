"""Signs of life: when, in which form, and never after the end."""

import asyncio

import pytest

from llms import tasks
from llms.server.keepalive import Keepalive, style_for


class Stream:
    """Counts signs of life; one of them may take its time, or find the client gone."""

    def __init__(self, *, gate: asyncio.Event | None = None, gone: bool = False) -> None:
        self.signs = 0
        self.changed = asyncio.Event()
        self._gate = gate
        self._gone = gone

    async def keep_alive(self) -> None:
        self.signs += 1
        self.changed.set()
        if self._gone:
            raise ConnectionResetError
        if self._gate is not None:
            await self._gate.wait()

    async def reached(self, signs: int) -> None:
        async with asyncio.timeout(5):
            while self.signs < signs:
                self.changed.clear()
                await self.changed.wait()


async def test_silence_is_broken_again_and_again() -> None:
    stream = Stream()
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=0.001)
    await stream.reached(3)
    await keepalive.stop()


async def test_nothing_comes_before_the_grace_period() -> None:
    stream = Stream()
    keepalive = Keepalive(stream, grace_s=60, interval_s=0.001)
    await asyncio.sleep(0.01)
    assert stream.signs == 0
    await keepalive.stop()


async def test_a_stream_that_is_not_silent_needs_no_sign() -> None:
    stream = Stream()
    keepalive = Keepalive(stream, grace_s=0.02, interval_s=60)
    keepalive.stir()
    await asyncio.sleep(0.04)
    assert stream.signs == 0
    await keepalive.stop()


async def test_after_a_write_a_whole_interval_must_be_silent() -> None:
    stream = Stream()
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=0.001)
    keepalive.stir()
    await stream.reached(1)
    await keepalive.stop()


async def test_nothing_comes_after_stopping() -> None:
    stream = Stream()
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=0.001)
    await stream.reached(1)
    await keepalive.stop()
    before = stream.signs
    await asyncio.sleep(0.01)
    assert stream.signs == before
    await keepalive.stop()
    assert tasks.running() == frozenset()


async def test_stopping_waits_for_a_sign_that_is_being_written() -> None:
    gate = asyncio.Event()
    stream = Stream(gate=gate)
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=60)
    await stream.reached(1)
    stopping = asyncio.create_task(keepalive.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    gate.set()
    await stopping


async def test_a_client_that_does_not_read_gets_one_sign_at_a_time() -> None:
    gate = asyncio.Event()
    stream = Stream(gate=gate)
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=0.001)
    await stream.reached(1)
    await asyncio.sleep(0.01)
    assert stream.signs == 1
    gate.set()
    await keepalive.stop()


async def test_a_client_that_has_gone_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream(gone=True)
    keepalive = Keepalive(stream, grace_s=0.001, interval_s=60)
    await stream.reached(1)
    await keepalive.stop()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("headers", "style"),
    [
        ({}, "comment"),
        ({"User-Agent": "AsyncOpenAI/Python 3.52.0"}, "comment"),
        ({"User-Agent": "OpenAI/JS 7.5.0"}, "comment"),
        ({"User-Agent": "OpenAI/Go 1.2.3"}, "chunk"),
        ({"sdk_version": "1.33.2"}, "chunk"),
        ({"User-Agent": "something with openai/go inside"}, "comment"),
    ],
)
def test_each_client_gets_what_it_understands(headers: dict[str, str], style: str) -> None:
    assert style_for(headers) == style
