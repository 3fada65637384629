"""OpenAI's own dialect of chat completions, and so that of everybody who speaks it.

The request passes as it came: unknown fields are the vendor's business. Only at OpenAI's own address are its rules for
models that reason kept, and other vendors' state taken out. A vendor with rules of its own subclasses and overrides
`fit`. What vendors get wrong in the answers is mended in `llms.streaming`, once for all.
Source: OpenAI API reference, chat completions, 2026-08.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from llms import jsonio
from llms.errors import Malformed
from llms.providers.base import Memo, Provider
from llms.providers.conversation import without_foreign_state
from llms.providers.embeddings import Embedder, OpenAiEmbedder
from llms.providers.endpoints import OPENAI
from llms.providers.failures import failure_from_error
from llms.providers.parameters import Change, Parameters, drop
from llms.providers.transport import Request
from llms.streaming.repeats import Repeats
from llms.streaming.sse import Event
from llms.types import Chat, Completion, ModelCard

_DONE = b"[DONE]"
_NOTHING: tuple[dict[str, Any], ...] = ()
_NO_LIST = object()

_REASONS = re.compile(r"(?:ft:)?(?:o\d|gpt-5)(?!-chat)")
"""Models that think before they answer; `gpt-5-chat` was the one of its family that did not."""

_MAY_NOT_REASON = re.compile(r"gpt-5\.\d+(?!.*-(?:codex|chat))")
"""Those among them that can be told not to, and then take sampling parameters."""

_SILENT = re.compile(r"gpt-5\.[1-4](?!\d)")
"""Those that do not reason unless told to."""

_LENGTH = Parameters(renamed={"max_tokens": "max_completion_tokens"})
_SAMPLING = frozenset({"temperature", "top_p", "logprobs", "top_logprobs", "stop"})
_NEVER_REASONING = frozenset({"presence_penalty", "frequency_penalty", "logit_bias"})


class OpenAiProvider(Provider):
    """Anything that speaks `/chat/completions`. `base_url` includes the version: `https://api.openai.com/v1`."""

    type: ClassVar[str] = "openai"
    default_base_url: ClassVar[str] = "https://api.openai.com/v1"
    chat_path: ClassVar[str] = "/chat/completions"
    models_path: ClassVar[str] = "/models"
    endpoints = OPENAI
    embedder: ClassVar[Embedder | None] = OpenAiEmbedder()
    takes_stream_options: ClassVar[bool] = True
    """False where the usage comes unasked."""
    parameters: ClassVar[Parameters | None] = None
    """What the vendor makes of the request's fields; None: it takes them as they come."""

    @functools.cached_property
    def is_openai(self) -> bool:
        """Whether this is OpenAI itself, and not one of those who speak like it."""
        host = urlsplit(self.base_url).hostname or ""
        return host == "api.openai.com" or host.endswith(".api.openai.com")

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Make `body` what the vendor takes, in place, and tell what that loses. Messages are replaced, not changed."""
        if self.parameters is not None:
            return self.parameters.fit(body)
        return fit_openai(body) if self.is_openai else []

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """The body as the client sent it, with the configured options beneath and the usage always asked for."""
        body: dict[str, Any] = {**self.options, **chat} if self.options else {**chat}
        if self.options and self.parameters is not None:
            for name, native in self.parameters.renamed.items():
                if name in chat and native not in chat:
                    body.pop(native, None)  # of the options: the client says the same by another name
        changes = self.fit(body)
        body.pop("stream", None)
        asked = body.pop("stream_options", None) or {}
        if stream:
            body["stream"] = True
            if self.takes_stream_options:
                body["stream_options"] = {**asked, "include_usage": True}
        url = self.base_url + self.chat_path
        return Request(url, self.headers(), jsonio.dumps(body), changes=tuple(changes))

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk itself: the dialect is the currency."""
        name, data = event
        if data[:6] == _DONE:
            memo.done = True
            return _NOTHING
        try:
            chunk = jsonio.loads(data)
        except jsonio.JSONDecodeError:
            if name == "error":
                raise failure_from_error(data.decode("utf-8", "replace")) from None
            raise Malformed("an event of the stream is not JSON") from None
        if not isinstance(chunk, dict):
            raise Malformed("an event of the stream is not an object")
        if name or "error" in chunk or "choices" not in chunk:  # rare, so looked at closely only then
            _check_error(name, chunk)
        return (chunk,)

    def repeats(self) -> Repeats | None:
        """Only where no vendor reads more out of an event than `chunks` here does."""
        return Repeats() if type(self).chunks is OpenAiProvider.chunks else None

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer itself."""
        return body

    def endpoint_url(self, endpoint: str, model: str) -> str:
        """Beside the chat completions."""
        return self.base_url + self.chat_path.removesuffix("chat/completions") + endpoint

    def models_request(self) -> Request | None:
        """`GET /models`."""
        return Request(self.base_url + self.models_path, self.headers(), method="GET")

    def model_cards(self, body: Any) -> list[ModelCard]:
        """OpenAI's list, or (Together) a bare array; keys beyond OpenAI's own are kept as extras.

        Raises `Malformed` for anything else. A server without models may say null for none (Ollama).
        """
        entries = body.get("data", _NO_LIST) if isinstance(body, Mapping) else body
        if not isinstance(entries, list) and not (entries is None and isinstance(body, Mapping)):
            raise Malformed("the answer is no list of models")
        return [_card(entry, self.name) for entry in entries or () if isinstance(entry, dict) and entry.get("id")]


def _check_error(name: str, chunk: dict[str, Any]) -> None:
    if chunk.get("error") or name == "error" or chunk.get("object") == "error":
        raise failure_from_error(chunk)


def choices_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices of a chunk or a completion that are what they should be; others are left to `llms.streaming`."""
    choices = answer.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def fit_openai(body: dict[str, Any]) -> list[Change]:
    """OpenAI's own rules: how models that reason are asked, and no other vendor's state in the messages.

    A deployment of another name (Azure) is taken for a model that does not reason.
    """
    body["messages"] = without_foreign_state(cast(Chat, body), ())["messages"]
    model = str(body["model"])
    if not _REASONS.match(model):
        return []
    changes = _LENGTH.fit(body)
    effort = body.get("reasoning_effort") or ("none" if _SILENT.match(model) else "medium")
    silent = effort == "none" and _MAY_NOT_REASON.match(model) is not None
    return changes + drop(body, _NEVER_REASONING if silent else _NEVER_REASONING | _SAMPLING)


def _card(entry: dict[str, Any], owner: str) -> ModelCard:
    known = {"id", "object", "created", "owned_by"}
    created = entry.get("created")
    return ModelCard(
        id=str(entry["id"]),
        owned_by=str(entry.get("owned_by") or owner),
        created=int(created) if isinstance(created, int | float) else 0,
        extra={key: value for key, value in entry.items() if key not in known},
    )
