"""Cohere's own dialect, version 2: `/v2/chat` with typed events, plans and thinking, citations of documents.

Knows Cohere's words only. Cohere refuses fields it does not know, so only those it documents are passed on. Source:
Cohere API reference, chat v2 and list models, and cohere-python's types, 2026-08.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from llms import jsonio
from llms.errors import BadRequest, Malformed
from llms.providers.base import Memo, Provider
from llms.providers.effort import BUDGETS
from llms.providers.embeddings import CohereEmbedder, Embedder
from llms.providers.endpoints import EMBEDDINGS
from llms.providers.failures import failure_from_error
from llms.providers.fields import Fields
from llms.providers.history import all_text, parts_of, text_of, tool_calls_of
from llms.providers.media import Media, read_media
from llms.providers.transport import Request
from llms.streaming.sse import Event
from llms.types import Chat, Completion, ModelCard

_NOTHING: tuple[dict[str, Any], ...] = ()

_OWN_FIELDS = (
    "citation_options",
    "documents",
    "k",
    "p",
    "priority",
    "raw_prompting",
    "safety_mode",
    "stop_sequences",
    "strict_tools",
    "thinking",
)
"""What Cohere knows beside OpenAI's fields; a client may give them, and they win over what OpenAI's come to."""

_UNBOUNDED = frozenset({"high", "xhigh", "max"})
"""Efforts that are told as thinking without a budget: as much as the model likes."""

_REASONS = {"ERROR_TOXIC": "content_filter", "ERROR_LIMIT": "length"}
"""Beside those that `llms.streaming.shape` reads: COMPLETE, STOP_SEQUENCE, MAX_TOKENS, TOOL_CALL, ERROR, TIMEOUT."""

_MOST_STOPS = 5


@dataclass(slots=True)
class CohereMemo(Memo):
    """Also the citations so far, how much text there was, and how much before each block of content."""

    citations: list[dict[str, Any]] = field(default_factory=list)
    length: int = 0
    starts: dict[int, int] = field(default_factory=dict)


class CohereProvider(Provider):
    """Cohere, or a private deployment of it. `base_url` is the host; one that ends in a version will do."""

    type: ClassVar[str] = "cohere"
    default_base_url: ClassVar[str] = "https://api.cohere.com"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    endpoints = frozenset({EMBEDDINGS})
    embedder: ClassVar[Embedder | None] = CohereEmbedder()

    def __init__(self, base_url: str = "", *settings: Any, **named: Any) -> None:
        super().__init__(re.sub(r"/v\d/?$", "", base_url), *settings, **named)

    # Request

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """`POST /v2/chat`. Raises `BadRequest` for parts of messages that Cohere has no place for."""
        fields = Fields(self.options, chat)
        files: list[dict[str, Any]] = []
        messages = [_message(message, files, fields) for message in chat["messages"]]
        body: dict[str, Any] = {"model": chat["model"], "messages": messages, "stream": stream}
        given = {
            "max_tokens": fields.take("max_completion_tokens", "max_tokens"),
            "temperature": fields.take_number("temperature", 0, 1),
            "p": fields.take_number("top_p", 0.01, 0.99),
            "k": fields.take("top_k"),
            "seed": fields.take("seed"),
            "frequency_penalty": fields.take_number("frequency_penalty", 0, 1),
            "presence_penalty": fields.take_number("presence_penalty", 0, 1),
            "stop_sequences": fields.take_stops(_MOST_STOPS),
            "response_format": _response_format(fields.take("response_format")),
            "thinking": _thinking(fields.take_effort()),
            "logprobs": fields.take("logprobs"),
        }
        _add_tools(given, fields)
        given |= {name: value for name in _OWN_FIELDS if (value := fields.take(name)) is not None}
        if files:
            given["documents"] = [*(given.get("documents") or ()), *files]
        body |= {name: value for name, value in given.items() if value is not None}
        fields.take_single()
        fields.drop_rest()
        return Request(f"{self.base_url}/v2/chat", self.headers(), jsonio.dumps(body), changes=fields.changes)

    # Answers

    def memo(self, chat: Chat) -> CohereMemo:
        """A fresh memory for one stream."""
        return CohereMemo(chat)

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """An event: a piece of text, of thinking, of a plan, of a tool call; the last has the reason and the counts."""
        memo = cast(CohereMemo, memo)
        told = _event(event)
        kind = told.get("type") or event.name
        delta = told.get("delta") or {}
        message = delta.get("message") or {}
        if kind in {"content-delta", "content-start"}:
            if kind == "content-start":
                memo.starts[told.get("index") or 0] = memo.length
            return _content(told, message.get("content") or {}, memo)
        if kind == "tool-plan-delta":
            return _one({"reasoning_content": message.get("tool_plan")})
        if kind in {"tool-call-start", "tool-call-delta"}:
            return _one({"tool_calls": [{"index": told.get("index") or 0, **(message.get("tool_calls") or {})}]})
        if kind == "citation-start":
            memo.citations += _listed(message.get("citations"))
        elif kind == "message-start":
            return ({"id": told.get("id"), "choices": [{"index": 0, "delta": {}}]},)
        elif kind == "message-end":
            memo.done = True
            return (_ending(delta, memo),)
        elif kind == "error" or told.get("error") or isinstance(told.get("message"), str):
            raise failure_from_error(told)
        return _NOTHING

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The whole answer. Plan and thinking are its reasoning."""
        if not isinstance(body.get("message"), dict):
            raise Malformed("the answer holds no message")
        said = body["message"]
        memo = CohereMemo(chat, citations=_listed(said.get("citations")))
        text, reasoning = "", said.get("tool_plan") or ""
        for position, part in enumerate(said.get("content") or ()):
            memo.starts[position] = len(text)
            text += part.get("text") or ""
            reasoning += part.get("thinking") or ""
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"content": text or None, "reasoning_content": reasoning, "tool_calls": said.get("tool_calls")},
            "finish_reason": _reason(body),
            "logprobs": _logprobs(body.get("logprobs")),
        }
        completion = {"id": body.get("id"), "choices": [choice], "usage": _usage(body.get("usage"))}
        if memo.citations:
            completion["citations"] = memo.citations
            choice["message"]["annotations"] = _annotations(memo)
        return completion

    # Models

    def models_request(self) -> Request | None:
        """`GET /v1/models`, all on one page."""
        return Request(f"{self.base_url}/v1/models?page_size=1000", self.headers(), method="GET")

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models, with context length and endpoints. Raises `Malformed` for anything that is no such list."""
        models = body.get("models") if isinstance(body, Mapping) else None
        if not isinstance(models, list):
            raise Malformed("the answer is no list of models")
        return [
            ModelCard(
                id=str(model["name"]),
                owned_by=self.name,
                extra={key: value for key, value in model.items() if key != "name"},
            )
            for model in models
            if isinstance(model, dict) and model.get("name")
        ]


# The request


def _message(message: dict[str, Any], files: list[dict[str, Any]], fields: Fields) -> dict[str, Any]:
    role = message.get("role")
    if role in {"tool", "function"}:
        return {"role": "tool", "tool_call_id": message.get("tool_call_id") or "", "content": _result(message)}
    if message.get("name"):
        fields.note("dropped", "messages[].name")
    if role == "assistant":
        return _past_answer(message)
    content = message.get("content")
    if not isinstance(content, str):
        parts = (_part(part, files, fields) for part in parts_of(message))
        content = [part for part in parts if part is not None]
    return {"role": "system" if role == "developer" else role, "content": content}


def _past_answer(message: dict[str, Any]) -> dict[str, Any]:
    """An answer of the assistant; with calls, its reasoning is the plan that led to them."""
    told: dict[str, Any] = {"role": "assistant"}
    content = message.get("content")
    if isinstance(content, str) and content:
        told["content"] = content
    elif content and (texts := [text for part in parts_of(message) if (text := text_of(part)) is not None]):
        told["content"] = [{"type": "text", "text": text} for text in texts]
    if calls := tool_calls_of(message):
        told["tool_calls"] = [
            {"id": call.get("id") or "", "type": "function", "function": call["function"]} for call in calls
        ]
        if message.get("reasoning_content"):
            told["tool_plan"] = message["reasoning_content"]
    return told


def _result(message: dict[str, Any]) -> Any:
    """What a tool gave: a text, or Cohere's list of texts and documents that can be cited."""
    content = message.get("content")
    if isinstance(content, list) and any(part.get("type") == "document" for part in parts_of(message)):
        return content
    return all_text(message)


