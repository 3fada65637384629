"""The body of a request for a message: OpenAI's fields in Anthropic's words, as the model's family takes them.

What a family would refuse is left out or brought within its limits, and that is noted. Fields that OpenAI does not know
pass: they are Anthropic's own (`thinking`, `top_k`, `cache_control`, `container` ...), or Anthropic says what is wrong
with them. Source: Anthropic API reference, create a message, 2026-08.
"""

import hashlib
import re
from typing import Any

from llms.errors import BadRequest
from llms.providers.anthropic.conversation import Conversation, breaks_off_thought, tools_used
from llms.providers.anthropic.families import Family
from llms.providers.anthropic.schemas import enforced_schema
from llms.providers.anthropic.tools import (
    Offer,
    Standins,
    add_json_tool,
    answer_schema,
    offer,
    offer_used,
    unforced,
)
from llms.providers.effort import BUDGETS
from llms.providers.fields import OPENAI_FIELDS, Fields
from llms.types import Chat

_MIN_BUDGET = 1024
_MIN_TOP_P = 0.95
_MAX_USER_ID = 256
_CONTACT = re.compile(r"\S@\S+\.\S|^\+\d[\d\s().-]{6,}$")
_JSON_ONLY = "Answer with one JSON object and nothing else: no words before or after it, no code fence."
_TIERS = {
    "auto": "auto",
    "priority": "auto",
    "default": "standard_only",
    "standard": "standard_only",
    "standard_only": "standard_only",
}


def body_of(chat: Chat, fields: Fields, family: Family, made: Standins) -> dict[str, Any]:
    """The body for `chat`, whose fields are in `fields`. Raises `BadRequest` for what Claude cannot be told."""
    body: dict[str, Any] = {"model": chat["model"]}
    tools = offer(fields, family)
    body["max_tokens"], given = _max_tokens(fields, family)
    lost = breaks_off_thought(chat["messages"])
    _think(body, fields, family, given=given, unsettled=tools.forced or lost)
    if lost and _has_budget(body):
        del body["thinking"]
        fields.note("dropped", "thinking")
    thinks = _thinks(body, family)
    if tools.forced and not family.takes_forced_tools:
        unforced(tools, fields)
    _format(body, fields, tools, family, made)
    _sample(body, fields, family, thinks=thinks)
    _stop(body, fields)
    _account(body, fields)
    vendor_tools = tools.vendor_tools or bool(chat.get("mcp_servers"))
    talk = Conversation(fields, thoughts=thinks, vendor_tools=vendor_tools)
    for message in chat["messages"]:
        talk.add(message)
    talk.close(prefill=family.takes_prefill and not thinks)
    if not tools.tools and (used := tools_used(talk.turns)):
        offer_used(tools, used)
    system = _system(fields.take("system"), talk.system, tools.words)
    body |= {"system": system} if system else {}
    body["messages"] = talk.turns
    if tools.tools:
        body["tools"] = tools.tools
        body |= {"tool_choice": tools.choice} if tools.choice else {}
    fields.take_single()
    fields.drop(OPENAI_FIELDS)
    return {**body, **fields.rest()}


def _max_tokens(fields: Fields, family: Family) -> tuple[int, bool]:
    """The limit of the answer, which Anthropic wants to be given, and whether the client gave one."""
    wanted = fields.take("max_completion_tokens", "max_tokens")
    if wanted is None:
        return family.max_tokens, False
    if not isinstance(wanted, int):
        raise BadRequest("'max_tokens' must be a whole number", param="max_tokens")
    if family.known and wanted > family.max_tokens:
        fields.note("clamped", "max_tokens")
        return family.max_tokens, True
    return wanted, True


def _think(body: dict[str, Any], fields: Fields, family: Family, *, given: bool, unsettled: bool) -> None:
    """Tell how much to think. `unsettled`: a budget would be refused, for a call is forced or the thread is lost."""
    native, effort = fields.take("thinking"), fields.take_effort()
    if isinstance(native, dict):
        body["thinking"] = native
        if effort is not None and family.thinking == "adaptive":
            _guide(body, fields, family, effort)
        elif effort is not None:
            fields.note("dropped", "reasoning_effort")
    elif effort is None:
        pass
    elif effort == "none":
        _think_least(body, fields, family)
    elif family.thinking == "adaptive":
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        _guide(body, fields, family, effort)
    elif family.thinking == "none" or unsettled:
        fields.note("dropped", "reasoning_effort")
    else:
        _budget(body, fields, family, effort, given=given)


def _think_least(body: dict[str, Any], fields: Fields, family: Family) -> None:
    if family.thinking == "none":
        return
    if family.quietest != "disabled":
        fields.note("clamped", "reasoning_effort")
    if family.quietest == "low":
        body["output_config"] = {"effort": "low"}
    else:
        body["thinking"] = {"type": family.quietest}


def _guide(body: dict[str, Any], fields: Fields, family: Family, effort: str) -> None:
    """The effort in words; those that a family does not know become their neighbours."""
    known = {"minimal": "low", "none": "low"}
    if not family.takes_xhigh:
        known["xhigh"] = "max"
    if effort in known:
        fields.note("clamped", "reasoning_effort")
    body["output_config"] = {"effort": known.get(effort, effort)}


