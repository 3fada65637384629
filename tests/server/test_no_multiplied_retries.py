"""What the official SDKs do after the gateway has given up: nothing, so that retries do not multiply."""

import asyncio
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.fakes.openai_wire import answered, refused
from tests.fakes.upstream import Reply, Upstream
from tests.server.conftest import CHAT, Serve

LIMITED = {"error": {"message": "Slow down.", "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}}


async def asked(url: str, *, stream: bool = False) -> None:
    """Ask through the SDK as it comes, with its own two retries."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any") as client:
        assert client.max_retries == 2
        create: Any = client.chat.completions.create
        answer = await create(model="two", messages=CHAT["messages"], stream=stream)
        if stream:
            async for _ in answer:
                pass


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(503), openai.InternalServerError),
        (refused(500), openai.InternalServerError),
        (answered(LIMITED, status=429, headers={"retry-after": "40"}), openai.RateLimitError),
        (answered(LIMITED, status=429), openai.RateLimitError),
    ],
    ids=["503", "500", "429 with a time", "429"],
)
async def test_the_sdk_does_not_try_again(
    serve: Serve, upstream: Upstream, reply: Reply, kind: type[openai.APIStatusError], stream: bool
) -> None:
    site = await serve(models={"two": ["mine/big", "mine/org/small"]})
    upstream.always(reply)
    with pytest.raises(kind) as raised:
        await asyncio.wait_for(asked(site.url, stream=stream), 15)
    assert len(upstream.requests) == 2
    assert raised.value.response.headers["x-should-retry"] == "false"


async def test_the_gateways_own_retry_is_the_only_one(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"two": ["mine/big"]}, resilience={"retries": 1, "backoff": 0.01})
    upstream.always(refused(503))
    with pytest.raises(openai.InternalServerError):
        await asyncio.wait_for(asked(site.url), 15)
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("sdk", [openai.OpenAI, anthropic.Anthropic])
def test_both_sdks_read_that_header_and_would_try_again_without(sdk: Any) -> None:
    client = sdk(api_key="any")
    assert not client._should_retry(httpx.Response(503, headers={"x-should-retry": "false"}))
    assert client._should_retry(httpx.Response(503))
