"""OpenAI's own dialect of chat completions, and so that of everybody who speaks it.

The request passes as it came: unknown fields are the vendor's business. What vendors get wrong in the answers is mended
in `llms.streaming`, once for all. Source: OpenAI API reference, chat completions, 2026-08.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from llms import jsonio
from llms.errors import Malformed
from llms.providers.base import Memo, Provider
from llms.providers.failures import failure_from_error
from llms.providers.transport import Request
from llms.streaming.sse import Event
from llms.types import Chat, Completion, ModelCard

_DONE = b"[DONE]"
_NOTHING: tuple[dict[str, Any], ...] = ()
_NO_LIST = object()


class OpenAiProvider(Provider):
    """Anything that speaks `/chat/completions`. `base_url` includes the version: `https://api.openai.com/v1`."""

    type: ClassVar[str] = "openai"
    default_base_url: ClassVar[str] = "https://api.openai.com/v1"
    chat_path: ClassVar[str] = "/chat/completions"
    models_path: ClassVar[str] = "/models"

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """The body as the client sent it, with the configured options beneath and the usage always asked for."""
        body: dict[str, Any] = {**self.options, **chat}
        if stream:
            body["stream"] = True
            body["stream_options"] = {**(chat.get("stream_options") or {}), "include_usage": True}
        else:
            body.pop("stream", None)
            body.pop("stream_options", None)
        return Request(self.base_url + self.chat_path, self.headers(), jsonio.dumps(body))

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk itself: the dialect is the currency."""
        if event.data.startswith(_DONE):
            memo.done = True
            return _NOTHING
        try:
            chunk = jsonio.loads(event.data)
        except jsonio.JSONDecodeError:
            if event.name == "error":
                raise failure_from_error(event.data.decode("utf-8", "replace")) from None
            raise Malformed("an event of the stream is not JSON") from None
        if not isinstance(chunk, dict):
            raise Malformed("an event of the stream is not an object")
        if chunk.get("error") or event.name == "error" or chunk.get("object") == "error":
            raise failure_from_error(chunk)
        return (chunk,)

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer itself."""
        return body

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


def _card(entry: dict[str, Any], owner: str) -> ModelCard:
    known = {"id", "object", "created", "owned_by"}
    created = entry.get("created")
    return ModelCard(
        id=str(entry["id"]),
        owned_by=str(entry.get("owned_by") or owner),
        created=int(created) if isinstance(created, int | float) else 0,
        extra={key: value for key, value in entry.items() if key not in known},
    )
