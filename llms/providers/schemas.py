"""JSON schemas told to vendors that take less than all of JSON Schema.

Knows where sub-schemas stand inside a schema (a property may well be called `format`) and how to say a keyword in other
words; which vendor takes what is the dialect's business. Nothing here changes its argument.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from llms.errors import BadRequest

Schema = dict[str, Any]

_MAPS = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SINGLE = frozenset(
    {"items", "additionalProperties", "additionalItems", "not", "contains", "propertyNames", "if", "then", "else"}
)
_MAX_SCHEMAS = 20_000
"""References to references can make a small schema endless once they are written out."""

_SUBSET = frozenset(
    {
        "anyOf",
        "default",
        "description",
        "enum",
        "example",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "nullable",
        "pattern",
        "properties",
        "propertyOrdering",
        "property_ordering",
        "required",
        "title",
        "type",
    }
)
"""What OpenAPI 3.0's schema object has of JSON Schema, as Google's `Schema` type lists it (2026-08)."""

_FORMATS = frozenset({"enum", "date-time", "float", "double", "int32", "int64"})
_SAYS_NOTHING = frozenset({"$schema", "$id", "$comment", "$defs", "definitions", "examples", "strict"})


def mapped(schema: Mapping[str, Any], change: Callable[[Schema], Any]) -> Schema:
    """A copy of `schema` with `change` applied to each schema directly inside it."""
    copy: Schema = {}
    for keyword, value in schema.items():
        if keyword in _MAPS and isinstance(value, dict):
            copy[keyword] = {name: change(each) if isinstance(each, dict) else each for name, each in value.items()}
        elif keyword in _LISTS and isinstance(value, list):
            copy[keyword] = [change(each) if isinstance(each, dict) else each for each in value]
        elif keyword in _SINGLE and isinstance(value, dict):
            copy[keyword] = change(value)
        else:
            copy[keyword] = value
    return copy


def without_keywords(schema: Schema, keywords: Collection[str]) -> Schema:
    """`schema` and every schema in it without these keywords."""

    def cleaned(each: Schema) -> Schema:
        return mapped({keyword: value for keyword, value in each.items() if keyword not in keywords}, cleaned)

    return cleaned(schema)


def takes_nothing(schema: Any) -> bool:
    """Whether a schema of a function's parameters says that there are none."""
    if not isinstance(schema, dict):
        return True
    says = {keyword for keyword, value in schema.items() if value not in ({}, [], None)}
    return says <= {"type", "title", "description", "$schema", "additionalProperties", "strict"}


def with_plain_refs(schema: Schema) -> Schema:
    """`schema` whose references point into `$defs` and stand alone, as draft 2020-12 reduced by vendors wants them.

    What stands beside a reference (pydantic writes descriptions there) is merged with what it points at; beside one
    that is part of a circle it is left out.
    """
    root = _with_defs(schema)

    def cleaned(each: Schema, opened: tuple[str, ...] = ()) -> Schema:
        ref = each.get("$ref")
        beside = {keyword: value for keyword, value in each.items() if keyword not in {"$ref", "$defs"}}
        if isinstance(ref, str) and beside:
            target = _target(root, ref)
            if target is None or ref in opened:
                return {"$ref": ref}
            merged = {**target, **beside}
            return cleaned(merged, (*opened, ref)) if len(opened) < 8 else {"$ref": ref}
        return mapped(each, cleaned)

    return cleaned(root)


def inlined(schema: Schema) -> Schema:
    """`schema` with every reference replaced by what it points at; one that would never end becomes any object.

    Raises `BadRequest` where that would be thousands of schemas.
    """
    root = _with_defs(schema)
    count = 0

    def cleaned(each: Schema, opened: tuple[str, ...] = ()) -> Schema:
        nonlocal count
        count += 1
        if count > _MAX_SCHEMAS:
            raise BadRequest("a schema is too large once its references are written out", param="tools")
        ref = each.get("$ref")
        if isinstance(ref, str):
            beside = {keyword: value for keyword, value in each.items() if keyword != "$ref"}
            target = _target(root, ref)
            if target is None or ref in opened:
                return {"type": "object", **beside}
            return cleaned({**target, **beside}, (*opened, ref))
        return mapped(each, lambda inner: cleaned(inner, opened))

    flat = cleaned({keyword: value for keyword, value in root.items() if keyword != "$defs"})
    return {keyword: value for keyword, value in flat.items() if keyword != "$defs"}


@dataclass(slots=True)
class Subset:
    """A schema in OpenAPI 3.0's words, and the keywords of the original whose meaning is lost."""

    schema: Schema
    lost: set[str] = field(default_factory=set)


def openapi_subset(schema: Schema) -> Subset:
    """`schema` as far as OpenAPI 3.0 can say it: no references, one type each, null as `nullable`, strings as enums."""
    lost: set[str] = set()
    return Subset(_reduced(inlined(schema), lost), lost)


def fits_openapi(schema: Schema) -> bool:
    """Whether OpenAPI 3.0 says all of `schema` in the very same words."""
    if "$defs" in schema or "definitions" in schema:
        return False
    return openapi_subset(schema).schema == schema


