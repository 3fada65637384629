"""What to do after a failure: pure functions of what has been tried, what is known and what time it is.

Every route of a call is a `Prospect`. After each failure the policy says for how long that prospect is out (`delay_s`),
and then which prospect is next, and when (`choose`): the one that can be asked soonest, so a rate limit leads to
waiting or to another route, whichever is sooner. Nobody at all means giving up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from llms.resilience.causes import Cause
from llms.types import Bounds

_SAME_TARGET: frozenset[Cause] = frozenset({"unavailable", "timeout", "malformed", "rate_limit"})
"""Causes that may be gone when the same target is asked again."""

_SPREAD = 0.1
"""How much later than told a client may come back, as a share of the wait: so that they do not all come at once."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits before the same target is asked again: `first_s`, doubled each time up to `longest_s`, half of it random.

    What the target itself asks for (`Retry-After`) is kept, up to `longest_wait_s`; beyond, it is not waited for.
    """

    first_s: float = 1.0
    longest_s: float = 8.0
    longest_wait_s: float = 30.0


@dataclass(slots=True, eq=False)
class Prospect:
    """A route of a call, seen at one moment: what this call has tried of it, and what is known of its target.

    `ready_at` is when this call may ask it again. Until `paused_until` the target asked to be left alone. `blocked`
    says that its breaker is open: it comes last, but it comes, for it may be the last one there is. `may_retry` is the
    word of its budget, `quickest_s` the time an answer takes at least.
    """

    tries: int = 0
    is_out: bool = False
    ready_at: float = 0.0
    paused_until: float = 0.0
    blocked: bool = False
    may_retry: bool = True
    quickest_s: float = 0.0


P = TypeVar("P", bound=Prospect)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call has used of its bounds."""

    attempts: int = 0
    models: int = 0
    retries: int = 0


def delay_s(
    cause: Cause, failures: int, *, retry_after_s: float | None, backoff: Backoff, chance: float
) -> float | None:
    """How long to leave a target alone after its `failures`-th failure in a call; None: for the rest of the call.

    `chance` is a random number from 0 to 1.
    """
    if cause not in _SAME_TARGET:
        return None
    if retry_after_s is not None:
        return retry_after_s * (1 + _SPREAD * chance) if retry_after_s <= backoff.longest_wait_s else None
    full_s = min(backoff.longest_s, backoff.first_s * 2.0 ** min(failures - 1, 32))
    return full_s * (1 + chance) / 2


def choose(
    prospects: Iterable[P],
    *,
    now: float,
    spent: Spent,
    bounds: Bounds,
    deadline: float | None,
    longest_wait_s: float,
) -> tuple[P, float] | None:
    """Whom to ask next, and in how many seconds; None where nobody is left, or nobody who could answer in time.

    The first attempt of a call waits for nothing: a request is how one finds out. Of those that can be asked at the
    same time, the first in order is taken, and one that this call has not asked yet before one that it has.
    """
    if spent.attempts >= bounds.attempts:
        return None
    best: tuple[bool, float, bool, P] | None = None
    for prospect in prospects:
        if prospect.is_out or not _within(prospect, spent, bounds):
            continue
        held_off = prospect.blocked or (not spent.attempts and prospect.paused_until > now)
        at = max(now, prospect.ready_at, prospect.paused_until if spent.attempts else now)
        too_late = deadline is not None and spent.attempts and at + prospect.quickest_s >= deadline
        if too_late or at - now > longest_wait_s:
            continue
        if best is None or (held_off, at, prospect.tries > 0) < best[:3]:
            best = (held_off, at, prospect.tries > 0, prospect)
    return None if best is None else (best[3], best[1] - now)


def _within(prospect: Prospect, spent: Spent, bounds: Bounds) -> bool:
    if prospect.tries:
        return spent.retries < bounds.retries and prospect.may_retry
    return spent.models < bounds.models
