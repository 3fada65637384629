"""Ollama's own dialect, `/api/chat`: newline-delimited JSON, options in an object, images as plain base64.

Knows Ollama's words only. Its OpenAI-compatible endpoint loses thinking levels, the options of a model and its times;
this one does not. Unknown fields of a request go along as options: Ollama ignores those it does not know. Source:
Ollama's `api/types.go` and `server/routes.go`, and docs/api.md, 2026-08.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from llms import jsonio
from llms.errors import BadRequest, Malformed
from llms.providers.base import Memo, Provider
from llms.providers.embeddings import Embedder, OllamaEmbedder
from llms.providers.failures import failure_from_error
from llms.providers.fields import OPENAI_FIELDS, Fields
from llms.providers.history import all_text, arguments_of, called_names, parts_of, tool_calls_of
from llms.providers.media import read_media
from llms.providers.transport import Request
from llms.streaming.decoder import Decoder
from llms.streaming.ndjson import NdjsonDecoder
from llms.streaming.sse import Event
from llms.types import Chat, Completion, ModelCard

_DEFAULT_PORT = 11434

_SAMPLING = ("temperature", "top_p", "seed", "presence_penalty", "frequency_penalty")
"""Fields of OpenAI's that are `options` here, under the same name."""

_BESIDE_OPTIONS = frozenset({"format", "keep_alive", "truncate", "shift", "debug_render_only"})
"""Ollama's own fields beside `options`. Every other field nobody knows is an option, as `num_ctx` is."""

_THINK: dict[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "max",
}
_NEAREST = frozenset({"minimal", "xhigh"})

_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
"""Nanoseconds; they stand beside the token counts."""


@dataclass(slots=True)
class OllamaMemo(Memo):
    """Also whether a chunk has named the answer yet, and how many tool calls there were."""

    named: bool = False
    calls: int = 0


