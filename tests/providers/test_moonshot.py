"""Moonshot: thinking that is on or off and comes back, and sampling that is fixed."""

from typing import Any

import pytest

from llms.providers.moonshot import MoonshotProvider
from tests.providers.dialect import USER, chat, fields, sent

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}


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
