"""The Gemini API and Vertex AI: two services, one dialect.

Which of the two it is, its `base_url` says: `https://generativelanguage.googleapis.com/v1beta`, or
`https://aiplatform.googleapis.com/v1/projects/…/locations/…/publishers/google`. The key goes in a header, never in the
address, where logs would keep it. Source: ai.google.dev and docs.cloud.google.com, 2026-08.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from llms import jsonio
from llms.errors import BadRequest, Malformed
from llms.providers.base import Provider
from llms.providers.embeddings import Embedder, GoogleEmbedder
from llms.providers.endpoints import EMBEDDINGS
from llms.providers.fields import Fields
from llms.providers.google.contents import Conversation, is_youtube
from llms.providers.google.framing import GoogleDecoder
from llms.providers.google.generation import GoogleModel
from llms.providers.google.reading import GoogleMemo, chunk_of
from llms.providers.google.settings import read_settings
from llms.providers.google.tools import custom_names, read_tools
from llms.providers.transport import Reply, Request
from llms.streaming.fold import Fold
from llms.streaming.shape import StreamShape
from llms.streaming.sse import Event
from llms.types import NO_TIMEOUTS, Chat, Completion, ModelCard, Timeouts

_GEMINI_HOST = "generativelanguage.googleapis.com"
_VERTEX_HOST = re.compile(r"(^|[.-])aiplatform\.(googleapis\.com|goog)$|^aiplatform\.[a-z0-9-]+\.rep\.googleapis\.com$")
_VERSION = re.compile(r"/v\d+(?:(?:alpha|beta)\d*)?(?=/|$)")
_API_KEYS = ("AIza", "AQ.")
_MODELS_PER_PAGE = 1000
_MAX_PAGES = 20
_CHATS = frozenset({"generateContent", "streamGenerateContent"})
_LISTED = _CHATS | {"embedContent", "batchEmbedContents"}
_CALLING = "functionCallingConfig"
_NOTHING: tuple[dict[str, Any], ...] = ()


class GoogleProvider(Provider):
    """Gemini models. `base_url` has the version; without one `/v1beta` is taken (`/v1` for Vertex AI).

    `options` may hold `token: bearer` where the key is an OAuth token; for Vertex AI's own addresses that is assumed,
    unless the key looks like an API key (express mode).
    """

    type: ClassVar[str] = "google"
    default_base_url: ClassVar[str] = f"https://{_GEMINI_HOST}/v1beta"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"extra_content", "images"})
    inlines_media: ClassVar[bool] = True
    endpoints = frozenset({EMBEDDINGS})
    embedder: ClassVar[Embedder | None] = GoogleEmbedder()

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._credential = str(self.options.pop("token", ""))
        host = urlsplit(self.base_url).hostname or ""
        self.is_vertex = bool(_VERTEX_HOST.search(host)) or "/publishers/" in self.base_url
        self.base_url = _complete(self.base_url, is_vertex=self.is_vertex)

    # What is asked

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """`generateContent` or its streaming twin, with everything of the request that Google has a place for.

        Raises `BadRequest` for what Google cannot be told.
        """
        model = GoogleModel.named(chat["model"])
        fields = Fields(self.options, chat)
        try:
            body = self._body(chat, model, fields)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise BadRequest("the request is not of the shape that OpenAI's API has") from error
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return Request(self._address(model, method), self.headers(), jsonio.dumps(body), changes=fields.changes)

    def _body(self, chat: Chat, model: GoogleModel, fields: Fields) -> dict[str, Any]:
        tools = read_tools(fields, model, is_vertex=self.is_vertex)
        body = read_settings(fields, model)
        conversation = Conversation(model, fields, files_url=self._files_url())
        conversation.tell(chat["messages"])
        if (resolution := conversation.take_resolution()) is not None:
            body.setdefault("generationConfig", {}).setdefault("mediaResolution", resolution)
        if conversation.system:
            native = body.get("systemInstruction") or {}
            body["systemInstruction"] = {**native, "parts": [*native.get("parts", ()), *conversation.system]}
        if tools.tools:
            body["tools"] = tools.tools
        if tools.config:
            body["toolConfig"] = _with_native(tools.config, body.get("toolConfig") or {})
        return {"contents": conversation.contents, **body}

    def takes_address(self, url: str) -> bool:
        """Google reads its own storage, files uploaded to it and YouTube; the rest of the web only in part."""
        return not url.startswith(("https://", "http://")) or is_youtube(url) or url.startswith(self._files_url())

    def authorization(self) -> dict[str, str]:
        """The key in Google's own header, or as a bearer token."""
        if not self.api_key:
            return {}
        key = self.api_key.reveal()
        by_looks = key.startswith("ya29.") or (self.is_vertex and not key.startswith(_API_KEYS))
        if self._credential == "bearer" or (not self._credential and by_looks):
            return {"Authorization": f"Bearer {key}"}
        return {"x-goog-api-key": key}

    def _address(self, model: GoogleModel, method: str) -> str:
        base = self.base_url
        path = quote(model.path, safe="/@")
        if path.startswith(("publishers/", "endpoints/", "projects/")):
            base = base.removesuffix("/publishers/google")
        elif not path.startswith("tunedModels/"):
            path = f"models/{path}"
        if path.startswith("projects/"):
            if model.path not in self.models.values():
                raise BadRequest("a model of another project must be named in the configuration", param="model")
            base = base.partition("/projects/")[0]
        return f"{base}/{path}:{method}"

    def _files_url(self) -> str:
        return f"https://{_GEMINI_HOST}/v1beta" if self.is_vertex else self.base_url

    # What is answered

    def memo(self, chat: Chat) -> GoogleMemo:
        """A fresh memory, which knows how the client wants to be told of calls."""
        legacy = bool(chat.get("functions")) and not chat.get("tools")
        return GoogleMemo(chat, is_vertex=self.is_vertex, custom=custom_names(chat), legacy=legacy)

    def decoder(self) -> GoogleDecoder:
        """Events, or the objects of an array: whichever comes."""
        return GoogleDecoder(self.max_event_bytes)

    def chunks(self, event: Event, memo: Any) -> Iterable[dict[str, Any]]:
        """The chunk a response stands for. There is no end mark: the stream ends with its finish reason."""
        try:
            body = jsonio.loads(event.data)
        except jsonio.JSONDecodeError:
            raise Malformed("an event of the stream is not JSON") from None
        chunk = chunk_of(body, memo)
        return _NOTHING if chunk is None else (chunk,)

    def completion(self, body: Any, chat: Chat) -> Completion:
        """A whole answer is told as a stream of one response and put together again, so that both ways agree."""
        shape = StreamShape(chat["model"])
        memo = self.memo(chat)
        folded = Fold()
        for response in body if isinstance(body, list) else [body]:
            chunk = chunk_of(response, memo)
            if chunk is not None and (shaped := shape.feed(chunk)) is not None:
                folded.add(shaped)
        for shaped in shape.finish(done=False):
            folded.add(shaped)
        return folded.completion()

    @staticmethod
    def _is_stream(reply: Reply) -> bool:
        """A stream as a JSON array is a stream too."""
        return reply.status == 200

    # Which models there are

    def models_request(self, page: str = "") -> Request | None:
        """One page of the list of models. On Vertex AI only the publisher's whole list exists."""
        base = self.base_url
        if self.is_vertex:
            if self.models:
                return None
            parts = urlsplit(base)
            base = f"{parts.scheme}://{parts.netloc}/v1beta1/publishers/google"
        url = f"{base}/models?pageSize={_MODELS_PER_PAGE}"
        return Request(f"{url}&pageToken={quote(page, safe='')}" if page else url, self.headers(), method="GET")

    async def list_models(self, timeouts: Timeouts | None = None) -> list[ModelCard]:
        """The models that chat or embed, from all pages of the list."""
        request = self.models_request()
        if request is None:
            return await super().list_models(timeouts)
        limits = (timeouts or NO_TIMEOUTS).or_else(self.limits(stream=False))
        cards: list[ModelCard] = []
        pages = {""}
        while request is not None:
            async with self.transport.open(request, limits) as reply:
                body = await self._read_json(reply)
            cards += self.model_cards(body)
            page = str(body.get("nextPageToken") or "")
            request = self.models_request(page) if page not in pages and len(pages) < _MAX_PAGES else None
            pages.add(page)
        return cards

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models of one page, without `models/` before their names. Raises `Malformed` where there are none."""
        entries = body.get("models", body.get("publisherModels", [])) if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise Malformed("the answer is no list of models")
        return [_card(entry) for entry in entries if isinstance(entry, dict) and _is_listed(entry)]


def _complete(base_url: str, *, is_vertex: bool) -> str:
    """A base URL with what may be missing from it, without the path of the endpoint that speaks OpenAI's dialect."""
    base = base_url.removesuffix("/openai").removesuffix("/models").rstrip("/")
    if not _VERSION.search(urlsplit(base).path):
        parts = urlsplit(base)
        base = f"{parts.scheme}://{parts.netloc}{'/v1' if is_vertex else '/v1beta'}{parts.path}".rstrip("/")
    if is_vertex and "/publishers/" not in base and "/endpoints/" not in base:
        base = f"{base}/publishers/google"
    return base