class OllamaProvider(Provider):
    """An Ollama server, or its cloud with a key. `base_url` is the host; one that ends in `/v1` or `/api` will do."""

    type: ClassVar[str] = "ollama"
    default_base_url: ClassVar[str] = f"http://127.0.0.1:{_DEFAULT_PORT}"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    inlines_media: ClassVar[bool] = True
    embedder: ClassVar[Embedder | None] = OllamaEmbedder()

    def __init__(self, base_url: str = "", *settings: Any, **named: Any) -> None:
        super().__init__(host_of(base_url), *settings, **named)

    # Request

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """`POST /api/chat`. Raises `BadRequest` for parts of messages that Ollama has no place for."""
        fields = Fields(self.options, chat)
        body: dict[str, Any] = {
            "model": chat["model"],
            "messages": _messages(chat["messages"], fields),
            "stream": stream,
        }
        _add_tools(body, fields)
        _add_format(body, fields)
        _add_think(body, fields)
        fields.take_single()
        if fields.take("logprobs"):
            body["logprobs"] = True
            body["top_logprobs"] = fields.take("top_logprobs") or 0
        if options := _options(fields):
            body["options"] = options
        body.update(fields.rest())
        return Request(f"{self.base_url}/api/chat", self.headers(), jsonio.dumps(body), changes=fields.changes)

    # Answers

    def decoder(self) -> Decoder:
        """One JSON object per line."""
        return NdjsonDecoder(self.max_event_bytes)

    def memo(self, chat: Chat) -> OllamaMemo:
        """A fresh memory for one stream."""
        return OllamaMemo(chat)

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """A line: a piece of text, thinking, whole tool calls; the last one has the reason and the counts."""
        memo = cast(OllamaMemo, memo)
        line = _object(event.data)
        message = line.get("message") or {}
        done = line.get("done")
        text = message.get("content")
        if text and memo.named and not done and len(message) == 2:  # the role and the text, nothing else
            return ({"choices": [{"index": 0, "delta": {"content": text}}]},)
        delta = _delta(message, memo)
        if not (delta or done) and memo.named:
            return ()
        choice: dict[str, Any] = {"index": 0, "delta": delta}
        chunk: dict[str, Any] = {"choices": [choice]}
        if line.get("logprobs"):
            choice["logprobs"] = _logprobs(line["logprobs"])
        if not memo.named:
            memo.named = True
            chunk |= _names(line)
        if done:
            memo.done = True
            choice["finish_reason"] = line.get("done_reason") or "stop"
            chunk["usage"] = _usage(line)
        return (chunk,)

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The whole answer, which has the form of one line."""
        message = _delta(body.get("message") or {}, OllamaMemo(chat))
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": body.get("done_reason") or "stop"}
        if body.get("logprobs"):
            choice["logprobs"] = _logprobs(body["logprobs"])
        return {**_names(body), "choices": [choice], "usage": _usage(body)}

    # Models

    def endpoint_url(self, endpoint: str, model: str) -> str:
        """Under the address where Ollama speaks OpenAI's dialect."""
        return f"{self.base_url}/v1/{endpoint}"

    def models_request(self) -> Request | None:
        """`GET /api/tags`: the models that have been pulled."""
        return Request(f"{self.base_url}/api/tags", self.headers(), method="GET")

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models, with size in bytes and details. Raises `Malformed` for anything that is no such list."""
        models = body.get("models", False) if isinstance(body, Mapping) else False
        if not (isinstance(models, list) or models is None):
            raise Malformed("the answer is no list of models")
        return [_card(model, self.name) for model in models or () if isinstance(model, dict) and _model_name(model)]


def host_of(base_url: str) -> str:
    """The address of a server as `OLLAMA_HOST` may give it (`box`, `:8080`, `0.0.0.0`) as a URL without a path of ours.

    As Ollama itself has it, a host without scheme and port has its own port, and to listen on every address means to be
    asked on this machine.
    """
    if not base_url:
        return ""
    has_scheme = "://" in base_url
    url = base_url if has_scheme else f"http://{base_url}"
    url = re.sub(r"/(v1|api)/?$", "", url.rstrip("/"))
    parts = urlsplit(url)
    host = parts.netloc
    if host.startswith((":", "0.0.0.0:")) or host == "0.0.0.0":
        host = f"127.0.0.1{host.removeprefix('0.0.0.0')}"
    if not has_scheme and not re.search(r":\d+$", host):
        host = f"{host}:{_DEFAULT_PORT}"
    return parts._replace(netloc=host).geturl()


# The request


def _messages(messages: list[dict[str, Any]], fields: Fields) -> list[dict[str, Any]]:
    names = called_names(messages)
    return [_message(message, names, fields) for message in messages]


def _message(message: dict[str, Any], names: Mapping[str, str], fields: Fields) -> dict[str, Any]:
    role = message.get("role")
    told: dict[str, Any] = {"role": "system" if role == "developer" else role, "content": all_text(message)}
    if images := _images(message, fields):
        told["images"] = images
    if role in {"tool", "function"}:
        called = str(message.get("tool_call_id") or "")
        told["role"] = "tool"
        told["tool_name"] = names.get(called) or message.get("name") or ""
        if called:
            told["tool_call_id"] = called
    elif message.get("name"):
        fields.note("dropped", "messages[].name")
    if message.get("reasoning_content"):
        told["thinking"] = message["reasoning_content"]
    if calls := tool_calls_of(message):
        told["tool_calls"] = [_past_call(call, fields) for call in calls]
    return told


def _past_call(call: dict[str, Any], fields: Fields) -> dict[str, Any]:
    told = {
        "type": "function",
        "function": {"name": call["function"].get("name"), "arguments": arguments_of(call, fields)},
    }
    return {"id": call["id"], **told} if call.get("id") else told


def _images(message: dict[str, Any], fields: Fields) -> list[str]:
    images = []
    for part in parts_of(message):
        media = read_media(part)
        if media is None:
            continue
        if media.kind != "image":
            raise BadRequest(f"Ollama takes texts and images, no {media.kind}", param="messages")
        if not media.data:
            raise BadRequest("Ollama takes images as data (base64), not by their address", param="messages")
        if media.detail not in {"", "auto"}:
            fields.note("dropped", "messages.image_url.detail")
        images.append(media.data)
    return images


def _add_tools(body: dict[str, Any], fields: Fields) -> None:
    """The tools; Ollama cannot be told which to use, so a choice is made by what it is offered."""
    tools = fields.take("tools") or []
    choice = fields.take("tool_choice")
    functions = [tool for tool in tools if isinstance(tool, dict) and isinstance(tool.get("function"), dict)]
    if len(functions) < len(tools):
        fields.note("dropped", "tools")
    if choice == "none":
        functions = []
    elif isinstance(choice, dict):
        wanted = (choice.get("function") or {}).get("name")
        functions = [tool for tool in functions if tool["function"].get("name") == wanted]
        fields.note("emulated", "tool_choice")
    elif choice == "required":
        fields.note("dropped", "tool_choice")
    if functions:
        body["tools"] = functions


def _add_format(body: dict[str, Any], fields: Fields) -> None:
    wanted = fields.take("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_object":
        body["format"] = "json"
    elif kind == "json_schema":
        body["format"] = (wanted.get("json_schema") or {}).get("schema") or "json"


def _add_think(body: dict[str, Any], fields: Fields) -> None:
    """`think`, if the client speaks of it itself; else from the effort."""
    effort = fields.take_effort()
    think = fields.take("think")
    if think is None and effort is not None:
        think = _THINK[effort]
        if effort in _NEAREST:
            fields.note("clamped", "reasoning_effort")
    if think is not None:
        body["think"] = think


def _options(fields: Fields) -> dict[str, Any]:
    """All that steers a model, also where the client gave it at the top of the request."""
    given = fields.take("options")
    options: dict[str, Any] = {}
    if (length := fields.take("max_completion_tokens", "max_tokens")) is not None:
        options["num_predict"] = length
    if (stops := fields.take_stops()) is not None:
        options["stop"] = stops
    for name in _SAMPLING:
        if (value := fields.take(name)) is not None:
            options[name] = value
    fields.drop(OPENAI_FIELDS)
    options |= fields.take_all_but(_BESIDE_OPTIONS)
    return options | (given if isinstance(given, dict) else {})


# Answers


def _object(data: bytes) -> dict[str, Any]:
    """A line as an object. Raises what it says went wrong, and `Malformed` where it is none."""
    try:
        line = jsonio.loads(data)
    except jsonio.JSONDecodeError:
        raise Malformed("a line of the stream is not JSON") from None
    if not isinstance(line, dict):
        raise Malformed("a line of the stream is not an object")
    if line.get("error"):
        raise failure_from_error(line)
    return line


def _delta(message: dict[str, Any], memo: OllamaMemo) -> dict[str, Any]:
    """A message, or a piece of one, in OpenAI's words; empty texts are left out."""
    delta: dict[str, Any] = {}
    if message.get("content"):
        delta["content"] = message["content"]
    if message.get("thinking"):
        delta["reasoning_content"] = message["thinking"]
    if message.get("tool_calls"):
        delta["tool_calls"] = [_call(call, memo) for call in message["tool_calls"]]
    return delta


