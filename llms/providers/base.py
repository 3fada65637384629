"""What a provider is: declarative attributes, two pure translations, and the one loop that owns the connection.

A dialect overrides `request(chat, stream)` (what to send), `chunks(event, memo)` (what an event of a stream means) and
`completion(body, chat)` (what a whole answer means). All three are synchronous and touch nothing but their arguments,
so they are tested with plain values. Everything that can leak, stall or fail lives in `Provider` and is written once.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, cast, overload

from llms import jsonio
from llms.errors import BadRequest, Malformed, UpstreamError
from llms.providers.conversation import ToolIdRule, with_tool_ids, without_foreign_state
from llms.providers.embeddings import Embedder
from llms.providers.endpoints import BY_VENDOR
from llms.providers.failures import failure_from_answer, failure_from_error
from llms.providers.fetching import MediaFetcher
from llms.providers.metering import Meter
from llms.providers.transport import Reply, Request, Transport, default_transport, read_all, read_some
from llms.providers.vault import Vault
from llms.streaming.answer import shape_completion
from llms.streaming.boundaries import WholeEvents
from llms.streaming.decoder import Decoder
from llms.streaming.fold import Fold, explode
from llms.streaming.repeats import Repeats
from llms.streaming.shape import StreamShape
from llms.streaming.sse import DEFAULT_MAX_EVENT_BYTES, Event, SseDecoder
from llms.types import (
    JSON_TIMEOUTS,
    NO_TIMEOUTS,
    STREAM_TIMEOUTS,
    Chat,
    Chunk,
    Completion,
    ModelCard,
    Piece,
    Secret,
    Terms,
    Timeouts,
)

_log = logging.getLogger(__name__)

_SHORTEST_KEY = 6
"""Shorter ones are made up for servers that ask for none, and may be words."""

_MAX_ERROR_BYTES = 256 * 1024
_MAX_ANSWER_BYTES = 256 * 1024 * 1024
_AT_ONCE = 4
_PASSED_ON = ("content-type", "content-disposition")
_PAGE = "the answer is a web page, not that of an API: is the base_url right?"


def too_deep() -> BadRequest:
    """The error for a request whose lists and objects stand inside each other more often than can be written."""
    return BadRequest("the request is nested too deeply", code="nested_too_deeply")


@dataclass(slots=True)
class Memo:
    """What a dialect remembers from event to event of one stream. `done` is set by the provider's own end mark.

    `folded` adds the stream up for a vendor that wants state of it back.
    """

    chat: Chat
    done: bool = False
    folded: Fold | None = None
    notes: dict[str, Any] = field(default_factory=dict)


class Provider:
    """A configured upstream. Subclasses are dialects; instances are what a configuration names.

    `base_url` means what the vendor's own SDK means by it. `models` maps public ids to the upstream's (a list means
    that they are the same); empty means that any model is passed on. `options` are request fields added where the
    client gives none. Without `transport` the provider brings one of its own, and closes it.
    """

    type: ClassVar[str] = ""
    default_base_url: ClassVar[str] = ""
    state_fields: ClassVar[frozenset[str] | None] = None
    """The extension fields of a message that this vendor wants back (see `conversation`); None: no care is taken."""
    tool_ids: ClassVar[ToolIdRule | None] = None
    """What this vendor takes as the id of a tool call; None: anything."""
    inlines_media: ClassVar[bool] = False
    """Whether addresses in messages must be fetched and sent as data."""
    media_fetcher: MediaFetcher = MediaFetcher()
    """Who fetches them."""
    endpoints: frozenset[str] = frozenset()
    """What it answers beside chat completions, where `endpoints.BY_VENDOR` does not know its type."""
    embedder: ClassVar[Embedder | None] = None
    """How it embeds, where it does."""
    needs_base_url: ClassVar[bool] = True
    finds_key: ClassVar[bool] = False
    """Whether it can do without a key, finding other credentials by itself."""
    uses_network: ClassVar[bool] = True

    def __init__(
        self,
        base_url: str = "",
        api_key: Secret | str | None = None,
        models: Iterable[str] | Mapping[str, str] = (),
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        options: Mapping[str, Any] | None = None,
        transport: Transport | None = None,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        vault: Vault | None = None,
        endpoints: Collection[str] | None = None,
    ) -> None:
        self.name = name or self.type
        self.base_url = (base_url or self.default_base_url).rstrip("/")
        self.api_key = Secret(api_key) if isinstance(api_key, str) else api_key
        self.models = dict(models) if isinstance(models, Mapping) else {model: model for model in models}
        self.timeouts = timeouts or NO_TIMEOUTS
        self._limits = {True: self.timeouts.or_else(STREAM_TIMEOUTS), False: self.timeouts.or_else(JSON_TIMEOUTS)}
        self.options = dict(options or {})
        self.max_event_bytes = max_event_bytes
        self.vault = vault or Vault()
        known = BY_VENDOR.get(self.type, self.endpoints)
        self.endpoints = known if endpoints is None else frozenset(endpoints)
        self._extra_headers = dict(headers or {})
        self._headers: dict[str, str] | None = None
        self._owns_transport = transport is None
        self.transport: Transport = transport or default_transport()

    # What a dialect overrides

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """The upstream request for `chat`, whose `model` is the upstream's own name of it."""
        raise NotImplementedError

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunks an event stands for; they need not be well formed (see `llms.streaming.shape`)."""
        raise NotImplementedError

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The `chat.completion` a whole answer stands for; it need not be well formed."""
        raise NotImplementedError

    def models_request(self) -> Request | None:
        """The request for the list of models; None where the vendor has no such list."""
        return None

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models in the answer to `models_request`."""
        raise NotImplementedError

    def authorization(self) -> dict[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Bearer {self.api_key.reveal()}"} if self.api_key else {}

    async def signed(self, request: Request) -> Request:
        """`request` with what only the whole of it gives, a signature; as it is, where the vendor wants none."""
        return request

    def repeats(self) -> Repeats | None:
        """What knows a chunk that is like the one before it; None in a dialect whose events are not chunks as they are.

        Where there is one, `chunks` may give an event's own object, and nothing else, and remember nothing of it.
        """
        return None

    def decoder(self) -> Decoder:
        """A fresh decoder for the framing of this dialect's streams."""
        return SseDecoder(self.max_event_bytes)

    def takes_address(self, url: str) -> bool:
        """Whether this vendor fetches `url` itself, although it `inlines_media`: by default what is not of the web."""
        return not url.startswith(("https://", "http://"))

    def endpoint_url(self, endpoint: str, model: str) -> str:
        """Where an endpoint beside chat completions is, for `model`."""
        raise NotImplementedError

    # What a caller uses

    @overload
    def chat(
        self, chat: Chat, stream: Literal[False] = False, *, terms: Terms | None = None
    ) -> Coroutine[Any, Any, Completion]: ...

    @overload
    def chat(self, chat: Chat, stream: Literal[True], *, terms: Terms | None = None) -> AsyncGenerator[Chunk, None]: ...

    def chat(
        self, chat: Chat, stream: bool = False, *, terms: Terms | None = None
    ) -> Coroutine[Any, Any, Completion] | AsyncGenerator[Chunk, None]:
        """Answer `chat`: an async generator of well-formed chunks with `stream`, else an awaitable completion.

        The usage, where the provider gives one, always comes in a last chunk without choices. `terms` say how long it
        may take and how strict to be, and tell afterwards what could not be passed on. Raises `UpstreamError`, and
        `BadRequest` for a request that cannot be told to this provider.
        """
        terms = terms or Terms()
        return self._stream(chat, terms) if stream else self._complete(chat, terms)

    def replies(self, chat: Chat, *, stream: bool, terms: Terms) -> AsyncGenerator[Chunk, None]:
        """The answer as an iterator either way: chunks, or the one completion (see `llms.types.ChatProvider`)."""
        return self._stream(chat, terms) if stream else self._single(chat, terms)

    def limits(self, *, stream: bool) -> Timeouts:
        """The timers of an exchange: those configured here, and the defaults."""
        return self._limits[stream]

    async def list_models(self, timeouts: Timeouts | None = None) -> list[ModelCard]:
        """The models this provider offers: those it lists itself, else those configured."""
        request = self.models_request()
        if request is None:
            return [ModelCard(id=model, owned_by=self.name) for model in self.models]
        limits = (timeouts or NO_TIMEOUTS).or_else(self.limits(stream=False))
        async with self.transport.open(await self.signed(request), limits) as reply:
            return self.model_cards(await self._read_json(reply))

    async def embed(self, body: Mapping[str, Any], *, terms: Terms | None = None) -> dict[str, Any]:
        """Embed `body["input"]`; body and answer are those of OpenAI's embeddings, `model` is the upstream's.

        Raises `UpstreamError`, and `BadRequest` for what cannot be told to this provider.
        """
        terms = terms or Terms()
        if self.embedder is None:
            raise BadRequest(f"{self.name} has no embeddings", param="model")
        try:
            requests = self.embedder.requests(self, body)
            self._note_changes(requests[0], terms)
            limits = terms.timeouts.or_else(self.limits(stream=False))
            return self.embedder.answer(await self._answers(requests, limits), body)
        except jsonio.TooDeep:
            raise too_deep() from None
        except UpstreamError as failure:
            self._tell_apart(failure, body["model"])
            raise

    async def forward(
        self, request: Request, model: str, *, terms: Terms, transport: Transport
    ) -> AsyncGenerator[Piece, None]:
        """The answer to `request` as it is, in pieces; of a stream each piece is whole events. The last one, which may
        be empty, has the usage if the answer tells it.

        The headers that tell what it is are noted in `terms`. Raises `UpstreamError`.
        """
        try:
            async with transport.open(request, terms.timeouts) as reply:
                if not 200 <= reply.status < 300:
                    raise failure_from_answer(reply.status, reply.headers, await read_some(reply, _MAX_ERROR_BYTES))
                terms.answer.update({name: reply.headers[name] for name in _PASSED_ON if name in reply.headers})
                content_type = reply.headers.get("content-type", "")
                meter = Meter(content_type)
                is_stream = content_type.lower().startswith("text/event-stream")
                events = WholeEvents(self.max_event_bytes) if is_stream else None
                while piece := await reply.read():
                    if events is None or (piece := events.feed(piece)):
                        meter.feed(piece)
                        yield {"data": piece, "choices": (), "usage": None}
                rest = events.flush() if events is not None else b""
                meter.feed(rest)
                yield {"data": rest, "choices": (), "usage": meter.usage()}
        except UpstreamError as failure:
            self._tell_apart(failure, model)
            raise

    async def close(self) -> None:
        """Close the connections this provider owns."""
        if self._owns_transport:
            await self.transport.close()

    def headers(self) -> dict[str, str]:
        """The headers of every request: the key's, and those configured."""
        if self._headers is None:
            self._headers = {"Content-Type": "application/json", **self.authorization(), **self._extra_headers}
        return self._headers

    # The machinery

    async def _stream(  # noqa: C901 - each chunk wakes this frame, and each function of its own would be one more
        self, chat: Chat, terms: Terms
    ) -> AsyncGenerator[Chunk, None]:
        shape = StreamShape(chat["model"])
        memo = self.memo(chat)
        memo.folded = Fold() if self.state_fields else None
        try:
            request = await self._prepared(chat, terms, stream=True)
            async with self.transport.open(request, terms.timeouts.or_else(self._limits[True])) as reply:
                if self._is_stream(reply):
                    decoder, repeats = self.decoder(), self.repeats()
                    while True:
                        piece = await reply.read()
                        for event in decoder.feed(piece) if piece else decoder.flush():
                            if memo.done:
                                break  # what follows the end mark means nothing, whichever read it came in
                            if repeats is not None and (chunk := repeats.chunk_of(event)) is not None:
                                if memo.folded is not None:
                                    memo.folded.add(chunk)
                                yield chunk
                                continue
                            for raw in self.chunks(event, memo):
                                if (chunk := shape.feed(raw)) is not None:
                                    if repeats is not None and chunk is raw:
                                        repeats.learn(event, chunk)
                                    if memo.folded is not None:
                                        self._add_state(memo.folded, chunk, terms)
                                    yield chunk
                        if memo.done or not piece:
                            break
                else:
                    for chunk in await self._whole_as_chunks(reply, chat, shape, terms):
                        yield chunk
                    memo.done = True
            for chunk in self._closing(shape, memo, reply):
                yield chunk
            if memo.folded is not None:
                self._keep_state(memo.folded.completion(), terms)
        except UpstreamError as failure:
            self._tell_apart(failure, chat["model"])
            raise

    @staticmethod
    def _closing(shape: StreamShape, memo: Memo, reply: Reply) -> list[Chunk]:
        """What is left to send. Raises `Malformed` for a stream that broke off, or was none."""
        try:
            return shape.finish(done=memo.done)
        except Malformed:
            if _is_page(reply):
                raise Malformed(_PAGE) from None
            raise

    def _add_state(self, folded: Fold, chunk: Chunk, terms: Terms) -> None:
        """Add `chunk` up. State is kept before the finish reason is told: a client may leave as soon as it has that."""
        folded.add(chunk)
        if chunk["choices"][0].get("finish_reason"):
            self._keep_state(folded.completion(), terms)

    async def _complete(self, chat: Chat, terms: Terms) -> Completion:
        try:
            request = await self._prepared(chat, terms, stream=False)
            async with self.transport.open(request, terms.timeouts.or_else(self._limits[False])) as reply:
                body = await self._read_json(reply)
            completion = shape_completion(self.completion(body, chat), model=chat["model"])
        except UpstreamError as failure:
            self._tell_apart(failure, chat["model"])
            raise
        self._keep_state(completion, terms)
        return completion

    def _tell_apart(self, failure: UpstreamError, model: str) -> None:
        """Say in a failure which route it is about; a vendor that quotes our own key back is not quoted."""
        failure.at(f"{self.name}/{model}")
        key = self.api_key.reveal() if self.api_key else ""
        if len(key) >= _SHORTEST_KEY and key in str(failure):
            failure.args = (str(failure).replace(key, "[redacted]"),)

    def memo(self, chat: Chat) -> Memo:
        """A fresh memory for one stream."""
        return Memo(chat)

    async def _single(self, chat: Chat, terms: Terms) -> AsyncGenerator[Chunk, None]:
        yield cast(Chunk, await self._complete(chat, terms))

    async def _prepared(self, chat: Chat, terms: Terms, *, stream: bool) -> Request:
        """The request, the conversation made fit for this vendor first, and what that cost noted in the terms.

        Raises `BadRequest` for one that cannot be told, and under strict terms when something of it would be lost.
        """
        if self.inlines_media:
            chat = await self.media_fetcher.inline(chat, keeps=self.takes_address)
        if self.state_fields is not None:
            if self.state_fields:
                chat = self.vault.restore(terms.owner, self.type, chat)
            chat = without_foreign_state(chat, self.state_fields)
        if self.tool_ids is not None:
            chat = with_tool_ids(chat, self.tool_ids)
        try:
            request = self.request(chat, stream=stream)
        except (jsonio.TooDeep, RecursionError):
            raise too_deep() from None
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._untellable(error) from None
        self._note_changes(request, terms)
        return await self.signed(request)

    def _untellable(self, error: Exception) -> BadRequest:
        """The error for a request in which something is not of the type that the API describes.

        The gateway passes on what it need not know, so a dialect that has to translate it is the first to notice. Where
        it did is logged, without the exception's words, which may be the request's.
        """
        place = traceback.extract_tb(error.__traceback__)[-1]
        noticed = {"error": type(error).__name__, "at": f"{Path(place.filename).name}:{place.lineno}"}
        _log.warning("a request could not be told to provider %s", self.name, extra={"fields": noticed})
        return BadRequest(
            f"the request cannot be told to {self.name}: one of its fields is not of the type that the API describes",
            code="invalid_type",
        )

    def _note_changes(self, request: Request, terms: Terms) -> None:
        if request.changes:
            terms.changes[:] = request.changes
            if terms.strict:
                action, field = request.changes[0]
                raise BadRequest(f"strict: {field!r} would be {action} for {self.name}", param=field)

    async def _answers(self, requests: Sequence[Request], limits: Timeouts) -> list[Any]:
        """The JSON answers to several requests, in their order, a few at a time; the first failure ends them all."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def answer_to(request: Request) -> Any:
            async with slots, self.transport.open(request, limits) as reply:
                return await self._read_json(reply)

        if len(requests) == 1:
            return [await answer_to(requests[0])]
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(answer_to(request)) for request in requests]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [each.result() for each in asked]

    def _keep_state(self, completion: Completion, terms: Terms) -> None:
        if self.state_fields:
            self.vault.keep(terms.owner, self.type, completion, self.state_fields)

    @staticmethod
    def _is_stream(reply: Reply) -> bool:
        """Whether a good answer is a stream. xAI and others answer 200 and plain JSON, with an error in it."""
        content_type = reply.headers.get("content-type", "")
        return reply.status == 200 and not content_type.lower().startswith("application/json")

    async def _whole_as_chunks(self, reply: Reply, chat: Chat, shape: StreamShape, terms: Terms) -> list[Chunk]:
        body = await self._read_json(reply)
        completion = shape_completion(self.completion(body, chat), model=chat["model"])
        self._keep_state(completion, terms)
        return [shaped for chunk in explode(completion) if (shaped := shape.feed(chunk)) is not None]

    async def _read_json(self, reply: Reply) -> dict[str, Any]:
        """The body of a good answer. Raises what the provider says went wrong, also where its status is 200."""
        if not 200 <= reply.status < 300:
            raise failure_from_answer(reply.status, reply.headers, await read_some(reply, _MAX_ERROR_BYTES))
        raw = await read_all(reply, _MAX_ANSWER_BYTES)
        try:
            body = jsonio.loads(raw)
        except jsonio.JSONDecodeError:
            raise Malformed(_PAGE if _is_page(reply) else "the answer is not JSON") from None
        if isinstance(body, dict) and (body.get("error") or body.get("object") == "error"):
            raise failure_from_error(body)
        return cast(dict[str, Any], body)


def _is_page(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").lower().startswith("text/html")
