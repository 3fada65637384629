"""The fake upstream itself: a test that leans on it must be able to trust what it sends and what it saw."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.openai_wire import (
    DONE,
    answered,
    completion,
    randomly_split,
    refused,
    sse,
    streamed,
    text_chunks,
    tool_chunks,
)
from tests.fakes.upstream import Drip, Gate, Reply, Upstream, bytewise

ASKED = {"model": "small", "messages": []}


async def test_pieces_arrive_in_reads_of_their_own() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(streamed(*bytewise(b"abc")))
        async with session.post(upstream.url, json=ASKED) as response:
            assert [piece async for piece in response.content.iter_any()] == [b"a", b"b", b"c"]


async def test_a_gate_holds_the_rest_back() -> None:
    gate = Gate()
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(streamed(b"before", gate, b"after"))
        async with session.post(upstream.url, json=ASKED) as response:
            await gate.reached()
            assert await response.content.readany() == b"before"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await response.content.readany()
            gate.open()
            assert await response.content.readany() == b"after"


async def test_a_gate_holds_the_head_back() -> None:
    gate = Gate()
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(Reply((b"{}",), before=(gate,)))
        asking = asyncio.create_task(session.post(upstream.url, json=ASKED))
        await gate.reached()
        assert not asking.done()
        gate.open()
        async with await asking as response:
            assert await response.json() == {}


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_body_can_be_cut(end: str) -> None:
    gate = Gate()
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(Reply((b"half", gate), end="reset" if end == "reset" else "fin"))
        async with session.post(upstream.url, json=ASKED) as response:
            assert await response.content.readany() == b"half"
            gate.open()
            with pytest.raises(aiohttp.ClientError):
                await response.content.readany()


async def test_a_head_can_be_cut() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(Reply(head=b"HTTP/1.1 200 O", end="fin"))
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(upstream.url, json=ASKED)


async def test_a_drip_comes_slowly() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(Reply((Drip(b"abcd", size=2, gap_s=0.01),), framing="length"))
        async with session.post(upstream.url, json=ASKED) as response:
            assert [piece async for piece in response.content.iter_any()] == [b"ab", b"cd"]


async def test_it_keeps_what_it_saw() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.always(answered(completion()))
        async with session.post(f"{upstream.url}/chat/completions", json=ASKED, headers={"X-Team": "blue"}) as response:
            await response.read()
        async with session.get(f"{upstream.url}/models") as response:
            await response.read()
        first, second = upstream.requests
        assert (first.method, first.path, first.json, first.headers["x-team"]) == (
            "POST",
            "/v1/chat/completions",
            ASKED,
            "blue",
        )
        assert (second.method, second.path) == ("GET", "/v1/models")
        assert len(upstream.connections) == 1, "connections are kept alive"


async def test_it_notes_when_the_other_side_closes() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(streamed(b"some", Gate()))
        response = await session.post(upstream.url, json=ASKED)
        before = time.monotonic()
        response.close()
        assert before <= await upstream.closed(1) <= time.monotonic()
        assert upstream.open_connections == 0


async def test_a_reader_that_stops_blocks_it() -> None:
    piece = b"x" * 64 * 1024
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(streamed(*[piece] * 1024))
        async with session.post(upstream.url, json=ASKED) as response:
            await response.content.readany()
            connection = upstream.connections[0]
            async with asyncio.timeout(10):
                while not connection.blocked:
                    await asyncio.sleep(0)
            assert connection.accepted < 32 * 1024 * 1024
            response.close()


async def test_replies_are_chosen_by_model_first() -> None:
    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(refused(418))
        upstream.script_model("small", answered(completion("small talk")))
        async with session.post(upstream.url, json=ASKED) as response:
            assert (await response.json())["choices"][0]["message"]["content"] == "small talk"
        async with session.post(upstream.url, json={"model": "big"}) as response:
            assert response.status == 418
        async with session.post(upstream.url, json={"model": "big"}) as response:
            assert "nothing is scripted" in (await response.json())["error"]["message"]


async def test_a_chunked_request_is_read() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"model":', b'"small"}'):
            yield piece

    async with Upstream() as upstream, aiohttp.ClientSession() as session:
        upstream.script(answered({}))
        async with session.post(upstream.url, data=pieces()) as response:
            assert response.status == 200
        assert upstream.requests[0].model == "small"


def test_the_canonical_stream_ends_with_usage_and_the_end_mark() -> None:
    *events, last = sse(*text_chunks("Hel", "lo"))
    told = [json.loads(event.removeprefix(b"data: ")) for event in events]
    assert last == DONE
    assert [chunk["choices"][0]["delta"].get("content") for chunk in told[:-1]] == ["", "Hel", "lo", None]
    assert told[-1]["choices"] == []
    assert told[-1]["usage"]["total_tokens"] == 10


def test_tool_arguments_come_in_pieces() -> None:
    chunks = tool_chunks(("call_1", "weather", '{"city":"Oslo"}'))
    pieces = [call for chunk in chunks for choice in chunk["choices"] for call in choice["delta"].get("tool_calls", [])]
    assert "".join(piece["function"]["arguments"] for piece in pieces) == '{"city":"Oslo"}'


def test_a_split_is_decided_by_its_seed() -> None:
    data = bytes(range(200))
    assert randomly_split(data, 1) == randomly_split(data, 1) != randomly_split(data, 2)
    assert b"".join(randomly_split(data, 3)) == data
