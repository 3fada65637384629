"""Cerebras, Moonshot, Z.ai, Alibaba and the hosts of open models: the fields they take, and what is told of others."""

from typing import Any

import pytest

from llms.providers.alibaba import AlibabaProvider
from llms.providers.base import Provider
from llms.providers.cerebras import CerebrasProvider
from llms.providers.hosts import (
    FireworksProvider,
    HuggingFaceProvider,
    NvidiaProvider,
    SelfHostedProvider,
    TogetherProvider,
)
from llms.providers.moonshot import MoonshotProvider
from llms.providers.presets import PRESETS
from llms.providers.registry import resolve
from llms.providers.zai import ZaiProvider
from tests.fakes.openai_wire import completion
from tests.providers.dialect import USER, Far, chat, fields, sent

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ASKED: dict[str, Any] = {"max_completion_tokens": 5, "temperature": 0.5, "store": True, "top_k": 3}


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (AlibabaProvider, "max_tokens"),
        (CerebrasProvider, "max_completion_tokens"),
        (FireworksProvider, "max_tokens"),
        (HuggingFaceProvider, "max_completion_tokens"),
        (MoonshotProvider, "max_completion_tokens"),
        (NvidiaProvider, "max_tokens"),
        (TogetherProvider, "max_tokens"),
        (ZaiProvider, "max_tokens"),
    ],
)
def test_what_only_openai_has_is_told(kind: type[Provider], length: str) -> None:
    asked = chat({"role": "developer", "content": "a"}, USER, **ASKED)
    provider = kind("http://far/v1")
    assert fields(provider, asked) == ({length: 5, "temperature": 0.5, "top_k": 3}, ["dropped store"])
    assert sent(provider, asked)["messages"][0]["role"] == "system"


def test_a_server_of_ones_own_takes_everything() -> None:
    asked = chat({"role": "developer", "content": "a"}, USER, **ASKED)
    assert fields(SelfHostedProvider("http://far/v1"), asked) == (ASKED, [])
    assert sent(SelfHostedProvider("http://far/v1"), asked)["messages"] == asked["messages"]


@pytest.mark.parametrize(
    "name", ["together", "fireworks", "huggingface", "nvidia", "cerebras", "vllm", "llamacpp", "lmstudio"]
)
async def test_reasoning_in_the_text_is_reasoning(name: str) -> None:
    whole = await Far(resolve(PRESETS[name].type), whole=completion("<think>hm</think>yes")).completion()
    assert whole["choices"][0]["message"]["reasoning_content"] == "hm"


def test_each_vendor_with_a_class_has_the_address_of_its_preset() -> None:
    for preset in PRESETS.values():
        kind = resolve(preset.type)
        if kind.type == preset.name and kind.default_base_url and "{" not in preset.base_url:
            assert kind.default_base_url == preset.base_url


def test_cerebras_takes_texts_from_the_assistant_and_no_penalties() -> None:
    parts = {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    asked = chat(USER, parts, USER, CALLED, presence_penalty=1, parallel_tool_calls=False, temperature=2)
    body, told = fields(CerebrasProvider(), asked)
    assert body == {"temperature": 1.5}
    assert told == ["dropped parallel_tool_calls", "dropped presence_penalty", "clamped temperature"]
    messages = sent(CerebrasProvider(), asked)["messages"]
    assert [messages[1]["content"], messages[3]["content"]] == ["ab", ""]


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "told"),
    [
        ("kimi-k2.6", "none", {"type": "disabled"}, []),
        ("kimi-k2.6", "high", {"type": "enabled"}, ["clamped reasoning_effort"]),
        ("kimi-k2-thinking", "high", None, ["dropped reasoning_effort"]),
        ("kimi-k2-0905-preview", "high", None, ["dropped reasoning_effort"]),
    ],
)
def test_moonshot_switches_thinking(model: str, effort: str, thinking: Any, told: list[str]) -> None:
    body, changes = fields(MoonshotProvider(), chat(model=model, reasoning_effort=effort))
    assert (body.get("thinking"), changes) == (thinking, told)
    assert "reasoning_effort" not in body


def test_moonshot_has_the_reasoning_of_calls() -> None:
    thinking = sent(MoonshotProvider(), chat(USER, CALLED, model="kimi-k2.6"))["messages"]
    plain = sent(MoonshotProvider(), chat(USER, CALLED, model="kimi-k2-0905-preview"))["messages"]
    assert thinking[1]["reasoning_content"] == ""
    assert plain[1] == CALLED


def test_moonshot_fixes_the_sampling_of_new_models_and_forces_no_tool() -> None:
    body, told = fields(MoonshotProvider(), chat(model="kimi-k2.6", temperature=0.3, tool_choice="required"))
    assert body == {}
    assert told == ["dropped temperature", "dropped tool_choice"]


def test_zai_switches_thinking_and_takes_one_stop() -> None:
    body, told = fields(ZaiProvider(), chat(reasoning_effort="low", stop=["a", "b"], user="ann"))
    assert body == {"thinking": {"type": "enabled"}, "stop": ["a"], "user_id": "ann"}
    assert told == ["clamped reasoning_effort", "clamped stop"]
    assert fields(ZaiProvider(), chat(stop="a")) == ({"stop": ["a"]}, [])
    assert fields(ZaiProvider(), chat(reasoning_effort="low", thinking={"type": "disabled"})) == (
        {"thinking": {"type": "disabled"}},
        [],
    )


def test_zai_is_told_a_schema_in_words() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    body, told = fields(ZaiProvider(), chat(response_format=wanted))
    assert (body, told) == ({"response_format": {"type": "json_object"}}, ["emulated response_format"])


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ({"reasoning_effort": "none"}, {"enable_thinking": False}, []),
        (
            {"reasoning_effort": "low"},
            {"enable_thinking": True, "thinking_budget": 2048},
            ["emulated reasoning_effort"],
        ),
        ({"enable_thinking": True}, {"enable_thinking": True}, []),
    ],
)
def test_alibaba_thinks_with_a_budget(asked: dict[str, Any], body: dict[str, Any], told: list[str]) -> None:
    assert fields(AlibabaProvider(), chat(**asked)) == (body, told)


async def test_the_router_of_many_hosts_gets_no_state() -> None:
    far = Far(HuggingFaceProvider, whole=completion("yes"))
    await far.completion(chat(USER, {"role": "assistant", "content": "a", "reasoning_content": "hm"}, USER))
    assert far.asked["messages"][1] == {"role": "assistant", "content": "a"}