def _call(call: dict[str, Any], memo: OllamaMemo) -> dict[str, Any]:
    """A call, which always comes whole. Its own index starts anew with each line, so they are counted here."""
    function = call.get("function") or {}
    arguments = jsonio.dumps(function.get("arguments") or {}).decode()
    position = memo.calls
    memo.calls += 1
    return {
        "index": position,
        "id": call.get("id") or "",
        "type": "function",
        "function": {"name": function.get("name"), "arguments": arguments},
    }


def _names(line: dict[str, Any]) -> dict[str, Any]:
    return {"model": line.get("model"), "created": _seconds(line.get("created_at"))}


def _seconds(moment: Any) -> int:
    """A moment in ISO 8601 as seconds since 1970; 0 where it is none."""
    try:
        return int(datetime.fromisoformat(moment).timestamp())
    except (TypeError, ValueError):
        return 0


def _usage(line: dict[str, Any]) -> dict[str, Any]:
    """The counts, in tokens, and the times. A prompt that was in the cache has no count in older versions."""
    usage = {"prompt_tokens": line.get("prompt_eval_count"), "completion_tokens": line.get("eval_count")}
    return usage | {name: line[name] for name in _DURATIONS if name in line}


def _logprobs(tokens: list[dict[str, Any]]) -> dict[str, Any]:
    def token(entry: dict[str, Any]) -> dict[str, Any]:
        text = str(entry.get("token") or "")
        spelled = entry.get("bytes") or list(text.encode("utf-8", "replace"))
        return {"token": text, "logprob": float(entry.get("logprob") or 0), "bytes": spelled}

    return {
        "content": [
            {**token(entry), "top_logprobs": list(map(token, entry.get("top_logprobs") or ()))} for entry in tokens
        ],
        "refusal": None,
    }


def _model_name(model: dict[str, Any]) -> str:
    return str(model.get("model") or model.get("name") or "")


def _card(model: dict[str, Any], owner: str) -> ModelCard:
    return ModelCard(
        id=_model_name(model),
        owned_by=owner,
        created=_seconds(model.get("modified_at")),
        extra={key: value for key, value in model.items() if key not in {"name", "model", "modified_at"}},
    )
