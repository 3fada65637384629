"""JSON schemas: for tools, and for what is enforced."""

from typing import Any, Literal

import pytest
from anthropic import transform_schema
from pydantic import BaseModel, Field

from llms.providers.anthropic.schemas import enforced_schema, tool_schema

A = {"type": "object", "properties": {"a": {"type": "string"}, "both": {}}, "required": ["a", "both"]}
B = {"type": "object", "properties": {"b": {"type": "string"}, "both": {}}, "required": ["both"]}


@pytest.mark.parametrize("parameters", [None, {}, "nonsense"])
def test_a_tool_without_parameters_takes_an_empty_object(parameters: Any) -> None:
    assert tool_schema(parameters) == ({"type": "object", "properties": {}}, False)


def test_the_parameters_of_a_tool_are_an_object() -> None:
    assert tool_schema({"properties": {"a": {}}}) == ({"type": "object", "properties": {"a": {}}}, False)
    given = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    assert tool_schema(given) == (given, False)


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
def test_alternatives_at_the_top_become_one_object(key: str) -> None:
    schema, loosened = tool_schema({key: [A, B], "description": "either"})
    assert loosened
    assert schema == {
        "type": "object",
        "description": "either",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "both": {}},
        "required": ["both"],
    }


def test_parts_at_the_top_become_one_object_that_loses_nothing() -> None:
    schema, loosened = tool_schema({"allOf": [A, B]})
    assert not loosened
    assert set(schema["required"]) == {"a", "both"}


def test_a_reference_at_the_top_is_followed() -> None:
    assert tool_schema({"$ref": "#/$defs/A", "$defs": {"A": A}}) == ({**A, "$defs": {"A": A}}, False)
    schema, _ = tool_schema({"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}], "$defs": {"A": A, "B": B}})
    assert set(schema["properties"]) == {"a", "b", "both"}
    assert tool_schema({"$ref": "elsewhere"})[0]["type"] == "object"
    assert tool_schema({"anyOf": [True, A]})[0]["properties"] == A["properties"]


def test_an_enforced_schema_closes_its_objects() -> None:
    schema, reworded = enforced_schema(
        {"type": "object", "properties": {"in": {"type": "object", "properties": {"x": {"type": "integer"}}}}}
    )
    assert not reworded
    assert schema["additionalProperties"] is False
    assert schema["properties"]["in"]["additionalProperties"] is False


def test_rules_that_cannot_be_enforced_are_said_in_words() -> None:
    schema, reworded = enforced_schema(
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {"type": "integer", "minimum": 1, "description": "a count"},
        }
    )
    assert reworded
    assert schema == {
        "type": "array",
        "minItems": 1,
        "items": {"type": "integer", "description": 'a count\n\n{"minimum":1}'},
        "description": '{"maxItems":3}',
    }


def test_alternatives_and_definitions_are_enforced_too() -> None:
    schema, reworded = enforced_schema({"$defs": {"A": A}, "oneOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]})
    assert not reworded
    assert schema["$defs"]["A"]["additionalProperties"] is False
    assert schema["anyOf"] == [{"$ref": "#/$defs/A"}, {"type": "null"}]


def test_an_open_object_cannot_be_enforced() -> None:
    schema, reworded = enforced_schema({"type": "object", "additionalProperties": {"type": "string"}})
    assert reworded
    assert schema["additionalProperties"] is False


def test_names_of_text_forms_are_enforced_where_they_are_known() -> None:
    assert enforced_schema({"type": "string", "format": "date"}) == ({"type": "string", "format": "date"}, False)
    assert enforced_schema({"type": "string", "format": "ssn"})[1]
    assert enforced_schema(True) == (True, False)


class Part(BaseModel):
    kind: Literal["a", "b"]
    count: int = Field(ge=1, le=5, description="how many")


class Whole(BaseModel):
    name: str = Field(min_length=2)
    part: Part
    perhaps: Part | None = None
    parts: list[Part] = Field(min_length=3)
    day: str = Field(json_schema_extra={"format": "date"})


def test_a_schema_is_enforced_as_the_vendors_sdk_has_it_enforced() -> None:
    enforced, reworded = enforced_schema(Whole.model_json_schema())
    assert reworded
    assert _without_words(enforced) == _without_words(transform_schema(Whole))


def test_a_default_is_no_rule() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}
    enforced, reworded = enforced_schema(schema)
    assert not reworded
    assert enforced["properties"]["a"] == {"type": "string", "description": '{"default":"x"}'}


def _without_words(schema: Any) -> Any:
    """A schema without its descriptions, and without the type that an enumeration has anyway."""
    if isinstance(schema, list):
        return [_without_words(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    silent = {"description", "type"} if "enum" in schema else {"description"}
    return {key: _without_words(value) for key, value in schema.items() if key not in silent}
