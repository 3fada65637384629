"""The smallest value that fits a JSON schema: what the made-up model fills forms and arguments with.

Covers what tools and response formats are written in. A pattern is not solved, and a `$ref` that leads nowhere fits
anything.
"""

from collections.abc import Mapping
from typing import Any

_DEEPEST = 12
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "email": "demo@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def sample(schema: Any, root: Any = None, *, depth: int = 0) -> Any:
    """A value for `schema`: required properties only, the first of an enum, `demo` for strings, 1 for numbers.

    `root` is the document its references point into, the schema itself by default.
    """
    root = schema if root is None else root
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    if isinstance(schema.get("$ref"), str):
        return sample(_referred(schema["$ref"], root), root, depth=depth + 1)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            return sample(_merged([schema[key][0], _without(schema, key)]), root, depth=depth + 1)
    if isinstance(schema.get("allOf"), list):
        parts = [_resolved(part, root) for part in schema["allOf"]]
        return sample(_merged([*parts, _without(schema, "allOf")]), root, depth=depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Any, depth: int) -> Any:
    match _type_of(schema):
        case "object":
            properties = schema.get("properties")
            properties = properties if isinstance(properties, Mapping) else {}
            required = schema.get("required")
            names = required if isinstance(required, list) else []
            return {str(name): sample(properties.get(name, {}), root, depth=depth + 1) for name in names}
        case "array":
            return _array(schema, root, depth)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema)


def _type_of(schema: Mapping[str, Any]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((word for word in named if word != "null"), "null")
    if isinstance(named, str):
        return named
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _array(schema: Mapping[str, Any], root: Any, depth: int) -> list[Any]:
    """One item, where there may be one: an empty list would show nothing. Recursion ends at the fewest allowed."""
    fewest, most = _whole(schema, "minItems", 0), _whole(schema, "maxItems", 1)
    wanted = fewest if depth > _DEEPEST // 2 else max(fewest, min(1, most))
    return [sample(schema.get("items", {}), root, depth=depth + 1) for _ in range(wanted)]


def _number(schema: Mapping[str, Any]) -> float:
    value: float = 1
    if (least := _limit(schema, "minimum")) is not None:
        value = max(value, least)
    if (below := _limit(schema, "exclusiveMinimum")) is not None and value <= below:
        value = below + 1
    if (most := _limit(schema, "maximum")) is not None:
        value = min(value, most)
    if (above := _limit(schema, "exclusiveMaximum")) is not None and value >= above:
        value = above - 1
    if (step := _limit(schema, "multipleOf")) and value % step:
        value += step - value % step
    return value


def _string(schema: Mapping[str, Any]) -> str:
    known = _FORMATS.get(str(schema.get("format")))
    if known:
        return known
    text = "demo"
    text += "o" * (min(_whole(schema, "minLength", 0), 1000) - len(text))
    return text[: _whole(schema, "maxLength", len(text))]


def _referred(reference: str, root: Any) -> Any:
    """What `#/$defs/name` points at; anything fits a reference that leads nowhere."""
    found = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return found


def _resolved(schema: Any, root: Any) -> Any:
    if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        return _referred(schema["$ref"], root)
    return schema


def _merged(parts: list[Any]) -> dict[str, Any]:
    """One schema that asks for what all `parts` ask for; `properties` and `required` add up."""
    merged: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items() if isinstance(part, Mapping) else ():
            if key == "properties" and isinstance(value, Mapping):
                merged[key] = {**merged.get(key, {}), **value}
            elif key == "required" and isinstance(value, list):
                merged[key] = [*merged.get(key, []), *value]
            else:
                merged[key] = value
    return merged


def _without(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}


def _whole(schema: Mapping[str, Any], key: str, default: int) -> int:
    value = schema.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def _limit(schema: Mapping[str, Any], key: str) -> float | None:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