def _part(part: dict[str, Any], files: list[dict[str, Any]], fields: Fields) -> dict[str, Any] | None:
    """A part of what the user said; None where it went among the documents."""
    media = read_media(part)
    if media is None:
        return {"type": "text", "text": text_of(part) or ""}
    if media.kind == "image":
        url = media.url or f"data:{media.media_type};base64,{media.data}"
        return {"type": "image_url", "image_url": {"url": url, **({"detail": media.detail} if media.detail else {})}}
    if media.kind == "document" and media.data and _is_text(media):
        files.append(_document(media, len(files)))
        fields.note("emulated", "messages[].content[].file")
        return None
    raise BadRequest(f"Cohere takes texts, images and documents of text, not this {media.kind}", param="messages")


def _is_text(media: Media) -> bool:
    return media.media_type.startswith("text/") or media.media_type == "application/json"


def _document(media: Media, position: int) -> dict[str, Any]:
    name = media.filename or f"document-{position + 1}"
    return {"id": name, "data": {"title": name, "text": media.decoded().decode("utf-8", "replace")}}


def _add_tools(given: dict[str, Any], fields: Fields) -> None:
    """The tools. One function that must be called is the only one offered, and one must be called."""
    tools = fields.take("tools") or []
    choice = fields.take("tool_choice")
    functions = [dict(tool["function"]) for tool in tools if isinstance(tool.get("function"), dict)]
    if len(functions) < len(tools):
        fields.note("dropped", "tools")
    if isinstance(choice, dict):
        wanted = (choice.get("function") or {}).get("name")
        functions = [function for function in functions if function.get("name") == wanted]
        fields.note("emulated", "tool_choice")
        choice = "required"
    if not functions:
        return
    strict = [bool(function.pop("strict", None)) for function in functions]
    if any(strict):
        given["strict_tools"] = True
        if not all(strict):
            fields.note("emulated", "tools[].function.strict")  # it is for all of them or none
    for function in functions:
        function.setdefault("parameters", {"type": "object", "properties": {}})
    given["tools"] = [{"type": "function", "function": function} for function in functions]
    if choice in {"required", "none"}:
        given["tool_choice"] = str(choice).upper()


