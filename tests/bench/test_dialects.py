"""The mock upstream's streams in other dialects: what the project's own providers make of them."""

from __future__ import annotations

import json

import pytest

from bench import upstream
from bench.dialects import ADDRESSES, DIALECTS, asked_for
from bench.framing import Response
from llms.providers.registry import resolve
from llms.providers.scripted.transport import Answer, ScriptedTransport
from llms.types import Chat

CHAT: Chat = {"model": "burst-7", "messages": [{"role": "user", "content": "hi"}]}


def played(dialect: str) -> bytes:
    """The body of a stream of 7 chunks."""
    play = upstream.translated(dialect, "burst-7")
    response = Response()
    body = response.feed(play.opening + play.content * play.count + play.closing)
    assert response.complete
    return body


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_its_stream_is_content_finish_and_usage(dialect: str) -> None:
    answer = Answer((played(dialect),))
    provider = resolve(dialect)("http://far" + ADDRESSES[dialect], transport=ScriptedTransport("far", lambda _: answer))
    chunks = [chunk async for chunk in provider.chat(CHAT, True)]
    texts = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    assert sum(bool(text) for text in texts) == 7
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]][-1] == "stop"
    assert (chunks[-1].get("usage") or {}).get("total_tokens") == 112


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_known_by_where_its_provider_asks(dialect: str) -> None:
    request = resolve(dialect)("http://far" + ADDRESSES[dialect]).request(CHAT, stream=True)
    path = request.url.removeprefix("http://far").partition("?")[0]
    assert asked_for(path.lower(), json.loads(request.body or b"")) == (dialect, "burst-7")


def test_openais_path_is_no_other_dialect() -> None:
    assert asked_for("/v1/chat/completions", {"model": "burst-7"}) is None
