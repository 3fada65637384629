"""The vocabulary of the package: the dicts of the wire, and the records that travel with a request.

Knows shapes, not behaviour. Chunks and chats are plain dicts on purpose: parsing is paid once, vendor fields nobody
knew of survive, and what a provider yields *is* the wire format. The `TypedDict`s name the keys the package reads.
Source of the shapes: the OpenAI API reference and openai-python's types, 2026-08.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Required, Self, TypedDict, final

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


class Chat(TypedDict, total=False):
    """The body of `POST /v1/chat/completions` as received; keys not listed here are kept and forwarded."""

    model: Required[str]
    messages: Required[list[dict[str, Any]]]
    stream: bool | None
    stream_options: dict[str, Any] | None
    tools: list[dict[str, Any]]
    tool_choice: Any
    max_tokens: int
    max_completion_tokens: int
    temperature: float
    n: int


class Usage(TypedDict, total=False):
    """Token counts; extra vendor keys (cost, timings) pass through."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: dict[str, Any]
    completion_tokens_details: dict[str, Any]


class ToolCallDelta(TypedDict, total=False):
    """A piece of a tool call: `id`, `type` and `function.name` come once, in the first piece of an `index`."""

    index: Required[int]
    id: str
    type: str
    function: dict[str, Any]


class Delta(TypedDict, total=False):
    """What a chunk adds to one choice."""

    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str | None
    tool_calls: list[ToolCallDelta]
    function_call: dict[str, Any]


class Choice(TypedDict, total=False):
    """One alternative answer inside a chunk."""

    index: int
    delta: Delta
    finish_reason: FinishReason | None
    logprobs: dict[str, Any] | None


class Chunk(TypedDict, total=False):
    """A `chat.completion.chunk`: the one currency inside the gateway."""

    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None
    service_tier: str | None
    system_fingerprint: str | None


Completion = dict[str, Any]
"""A `chat.completion`: the whole answer to a request that did not ask for a stream."""


@final
class Secret:
    """A string that must not be shown: `repr`, `str`, f-strings and JSON give `***`; `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one header it belongs in."""
        return self._text

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret('***')"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("llms.Secret", self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The four timers of an upstream exchange, in seconds; `None` means not set.

    `connect_s` bounds opening the connection, `first_token_s` the wait for the first meaningful chunk, `idle_s` the gap
    between two reads after it, `total_s` the whole call. Values that nobody set are filled by `or_else`.
    """

    connect_s: float | None = None
    first_token_s: float | None = None
    idle_s: float | None = None
    total_s: float | None = None

    def or_else(self, other: "Timeouts") -> "Timeouts":
        """These timers, and `other`'s where these are not set."""
        if self is NO_TIMEOUTS or self is other:
            return other
        return Timeouts(
            connect_s=other.connect_s if self.connect_s is None else self.connect_s,
            first_token_s=other.first_token_s if self.first_token_s is None else self.first_token_s,
            idle_s=other.idle_s if self.idle_s is None else self.idle_s,
            total_s=other.total_s if self.total_s is None else self.total_s,
        )


NO_TIMEOUTS = Timeouts()
"""Nothing set."""

STREAM_TIMEOUTS = Timeouts(connect_s=10, first_token_s=30, idle_s=60)
"""The defaults of a streamed exchange: no limit on the whole."""

JSON_TIMEOUTS = Timeouts(connect_s=10, first_token_s=600, idle_s=60)
"""The defaults of an exchange that is not streamed: its first byte comes when the whole answer has been thought, so it
is given what the official SDKs give a request, ten minutes."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a call: the name of the key it came with, or `anonymous` where no keys are configured."""

    name: str = "anonymous"


@dataclass(slots=True)
class Timing:
    """Moments of one call on the monotonic clock, in seconds; 0 means not reached."""

    started: float = 0.0
    upstream_started: float = 0.0
    upstream_answered: float = 0.0
    finished: float = 0.0


Action = Literal["dropped", "clamped", "emulated"]
"""What became of a request field that the provider has no exact place for."""


@dataclass(slots=True)
class Terms:
    """The terms of one exchange with a provider: its timers, how strict it is, whose it is.

    `strict` refuses a request that cannot be told to the provider whole. `changes` is filled by the provider: what it
    dropped, clamped or emulated of the request, as pairs of action and field. `answer` is filled where an answer is
    forwarded as it is: the headers without which its bytes mean nothing.
    """

    timeouts: Timeouts = NO_TIMEOUTS
    strict: bool = False
    owner: str = ""
    changes: list[tuple[Action, str]] = field(default_factory=list)
    answer: dict[str, str] = field(default_factory=dict)

    def summary(self) -> str:
        """The changes as a header says them: `dropped=logit_bias,seed; clamped=temperature`."""
        fields: dict[str, list[str]] = {}
        for action, name in self.changes:
            fields.setdefault(action, []).append(name)
        return "; ".join(f"{action}={','.join(dict.fromkeys(names))}" for action, names in fields.items())


