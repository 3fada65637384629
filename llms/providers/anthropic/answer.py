"""What the blocks of an answer mean in OpenAI's form, for streamed and whole answers alike.

Blocks: `text` (with citations), `thinking` and `redacted_thinking` (which must come back as they are), `tool_use`, and
the work of the vendor's own tools (`server_tool_use`, `..._tool_result` ...), which no client has to answer.
Source: Anthropic API reference, messages, 2026-08.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from llms import jsonio
from llms.providers.anthropic.conversation import OUR_BLOCKS
from llms.providers.anthropic.tools import Standins
from llms.types import Completion

EXTRAS = ("stop_sequence", "stop_details", "container", "context_management", "diagnostics")
"""What Anthropic says beside its answer; it stands under the same name at the top of ours."""

_FINISH_REASONS = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
_TIERS = {"standard": "default", "priority": "priority"}
_THOUGHTS = ("thinking", "redacted_thinking")
_COUNTED = frozenset(
    {
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens_details",
        "service_tier",
    }
)


def completion_of(body: Mapping[str, Any], made: Standins) -> Completion:
    """A whole answer as a `chat.completion`, all but its framing."""
    blocks = [block for block in body.get("content") or () if isinstance(block, dict)]
    uses = [block for block in blocks if block.get("type") == "tool_use"]
    answers = [block for block in uses if made.json_tool and block.get("name") == made.json_tool]
    calls = [tool_call(block, made) for block in uses if block not in answers]
    said = "".join(text_of(block) for block in blocks)
    if answers:
        said = "".join(jsonio.dumps(block.get("input") or {}).decode() for block in answers)
    message: dict[str, Any] = {"role": "assistant", "content": said or (None if calls else "")}
    thought = "".join(thought_of(block) for block in blocks)
    message |= {"reasoning_content": thought} if thought else {}
    message |= {"tool_calls": calls} if calls else {}
    message |= {"refusal": refusal} if (refusal := refusal_of(body)) else {}
    message |= state_of(blocks)
    notes, citations = notes_of(blocks)
    message |= {"annotations": notes} if notes else {}
    usage = body.get("usage") or {}
    reason = finish_reason(body.get("stop_reason"), called=bool(calls))
    completion: Completion = {
        "id": body.get("id"),
        "model": body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage_of(usage),
    }
    completion |= {"citations": citations} if citations else {}
    return {**completion, **tier_of(usage), **extras_of(body)}


def text_of(block: Mapping[str, Any]) -> str:
    """The text that a block says."""
    return str(block.get("text") or "") if block.get("type") == "text" else ""


def thought_of(block: Mapping[str, Any]) -> str:
    """The text that a block thinks."""
    return str(block.get("thinking") or "") if block.get("type") == "thinking" else ""


def tool_call(block: Mapping[str, Any], made: Standins) -> dict[str, Any]:
    """A `tool_use` block as a tool call."""
    name, given = block.get("name") or "", block.get("input")
    if name in made.custom:
        text = given.get("input") if isinstance(given, dict) else given
        return {"id": block.get("id"), "type": "custom", "custom": {"name": name, "input": str(text or "")}}
    arguments = jsonio.dumps(given or {}).decode()
    return {"id": block.get("id"), "type": "function", "function": {"name": name, "arguments": arguments}}


def finish_reason(native: Any, *, called: bool) -> str | None:
    """A `stop_reason` in OpenAI's words; None where there is none.

    `pause_turn`, a rest in the work of the vendor's own tools, is a stop. A call that stood for the answer is none.
    """
    if not native:
        return None
    return _FINISH_REASONS.get(str(native)) or ("tool_calls" if called else "stop")


def state_of(blocks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What of an answer must come back with the next request: the thinking blocks.

    Where thinking is not all at the beginning, or the vendor's own tools took part, only the whole answer in its order
    will do: `content_blocks`.
    """
    kinds = [block.get("type") for block in blocks]
    thoughts = [block for block in blocks if block.get("type") in _THOUGHTS]
    state: dict[str, Any] = {"thinking_blocks": thoughts} if thoughts else {}
    if not OUR_BLOCKS.issuperset(kinds) or any(kind in _THOUGHTS for kind in kinds[len(thoughts) :]):
        state["content_blocks"] = list(blocks)
    return state


def notes_of(blocks: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The citations of an answer: as OpenAI's annotations where they name an address, and all of them as they came."""
    notes: list[dict[str, Any]] = []
    citations: list[dict[str, Any]] = []
    start = 0
    for block in blocks:
        end = start + len(text_of(block))
        for citation in block.get("citations") or () if block.get("type") == "text" else ():
            span = {"start_index": start, "end_index": end}
            citations.append({**citation, **span})
            url = citation.get("url") or citation.get("source") or ""
            if isinstance(url, str) and url.startswith(("https://", "http://")):
                told = {**span, "url": url, "title": citation.get("title") or ""}
                notes.append({"type": "url_citation", "url_citation": told})
        start = end
    return notes, citations


def refusal_of(told: Mapping[str, Any]) -> str:
    """Why the model refused, in words, where it says so."""
    details = told.get("stop_details")
    return str(details.get("explanation") or "") if isinstance(details, dict) else ""


def extras_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What Anthropic says beside the answer."""
    return {key: told[key] for key in EXTRAS if told.get(key) is not None}


def tier_of(usage: Mapping[str, Any]) -> dict[str, Any]:
    """The tier that served the request, in OpenAI's words."""
    tier = _TIERS.get(usage.get("service_tier") or "")
    return {"service_tier": tier} if tier else {}


def usage_of(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Token counts: Anthropic's input leaves out what was read from, or written to, the cache; OpenAI's holds it."""
    read = counts.get("cache_read_input_tokens") or 0
    written = counts.get("cache_creation_input_tokens") or 0
    prompt = (counts.get("input_tokens") or 0) + read + written
    completion = counts.get("output_tokens") or 0
    by_age = counts.get("cache_creation")
    for_an_hour = by_age.get("ephemeral_1h_input_tokens") if isinstance(by_age, dict) else None
    details = counts.get("output_tokens_details")
    thinking = details.get("thinking_tokens") if isinstance(details, dict) else None
    usage: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }
    if for_an_hour:
        usage["prompt_tokens_details"]["cache_write_1h_tokens"] = for_an_hour
    if thinking is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": thinking}
    return usage | {key: value for key, value in counts.items() if key not in _COUNTED and value is not None}
