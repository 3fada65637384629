"""Tools and the choice among them, as Anthropic takes them.

Function tools become tools with an input schema; OpenAI's custom tools, whose input is plain text, become tools with
one text field; the vendor's own tools (web search, code execution) pass as they are. Where a model knows no schemas for
its answer, a tool named `json` stands in: its input is the answer. Source: Anthropic API reference, tool use, 2026-08.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llms.errors import BadRequest
from llms.providers.anthropic.families import Family
from llms.providers.anthropic.schemas import enforced_schema, tool_schema
from llms.providers.fields import Fields

_MAX_STRICT_TOOLS = 20
_MARKS = ("cache_control", "defer_loading", "allowed_callers", "eager_input_streaming", "input_examples")
_CUSTOM_SCHEMA = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


@dataclass(frozen=True, slots=True)
class Standins:
    """What in an answer stands for something else: the tool whose input is the answer, and the custom tools."""

    json_tool: str = ""
    custom: frozenset[str] = frozenset()


@dataclass(slots=True)
class Offer:
    """The tools of a request and the choice among them; `words` is what the model must be told beside them."""

    tools: list[dict[str, Any]] = field(default_factory=list)
    choice: dict[str, Any] | None = None
    words: list[str] = field(default_factory=list)
    vendor_tools: bool = False

    @property
    def forced(self) -> bool:
        """Whether the model has to call one."""
        return self.choice is not None and self.choice["type"] in {"any", "tool"}


def standins(request: Mapping[str, Any], family: Family) -> Standins:
    """What stands for something else in the answer to a request."""
    tools = [tool for tool in request.get("tools") or () if isinstance(tool, dict)]
    custom = frozenset(str(tool["custom"].get("name")) for tool in tools if isinstance(tool.get("custom"), dict))
    if family.takes_schemas or answer_schema(request.get("response_format")) is None:
        return Standins("", custom)
    if _is_forcing(request.get("tool_choice")) and tools:
        return Standins("", custom)  # the answer will be a call
    taken = {_name_of(tool) for tool in tools}
    return Standins("json" if "json" not in taken else "json_answer", custom)


def answer_schema(response_format: Any) -> dict[str, Any] | None:
    """The JSON schema that an answer is to follow; None where none is given."""
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return None
    told = response_format.get("json_schema")
    if not isinstance(told, dict) or not isinstance(told.get("schema"), dict):
        return None
    schema: dict[str, Any] = told["schema"]
    description = told.get("description")
    return {"description": description, **schema} if description else schema


def offer(fields: Fields, family: Family) -> Offer:
    """The tools and the choice in `fields`. Raises `BadRequest` for what is no tool."""
    if fields.take("functions"):
        raise BadRequest("'functions' is not supported here: use 'tools'", param="functions")
    given = fields.take("tools") or []
    if not isinstance(given, list) or not all(isinstance(tool, dict) for tool in given):
        raise BadRequest("'tools' must be a list of objects", param="tools")
    made = Offer([_tool(tool, fields, family) for tool in given])
    made.vendor_tools = any(not {"function", "custom", "input_schema"} & tool.keys() for tool in given)
    _limit_strict(made.tools, fields)
    wanted = fields.take("tool_choice")
    parallel = fields.take("parallel_tool_calls")
    if made.tools:
        made.choice = _choice(wanted, made, fields)
        if parallel is False and (made.choice is None or made.choice["type"] != "none"):
            made.choice = {**(made.choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return made


def unforced(made: Offer, fields: Fields) -> None:
    """Ask in words for the call that a model cannot be forced to make."""
    choice = made.choice or {}
    name = choice.get("name")
    made.choice = {**{key: value for key, value in choice.items() if key != "name"}, "type": "auto"}
    which = f"the tool {name!r}" if name else "one of your tools"
    made.words.append(f"Answer by calling {which}, not with text.")
    fields.note("emulated", "tool_choice")


def add_json_tool(made: Offer, name: str, schema: dict[str, Any], *, force: bool) -> None:
    """Offer a tool whose input is the answer. Beside other tools the model may call one of those instead."""
    alone = not made.tools or (made.choice is not None and made.choice["type"] == "none")
    shaped, _ = tool_schema(schema)
    made.tools.append({"name": name, "description": "Give your answer with this tool.", "input_schema": shaped})
    if not force:
        made.choice = {"type": "auto"}
        made.words.append(f"Give your final answer by calling the tool {name!r}, not with text.")
    elif alone:
        made.choice = {"type": "tool", "name": name, "disable_parallel_tool_use": True}
    else:
        made.choice = {**(made.choice or {}), "type": "any"}


def offer_used(made: Offer, names: list[str]) -> None:
    """Declare the tools that the conversation speaks of where the request offers none: the API wants to know them."""
    made.tools = [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in names]
    made.choice = {"type": "none"}


def _tool(tool: dict[str, Any], fields: Fields, family: Family) -> dict[str, Any]:
    marks = {key: tool[key] for key in _MARKS if tool.get(key) is not None}
    custom = tool.get("custom")
    if isinstance(custom, dict):
        fields.note("emulated", "tools.custom")
        return {**_named(custom), "input_schema": _CUSTOM_SCHEMA, **marks}
    function = tool.get("function")
    if not isinstance(function, dict):
        if tool.get("type") == "function":
            raise BadRequest("a tool of the type 'function' must hold an object 'function'", param="tools")
        return tool
    marks = {**{key: function[key] for key in _MARKS if function.get(key) is not None}, **marks}
    schema, changed = tool_schema(function.get("parameters"))
    made: dict[str, Any] = {**_named(function), "input_schema": schema}
    if function.get("strict"):
        if family.takes_schemas:
            made["input_schema"], reworded = enforced_schema(schema)
            made["strict"] = True
            changed = changed or reworded
        else:
            fields.note("dropped", "tools.function.strict")
    if changed:
        fields.note("emulated", "tools.function.parameters")
    return {**made, **marks}


def _named(told: dict[str, Any]) -> dict[str, Any]:
    name = told.get("name")
    if not isinstance(name, str) or not name:
        raise BadRequest("a tool must have a name", param="tools")
    return {"name": name, "description": told["description"]} if told.get("description") else {"name": name}


def _limit_strict(tools: list[dict[str, Any]], fields: Fields) -> None:
    """The API takes so many strict tools and no more: beyond that, none is."""
    if sum(tool.get("strict") is True for tool in tools) > _MAX_STRICT_TOOLS:
        for tool in tools:
            tool.pop("strict", None)
        fields.note("dropped", "tools.function.strict")


def _choice(wanted: Any, made: Offer, fields: Fields) -> dict[str, Any] | None:
    if wanted in ("auto", None):
        return None if wanted is None else {"type": "auto"}
    if wanted in ("none", "required"):
        return {"type": "none"} if wanted == "none" else {"type": "any"}
    if isinstance(wanted, dict):
        told = wanted.get(wanted.get("type") or "")
        if wanted.get("type") == "allowed_tools" and isinstance(told, dict):
            allowed = {_name_of(tool) for tool in told.get("tools") or () if isinstance(tool, dict)}
            made.tools = [tool for tool in made.tools if tool.get("name") in allowed]
            return {"type": "any" if told.get("mode") == "required" else "auto"}
        if isinstance(told, dict) and told.get("name"):
            return {"type": "tool", "name": told["name"]}
        if wanted.get("type") in {"auto", "any", "tool", "none"}:
            return dict(wanted)  # Anthropic's own words
    raise BadRequest("'tool_choice' must be none, auto, required or name a tool", param="tool_choice")


def _is_forcing(wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == "required")
    allowed = wanted.get("allowed_tools")
    if isinstance(allowed, dict):
        return bool(allowed.get("mode") == "required")
    return bool(wanted.get("type") not in {"auto", "none"})


def _name_of(tool: dict[str, Any]) -> Any:
    told = tool.get("function") or tool.get("custom") or tool
    return told.get("name") if isinstance(told, dict) else None
