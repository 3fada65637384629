"""Tools, and the choice among them."""

from typing import Any

import pytest

from llms.errors import BadRequest
from tests.providers.anthropic.asking import asked, body, function

TWO = [function("look"), function("find")]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}}
OLD = "claude-sonnet-4-0"


def test_a_function_is_a_tool_with_a_schema() -> None:
    told = body(tools=[function(description="Looks.", parameters=SCHEMA), function("none")])["tools"]
    assert told == [
        {"name": "look", "description": "Looks.", "input_schema": SCHEMA},
        {"name": "none", "input_schema": {"type": "object", "properties": {}}},
    ]


def test_marks_on_a_tool_survive() -> None:
    mark: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
    assert body(tools=[{**function(), **mark}])["tools"][0]["cache_control"] == mark["cache_control"]
    assert body(tools=[function(**mark)])["tools"][0]["cache_control"] == mark["cache_control"]


def test_anthropics_own_tools_pass() -> None:
    native = [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 2},
        {"name": "look", "input_schema": SCHEMA},
    ]
    assert body(tools=native)["tools"] == native


def test_strictness_is_kept_where_schemas_are_enforced() -> None:
    tool = body(tools=[function(parameters=SCHEMA, strict=True)])["tools"][0]
    assert tool["strict"] is True
    assert tool["input_schema"]["additionalProperties"] is False
    told, changes = asked(tools=[function(parameters=SCHEMA, strict=True)], model=OLD)
    assert "strict" not in told["tools"][0]
    assert changes == {"tools.function.strict": "dropped"}


def test_more_strict_tools_than_there_may_be_are_none() -> None:
    told, changes = asked(tools=[function(f"t{number}", strict=True) for number in range(21)])
    assert not any("strict" in tool for tool in told["tools"])
    assert changes == {"tools.function.strict": "dropped"}


def test_a_schema_that_loses_meaning_is_noted() -> None:
    assert asked(tools=[function(parameters={"anyOf": [SCHEMA, SCHEMA]})])[1] == {
        "tools.function.parameters": "emulated"
    }


def test_a_custom_tool_has_one_text() -> None:
    told, changes = asked(tools=[{"type": "custom", "custom": {"name": "run", "description": "Runs."}}])
    assert told["tools"][0]["input_schema"]["properties"] == {"input": {"type": "string"}}
    assert changes == {"tools.custom": "emulated"}


@pytest.mark.parametrize(
    ("wanted", "choice"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "find"}}, {"type": "tool", "name": "find"}),
        ({"type": "custom", "custom": {"name": "find"}}, {"type": "tool", "name": "find"}),
        ({"type": "any", "disable_parallel_tool_use": True}, {"type": "any", "disable_parallel_tool_use": True}),
    ],
)
def test_the_choice_is_told_in_anthropics_words(wanted: Any, choice: dict[str, Any]) -> None:
    assert body(tools=TWO, tool_choice=wanted)["tool_choice"] == choice


def test_no_choice_is_none() -> None:
    assert "tool_choice" not in body(tools=TWO)
    assert "tool_choice" not in body(tool_choice="auto")


@pytest.mark.parametrize(("mode", "kind"), [("auto", "auto"), ("required", "any")])
def test_only_allowed_tools_are_offered(mode: str, kind: str) -> None:
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [function("find")]}}
    told = body(tools=TWO, tool_choice=allowed)
    assert ([tool["name"] for tool in told["tools"]], told["tool_choice"]) == (["find"], {"type": kind})


