"""Two attempts at once over real sockets: the slower one's is closed, and the answer is whole."""

import asyncio

from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.upstream import Gate, Upstream, within
from tests.server.conftest import Serve, Site

ROLE, *REST = sse(*text_chunks("Hello", " there"))


async def hedging(serve: Serve) -> Site:
    """A gateway whose name `fast` is hedged, and which has learned that `mine/big` takes some milliseconds."""
    site = await serve(models={"fast": {"routes": ["mine/big", "mine/org/small"], "hedge": {"max_percent": 100}}})
    for _ in range(20):
        site.gateway.learned.targets.of("mine/big").waited(0.005, site.gateway.planner._rules.clock(), stream=True)
    return site


async def test_the_slower_ones_socket_is_closed_at_once(serve: Serve, upstream: Upstream) -> None:
    site, silence, middle = await hedging(serve), Gate(), Gate()
    upstream.script_model("big", streamed(ROLE, silence))
    upstream.script_model("org/small", streamed(ROLE, REST[0], middle, *REST[1:]))
    async with site.open_chat(model="fast", stream=True, headers={"x-request-id": "hedged-1"}) as response:
        assert (response.status, response.headers["x-llms-model"]) == (200, "org/small")
        slower = next(each for each in upstream.requests if each.model == "big")
        await within(slower.connection.closed(), "the slower one's socket stayed open")
        assert upstream.open_connections == 1
        middle.open()
        body = await response.text()
    assert body.endswith("data: [DONE]\n\n")
    assert body.count("Hello") == 1
    await site.idle()
    record = (await site.ask("/api/calls/hedged-1")).json
    assert "hedge_lost" in str(record)


async def test_a_client_that_leaves_ends_both(serve: Serve, upstream: Upstream) -> None:
    site, one, other = await hedging(serve), Gate(), Gate()
    upstream.script_model("big", streamed(ROLE, one))
    upstream.script_model("org/small", streamed(ROLE, other))
    task = asyncio.create_task(site.chat(model="fast", stream=True))
    await one.reached()
    await other.reached()
    task.cancel()
    await asyncio.wait([task])
    await upstream.all_closed()
    await site.idle()
