"""Thinking that is switched on or off, and the reasoning that calls of tools must have."""

from typing import Any

import pytest

from llms.providers.thinking import switch, thinking_kind, with_reasoning


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, None),
        ({"thinking": {"type": "enabled"}}, "enabled"),
        ({"thinking": {"type": 7}}, None),
        ({"thinking": "on"}, None),
        ({"thinking": {}}, None),
    ],
)
def test_what_thinking_says(body: dict[str, Any], kind: str | None) -> None:
    assert thinking_kind(body) == kind


@pytest.mark.parametrize(
    ("effort", "kind", "told"),
    [("none", "disabled", False), ("minimal", "disabled", True), ("low", "enabled", True), ("max", "enabled", True)],
)
def test_an_effort_turns_it_on_or_off(effort: str, kind: str, told: bool) -> None:
    body: dict[str, Any] = {"reasoning_effort": effort}
    assert switch(body) == ([("clamped", "reasoning_effort")] if told else [])
    assert body == {"thinking": {"type": kind}}


def test_the_clients_own_word_wins() -> None:
    body: dict[str, Any] = {"reasoning_effort": "low", "thinking": {"type": "disabled"}}
    assert switch(body) == []
    assert body == {"thinking": {"type": "disabled"}}
    assert switch(body) == []


@pytest.mark.parametrize(
    ("given", "sent"), [({}, ""), ({"reasoning_content": None}, ""), ({"reasoning_content": "a"}, "a")]
)
def test_a_call_of_tools_has_reasoning(given: dict[str, Any], sent: str) -> None:
    called = {"role": "assistant", "tool_calls": [{"id": "1"}], **given}
    assert with_reasoning(called) == {**called, "reasoning_content": sent}


@pytest.mark.parametrize("message", [{"role": "assistant", "content": "a"}, {"role": "user", "tool_calls": [{}]}])
def test_other_messages_stay(message: dict[str, Any]) -> None:
    assert with_reasoning(message) is message
