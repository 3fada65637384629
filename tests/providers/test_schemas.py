"""JSON schemas in the words of vendors that take less: nothing that can be said is lost, what is lost is named."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.schemas import (
    fits_openapi,
    inlined,
    openapi_subset,
    takes_nothing,
    with_plain_refs,
    without_keywords,
)

NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "name": {"type": "string"}}}


def test_keywords_go_at_every_depth_but_properties_of_that_name_stay() -> None:
    schema = {
        "type": "object",
        "title": "x",
        "properties": {"title": {"type": "string", "title": "y"}},
        "anyOf": [{"title": "z"}],
        "items": {"title": "z"},
    }
    assert without_keywords(schema, {"title"}) == {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "anyOf": [{}],
        "items": {},
    }


def test_references_are_written_out_and_what_stands_beside_them_wins() -> None:
    schema = {
        "type": "object",
        "properties": {"home": {"$ref": "#/$defs/Place", "description": "where"}},
        "$defs": {"Place": {"type": "string", "description": "a place"}},
    }
    assert inlined(schema) == {"type": "object", "properties": {"home": {"type": "string", "description": "where"}}}


def test_a_circle_of_references_ends_in_any_object() -> None:
    flat = inlined({"$ref": "#/$defs/Node", "$defs": {"Node": NODE}})
    assert flat["properties"]["next"] == {"type": "object"}


def test_references_that_multiply_without_end_are_refused() -> None:
    defs: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 20):
        pair = {"a": {"$ref": f"#/$defs/d{level - 1}"}, "b": {"$ref": f"#/$defs/d{level - 1}"}}
        defs[f"d{level}"] = {"type": "object", "properties": pair}
    with pytest.raises(BadRequest, match="too large"):
        inlined({"$ref": "#/$defs/d19", "$defs": defs})


def test_a_reference_to_nowhere_is_any_object() -> None:
    assert inlined({"$ref": "#/$defs/Missing"}) == {"type": "object"}
    assert inlined({"$ref": "https://elsewhere/schema"}) == {"type": "object"}


def test_definitions_move_to_their_newer_name() -> None:
    schema = {"properties": {"a": {"$ref": "#/definitions/A"}}, "definitions": {"A": {"type": "string"}}}
    assert with_plain_refs(schema) == {
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"type": "string"}},
    }


def test_a_reference_stands_alone() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/A", "description": "mine"}},
        "$defs": {"A": {"type": "string"}},
    }
    assert with_plain_refs(schema)["properties"]["a"] == {"type": "string", "description": "mine"}


def test_circles_stay_references() -> None:
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}
    assert with_plain_refs(schema)["$defs"]["Node"]["properties"]["next"] == {"$ref": "#/$defs/Node"}


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"const": "a"}, {"enum": ["a"], "type": "string"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"enum": ["a", None]}, {"enum": ["a"], "nullable": True, "type": "string"}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
        ({"type": "object", "additionalProperties": False}, {"type": "object"}),
        (
            {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]},
        ),
        ({"type": "object", "properties": {"a": {}}, "required": ["a", "b"]}, None),
        ({"$schema": "x", "$id": "y", "type": "string"}, {"type": "string"}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
    ],
)
def test_what_openapi_can_say_in_other_words(schema: dict[str, Any], wanted: dict[str, Any] | None) -> None:
    subset = openapi_subset(schema)
    assert subset.lost == set()
    assert subset.schema == (wanted or {"type": "object", "properties": {"a": {}}, "required": ["a"]})


@pytest.mark.parametrize(
    ("schema", "wanted", "lost"),
    [
        ({"type": "string", "format": "email"}, {"type": "string"}, {"format"}),
        ({"enum": [1, 2]}, {"type": "integer"}, {"enum"}),
        ({"enum": [True]}, {"type": "boolean"}, {"enum"}),
        ({"enum": [1, 2.5]}, {"type": "number"}, {"enum"}),
        ({"enum": [1, "a"]}, {"type": "string"}, {"enum"}),
        ({"type": "number", "exclusiveMaximum": 1.5}, {"type": "number", "maximum": 1.5}, {"exclusiveMaximum"}),
        (
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
            {"prefixItems"},
        ),
        ({"type": "array", "items": [{"type": "string"}]}, {"type": "array", "items": {"type": "string"}}, None),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object"},
            {"additionalProperties"},
        ),
        ({"type": "array", "uniqueItems": True}, {"type": "array"}, {"uniqueItems"}),
    ],
)
def test_what_openapi_cannot_say_is_named(
    schema: dict[str, Any], wanted: dict[str, Any], lost: set[str] | None
) -> None:
    subset = openapi_subset(schema)
    assert subset.schema == wanted
    assert subset.lost == (lost or {"prefixItems"})


def test_what_fits_is_told_in_the_same_words() -> None:
    plain = {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}, "required": ["a"]}
    assert fits_openapi(plain)
    assert not fits_openapi({**plain, "additionalProperties": False})
    assert not fits_openapi({**plain, "$defs": {}})
    assert not fits_openapi({"anyOf": [{"type": "string"}, {"type": "null"}]})


@pytest.mark.parametrize(
    ("schema", "empty"),
    [
        (None, True),
        ({}, True),
        ({"type": "object"}, True),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"$ref": "#/$defs/A"}, False),
    ],
)
def test_functions_without_parameters_are_known(schema: Any, empty: bool) -> None:
    assert takes_nothing(schema) is empty


def test_the_schema_given_is_left_as_it_was() -> None:
    schema = {"type": ["string", "null"], "const": "a", "format": "email", "allOf": [{"type": "string"}]}
    before = repr(schema)
    openapi_subset(schema)
    with_plain_refs(schema)
    assert repr(schema) == before


@pytest.mark.parametrize(
    "schema",
    [
        {"definitions": None},
        {"$defs": [], "definitions": {}},
        {"required": [[]], "properties": None},
        {"allOf": [{"properties": None, "required": 1}, 5], "properties": {}, "required": []},
        {"prefixItems": {}, "items": 5},
        {"oneOf": [], "anyOf": None},
        {"enum": [[]], "type": ["null", {}]},
    ],
)
def test_a_schema_that_is_none_harms_nothing(schema: dict[str, Any]) -> None:
    assert isinstance(openapi_subset(schema).schema, dict)
    assert isinstance(with_plain_refs(schema), dict)
