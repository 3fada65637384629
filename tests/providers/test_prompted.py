"""Structured answers that are asked for in words."""

from typing import Any

import pytest

from llms.providers.prompted import instructed, prompt_schema

USER = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "Be brief."}


def test_an_instruction_joins_the_systems_words() -> None:
    assert instructed([SYSTEM, USER], "And kind.") == [{"role": "system", "content": "Be brief.\n\nAnd kind."}, USER]
    assert instructed([USER], "Be kind.") == [{"role": "system", "content": "Be kind."}, USER]
    assert instructed([], "Be kind.") == [{"role": "system", "content": "Be kind."}]
    parts = {"role": "system", "content": [{"type": "text", "text": "a"}]}
    assert instructed([parts], "b") == [{"role": "system", "content": "b"}, parts]


@pytest.mark.parametrize("named", [{"schema": {"type": "object"}}, {}, None])
def test_a_schema_is_told(named: Any) -> None:
    body: dict[str, Any] = {"messages": [USER], "response_format": {"type": "json_schema", "json_schema": named}}
    assert prompt_schema(body) == [("emulated", "response_format")]
    assert body["response_format"] == {"type": "json_object"}
    assert "JSON schema:\n{" in body["messages"][0]["content"]


@pytest.mark.parametrize("asked", [None, "json", {"type": "text"}, {}])
def test_nothing_is_said_where_no_json_is_asked_for(asked: Any) -> None:
    body = {"messages": [USER], "response_format": asked}
    assert prompt_schema(body) == []
    assert body == {"messages": [USER], "response_format": asked}
