"""The body of a Converse request: what is said, how it is to be answered, and what goes on to the model itself.

Converse names few fields; every model has more of its own, which stand in `additionalModelRequestFields`: there goes
whatever a client gives that nobody else knows. How a model is told to think differs by its maker. Source: Bedrock API
reference, Converse, and its guides on reasoning, 2026-08.
"""

from collections.abc import Mapping
from typing import Any

from llms import jsonio
from llms.providers.anthropic.conversation import breaks_off_thought
from llms.providers.anthropic.families import Family, family_of
from llms.providers.bedrock.turns import Turns, cache_point
from llms.providers.effort import BUDGETS
from llms.providers.fields import OPENAI_FIELDS, Fields
from llms.types import Chat

_OWN_FIELDS = (
    "guardrailConfig",
    "additionalModelResponseFieldPaths",
    "promptVariables",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "system",
    "toolConfig",
)
_OWN_OBJECTS = ("inferenceConfig", "outputConfig", "additionalModelRequestFields")
"""Of Converse's own fields those that are added to what the other fields come to."""

_TIERS = frozenset({"flex", "priority"})
_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
_LEAST_BUDGET = 1024
_LEAST_TOP_P = 0.95


def body_of(chat: Chat, fields: Fields) -> dict[str, Any]:
    """The body. Raises `BadRequest` for what Converse has no place for."""
    model = chat["model"]
    family = family_of(model) if "claude" in model else None
    body: dict[str, Any] = {name: dict(fields.take(name) or {}) for name in _OWN_OBJECTS}
    if (length := fields.take("max_completion_tokens", "max_tokens")) is not None:
        body["inferenceConfig"].setdefault("maxTokens", length)
    forced = fields.take("tool_choice")
    _think(body, fields, model, family, unsettled=_is_forced(forced) or breaks_off_thought(chat["messages"]))
    _infer(body, fields, family)
    _format(body, fields)
    talk = Turns(fields, thoughts=family is None or _thinks(body, family))
    for message in chat["messages"]:
        talk.add(message)
    body["messages"] = talk.turns
    if talk.system:
        body["system"] = talk.system
    _add_tools(body, fields, family, forced, talk.tools_used())
    if (tier := fields.take("service_tier")) in _TIERS:
        body["serviceTier"] = {"type": tier}
    elif tier not in {None, "auto", "default"}:
        fields.note("dropped", "service_tier")
    body |= {name: value for name in _OWN_FIELDS if (value := fields.take(name)) is not None}
    fields.take_single()
    fields.drop(OPENAI_FIELDS)
    body["additionalModelRequestFields"] |= fields.rest()
    return {name: value for name, value in body.items() if value or name == "messages"}


def _infer(body: dict[str, Any], fields: Fields, family: Family | None) -> None:
    """The sampling and the stops; Claude takes less of the sampling, and less still while it thinks."""
    given = {
        "temperature": fields.take_number("temperature", 0, 1),
        "topP": fields.take_number("top_p", 0, 1),
        "stopSequences": fields.take_stops(),
    }
    inference = {name: value for name, value in given.items() if value is not None} | body["inferenceConfig"]
    body["inferenceConfig"] = inference
    if family is None:
        return
    thinks = _thinks(body, family)
    if "temperature" in inference and (not family.takes_sampling or (thinks and inference["temperature"] != 1)):
        del inference["temperature"]
        fields.note("dropped", "temperature")
    if "topP" in inference and (
        not family.takes_sampling or ("temperature" in inference and not family.takes_both_samplings)
    ):
        del inference["topP"]
        fields.note("dropped", "top_p")
    if thinks and inference.get("topP", 1) < _LEAST_TOP_P:
        inference["topP"] = _LEAST_TOP_P
        fields.note("clamped", "top_p")


def _think(body: dict[str, Any], fields: Fields, model: str, family: Family | None, *, unsettled: bool) -> None:
    """Tell how much to think, in the words of the model's maker. `unsettled`: a budget would be refused."""
    effort = fields.take_effort()
    extra = body["additionalModelRequestFields"]
    if (native := fields.take("thinking")) is not None:
        extra["thinking"] = native
    if effort is None:
        return
    if family is not None:
        _claude_thinks(body, fields, family, effort, unsettled=unsettled)
    elif "nova-2" in model:
        level = {"type": "enabled", "maxReasoningEffort": _LEVELS.get(effort)}
        extra.setdefault("reasoningConfig", {"type": "disabled"} if effort == "none" else level)
        _note_nearest(fields, effort)
    elif "gpt-oss" in model:
        extra.setdefault("reasoning_effort", _LEVELS.get(effort, "low"))
        _note_nearest(fields, effort)
        if effort == "none":
            fields.note("clamped", "reasoning_effort")
    else:
        fields.note("dropped", "reasoning_effort")