def _reduced(schema: Schema, lost: set[str]) -> Schema:
    schema = _merged_all_of(schema)
    schema = _with_single_type(_with_any_of(schema))
    schema = _with_enum(schema, lost)
    schema = _with_bounds(schema, lost)
    if isinstance(schema.get("format"), str) and schema["format"] not in _FORMATS:
        lost.add("format")
        del schema["format"]
    if "prefixItems" in schema or isinstance(schema.get("items"), list):
        lost.add("prefixItems")
        items = schema.pop("items", None)
        kinds = schema.pop("prefixItems", None) or items
        if isinstance(kinds, list) and kinds:
            schema["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if isinstance(schema.get("required"), list):
        known = list(schema.get("properties") or ())
        schema["required"] = [name for name in schema["required"] if name in known]
        if not schema["required"]:
            del schema["required"]
    lost.update(key for key in schema if key not in _SUBSET | _SAYS_NOTHING and not _is_idle(key, schema[key]))
    kept = {keyword: value for keyword, value in schema.items() if keyword in _SUBSET}
    return mapped(kept, lambda inner: _reduced(inner, lost))


def _is_idle(keyword: str, value: Any) -> bool:
    """A closed object is what models make anyway: nothing is lost with the word for it."""
    return keyword == "additionalProperties" and value is False


def _merged_all_of(schema: Schema) -> Schema:
    parts = schema.get("allOf")
    if not isinstance(parts, list):
        return dict(schema)
    merged: Schema = {}
    for part in [*parts, {keyword: value for keyword, value in schema.items() if keyword != "allOf"}]:
        for keyword, value in part.items() if isinstance(part, dict) else ():
            before = merged.get(keyword)
            if keyword == "properties" and isinstance(before, dict) and isinstance(value, dict):
                merged[keyword] = {**before, **value}
            elif keyword == "required" and isinstance(before, list) and isinstance(value, list):
                merged[keyword] = [*before, *(name for name in value if name not in before)]
            else:
                merged[keyword] = value
    return _merged_all_of(merged)


def _with_any_of(schema: Schema) -> Schema:
    """`oneOf` as `anyOf`, an alternative that is null as `nullable`, a single alternative in place of the choice."""
    if isinstance(schema.get("oneOf"), list):
        schema["anyOf"] = [*(schema.get("anyOf") or []), *schema.pop("oneOf")]
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return schema
    others = [each for each in options if not (isinstance(each, dict) and each.get("type") == "null")]
    if len(others) < len(options):
        schema["nullable"] = True
    schema["anyOf"] = others
    if len(others) == 1 and isinstance(others[0], dict):
        del schema["anyOf"]
        schema = _merged_all_of({**others[0], **schema})
    return schema


def _with_single_type(schema: Schema) -> Schema:
    kinds = schema.get("type")
    if not isinstance(kinds, list):
        return schema
    others = [kind for kind in kinds if kind != "null"]
    if len(others) < len(kinds):
        schema["nullable"] = True
    del schema["type"]
    if len(others) == 1:
        schema["type"] = others[0]
    elif others:
        schema["anyOf"] = [{"type": kind} for kind in others]
    return schema


def _with_enum(schema: Schema, lost: set[str]) -> Schema:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    values = schema.get("enum")
    if not isinstance(values, list):
        return schema
    if None in values:
        schema["nullable"] = True
        values = [value for value in values if value is not None]
    if all(isinstance(value, str) for value in values):
        schema["enum"] = values
        schema.setdefault("type", "string")
    else:
        lost.add("enum")
        del schema["enum"]
        schema.setdefault("type", _type_of(values))
    return schema


def _type_of(values: list[Any]) -> str:
    if all(isinstance(value, bool) for value in values):
        return "boolean"
    if all(isinstance(value, int) for value in values):
        return "integer"
    return "number" if all(isinstance(value, int | float) for value in values) else "string"


def _with_bounds(schema: Schema, lost: set[str]) -> Schema:
    """Bounds that exclude their own value; a whole number's can be said as the next one's."""
    for keyword, inclusive, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        bound = schema.get(keyword)
        if not isinstance(bound, int | float) or isinstance(bound, bool):
            continue
        del schema[keyword]
        if schema.get("type") == "integer" and isinstance(bound, int):
            schema[inclusive] = bound + step
        else:
            schema[inclusive] = bound
            lost.add(keyword)
    return schema


def _with_defs(schema: Schema) -> Schema:
    """`schema` with draft 7's `definitions` under their newer name."""
    if not isinstance(schema.get("definitions"), dict):
        return schema

    def moved(each: Schema) -> Schema:
        ref = each.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/definitions/"):
            each = {**each, "$ref": "#/$defs/" + ref.removeprefix("#/definitions/")}
        return mapped(each, moved)

    newer = schema.get("$defs")
    defs = {**(newer if isinstance(newer, dict) else {}), **schema["definitions"]}
    return moved({**{keyword: value for keyword, value in schema.items() if keyword != "definitions"}, "$defs": defs})


def _target(root: Schema, ref: str) -> Schema | None:
    """What a reference inside the same schema points at."""
    if not ref.startswith("#"):
        return None
    found: Any = root
    for step in ref[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found if isinstance(found, dict) else None
