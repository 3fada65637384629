"""One gateway in this process, a provider per vendor, and behind all of them a fake upstream that replays recordings.

The gateway runs in the loop of the tests, so every piece the upstream writes reaches it in a read of its own. Which
recording is played, and cut in which way, is told by the name of the model that is asked for.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from llms.config import load
from llms.gateway import build
from llms.server.app import create_app
from tests.contract.recordings import Recording
from tests.fakes.openai_wire import randomly_split, refused
from tests.fakes.upstream import Part, Reply, Request, Upstream, bytewise


@dataclass(slots=True)
class Replay:
    """The running gateway; `url` is what an SDK is given as its base URL."""

    url: str
    session: aiohttp.ClientSession
    plays: dict[str, Reply] = field(default_factory=dict)
    listing: Recording | None = None
    """What is answered to a request for the list of models."""

    def play(self, recording: Recording, *parts: Part) -> str:
        """Have `recording` answered, cut into these parts (else whole); gives the model to ask for."""
        name = f"{recording.id}~{len(self.plays)}"
        self.plays[name] = Reply(parts or (recording.body,), status=recording.status, headers=recording.headers)
        return f"{recording.provider}/{name}"

    async def post(self, model: str, recording: Recording, **keys: Any) -> tuple[int, Mapping[str, str], bytes]:
        """Ask for a chat as no SDK does: gives status, headers and the bytes of the answer."""
        body = {**recording.request, "model": model, **keys}
        async with self.session.post(f"{self.url}/chat/completions", json=body) as response:
            return response.status, response.headers, await response.read()

    def answer(self, request: Request) -> Reply:
        """The recording that `request` asks for."""
        if request.method == "GET" and self.listing is not None:
            return Reply((self.listing.body,), headers=self.listing.headers)
        return self.plays.get(request.model or "") or refused(404, f"nothing is played as {request.model!r}")


@asynccontextmanager
async def replaying(providers: Iterable[str], folder: Path) -> AsyncIterator[Replay]:
    """A gateway with these providers, all of which are the fake upstream."""
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        settings = {"base_url": upstream.url, "api_key": "upstream-key"}
        file = folder / "llms.json"
        once = {"retries": 0, "breaker_failures": 0}  # a recording has one answer, and the next is of another time
        file.write_text(json.dumps({"providers": dict.fromkeys(providers, settings), "resilience": once}))
        config = await asyncio.to_thread(load, file, environ={})
        gateway = await build(config, environ={})
        runner = web.AppRunner(create_app(gateway), handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        replay = Replay(f"http://{host}:{port}/v1", session)
        upstream.always(replay.answer)
        try:
            yield replay
        finally:
            await runner.cleanup()
            await gateway.close()
            await asyncio.sleep(0)


def cuts(body: bytes, seed: str) -> Iterable[tuple[bytes, ...]]:
    """The ways in which a body is cut: not at all, at random, and (a short one) into single bytes."""
    yield (body,)
    for number in range(3):
        yield randomly_split(body, f"{seed}/{number}", pieces=12 + 20 * number)
    if len(body) < 3000:
        yield bytewise(body)
