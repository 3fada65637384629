"""Is it up, is it alive, may it be sent traffic: answered without a key and without asking a provider."""

import pytest

from llms.version import VERSION
from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.upstream import Gate, Upstream
from tests.server.conftest import Serve, Site


async def test_health_tells_the_state(site: Site) -> None:
    answer = await site.ask("/health")
    assert answer.status == 200
    told = answer.json
    performance = told.pop("performance")
    assert told == {
        "status": "ok",
        "version": VERSION,
        "active": 0,
        "providers": ["mine", "demo", "chaos"],
        "avoided": {},
    }
    assert performance["calls"] == 0


async def test_calls_in_flight_are_counted(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*sse(*text_chunks("Hello"))[:2], gate))
    async with site.open_chat(stream=True) as response:
        await response.content.readany()
        assert (await site.ask("/health/ready")).json["active"] == 1
    await site.idle()
    assert (await site.ask("/health/ready")).json["active"] == 0


async def test_a_gateway_that_shuts_down_is_alive_but_not_ready(site: Site) -> None:
    site.gateway.draining = True
    assert ((await site.ask("/health/live")).status, (await site.ask("/health/live")).json) == (200, {"status": "ok"})
    for path in ("/health", "/health/ready"):
        answer = await site.ask(path)
        assert (answer.status, answer.json["status"]) == (503, "draining")


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_health_needs_no_key_and_asks_nobody(serve: Serve, upstream: Upstream, path: str) -> None:
    site = await serve(auth={"keys": ["canary-key-0123456789"]})
    answer = await site.ask(path)
    assert answer.status == 200
    assert b"canary" not in answer.body
    assert upstream.requests == []
