"""A learned distribution of waiting times in a fixed number of counters.

Buckets grow by a seventh each, from a millisecond to an hour, so a quantile is at most that far off. Old observations
fade: whenever 256 are held, all counters are halved, and what has not been seen for a while counts as unknown.
"""

import math

_SMALLEST_S = 0.001
_GROWTH = math.log(8 / 7)
_BUCKETS = 114
_FADE_AT = 256.0


class Latency:
    """Waiting times in seconds, by bucket."""

    __slots__ = ("_counts", "_total", "seen")

    def __init__(self) -> None:
        self._counts = [0.0] * _BUCKETS
        self._total = 0.0
        self.seen = 0.0
        """The moment of the last observation."""

    def add(self, seconds: float, now: float) -> None:
        """Take an observation in."""
        place = int(math.log(seconds / _SMALLEST_S) / _GROWTH) + 1 if seconds > _SMALLEST_S else 0
        self._counts[min(place, _BUCKETS - 1)] += 1.0
        self._total += 1.0
        self.seen = now
        if self._total >= _FADE_AT:
            self._counts = [count / 2 for count in self._counts]
            self._total /= 2

    def quantile(self, share: float, *, samples: int) -> float | None:
        """The time within which `share` of the answers came, rounded up; None before there are `samples` of them."""
        if self._total < samples:
            return None
        wanted = share * self._total
        for place, count in enumerate(self._counts):
            wanted -= count
            if wanted <= 0 and count:
                return _SMALLEST_S * math.exp(place * _GROWTH)
        return _SMALLEST_S * math.exp((_BUCKETS - 1) * _GROWTH)