def _response_format(wanted: Any) -> dict[str, Any] | None:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_schema":
        return {"type": "json_object", "json_schema": (wanted.get("json_schema") or {}).get("schema") or {}}
    return wanted if kind == "json_object" else None


def _thinking(effort: str | None) -> dict[str, Any] | None:
    if effort is None:
        return None
    if effort == "none":
        return {"type": "disabled"}
    return {"type": "enabled"} if effort in _UNBOUNDED else {"type": "enabled", "token_budget": BUDGETS[effort]}


# Answers


def _event(event: Event) -> dict[str, Any]:
    if event.data.startswith(b"[DONE]"):
        return {"type": "end"}
    try:
        told = jsonio.loads(event.data)
    except jsonio.JSONDecodeError:
        raise Malformed("an event of the stream is not JSON") from None
    if not isinstance(told, dict):
        raise Malformed("an event of the stream is not an object")
    return told


def _one(delta: dict[str, Any]) -> tuple[dict[str, Any]]:
    return ({"choices": [{"index": 0, "delta": delta}]},)


def _content(told: dict[str, Any], content: dict[str, Any], memo: CohereMemo) -> Iterable[dict[str, Any]]:
    text = content.get("text")
    if text:
        memo.length += len(text)
        choice: dict[str, Any] = {"index": 0, "delta": {"content": text}}
        if told.get("logprobs"):
            choice["logprobs"] = _logprobs([told["logprobs"]])
        return ({"choices": [choice]},)
    thinking = content.get("thinking")
    return _one({"reasoning_content": thinking}) if thinking else _NOTHING


