"""The facts of a finished call in one frozen record, and the protocol of whoever wants them."""

from dataclasses import dataclass
from typing import Literal, Protocol

from llms.types import Action, Usage

Outcome = Literal["finished", "failed", "cancelled", "disconnected"]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is known of a call once it has ended. Never a prompt, an answer or a key.

    `provider` and `model` are those of the route tried last; `error` is the code of what ended it. `ttft_s` is the time
    to the first meaningful chunk and `duration_s` that of the whole call, in seconds. `changes` are the request fields
    that the provider could not be told as they were, with what became of them.
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


class Observer(Protocol):
    """Someone who wants to know of finished calls; it must not block and must not raise."""

    def finished(self, record: CallRecord) -> None:
        """Take note of a call that has ended."""
        ...
