"""The facts of a finished call in one record, and the protocol of whoever wants them."""

from typing import Literal, NamedTuple, Protocol

from llms.metrics.tokens import NO_TOKENS, Tokens
from llms.types import Action, Attempt, AttemptKind, Decision, Usage

Outcome = Literal["finished", "failed", "cancelled", "disconnected"]


class CallRecord(NamedTuple):
    """What is known of a call once it has ended. Never a prompt, an answer or a key.

    `provider` and `model` are those of the route tried last, `tries` every attempt with its cause and times, `decision`
    why the routes were these; `error` is the code of what ended the call. `started_at` is in seconds since the epoch.
    In seconds too: `ttft_s` to the first meaningful chunk, `duration_s` of the whole call, `overhead_s` in the gateway
    before a provider was first asked, `gap_p50_s` and `gap_p99_s` between chunks, `cancel_s` from a cancel call to the
    end. `usage` is what the provider told; `tokens` are these counts, or estimates of what was delivered, and
    `cost_usd` their price, None where no price is known. `changes` are the request fields that the provider could not
    be told as they were, with what became of them.

    A tuple, because one is made for every call: a frozen dataclass takes three times as long to fill.
    """

    id: str
    principal: str
    requested: str
    provider: str
    model: str
    stream: bool
    outcome: Outcome
    error: str | None
    attempts: int
    ttft_s: float | None
    duration_s: float
    usage: Usage | None
    changes: tuple[tuple[Action, str], ...] = ()
    endpoint: str = ""
    started_at: float = 0.0
    overhead_s: float | None = None
    gap_p50_s: float | None = None
    gap_p99_s: float | None = None
    cancel_s: float | None = None
    tokens: Tokens = NO_TOKENS
    cost_usd: float | None = None
    tries: tuple[Attempt, ...] = ()
    decision: Decision | None = None
    begun: float = 0.0
    """The start on the monotonic clock, which the moments of `tries` are on."""
    traceparent: str = ""

    def tried(self, kind: AttemptKind) -> int:
        """How many of the attempts were of a kind."""
        return sum(attempt.kind == kind for attempt in self.tries)


class Observer(Protocol):
    """Someone who wants to know of finished calls; it must not block and must not raise."""

    def finished(self, record: CallRecord) -> None:
        """Take note of a call that has ended."""
        ...
