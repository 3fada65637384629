"""What Converse answers: events and whole answers say the same, in OpenAI's words."""

import json
from typing import Any

import pytest

from llms.errors import (
    AccessDenied,
    Malformed,
    RateLimited,
    Rejected,
    TimedOut,
    Unavailable,
    UpstreamError,
)
from llms.providers.bedrock import BedrockProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.streaming.fold import fold
from llms.types import Chat, Completion
from tests.fakes.eventstream import event, exception, frame, header

CHAT: Chat = {"model": "amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": "hi"}]}
USAGE = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
COUNTED = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
METRICS = {"latencyMs": 7}


def playing(answer: Answer) -> BedrockProvider:
    return BedrockProvider("http://far", "key", transport=ScriptedTransport("far", lambda _: answer))


def frames(*told: bytes) -> Answer:
    return Answer((b"".join(told),), content_type="application/vnd.amazon.eventstream")


def delta(position: int, **said: Any) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": position, "delta": said, "p": "abcd"})


def start(position: int, **said: Any) -> bytes:
    return event("contentBlockStart", {"contentBlockIndex": position, "start": said})


def end(reason: str = "end_turn", usage: dict[str, Any] | None = None, **more: Any) -> bytes:
    metadata = {"usage": usage or USAGE, "metrics": METRICS, **more}
    return event("messageStop", {"stopReason": reason}) + event("metadata", metadata)


async def streamed(*told: bytes) -> Completion:
    chunks = [
        chunk async for chunk in playing(frames(event("messageStart", {"role": "assistant"}), *told)).chat(CHAT, True)
    ]
    return fold(chunks)


async def answered(
    *blocks: dict[str, Any], reason: str = "end_turn", usage: dict[str, Any] | None = None, **more: Any
) -> Completion:
    output = {"message": {"role": "assistant", "content": list(blocks)}}
    body = {"output": output, "stopReason": reason, "usage": usage or USAGE, "metrics": METRICS, **more}
    return await playing(json_answer(body)).chat(CHAT)


def lasting(completion: Completion) -> Completion:
    return {**completion, "id": "", "created": 0}


async def test_text_and_signed_thoughts() -> None:
    told = await streamed(
        delta(0, reasoningContent={"text": "h"}),
        delta(0, reasoningContent={"text": "m"}),
        delta(0, reasoningContent={"signature": "sig"}),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        delta(1, reasoningContent={"redactedContent": "AAAA"}),
        delta(2, text=""),
        delta(2, text="Hel"),
        delta(2, text="lo."),
        end(),
    )
    whole = await answered(
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "AAAA"}},
        {"text": "Hello."},
    )
    assert lasting(told) == lasting(whole)
    (choice,) = told["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hello.",
        "refusal": None,
        "reasoning_content": "hm",
        "thinking_blocks": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "AAAA"},
        ],
    }
    assert (told["usage"], told["metrics"]) == (COUNTED, METRICS)