class ChatProvider(Protocol):
    """What the stages need of a provider; `llms.providers.base.Provider` is the class that has it."""

    @property
    def name(self) -> str:
        """The name it is configured under."""
        ...

    def limits(self, *, stream: bool) -> Timeouts:
        """The timers of an exchange with it: those configured, and the defaults."""
        ...

    def replies(self, chat: Chat, *, stream: bool, terms: Terms) -> AsyncGenerator[Chunk, None]:
        """The answer as an iterator: chunks, or the one `chat.completion` where no stream is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """One way to serve a model: the provider, and the name the model has there."""

    provider: ChatProvider
    model: str
    timeouts: Timeouts = NO_TIMEOUTS

    def __str__(self) -> str:
        return f"{self.provider.name}/{self.model}"


@dataclass(slots=True)
class Progress:
    """What has been delivered of an answer: characters of text, reasoning and tool calls, and when each chunk was.

    `moments` are on the monotonic clock, in seconds; of a very long answer some are `left_out`.
    """

    characters: int = 0
    moments: list[float] = field(default_factory=list)
    left_out: int = 0

    @property
    def chunks(self) -> int:
        """How many chunks there were."""
        return len(self.moments) + self.left_out


AttemptKind = Literal["first", "retry", "fallback", "hedge"]
"""Why an attempt was made: it is the first, the same target again, another target, or another one at the same time."""


@dataclass(slots=True)
class Attempt:
    """One try of one route. Moments are on the monotonic clock, in seconds; 0 means not reached.

    `answered` is the moment of the first meaningful chunk. `error` and `status` are those of what ended it, where it
    failed; `waited_s` is how long the gateway held back before it.
    """

    provider: str
    model: str
    kind: AttemptKind
    started: float
    answered: float = 0.0
    ended: float = 0.0
    waited_s: float = 0.0
    error: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route that was considered: `provider/model`, whether it was kept, and why it stands where it does, or not."""

    route: str
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """How the routes of a call were found and ordered, for whoever asks why it went where it went."""

    strategy: str
    reason: str
    candidates: tuple[Candidate, ...] = ()


Strategy = Literal["ordered", "weighted", "least-latency", "cheapest", "affinity"]
"""How the routes of a model are put in order; `llms.routing.strategies` has them."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be tried for one call.

    `attempts` counts them all, `models` the targets among them, `retries` the attempts that ask the same target again.
    `hedge_percent` is the share of calls that may ask a second target at the same time.
    """

    attempts: int = 5
    models: int = 3
    retries: int = 2
    hedge_percent: float = 0.0


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request itself says about where it may go; None and empty mean that it says nothing.

    `models` are tried, in this order, after the one it names.
    """

    models: tuple[str, ...] = ()
    strategy: Strategy | None = None
    attempts: int | None = None
    retries: int | None = None


NO_WISHES = Wishes()
"""Nothing said."""


class CallScope(Protocol):
    """What a stage may know of the scope a call runs in (`llms.cancellation.scope.Scope`)."""

    @property
    def reason(self) -> Exception | None:
        """Why the call was ended from elsewhere; None as long as it was not."""
        ...

    @property
    def cancelled(self) -> float:
        """When it was ended from elsewhere, on the monotonic clock; 0 as long as it was not."""
        ...


class Piece(TypedDict):
    """Some bytes of an answer that is forwarded as it is; it runs through the stages like a chunk without choices."""

    data: bytes
    choices: tuple[()]
    usage: Usage | None


class Upload(Protocol):
    """A request body that comes while it is sent on, and so can be sent once."""

    @property
    def content_type(self) -> str:
        """What its bytes are, with their boundary."""
        ...

    @property
    def untouched(self) -> bool:
        """Whether nothing of it is lost yet, so that it can still be sent to another provider."""
        ...

    @property
    def failure(self) -> Exception | None:
        """What was wrong with the body itself, where that came out while it was sent."""
        ...

    def told(self, model: str) -> tuple[int | None, AsyncIterator[bytes]]:
        """The body with this name of the model in it: its size in bytes where it is known, and its pieces."""
        ...


@dataclass(slots=True)
class Call:
    """One request in flight, from the server's door to the last stage.

    `endpoint` is what it asks for beside chat completions, as the path after `/v1/`; `chat` then is that body.
    `traceparent` is the client's place in its trace, as it told it (W3C Trace Context).
    """

    id: str
    chat: Chat
    stream: bool
    principal: Principal = field(default_factory=Principal)
    timeouts: Timeouts = NO_TIMEOUTS
    strict: bool = False
    endpoint: str = ""
    traceparent: str = ""
    upload: Upload | None = None
    terms: Terms | None = None
    timing: Timing = field(default_factory=Timing)
    progress: Progress = field(default_factory=Progress)
    routes: tuple[Route, ...] = ()
    route: Route | None = None
    attempts: int = 0
    tries: list[Attempt] = field(default_factory=list)
    decision: Decision | None = None
    wishes: Wishes = NO_WISHES
    bounds: Bounds = DEFAULT_BOUNDS
    usage: Usage | None = None
    ended: str = ""
    scope: CallScope | None = None
    opened: list[AsyncGenerator[Chunk, None]] = field(default_factory=list)
    """Every generator made for this call, outermost first; the gateway closes them innermost first."""

    def asking(self, model: str) -> Chat:
        """The request body as it goes to a route: the same keys, with the upstream's name of the model."""
        chat = self.chat.copy()
        chat["model"] = model
        return chat

    @property
    def replayable(self) -> bool:
        """Whether the request can be sent again, to another provider."""
        return self.upload is None or self.upload.untouched

    def limits(self) -> Timeouts:
        """The timers in force: the request's word first, then the model's, the provider's, the defaults."""
        if self.route is None:
            return self.timeouts.or_else(STREAM_TIMEOUTS if self.stream else JSON_TIMEOUTS)
        limits = self.route.timeouts.or_else(self.route.provider.limits(stream=self.stream))
        return self.timeouts.or_else(limits)


Next = Callable[[Call], AsyncIterator[Chunk]]
"""What a stage calls to go on inward."""

Stage = Callable[[Call, Next], AsyncGenerator[Chunk, None]]
"""One step of the pipeline: an async generator that yields what `next(call)` yields, or something instead of it."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as `GET /v1/models` lists it; `extra` holds what is known beyond OpenAI's own keys."""

    id: str
    owned_by: str
    created: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def named(self, name: str) -> Self:
        """The same card under another public name."""
        return replace(self, id=name)