def _budget(body: dict[str, Any], fields: Fields, family: Family, effort: str, *, given: bool) -> None:
    """The effort in tokens, of which some must be left for the answer."""
    budget = BUDGETS[effort]
    if not given and not family.known:
        body["max_tokens"] += budget
    limit = body["max_tokens"]
    if limit <= _MIN_BUDGET:
        fields.note("dropped", "reasoning_effort")
        return
    if budget >= limit:
        fields.note("clamped", "reasoning_effort")
        budget = max(_MIN_BUDGET, limit // 2)
    body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _thinks(body: dict[str, Any], family: Family) -> bool:
    """Whether the model will think: thoughts of the past go along then, and only then."""
    if "thinking" not in body:
        return family.thinks_unasked
    return bool(body["thinking"].get("type") != "disabled")


def _has_budget(body: dict[str, Any]) -> bool:
    return "thinking" in body and body["thinking"].get("type") == "enabled"


def _format(body: dict[str, Any], fields: Fields, tools: Offer, family: Family, made: Standins) -> None:
    """The form of the answer: a schema that is enforced, a tool that stands for it, or a request in words."""
    wanted = fields.take("response_format")
    config = fields.take("output_config")
    schema = answer_schema(wanted)
    if made.json_tool and schema is not None:
        fields.note("emulated", "response_format")
        add_json_tool(tools, made.json_tool, schema, force=not _has_budget(body))
    elif schema is not None and family.takes_schemas:
        enforced, reworded = enforced_schema(schema)
        body["output_config"] = {
            **body.get("output_config", {}),
            "format": {"type": "json_schema", "schema": enforced},
        }
        if reworded:
            fields.note("emulated", "response_format")
    elif schema is not None:
        fields.note("dropped", "response_format")  # the answer has to be a call
    elif isinstance(wanted, dict) and wanted.get("type") in {"json_object", "json_schema"}:
        fields.note("emulated", "response_format")
        tools.words.append(_JSON_ONLY)
    if isinstance(config, dict):
        body["output_config"] = {**body.get("output_config", {}), **config}


def _sample(body: dict[str, Any], fields: Fields, family: Family, *, thinks: bool) -> None:
    """Temperature, top_p and top_k, where the family takes them and thinking leaves them free."""
    free = family.takes_sampling and not thinks
    temperature = fields.take_number("temperature", 0, 1) if free else fields.take("temperature")
    top_p, top_k = fields.take("top_p"), fields.take("top_k")
    if not family.takes_sampling:
        lost = {"temperature": temperature not in (None, 1), "top_p": top_p not in (None, 1), "top_k": top_k}
        temperature = top_p = top_k = None
    elif thinks:
        low = isinstance(top_p, int | float) and top_p < _MIN_TOP_P
        lost = {"temperature": temperature not in (None, 1), "top_p": low, "top_k": top_k}
        temperature, top_p, top_k = temperature if temperature == 1 else None, None if low else top_p, None
    else:
        both = temperature is not None and top_p is not None and not family.takes_both_samplings
        lost = {"top_p": both and top_p != 1}
        top_p = None if both else top_p
    for name, is_lost in lost.items():
        if is_lost:
            fields.note("dropped", name)
    sampled = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    body.update({name: value for name, value in sampled.items() if value is not None})


def _stop(body: dict[str, Any], fields: Fields) -> None:
    """Sequences to stop at; those of blanks alone are refused."""
    wanted = [*(fields.take_stops() or ()), *(fields.take("stop_sequences") or ())]
    stops = [stop for stop in wanted if not (isinstance(stop, str) and (not stop or stop.isspace()))]
    if len(stops) < len(wanted):
        fields.note("dropped", "stop")
    if stops:
        body["stop_sequences"] = stops


def _account(body: dict[str, Any], fields: Fields) -> None:
    """Whom the request is for, and how urgent it is."""
    metadata = fields.take("metadata")
    user = fields.take("user", "safety_identifier")
    if isinstance(metadata, dict) and metadata:
        if set(metadata) - {"user_id"}:
            fields.note("dropped", "metadata")
        user = metadata.get("user_id") or user
    if user:
        body["metadata"] = {"user_id": _opaque(str(user), fields)}
    tier = fields.take("service_tier")
    if tier in _TIERS:
        body["service_tier"] = _TIERS[tier]
    elif tier is not None:
        fields.note("dropped", "service_tier")


def _opaque(user: str, fields: Fields) -> str:
    """The name of a user as the API takes it: one that looks like an address or a number to call is refused there."""
    if len(user) <= _MAX_USER_ID and not _CONTACT.search(user):
        return user
    fields.note("emulated", "user")
    return hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()


def _system(native: Any, blocks: list[dict[str, Any]], words: list[str]) -> Any:
    """The system prompt: one text, or blocks where one of them carries a mark for the cache."""
    if isinstance(native, str) and native:
        blocks = [{"type": "text", "text": native}, *blocks]
    elif isinstance(native, list):
        blocks = [*native, *blocks]
    blocks = [*blocks, *({"type": "text", "text": text} for text in words)]
    if all(set(block) == {"type", "text"} for block in blocks):
        return "\n\n".join(block["text"] for block in blocks)
    return blocks
