"""Tools as Google's declarations, its own tools, and who may be called."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.google.generation import GoogleModel
from llms.providers.google.tools import Tools, custom_names, read_tools

PLAIN = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CLOSED = {**PLAIN, "additionalProperties": False, "$schema": "https://json-schema.org/draft/2020-12/schema"}


def read(model: str = "gemini-2.5-flash", *, is_vertex: bool = False, **keys: Any) -> tuple[Tools, Fields]:
    fields = Fields({}, {"model": model, "messages": [], **keys})  # type: ignore[typeddict-item]
    return read_tools(fields, GoogleModel.named(model), is_vertex=is_vertex), fields


def function(name: str = "f", parameters: Any = PLAIN, **extra: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters, **extra}}


def declared(*tools: dict[str, Any], model: str = "gemini-2.5-flash") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = read(model, tools=list(tools))[0].tools[0]["functionDeclarations"]
    return told


def test_a_schema_that_openapi_can_say_is_told_so() -> None:
    assert declared(function(description="d")) == [{"name": "f", "description": "d", "parameters": PLAIN}]


def test_any_other_schema_is_told_as_json_schema() -> None:
    assert declared(function(parameters=CLOSED)) == [
        {"name": "f", "parametersJsonSchema": {**PLAIN, "additionalProperties": False}}
    ]


def test_models_before_json_schema_are_told_what_openapi_can_say() -> None:
    told, fields = read("gemini-2.0-flash", tools=[function(parameters=CLOSED)])
    assert told.tools[0]["functionDeclarations"] == [{"name": "f", "parameters": PLAIN}]
    assert fields.changes == ()
    open_object = {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "properties": {"a": {"type": "string"}},
    }
    _, fields = read("gemini-2.0-flash", tools=[function(parameters=open_object)])
    assert fields.changes == (("dropped", "tools.function.parameters"),)


@pytest.mark.parametrize("parameters", [None, {}, {"type": "object", "properties": {}}])
def test_a_function_without_parameters_has_none(parameters: Any) -> None:
    assert declared(function(parameters=parameters)) == [{"name": "f"}]


def test_the_old_form_of_functions_is_understood() -> None:
    told, _ = read(functions=[{"name": "f", "parameters": PLAIN}], function_call={"name": "f"})
    assert told.tools == [{"functionDeclarations": [{"name": "f", "parameters": PLAIN}]}]
    assert told.config == {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}


def test_a_tool_that_takes_a_text_is_a_function_with_one_argument() -> None:
    custom = {"type": "custom", "custom": {"name": "sql", "description": "d", "format": {"type": "grammar"}}}
    told, fields = read(tools=[custom])
    (declaration,) = told.tools[0]["functionDeclarations"]
    assert (declaration["name"], declaration["description"]) == ("sql", "d")
    assert declaration["parameters"]["required"] == ["input"]
    assert fields.changes == (("emulated", "tools.custom"), ("dropped", "tools.custom.format"))
    assert custom_names({"tools": [custom, function()]}) == {"sql"}


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        ("none", {"mode": "NONE"}),
        ("auto", {"mode": "AUTO"}),
        ("required", {"mode": "ANY"}),
        ({"type": "function", "function": {"name": "f"}}, {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        ({"type": "custom", "custom": {"name": "f"}}, {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]},
            },
            {"mode": "VALIDATED", "allowedFunctionNames": ["f"]},
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"name": "f"}]}},
            {"mode": "ANY", "allowedFunctionNames": ["f"]},
        ),
    ],
)
def test_who_may_be_called(choice: Any, calling: dict[str, Any]) -> None:
    assert read(tools=[function()], tool_choice=choice)[0].config == {"functionCallingConfig": calling}


def test_unasked_the_model_chooses_as_it_does() -> None:
    assert read(tools=[function()])[0].config == {}


def test_strict_functions_are_validated_where_the_model_can() -> None:
    assert read(tools=[function(strict=True)])[0].config == {"functionCallingConfig": {"mode": "VALIDATED"}}
    told, fields = read("gemini-2.0-flash", tools=[function(strict=True)])
    assert told.config == {}
    assert fields.changes == (("dropped", "tools.function.strict"),)


def test_without_functions_there_is_nothing_to_choose() -> None:
    told, fields = read(tool_choice="auto")
    assert (told, fields.changes, fields.rest()) == (Tools(), (), {})


@pytest.mark.parametrize(
    ("tool", "wanted"),
    [
        ({"google_search": {}}, {"googleSearch": {}}),
        ({"googleSearch": {"timeRangeFilter": {}}}, {"googleSearch": {"timeRangeFilter": {}}}),
        ({"type": "google_search"}, {"googleSearch": {}}),
        ({"type": "code_execution"}, {"codeExecution": {}}),
        ({"url_context": None}, {"urlContext": {}}),
    ],
)
def test_googles_own_tools_under_googles_names(tool: dict[str, Any], wanted: dict[str, Any]) -> None:
    told, fields = read(tools=[tool])
    assert told.tools == [wanted]
    assert fields.changes == ()


@pytest.mark.parametrize(
    ("tool", "wanted"), [("web_search", {"googleSearch": {}}), ("code_interpreter", {"codeExecution": {}})]
)
def test_googles_own_tools_under_openais_names(tool: str, wanted: dict[str, Any]) -> None:
    told, fields = read(tools=[{"type": tool}])
    assert told.tools == [wanted]
    assert fields.changes == (("emulated", f"tools.{tool}"),)


def test_a_tool_nobody_knows_is_said_to_be_lost() -> None:
    told, fields = read(tools=[{"type": "teleport"}])
    assert told.tools == []
    assert fields.changes == (("dropped", "tools.teleport"),)


def test_a_search_of_the_web_is_googles() -> None:
    told, fields = read(web_search_options={})
    assert told.tools == [{"googleSearch": {}}]
    assert fields.changes == (("emulated", "web_search_options"),)
    told, fields = read(web_search_options={}, tools=[function()])
    assert [*told.tools[0]] == ["functionDeclarations"]
    assert fields.changes == (("dropped", "web_search_options"),)


def test_both_kinds_of_tools_together_must_be_asked_for() -> None:
    told, _ = read("gemini-3-flash", tools=[function(), {"google_search": {}}])
    assert len(told.tools) == 2
    assert told.config == {"includeServerSideToolInvocations": True}
    told, _ = read("gemini-3-flash", tools=[function(), {"google_search": {}}], is_vertex=True)
    assert told.config == {}


@pytest.mark.parametrize(
    "keys",
    [
        {"tools": "f"},
        {"tools": ["f"]},
        {"tools": [{"type": "function", "function": {}}]},
        {"tools": [function()], "tool_choice": "maybe"},
        {"tools": [function()], "tool_choice": {"type": "function"}},
    ],
)
def test_what_is_no_tool_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**keys)