def _note_nearest(fields: Fields, effort: str) -> None:
    if effort != "none" and _LEVELS[effort] != effort:
        fields.note("clamped", "reasoning_effort")


def _claude_thinks(body: dict[str, Any], fields: Fields, family: Family, effort: str, *, unsettled: bool) -> None:
    extra = body["additionalModelRequestFields"]
    given = "thinking" in extra
    if family.thinking == "adaptive" and (given or effort != "none"):
        extra.setdefault("thinking", {"type": "adaptive", "display": "summarized"})
        _guide(body, fields, family, effort)
    elif given:
        fields.note("dropped", "reasoning_effort")
    elif effort == "none":
        _claude_rests(body, fields, family)
    elif family.thinking == "none" or unsettled:
        fields.note("dropped", "reasoning_effort")
    else:
        _budget(body, fields, effort)


def _claude_rests(body: dict[str, Any], fields: Fields, family: Family) -> None:
    """Let Claude think as little as it can be told to."""
    if family.thinking == "none":
        return
    if family.quietest != "disabled":
        fields.note("clamped", "reasoning_effort")
    if family.quietest == "low":
        body["outputConfig"].setdefault("effort", "low")
    else:
        body["additionalModelRequestFields"]["thinking"] = {"type": family.quietest}


def _guide(body: dict[str, Any], fields: Fields, family: Family, effort: str) -> None:
    neighbours = {"none": "low", "minimal": "low", **({} if family.takes_xhigh else {"xhigh": "max"})}
    if effort in neighbours:
        fields.note("clamped", "reasoning_effort")
    body["outputConfig"].setdefault("effort", neighbours.get(effort, effort))


def _budget(body: dict[str, Any], fields: Fields, effort: str) -> None:
    """The effort in tokens, of which some must be left for the answer, where its length is limited."""
    budget = BUDGETS[effort]
    limit = body["inferenceConfig"].get("maxTokens")
    if isinstance(limit, int) and limit <= _LEAST_BUDGET:
        fields.note("dropped", "reasoning_effort")
        return
    if isinstance(limit, int) and budget >= limit:
        budget = max(_LEAST_BUDGET, limit // 2)
        fields.note("clamped", "reasoning_effort")
    body["additionalModelRequestFields"]["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _thinks(body: Mapping[str, Any], family: Family) -> bool:
    thinking = body["additionalModelRequestFields"].get("thinking")
    return thinking.get("type") != "disabled" if isinstance(thinking, dict) else family.thinks_unasked


def _format(body: dict[str, Any], fields: Fields) -> None:
    """A schema for the answer; JSON without a schema is nothing that Converse could be asked for."""
    wanted = fields.take("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_schema":
        asked = wanted.get("json_schema") or {}
        schema = {"schema": jsonio.dumps(asked.get("schema") or {}).decode()}
        schema |= {key: asked[key] for key in ("name", "description") if asked.get(key)}
        body["outputConfig"].setdefault("textFormat", {"type": "json_schema", "structure": {"jsonSchema": schema}})
    elif kind == "json_object":
        fields.note("dropped", "response_format")


def _is_forced(choice: Any) -> bool:
    return choice == "required" or isinstance(choice, dict)


def _add_tools(body: dict[str, Any], fields: Fields, family: Family | None, choice: Any, used: list[str]) -> None:
    """The tools, and which to use. A conversation that used tools must offer some, even where none shall be called."""
    tools = fields.take("tools") or []
    specs: list[dict[str, Any]] = []
    for tool in tools:
        if "type" not in tool:
            specs.append(tool)  # Converse's own: systemTool, cachePoint, toolSpec
        elif isinstance(tool.get("function"), dict):
            specs += [_spec(tool["function"], fields, family), *cache_point(tool)]
        else:
            fields.note("dropped", "tools")
    if choice == "none":
        specs = []
    if used and not specs:
        specs = [_spec({"name": name}, fields, family) for name in used]
        fields.note("emulated", "tool_choice" if choice == "none" else "tools")
    if not specs:
        return
    body["toolConfig"] = {"tools": specs}
    if _is_forced(choice) and family is not None and not family.takes_forced_tools:
        fields.note("dropped", "tool_choice")
    elif choice == "required":
        body["toolConfig"]["toolChoice"] = {"any": {}}
    elif isinstance(choice, dict):
        body["toolConfig"]["toolChoice"] = {"tool": {"name": (choice.get("function") or {}).get("name")}}


def _spec(function: dict[str, Any], fields: Fields, family: Family | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "name": function.get("name"),
        "inputSchema": {"json": function.get("parameters") or {"type": "object", "properties": {}}},
    }
    if function.get("description"):
        spec["description"] = function["description"]
    if function.get("strict"):
        if family is None or family.takes_schemas:
            spec["strict"] = True
        else:
            fields.note("dropped", "tools[].function.strict")
    return {"toolSpec": spec}
