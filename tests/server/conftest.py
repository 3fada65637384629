"""A gateway that answers on a real port, run as in production, with the fake upstream behind it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from llms import tasks
from llms.config import Config
from llms.gateway import Gateway, build
from llms.providers.fetching import MediaFetcher
from llms.providers.transport import AiohttpTransport
from llms.server.app import create_app
from llms.server.connection import Runner
from tests.fakes.upstream import Upstream

CHAT = {"model": "mine/big", "messages": [{"role": "user", "content": "hi"}]}
CANARY = "sk-canary-0123456789abcdef"
"""The upstream's key: it must never come out anywhere."""
NO_UI = Path(__file__).parent
"""A folder in which no UI was built."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer as a client saw it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error object, which has all its four keys and no text where a null belongs."""
        told = self.json["error"]
        assert set(told) == {"message", "type", "param", "code"}
        assert "None" not in (told["param"], told["code"])
        found: dict[str, Any] = told
        return found

    @property
    def chunks(self) -> list[dict[str, Any]]:
        """The data of a stream, without its end mark."""
        lines = [line.removeprefix("data: ") for line in self.body.decode().split("\n\n") if line.startswith("data: ")]
        return [json.loads(line) for line in lines if line != "[DONE]"]

    @property
    def done(self) -> bool:
        """Whether the stream ends in its end mark, which is there once."""
        return self.body.endswith(b"data: [DONE]\n\n") and self.body.count(b"[DONE]") == 1


@dataclass(slots=True)
class Site:
    """The gateway, its address, and a client."""

    gateway: Gateway
    url: str
    session: aiohttp.ClientSession

    async def ask(
        self,
        path: str,
        body: Any = None,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answered:
        """One request and its whole answer: a POST where there is a body, else a GET."""
        payload = data if data is not None or body is None else json.dumps(body).encode()
        verb = method or ("GET" if payload is None else "POST")
        sent = None if payload is None else io.BytesIO(payload)
        async with self.session.request(verb, self.url + path, data=sent, headers=headers) as response:
            return Answered(response.status, response.headers, await response.read())

    async def chat(self, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Answered:
        """Post a chat, and read the whole answer."""
        return await self.ask("/v1/chat/completions", {**CHAT, **fields}, headers=headers)

    def open_chat(self, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Any:
        """Post a chat, as a context manager around the response."""
        body = json.dumps({**CHAT, **fields}).encode()
        return self.session.post(self.url + "/v1/chat/completions", data=body, headers=headers)

    async def idle(self) -> None:
        """Wait until no call and no background task is left."""
        async with asyncio.timeout(5):
            await self.gateway.scopes.idle()
            while tasks.running():
                await asyncio.wait(tasks.running())


Serve = Callable[..., Awaitable[Site]]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as running:
        yield running


@pytest.fixture
async def serve(upstream: Upstream) -> AsyncIterator[Serve]:
    """Starts a gateway with one provider, `mine`, that nobody asks twice; keyword arguments are sections of the
    configuration.

    No UI is there unless `ui_folder` holds one, so that no test depends on what was built.
    """
    runners: list[web.AppRunner] = []
    gateways: list[Gateway] = []
    async with aiohttp.ClientSession() as session:

        async def _serve(
            server: Mapping[str, Any] | None = None,
            ui_folder: Path = NO_UI,
            images: MediaFetcher | None = None,
            **sections: Any,
        ) -> Site:
            mine = {"base_url": upstream.url, "api_key": CANARY, "models": ["big", "org/small"]}
            settings = {"server": server or {}, "providers": {"mine": mine}, "resilience": {"retries": 0}, **sections}
            gateway = await build(Config.model_validate(settings), transport=AiohttpTransport())
            gateways.append(gateway)
            runner = Runner(
                create_app(gateway, ui_folder=ui_folder, images=images), handler_cancellation=True, access_log=None
            )
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return Site(gateway, f"http://127.0.0.1:{runner.addresses[0][1]}", session)

        yield _serve
    for runner in runners:
        await runner.cleanup()
    for gateway in gateways:
        assert len(gateway.scopes) == 0
        await gateway.close()


@pytest.fixture
async def site(serve: Serve) -> Site:
    return await serve()
