"""Mistral: its names for fields, its order of messages, and ids of nine characters."""

from typing import Any

import pytest

from llms.providers.mistral import MistralProvider
from llms.streaming.fold import fold
from tests.fakes.openai_wire import USAGE, choice, chunk, completion
from tests.providers.dialect import USER, Far, chat, fields, sent

FUNCTION = {"type": "function", "function": {"name": "f"}}


def test_fields_have_its_names() -> None:
    body, told = fields(
        MistralProvider(), chat(max_completion_tokens=5, seed=7, n=2, presence_penalty=1, safe_prompt=True)
    )
    assert body == {"max_tokens": 5, "random_seed": 7, "n": 2, "presence_penalty": 1, "safe_prompt": True}
    assert told == []


def test_what_it_does_not_know_is_told() -> None:
    asked = chat(
        {**USER, "name": "ann"}, logit_bias={"1": 2}, user="ann", store=True, temperature=2, service_tier="flex", n=1
    )
    body, told = fields(MistralProvider(), asked)
    assert body == {"temperature": 1.5, "n": 1}
    assert sorted(told) == [
        "clamped temperature",
        "dropped logit_bias",
        "dropped messages[].name",
        "dropped service_tier",
        "dropped store",
        "dropped user",
    ]


def test_greedy_sampling_takes_no_share() -> None:
    assert fields(MistralProvider(), chat(temperature=0, top_p=0.9)) == (
        {"temperature": 0, "top_p": 1},
        ["clamped top_p"],
    )
    assert fields(MistralProvider(), chat(temperature=0)) == ({"temperature": 0}, [])


@pytest.mark.parametrize(("model", "kept"), [("mistral-small-latest", True), ("magistral-medium-latest", False)])
def test_an_effort_is_for_models_that_may_reason(model: str, kept: bool) -> None:
    body, told = fields(MistralProvider(), chat(model=model, reasoning_effort="high"))
    assert ("reasoning_effort" in body) is kept
    assert bool(told) is not kept


def test_a_stream_is_asked_for_without_options() -> None:
    body = sent(MistralProvider(), chat(stream_options={"include_usage": True}), stream=True)
    assert body["stream"] is True
    assert "stream_options" not in body


def test_tools_have_parameters() -> None:
    body, _ = fields(MistralProvider(), chat(tools=[FUNCTION], parallel_tool_calls=False))
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert body["parallel_tool_calls"] is False
    assert fields(MistralProvider(), chat(parallel_tool_calls=False))[0] == {}


def test_messages_have_its_order() -> None:
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = chat(
        {"role": "developer", "content": "a"},
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None},
        {"role": "tool", "tool_call_id": "abcdefghi", "content": "42", "name": "f"},
        USER,
        {"role": "assistant", "content": "so", "prefix": True},
    )
    messages = sent(MistralProvider(), asked)["messages"]
    assert [message["role"] for message in messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]
    assert messages[2] == {"role": "assistant", "content": "", "tool_calls": [call]}
    assert messages[3]["name"] == "f"
    assert messages[-1]["prefix"] is True


def test_files_are_documents() -> None:
    parts = [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "image_url", "image_url": {"url": "https://a.test/b.png"}},
    ]
    content = sent(MistralProvider(), chat({"role": "user", "content": parts}))["messages"][0]["content"]
    url = "data:application/pdf;base64,AAAA"
    assert content == [
        {"type": "document_url", "document_url": url, "document_name": "a.pdf"},
        {"type": "file", "file_id": "f1"},
        parts[2],
    ]


async def test_ids_of_other_vendors_have_nine_characters() -> None:
    far = Far(MistralProvider, whole=completion("yes"))
    call: dict[str, Any] = {"id": "call_0123456789", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm"}
    await far.completion(chat(USER, said, {"role": "tool", "tool_call_id": "call_0123456789", "content": "42"}))
    _, told, result = far.asked["messages"]
    assert told["tool_calls"][0]["id"] == result["tool_call_id"]
    assert len(result["tool_call_id"]) == 9
    assert "reasoning_content" not in told


async def test_reasoning_in_the_content_is_reasoning() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    parts = [thought, {"type": "text", "text": "yes"}]
    stream = [
        chunk(choice({"content": [thought]})),
        chunk(choice({"content": "yes"})),
        chunk(choice({"content": ""}, "stop"), usage=USAGE),
    ]
    streamed = fold(await Far(MistralProvider, *stream).chunks())
    whole = await Far(MistralProvider, whole=completion(None, content=parts)).completion()
    assert streamed == whole
    assert whole["choices"][0]["message"]["reasoning_content"] == "hm"
