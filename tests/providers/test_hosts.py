"""The hosts of open models: the fields they take, what is told of others, and reasoning that stands in the text."""

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


async def test_the_router_of_many_hosts_gets_no_state() -> None:
    far = Far(HuggingFaceProvider, whole=completion("yes"))
    await far.completion(chat(USER, {"role": "assistant", "content": "a", "reasoning_content": "hm"}, USER))
    assert far.asked["messages"][1] == {"role": "assistant", "content": "a"}