def _ending(delta: dict[str, Any], memo: CohereMemo) -> dict[str, Any]:
    """The last chunk: the reason, the counts, and the citations, which are complete only now."""
    if delta.get("error"):
        raise failure_from_error(delta)
    chunk: dict[str, Any] = {
        "choices": [{"index": 0, "delta": {}, "finish_reason": _reason(delta)}],
        "usage": _usage(delta.get("usage")),
    }
    if memo.citations:
        chunk["citations"] = memo.citations
        chunk["annotations"] = _annotations(memo)
    return chunk


def _reason(told: dict[str, Any]) -> str:
    reason = str(told.get("finish_reason") or "COMPLETE")
    return _REASONS.get(reason, reason)


def _usage(usage: Any) -> dict[str, Any] | None:
    """Tokens as OpenAI counts them; what is billed, which is less, stands beside them."""
    if not isinstance(usage, dict):
        return None
    counted = usage.get("tokens") or usage.get("billed_units") or {}
    told: dict[str, Any] = {
        "prompt_tokens": counted.get("input_tokens"),
        "completion_tokens": counted.get("output_tokens"),
    }
    if usage.get("cached_tokens") is not None:
        told["prompt_tokens_details"] = {"cached_tokens": usage["cached_tokens"]}
    if counted.get("reasoning_tokens") is not None:
        told["completion_tokens_details"] = {"reasoning_tokens": counted["reasoning_tokens"]}
    return told | ({"billed_units": usage["billed_units"]} if usage.get("billed_units") else {})


def _annotations(memo: CohereMemo) -> list[dict[str, Any]]:
    """The citations in the text whose sources have an address, in OpenAI's form."""
    return [
        {"type": "url_citation", "url_citation": {"start_index": start, "end_index": end, "url": url, "title": title}}
        for citation in memo.citations
        if citation.get("type") in {None, "TEXT_CONTENT"}
        for start, end in [_span(citation, memo.starts)]
        for url, title in dict.fromkeys(filter(None, map(_address, citation.get("sources") or ())))
    ]


def _span(citation: dict[str, Any], starts: Mapping[int, int]) -> tuple[int, int]:
    """Where a citation stands in the whole text; Cohere counts within a block of it."""
    before = starts.get(citation.get("content_index") or 0, 0)
    return before + (citation.get("start") or 0), before + (citation.get("end") or 0)


def _address(source: dict[str, Any]) -> tuple[str, str] | None:
    """URL and title of a source, which is a document, or a tool's output, or only named by its URL."""
    document = source.get("document") or source.get("tool_output") or {}
    inner = document.get("data") if isinstance(document.get("data"), dict) else {}
    named = {**document, **(inner or {})}
    url = next((url for url in (named.get("url"), source.get("id")) if _is_url(url)), None)
    return (url, str(named.get("title") or "")) if url else None


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _listed(value: Any) -> list[dict[str, Any]]:
    """One object or a list of them, as a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _logprobs(items: Any) -> dict[str, Any] | None:
    """The probability of each piece of text, which may be of several tokens."""
    if not items:
        return None
    content = []
    for item in items:
        text = item.get("text") or ""
        probability = float(sum(item.get("logprobs") or ()))
        spelled = list(text.encode("utf-8", "replace"))
        content.append({"token": text, "logprob": probability, "bytes": spelled, "top_logprobs": []})
    return {"content": content, "refusal": None}
