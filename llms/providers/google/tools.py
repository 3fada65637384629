"""The tools of a request as Google's `tools` and `toolConfig`.

Functions are declared with OpenAPI's part of JSON Schema where that says all, else with JSON Schema itself. Google's
own tools come under Google's names, or under OpenAI's. Source: ai.google.dev, function calling and tools, 2026-08.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.google.generation import GoogleModel
from llms.providers.schemas import (
    Schema,
    fits_openapi,
    openapi_subset,
    takes_nothing,
    with_plain_refs,
    without_keywords,
)

_OWN_TOOLS = {
    "google_search": "googleSearch",
    "google_search_retrieval": "googleSearchRetrieval",
    "google_maps": "googleMaps",
    "code_execution": "codeExecution",
    "url_context": "urlContext",
    "file_search": "fileSearch",
    "computer_use": "computerUse",
    "enterprise_web_search": "enterpriseWebSearch",
    "retrieval": "retrieval",
    "mcp_servers": "mcpServers",
}
_OPENAI_TOOLS = {
    "web_search": "googleSearch",
    "web_search_preview": "googleSearch",
    "code_interpreter": "codeExecution",
}
_UNKNOWN_KEYWORDS = ("$schema", "$id", "$comment", "discriminator", "strict")
_TEXT = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


@dataclass(slots=True)
class Tools:
    """What a request says of tools."""

    tools: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)


def custom_names(chat: Mapping[str, Any]) -> frozenset[str]:
    """The names of the tools that take a text instead of arguments."""
    tools = chat.get("tools")
    return frozenset(
        tool["custom"]["name"]
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict) and isinstance(tool.get("custom"), dict) and tool["custom"].get("name")
    )


def read_tools(fields: Fields, model: GoogleModel, *, is_vertex: bool) -> Tools:
    """Take what a request says of tools. Raises `BadRequest` for a tool that is none."""
    given = fields.take("tools") or []
    if not isinstance(given, list) or not all(isinstance(tool, dict) for tool in given):
        raise BadRequest("'tools' must be a list of objects", param="tools")
    functions = [tool["function"] for tool in given if isinstance(tool.get("function"), dict)]
    functions += fields.take("functions") or []
    declared = [_declaration(function, fields, model) for function in functions]
    declared += [_text_taking(tool["custom"], fields) for tool in given if isinstance(tool.get("custom"), dict)]
    own = [told for tool in given if (told := _own_tool(tool, fields)) is not None]
    if fields.take("web_search_options") is not None and not any("googleSearch" in tool for tool in own):
        if declared and not model.combines_tools:
            fields.note("dropped", "web_search_options")
        else:
            fields.note("emulated", "web_search_options")
            own.append({"googleSearch": {}})
    read = Tools([*([{"functionDeclarations": declared}] if declared else []), *own])
    if declared:
        calling = _calling(fields, model, strict=any(function.get("strict") for function in functions))
        if calling:
            read.config["functionCallingConfig"] = calling
    else:
        fields.take("tool_choice", "function_call")  # there is nothing to choose
    if declared and own and not is_vertex:
        read.config["includeServerSideToolInvocations"] = True  # without it the combination is refused
    return read


def told_schema(schema: Schema, fields: Fields, model: GoogleModel, field_name: str) -> tuple[str, Schema]:
    """How to tell a schema: the suffix of the key it belongs under (`""` or `JsonSchema`), and the schema."""
    if fits_openapi(schema):
        return "", schema
    if model.takes_json_schema:
        return "JsonSchema", with_plain_refs(without_keywords(schema, _UNKNOWN_KEYWORDS))
    subset = openapi_subset(schema)
    if subset.lost:
        fields.note("dropped", field_name)
    return "", subset.schema


def _declaration(function: Any, fields: Fields, model: GoogleModel) -> dict[str, Any]:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise BadRequest("a function among the tools has no name", param="tools")
    declaration = {key: function[key] for key in ("name", "description") if function.get(key)}
    parameters = function.get("parameters")
    if isinstance(parameters, dict) and not takes_nothing(parameters):
        suffix, schema = told_schema(parameters, fields, model, "tools.function.parameters")
        declaration[f"parameters{suffix}"] = schema
    return declaration


def _text_taking(custom: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """A tool that takes a text, told as a function with one argument; the answer is told back as a text."""
    fields.note("emulated", "tools.custom")
    described = {"description": custom["description"]} if custom.get("description") else {}
    if isinstance(custom.get("format"), dict) and custom["format"].get("type") == "grammar":
        fields.note("dropped", "tools.custom.format")
    return {"name": str(custom.get("name") or ""), **described, "parameters": _TEXT}


def _own_tool(tool: dict[str, Any], fields: Fields) -> dict[str, Any] | None:
    """A tool that Google runs itself, as Google writes it; None for a function."""
    if isinstance(tool.get("function"), dict) or isinstance(tool.get("custom"), dict):
        return None
    for name, own in _OWN_TOOLS.items():
        for key in (name, own):
            if key in tool:
                return {own: tool[key] if isinstance(tool[key], dict | list) else {}}
            if tool.get("type") == key:
                return {own: {option: value for option, value in tool.items() if option != "type"}}
    kind = str(tool.get("type") or "")
    if kind in _OPENAI_TOOLS:
        fields.note("emulated", f"tools.{kind}")
        return {_OPENAI_TOOLS[kind]: {}}
    if "functionDeclarations" in tool or "function_declarations" in tool:
        return tool
    fields.note("dropped", f"tools.{kind or 'unknown'}")
    return None


def _calling(fields: Fields, model: GoogleModel, *, strict: bool) -> dict[str, Any]:
    """The `functionCallingConfig`; empty where the model may choose as it does unasked."""
    choice = fields.take("tool_choice", "function_call")
    if choice == "none":
        return {"mode": "NONE"}
    if choice == "required":
        return {"mode": "ANY"}
    if isinstance(choice, dict):
        allowed, required = _allowed(choice)
        if required:
            return {"mode": "ANY", "allowedFunctionNames": allowed}
        return {"mode": "VALIDATED", "allowedFunctionNames": allowed}
    if choice not in (None, "auto"):
        raise BadRequest(f"'tool_choice' is {choice!r}", param="tool_choice")
    if strict and model.takes_json_schema:
        return {"mode": "VALIDATED"}
    if strict:
        fields.note("dropped", "tools.function.strict")
    return {"mode": "AUTO"} if choice == "auto" else {}


def _allowed(choice: dict[str, Any]) -> tuple[list[str], bool]:
    """The names that may be called, and whether one must be."""
    if choice.get("type") == "allowed_tools" and isinstance(choice.get("allowed_tools"), dict):
        tools = choice["allowed_tools"].get("tools") or []
        return [_name(tool) for tool in tools if _name(tool)], choice["allowed_tools"].get("mode") == "required"
    name = _name(choice)
    if not name:
        raise BadRequest("'tool_choice' names no function", param="tool_choice")
    return [name], True


def _name(holder: Any) -> str:
    """The name in `{function: {name}}`, `{custom: {name}}` or `{name}`."""
    if not isinstance(holder, dict):
        return ""
    inner = holder.get("function") or holder.get("custom") or holder
    return str(inner.get("name") or "") if isinstance(inner, dict) else ""
