"""A file that is transcribed passes through the process; it is never in it as a whole."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.fakes import serving

ANSWER = b'{"text": "hello"}'
PIECE = b"\x00" * 65536
PIECES = 800
HELD_MB = 16


class Ears:
    """An upstream that counts what it hears and keeps nothing."""

    def __init__(self) -> None:
        self.heard = 0
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while (size := int(await reader.readline(), 16)) > 0:
            self.heard += len(await reader.readexactly(size + 2)) - 2
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
        writer.write(head + ANSWER)
        await writer.drain()
        writer.close()


async def sound(pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield PIECE


async def transcribe(url: str, model: str, *, pieces: int) -> None:
    form = aiohttp.MultipartWriter("form-data")
    form.append(model).set_content_disposition("form-data", name="model")
    form.append(sound(pieces)).set_content_disposition("form-data", name="file", filename="a.wav")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/v1/audio/transcriptions", data=form) as response,
    ):
        assert (response.status, await response.read()) == (200, ANSWER)


@pytest.mark.slow
async def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    ears = Ears()
    server = await ears.start()
    settings = serving.configuration(serving.free_port(), f"http://127.0.0.1:{ears.port}/v1")
    gateway = await serving.serve(settings, tmp_path)
    try:
        await transcribe(gateway.url, "small", pieces=1)
        await gateway.settled()
        before_mb = gateway.resident_mb
        await transcribe(gateway.url, "big", pieces=PIECES)
        assert ears.heard > PIECES * len(PIECE)
        assert gateway.resident_mb - before_mb < HELD_MB
    finally:
        await gateway.stop()
        server.close()
        await server.wait_closed()
