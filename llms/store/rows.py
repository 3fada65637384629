"""What a store holds and gives, as plain records: no SQL, and quick to import.

A `CallRow` is one finished call. Never a prompt, an answer or a key: `key` is the name of the key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Axis = Literal["day", "model", "provider", "key"]
"""What usage can be summed by."""

AXES: tuple[Axis, ...] = ("day", "model", "provider", "key")


class CallRow(NamedTuple):
    """One finished call, in the order of the table's columns.

    `at` is its start in seconds since the epoch, `day` that day in UTC as `2026-11-21`.
    Times are in milliseconds, `cost_usd` in US dollars and null where no price is known. `estimated` says that the
    provider told no token counts. `detail` is what the columns do not say, as JSON.
    """

    id: str
    at: float
    day: str
    key: str
    requested: str
    provider: str
    model: str
    stream: bool
    outcome: str
    error: str | None
    attempts: int
    retries: int
    fallbacks: int
    ttft_ms: float | None
    duration_ms: float
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    estimated: bool
    cost_usd: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the calls of one group; `group` has a value for each axis that was asked for.

    `priced` counts the calls whose cost is known: `cost_usd` sums over these only; `ttft_sum_ms` sums over `ttft_count`
    calls. `estimated` counts the calls whose provider told no token counts.
    """

    group: Mapping[str, str]
    calls: int
    errors: int
    cancelled: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    estimated: int
    cost_usd: float
    priced: int
    ttft_sum_ms: float
    ttft_count: int
    duration_sum_ms: float


class Store(Protocol):
    """Where finished calls are kept. Every method may take as long as a disk takes; none is on a request's path."""

    async def append(self, rows: Sequence[CallRow]) -> None:
        """Keep these calls: all of them, or none and an exception."""
        ...

    async def find(self, call_id: str, key: str | None = None) -> CallRow | None:
        """The last call with this id, of this key's only where one is given."""
        ...

    async def totals(self, by: Sequence[Axis], *, since: float, until: float, key: str | None = None) -> list[Totals]:
        """Sums of the calls that began in `[since, until)` (seconds since the epoch), per group, in their order."""
        ...

    async def prune(self, before: float, limit: int) -> int:
        """Delete up to `limit` of the calls that began before a moment, oldest first; gives their number."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...