@pytest.mark.parametrize(
    ("wanted", "choice"),
    [
        (None, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", {"type": "any", "disable_parallel_tool_use": True}),
        ("none", {"type": "none"}),
    ],
)
def test_calls_one_at_a_time(wanted: Any, choice: dict[str, Any]) -> None:
    assert body(tools=TWO, tool_choice=wanted, parallel_tool_calls=False)["tool_choice"] == choice
    assert body(tools=TWO, tool_choice="auto", parallel_tool_calls=True)["tool_choice"] == {"type": "auto"}
    assert "tool_choice" not in body(parallel_tool_calls=False)


def test_a_call_that_cannot_be_forced_is_asked_for_in_words() -> None:
    named = {"type": "function", "function": {"name": "find"}}
    told, changes = asked(tools=TWO, tool_choice=named, model="claude-fable-5-1")
    assert told["tool_choice"] == {"type": "auto"}
    assert "'find'" in told["system"]
    assert changes == {"tool_choice": "emulated"}
    assert "one of your tools" in asked(tools=TWO, tool_choice="required", model="claude-opus-5-5")[0]["system"]


def test_a_model_with_a_budget_does_not_think_before_a_forced_call() -> None:
    told, changes = asked(tools=TWO, tool_choice="required", reasoning_effort="low")
    assert "thinking" not in told
    assert changes == {"reasoning_effort": "dropped"}
    assert body(tools=TWO, tool_choice="required", reasoning_effort="low", model="claude-opus-4-6")["thinking"]


def test_a_schema_for_the_answer_is_enforced() -> None:
    told = body(response_format=FORMAT, reasoning_effort="high", model="claude-opus-4-6")["output_config"]
    assert told == {
        "effort": "high",
        "format": {"type": "json_schema", "schema": {**SCHEMA, "additionalProperties": False}},
    }


def test_rules_that_are_told_in_words_are_noted() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
    told, changes = asked(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    assert told["output_config"]["format"]["schema"]["properties"]["n"] == {
        "type": "integer",
        "description": '{"minimum":1}',
    }
    assert changes == {"response_format": "emulated"}


def test_an_older_model_gives_its_answer_with_a_tool() -> None:
    told, changes = asked(response_format=FORMAT, model=OLD)
    assert told["tools"][0]["name"] == "json"
    assert told["tools"][0]["input_schema"] == SCHEMA
    assert told["tool_choice"] == {"type": "tool", "name": "json", "disable_parallel_tool_use": True}
    assert changes == {"response_format": "emulated"}


def test_an_older_model_may_call_its_tools_before_it_answers() -> None:
    told, _ = asked(response_format=FORMAT, model=OLD, tools=[function("json")])
    assert [tool["name"] for tool in told["tools"]] == ["json", "json_answer"]
    assert told["tool_choice"] == {"type": "any"}


def test_an_older_model_that_thinks_is_asked_for_the_answer_tool_in_words() -> None:
    told, _ = asked(response_format=FORMAT, model=OLD, reasoning_effort="low")
    assert told["tool_choice"] == {"type": "auto"}
    assert "'json'" in told["system"]
    assert told["thinking"]["type"] == "enabled"


@pytest.mark.parametrize(
    "wanted",
    [
        "required",
        {"type": "function", "function": {"name": "find"}},
        {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": TWO}},
    ],
)
def test_a_forced_call_on_an_older_model_is_no_answer(wanted: Any) -> None:
    told, changes = asked(response_format=FORMAT, model=OLD, tools=TWO, tool_choice=wanted)
    assert [tool["name"] for tool in told["tools"]] == ["look", "find"]
    assert changes == {"response_format": "dropped"}


@pytest.mark.parametrize("wanted", ["none", {"type": "none"}])
def test_a_model_that_may_not_call_its_tools_answers_with_ours(wanted: Any) -> None:
    told, _ = asked(response_format=FORMAT, model=OLD, tools=TWO, tool_choice=wanted)
    assert told["tool_choice"] == {"type": "tool", "name": "json", "disable_parallel_tool_use": True}


@pytest.mark.parametrize("wanted", [{"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x"}}])
def test_json_of_any_kind_is_asked_for_in_words(wanted: dict[str, Any]) -> None:
    told, changes = asked(response_format=wanted)
    assert "JSON object" in told["system"]
    assert changes == {"response_format": "emulated"}
    assert "system" not in body(response_format={"type": "text"})


@pytest.mark.parametrize(
    ("keys", "param"),
    [
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools"),
        ({"tools": "x"}, "tools"),
        ({"tools": ["x"]}, "tools"),
        ({"tools": TWO, "tool_choice": "maybe"}, "tool_choice"),
        ({"tools": TWO, "tool_choice": {"type": "function"}}, "tool_choice"),
        ({"functions": [{"name": "f"}]}, "functions"),
    ],
)
def test_what_is_no_tool_is_refused(keys: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        asked(**keys)
    assert refusal.value.param == param