async def test_unsigned_reasoning_is_only_something_to_read() -> None:
    told = await streamed(delta(0, reasoningContent={"text": "hm"}), delta(1, text="yes"), end())
    whole = await answered({"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "yes"})
    assert lasting(told) == lasting(whole)
    assert "thinking_blocks" not in told["choices"][0]["message"]


async def test_calls_in_parallel_and_one_without_arguments() -> None:
    told = await streamed(
        delta(0, text="Let me see."),
        start(1, toolUse={"toolUseId": "t1", "name": "add"}),
        delta(1, toolUse={"input": '{"x":'}),
        delta(1, toolUse={"input": "2}"}),
        start(2, toolUse={"toolUseId": "t2", "name": "now"}),
        delta(2, toolUse={"input": ""}),
        end("tool_use"),
    )
    whole = await answered(
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "t1", "name": "add", "input": {"x": 2}}},
        {"toolUse": {"toolUseId": "t2", "name": "now", "input": {}}},
        reason="tool_use",
    )
    assert lasting(told) == lasting(whole)
    assert told["choices"][0]["finish_reason"] == "tool_calls"
    assert told["choices"][0]["message"]["tool_calls"] == [
        {"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"x":2}'}},
        {"id": "t2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
    ]


async def test_what_the_services_own_tools_did_is_no_call_but_kept_and_cited() -> None:
    use = {"toolUseId": "s1", "name": "nova_grounding", "type": "server_tool_use"}
    result = {"toolUseId": "s1", "type": "nova_grounding_result", "status": "success"}
    web = {"location": {"web": {"url": "https://far/a", "domain": "far"}}}
    page = {"title": "T", "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}}
    search = {"title": "S", "source": "https://far/s"}
    told = await streamed(
        start(0, toolUse=use),
        delta(0, toolUse={"input": '{"query":'}),
        delta(0, toolUse={"input": '"x"}'}),
        start(1, toolResult=result),
        delta(1, toolResult=[{"text": "found"}]),
        delta(2, text="So: "),
        delta(3, text="it is."),
        delta(3, citation=web),
        delta(3, citation=page),
        delta(4, citation=search),
        end(),
    )
    whole = await answered(
        {"toolUse": {**use, "input": {"query": "x"}}},
        {"toolResult": {**result, "content": [{"text": "found"}]}},
        {"text": "So: "},
        {"citationsContent": {"content": [{"text": "it is."}], "citations": [web, page]}},
        {"citationsContent": {"citations": [search]}},
    )
    assert lasting(told) == lasting(whole)
    (choice,) = told["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("stop", "So: it is.")
    assert told["citations"] == [web, page, search]
    assert [note["url_citation"] for note in choice["message"]["annotations"]] == [
        {"start_index": 4, "end_index": 10, "url": "https://far/a", "title": "far"},
        {"start_index": 10, "end_index": 10, "url": "https://far/s", "title": "S"},
    ]
    assert told["server_tools"][0]["toolUse"]["input"] == {"query": "x"}


async def test_images_are_data_urls() -> None:
    told = await streamed(start(0, image={"format": "png"}), delta(0, image={"source": {"bytes": "AAAA"}}), end())
    whole = await answered({"image": {"format": "png", "source": {"bytes": "AAAA"}}})
    assert lasting(told) == lasting(whole)
    assert told["choices"][0]["message"]["images"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    ]


async def test_the_cache_belongs_to_the_prompt() -> None:
    usage = {**USAGE, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 4}
    for told in (await streamed(delta(0, text="x"), end(usage=usage)), await answered({"text": "x"}, usage=usage)):
        assert told["usage"] == {
            "prompt_tokens": 17,
            "completion_tokens": 2,
            "total_tokens": 19,
            "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 4},
        }


async def test_what_is_kept_for_an_hour_is_told_apart() -> None:
    details = [{"ttl": "5m", "inputTokens": 1}, {"ttl": "1h", "inputTokens": 3}]
    told = await answered({"text": "x"}, usage={**USAGE, "cacheWriteInputTokens": 4, "cacheDetails": details})
    assert told["usage"]["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 4,
        "cache_write_1h_tokens": 3,
    }


@pytest.mark.parametrize(
    ("native", "told"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
    ],
)
async def test_the_reason_of_the_end(native: str, told: str) -> None:
    assert (await streamed(delta(0, text="x"), end(native)))["choices"][0]["finish_reason"] == told
    assert (await answered({"text": "x"}, reason=native))["choices"][0]["finish_reason"] == told


@pytest.mark.parametrize("native", ["malformed_model_output", "malformed_tool_use"])
async def test_an_end_that_is_a_failure_is_one(native: str) -> None:
    with pytest.raises(Unavailable):
        await streamed(delta(0, text="x"), end(native))
    with pytest.raises(Unavailable):
        await answered({"text": "x"}, reason=native)


async def test_the_tier_and_the_trace_are_kept() -> None:
    more: dict[str, Any] = {
        "trace": {"guardrail": {}},
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "standard"},
    }
    for told in (await streamed(delta(0, text="x"), end(**more)), await answered({"text": "x"}, **more)):
        assert told["service_tier"] == "flex"
        assert (told["trace"], told["performanceConfig"]) == ({"guardrail": {}}, {"latency": "standard"})


EXCEPTIONS: list[tuple[str, dict[str, Any], type[UpstreamError], int]] = [
    ("throttlingException", {"message": "it broke"}, RateLimited, 429),
    ("validationException", {"message": "it broke"}, Rejected, 400),
    ("serviceUnavailableException", {"message": "it broke"}, Unavailable, 503),
    ("internalServerException", {"message": "it broke"}, Unavailable, 502),
    ("modelTimeoutException", {"message": "it broke"}, TimedOut, 504),
    ("modelStreamErrorException", {"message": "see there", "originalMessage": "it broke"}, Unavailable, 502),
    ("unheardOfException", {"Message": "it broke"}, Unavailable, 502),
]


@pytest.mark.parametrize(("name", "told", "kind", "status"), EXCEPTIONS, ids=[name for name, *_ in EXCEPTIONS])
async def test_an_exception_in_the_stream_is_an_error(
    name: str, told: dict[str, Any], kind: type[UpstreamError], status: int
) -> None:
    with pytest.raises(kind, match="it broke") as raised:
        await streamed(delta(0, text="x"), exception(name, told))
    assert raised.value.status == status


REFUSALS: list[tuple[int, dict[str, Any], type[UpstreamError], str, str | None]] = [
    (400, {"message": "Input is too long for requested model."}, Rejected, "too long", "context_length_exceeded"),
    (
        403,
        {"Message": "User: arn:aws:iam::123456789012:user/bob is not authorized"},
        AccessDenied,
        "gateway's key",
        "upstream_auth",
    ),
    (404, {"message": "Could not resolve the foundation model"}, Rejected, "foundation model", "model_not_found"),
    (424, {"message": "it broke", "originalStatusCode": 500}, Unavailable, "it broke", "upstream_error"),
    (429, {"message": "Too many requests"}, RateLimited, "Too many", "rate_limit_exceeded"),
]


@pytest.mark.parametrize(("status", "told", "kind", "words", "code"), REFUSALS)
async def test_a_refusal_keeps_its_words(
    status: int, told: dict[str, Any], kind: type[UpstreamError], words: str, code: str | None
) -> None:
    with pytest.raises(kind, match=words) as raised:
        await playing(json_answer(told, status=status)).chat(CHAT)
    assert raised.value.code == code


async def test_no_number_of_an_account_is_told() -> None:
    message = {"message": "no access to arn:aws:bedrock:us-east-1:123456789012:inference-profile/x"}
    with pytest.raises(Rejected) as raised:
        await playing(json_answer(message, status=400)).chat(CHAT)
    assert "123456789012" not in raised.value.message


@pytest.mark.parametrize(
    "told",
    [
        (delta(0, text="x"),),
        (delta(0, text="x"), event("metadata", {"usage": USAGE})),
        (delta(0, text="x"), end()[:-3]),
        (frame(header(":event-type", "messageStop"), b"[]"),),
        (frame(header(":event-type", "messageStop"), b"{"),),
    ],
    ids=["no end", "counts but no end", "half a frame", "no object", "no JSON"],
)
async def test_a_broken_stream_is_malformed(told: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        await streamed(*told)


@pytest.mark.parametrize("body", [{}, {"output": {}}, {"output": []}])
async def test_an_answer_without_a_message_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="no message"):
        await playing(json_answer(body)).chat(CHAT)


async def test_thoughts_come_back_in_a_tool_loop_of_a_client_that_drops_them() -> None:
    bodies: list[dict[str, Any]] = []
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}
    use = {"toolUse": {"toolUseId": "t1", "name": "add", "input": {}}}

    def far(request: Any) -> Answer:
        bodies.append(json.loads(request.body))
        output = {"message": {"role": "assistant", "content": [thought, use]}}
        return json_answer({"output": output, "stopReason": "tool_use", "usage": USAGE})

    provider = BedrockProvider("http://far", "key", transport=ScriptedTransport("far", far))
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    tools = [{"type": "function", "function": {"name": "add"}}]
    chat: Chat = {**CHAT, "model": model, "tools": tools, "reasoning_effort": "low"}  # type: ignore[typeddict-unknown-key]
    told = await provider.chat(chat)
    calls = told["choices"][0]["message"]["tool_calls"]
    chat["messages"] = [
        *CHAT["messages"],
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "t1", "content": "4"},
    ]
    await provider.chat(chat)
    assert bodies[1]["messages"][1]["content"] == [thought, use]
    assert bodies[1]["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 2048}}