def _with_native(config: dict[str, Any], native: dict[str, Any]) -> dict[str, Any]:
    """What a request says of tools in OpenAI's words, and over it what it says in Google's, in either spelling."""
    others = {key: value for key, value in native.items() if key not in {_CALLING, "function_calling_config"}}
    calling = {**config.get(_CALLING, {}), **(native.get(_CALLING) or native.get("function_calling_config") or {})}
    return {**config, **others, **({_CALLING: calling} if calling else {})}


def _is_listed(entry: dict[str, Any]) -> bool:
    """Whether a model can do what this gateway does; Vertex AI does not say what its models can do."""
    methods = entry.get("supportedGenerationMethods")
    return bool(entry.get("name")) and (not isinstance(methods, list) or not _LISTED.isdisjoint(methods))


def _card(entry: dict[str, Any]) -> ModelCard:
    known = {
        "context_window": entry.get("inputTokenLimit"),
        "max_output_tokens": entry.get("outputTokenLimit"),
        "display_name": entry.get("displayName"),
        "description": entry.get("description"),
        "reasoning": entry.get("thinking"),
        "methods": entry.get("supportedGenerationMethods"),
    }
    name = str(entry["name"]).removeprefix("publishers/google/").removeprefix("models/")
    return ModelCard(
        id=name, owned_by="google", extra={key: value for key, value in known.items() if value is not None}
    )
