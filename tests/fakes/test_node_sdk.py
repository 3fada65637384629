"""The Node.js worker: what it tells of an answer is what the SDK made of it."""

import pytest

from tests.fakes.node_sdk import Mode, NodeSdk, NodeUnavailableError, find_node, install
from tests.fakes.openai_wire import answered, completion, refused, sse, streamed, text_chunks, tool_chunks
from tests.fakes.upstream import Upstream

ASKED = {"model": "small", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def worker() -> NodeSdk:
    try:
        node = find_node()
    except NodeUnavailableError as reason:
        pytest.skip(str(reason))
    install(node)
    return NodeSdk(node)


@pytest.mark.slow
async def test_it_tells_what_the_sdk_gave(worker: NodeSdk) -> None:
    streaming: list[Mode] = ["iterate", "stream-helper"]
    async with Upstream() as upstream, worker:
        for mode in streaming:
            upstream.script(streamed(*sse(*text_chunks("Hel", "lo"))))
            outcome = await worker.call(upstream.url, mode, ASKED)
            assert outcome.error is None
            assert (outcome.choices[0]["text"], outcome.choices[0]["finish"], outcome.chunks) == ("Hello", "stop", 5)
            upstream.script(streamed(*sse(*tool_chunks(("call_1", "weather", '{"city":"Oslo"}')))))
            called = await worker.call(upstream.url, mode, ASKED)
            assert called.choices[0]["tool_calls"] == [
                {"id": "call_1", "type": "function", "name": "weather", "arguments": '{"city":"Oslo"}'}
            ]
        upstream.script(answered(completion("Hello there.")), refused(404, "no such model"))
        whole = await worker.call(upstream.url, "create", ASKED)
        assert whole.choices[0]["text"] == "Hello there."
        failed = await worker.call(upstream.url, "create", ASKED)
        assert failed.error is not None
        assert (failed.error["name"], failed.error["status"]) == ("NotFoundError", 404)
