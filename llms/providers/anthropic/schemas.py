"""JSON schemas as Anthropic takes them: for the input of a tool, and for an answer that is held to a schema.

A tool's schema must be an object at its top, without alternatives there. A schema that is enforced must close every
object, and knows no limits of numbers, lengths and counts: those are told in the description, where the model reads
them. Source: Anthropic's pages on tool use and structured outputs, and its error messages, 2026-08.
"""

from typing import Any

from llms import jsonio
from llms.providers.schemas import Schema, mapped, with_plain_refs

_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_ENFORCED = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "definitions",
        "description",
        "enum",
        "items",
        "oneOf",
        "properties",
        "required",
        "title",
        "type",
    }
)
_SAYS_NOTHING = frozenset({"$schema", "$id", "$comment", "examples", "strict"})
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})


def tool_schema(parameters: Any) -> tuple[dict[str, Any], bool]:
    """A tool's parameters as an object schema, and whether something of their meaning had to be given up.

    Alternatives at the top become one object with the properties of all; required is what all of them require.
    """
    if not isinstance(parameters, dict) or not parameters:
        return {"type": "object", "properties": {}}, False
    schema = dict(parameters)
    target = _referred(schema)
    if target is not None:
        schema.pop("$ref")
        schema = {**target, **schema}
    loosened = False
    for key in _ALTERNATIVES:
        variants = schema.pop(key, None)
        if isinstance(variants, list):
            loosened = loosened or key != "allOf"
            schema = _merged(schema, [_resolved(variant, schema) for variant in variants], every=key == "allOf")
    schema["type"] = "object"
    schema.setdefault("properties", {})
    return schema, loosened


def enforced_schema(schema: Any) -> tuple[Any, bool]:
    """A schema that can be enforced, and whether rules of it became words in a description."""
    if not isinstance(schema, dict):
        return schema, False
    reworded: list[str] = []
    return _enforced(with_plain_refs(schema), reworded), bool(reworded)


def _enforced(schema: Schema, reworded: list[str]) -> Schema:
    """`schema` as it can be enforced; `reworded` gathers the rules that are only words now."""
    kept = {key: value for key, value in schema.items() if key in _ENFORCED or _is_enforced(key, value)}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    kept = mapped(kept, lambda inner: _enforced(inner, reworded))
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") not in (None, False):
            reworded.append("additionalProperties")
        kept["additionalProperties"] = False
        kept.setdefault("properties", {})
    spoken = {key: value for key, value in schema.items() if key not in _SAYS_NOTHING and key not in _ENFORCED}
    spoken = {key: value for key, value in spoken.items() if not _is_enforced(key, value)}
    if spoken:
        reworded.extend(key for key in spoken if key != "default")  # a default is no rule
        words = jsonio.dumps(spoken).decode()
        kept["description"] = f"{kept['description']}\n\n{words}" if kept.get("description") else words
    return kept


def _is_enforced(key: str, value: Any) -> bool:
    return (key == "format" and isinstance(value, str) and value in _FORMATS) or (key == "minItems" and value in (0, 1))


def _referred(schema: dict[str, Any]) -> dict[str, Any] | None:
    """What a `$ref` at the top of a schema points to inside the same schema."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    target: Any = schema
    for step in reference[2:].split("/"):
        target = target.get(step) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else None


def _resolved(variant: Any, whole: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(variant, dict):
        return {}
    return _referred({**whole, **variant}) or variant


def _merged(schema: dict[str, Any], variants: list[dict[str, Any]], *, every: bool) -> dict[str, Any]:
    """`schema` with the properties of its alternatives; what `every` one (or, so, at least all) requires stays."""
    properties = dict(schema.get("properties") or {})
    required = list(schema.get("required") or ())
    lists = [variant.get("required") or [] for variant in variants]
    for variant in variants:
        properties = {**(variant.get("properties") or {}), **properties}
    for name in properties:
        demanded = [name in names for names in lists]
        if name not in required and demanded and (any(demanded) if every else all(demanded)):
            required.append(name)
    merged = {**schema, "properties": properties}
    if required:
        merged["required"] = required
    return merged
