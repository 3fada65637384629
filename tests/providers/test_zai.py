"""Z.ai: thinking that is on or off, one stop sequence, and schemas in the prompt."""

from llms.providers.zai import ZaiProvider
from tests.providers.dialect import chat, fields


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
