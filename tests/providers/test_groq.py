"""Groq: no field that would be a 400, and reasoning in a field of its own."""

from typing import Any

import pytest

from llms.errors import Rejected
from llms.providers.groq import GroqProvider
from llms.streaming.fold import fold
from tests.fakes.openai_wire import USAGE, choice, chunk, completion
from tests.providers.dialect import USER, Far, chat, fields, sent

GPT_OSS, QWEN, LLAMA = "openai/gpt-oss-120b", "qwen/qwen3-32b", "llama-3.3-70b-versatile"


def test_what_would_be_refused_is_told() -> None:
    asked = chat({**USER, "name": "ann"}, model=LLAMA, max_tokens=5, n=2, logprobs=True, logit_bias={"1": 2}, seed=7)
    body, told = fields(GroqProvider(), asked)
    assert body == {"max_completion_tokens": 5, "seed": 7}
    assert sorted(told) == ["dropped logit_bias", "dropped logprobs", "dropped messages[].name", "dropped n"]


def test_a_result_of_a_tool_has_no_name() -> None:
    result = {"role": "tool", "tool_call_id": "1", "content": "42"}
    asked = chat(USER, {**result, "name": "f"}, model=LLAMA)
    assert sent(GroqProvider(), asked)["messages"] == [USER, result]
    assert fields(GroqProvider(), asked) == ({}, [])


def test_a_temperature_of_zero_is_nearly_zero() -> None:
    assert fields(GroqProvider(), chat(temperature=0)) == ({"temperature": 1e-8}, ["clamped temperature"])
    assert fields(GroqProvider(), chat(temperature=0.5)) == ({"temperature": 0.5}, [])


@pytest.mark.parametrize(("tier", "said"), [("default", "on_demand"), ("priority", "performance"), ("flex", "flex")])
def test_tiers_have_its_words(tier: str, said: str) -> None:
    assert fields(GroqProvider(), chat(service_tier=tier))[0] == {"service_tier": said}


@pytest.mark.parametrize(
    ("model", "asked", "body"),
    [
        (QWEN, {}, {"reasoning_format": "parsed"}),
        (QWEN, {"reasoning_effort": "none"}, {"reasoning_effort": "none", "reasoning_format": "parsed"}),
        (QWEN, {"reasoning_effort": "high"}, {"reasoning_effort": "default", "reasoning_format": "parsed"}),
        (QWEN, {"reasoning_format": "raw"}, {"reasoning_format": "raw"}),
        (QWEN, {"include_reasoning": False}, {"include_reasoning": False}),
        (GPT_OSS, {}, {}),
        (GPT_OSS, {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        (GPT_OSS, {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        (GPT_OSS, {"include_reasoning": False}, {"include_reasoning": False}),
        (LLAMA, {"reasoning_effort": "high", "reasoning_format": "parsed"}, {}),
    ],
)
def test_reasoning_is_asked_for_as_the_model_takes_it(model: str, asked: dict[str, Any], body: dict[str, Any]) -> None:
    assert fields(GroqProvider(), chat(model=model, **asked))[0] == body


@pytest.mark.parametrize("asked", [{"tools": [{"type": "function"}]}, {"response_format": {"type": "json_object"}}])
def test_raw_reasoning_does_not_go_with_tools_or_json(asked: dict[str, Any]) -> None:
    body, told = fields(GroqProvider(), chat(model=QWEN, reasoning_format="raw", **asked))
    assert body["reasoning_format"] == "parsed"
    assert told == ["clamped reasoning_format"]


async def test_reasoning_of_the_past_is_not_sent_back() -> None:
    far = Far(GroqProvider, whole=completion("yes"))
    await far.completion(chat(USER, {"role": "assistant", "content": "a", "reasoning_content": "hm"}, USER))
    assert far.asked["messages"][1] == {"role": "assistant", "content": "a"}


async def test_ids_that_change_are_one() -> None:
    first = chunk(choice({"role": "assistant", "reasoning": "hm"}), id="a", x_groq={"id": "req"})
    last = chunk(choice({}, "stop"), id="stub", x_groq={"id": "req", "usage": {**USAGE, "total_time": 0.5}})
    chunks = await Far(GroqProvider, first, chunk(choice({"content": "yes"}), id="b"), last).chunks()
    assert {each["id"] for each in chunks} == {"a"}
    assert fold(chunks)["usage"]["total_tokens"] == 10


async def test_a_tool_call_that_failed_is_told() -> None:
    error = {"message": "bad tool call", "type": "invalid_request_error", "code": "tool_use_failed", "status_code": 400}
    with pytest.raises(Rejected, match="bad tool call") as raised:
        await Far(GroqProvider, chunk(choice({"reasoning": "hm"})), {"error": error}).chunks()
    assert raised.value.code == "tool_use_failed"
