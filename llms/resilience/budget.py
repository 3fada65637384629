"""Budgets that grow with traffic: so much of it may be retried, so much of it hedged. Clocks are passed in."""

_FLOOR = 3.0
_FLOOR_PER_S = 0.1
_CEILING = 20.0


class RetryBudget:
    """A token bucket of one target: each request to it adds `share` of a retry, each retry takes one.

    A few retries are there from the start, and come back by themselves, slowly, so that a quiet target can be retried
    at all. Savings are limited: a quiet hour does not pay for a storm. Over any stretch of time
    `retries <= 3 + 0.1 * seconds + share * requests`.
    """

    __slots__ = ("_seen", "_share", "_tokens")

    def __init__(self, share: float, now: float) -> None:
        self._share = share
        self._tokens = _FLOOR
        self._seen = now

    def earn(self) -> None:
        """Note a request that is no retry."""
        if self._tokens < _CEILING:
            self._tokens += self._share

    def has_one(self, now: float) -> bool:
        """Whether a retry may be made."""
        self._refill(now)
        return self._tokens >= 1.0

    def take(self, now: float) -> bool:
        """Take one retry; False if none is left."""
        if not self.has_one(now):
            return False
        self._tokens -= 1.0
        return True

    def _refill(self, now: float) -> None:
        if self._tokens < _FLOOR:
            self._tokens = min(_FLOOR, self._tokens + max(0.0, now - self._seen) * _FLOOR_PER_S)
        self._seen = now


class ShareBudget:
    """At most a share of requests: `taken <= share * noted` holds at every moment. Savings are limited."""

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens = 0.0

    def earn(self, share: float) -> None:
        """Note a request, of which `share` (0 to 1) may be spent."""
        self._tokens = min(_CEILING, self._tokens + share)

    def has_one(self) -> bool:
        """Whether one is left."""
        return self._tokens >= 1.0

    def take(self) -> bool:
        """Take one; False if none is left."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
