from typing import Any

import pytest

from llms.providers.scripted.samples import sample

SCHEMAS: list[tuple[Any, Any]] = [
    ({"type": "string"}, "demo"),
    ({"type": "integer"}, 1),
    ({"type": "number"}, 1),
    ({"type": "boolean"}, True),
    ({"type": "null"}, None),
    ({"type": ["null", "string"]}, "demo"),
    ({"type": ["null"]}, None),
    ({}, "demo"),
    ({"enum": ["metric", "imperial"]}, "metric"),
    ({"const": 7}, 7),
    ({"type": "string", "minLength": 6}, "demooo"),
    ({"type": "string", "maxLength": 2}, "de"),
    ({"type": "string", "format": "date"}, "2026-01-01"),
    ({"type": "string", "format": "no such"}, "demo"),
    ({"type": "integer", "minimum": 5}, 5),
    ({"type": "integer", "exclusiveMinimum": 5}, 6),
    ({"type": "integer", "maximum": -3}, -3),
    ({"type": "integer", "exclusiveMaximum": 1}, 0),
    ({"type": "integer", "minimum": 4, "multipleOf": 5}, 5),
    ({"type": "array", "items": {"type": "integer"}}, [1]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
    ({"type": "array", "maxItems": 0}, []),
    ({"items": {"type": "boolean"}}, [True]),
    ({"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}, "required": ["b"]}, {"b": 1}),
    ({"type": "object"}, {}),
    ({"properties": {"a": {}}}, {}),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ({"oneOf": [{"type": "boolean"}], "description": "either"}, True),
    ({"$ref": "#/$defs/City", "$defs": {"City": {"enum": ["Bern"]}}}, "Bern"),
    ({"$ref": "#/nowhere"}, "demo"),
    ("no schema", None),
    (
        {
            "allOf": [
                {"$ref": "#/$defs/Named"},
                {"properties": {"age": {"type": "integer"}}, "required": ["age"]},
            ],
            "$defs": {"Named": {"type": "object", "properties": {"name": {}}, "required": ["name"]}},
        },
        {"name": "demo", "age": 1},
    ),
]


@pytest.mark.parametrize(("schema", "value"), SCHEMAS, ids=[str(schema)[:50] for schema, _ in SCHEMAS])
def test_the_sample_is_the_smallest_value_that_fits(schema: Any, value: Any) -> None:
    assert sample(schema) == value


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    node = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}
    found = sample({**node, "required": ["children"]})
    for _ in range(2):
        found = found["children"][0]
    assert "demo" not in str(found)


def test_a_schema_that_is_its_own_reference_comes_to_an_end() -> None:
    assert sample({"$ref": "#"}) is None
