"""What aiohttp's client alone does: proxies. All else is in the contract of both clients."""

from collections.abc import AsyncIterator

import pytest

from llms.providers.transport import AiohttpTransport, Request, Transport, read_all
from llms.types import Timeouts
from tests.fakes.openai_wire import answered
from tests.fakes.upstream import Upstream

PATIENT = Timeouts(connect_s=5, first_token_s=5, idle_s=5)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def proxied() -> AsyncIterator[Transport]:
    opened = AiohttpTransport(use_environment_proxies=True)
    yield opened
    await opened.close()


async def whole(transport: Transport, url: str) -> bytes:
    async with transport.open(Request(url, {}, b"{}"), PATIENT) as reply:
        return await read_all(reply, 1 << 16)


async def test_the_environments_proxy_is_asked_for_what_is_elsewhere(
    proxied: Transport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", upstream.url.removesuffix("/v1"))
    upstream.always(answered({"from": "the proxy"}))
    assert b"the proxy" in await whole(proxied, "http://provider.example/v1/chat/completions")
    assert upstream.requests[0].path == "http://provider.example/v1/chat/completions"


async def test_this_machine_is_reached_without_the_proxy(
    proxied: Transport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    upstream.always(answered({"from": "here"}))
    assert b"here" in await whole(proxied, upstream.url + "/chat/completions")
    assert upstream.requests[0].path == "/v1/chat/completions"


async def test_unless_asked_to_it_knows_no_proxy(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", upstream.url.removesuffix("/v1"))
    transport = AiohttpTransport()
    upstream.always(answered({}))
    await whole(transport, upstream.url + "/chat/completions")
    assert upstream.requests[0].path == "/v1/chat/completions"
    await transport.close()
