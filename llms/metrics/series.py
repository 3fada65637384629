"""The numbers behind the series that a scraper reads: plain counts, kept where calls end and read when somebody asks.

Knows arithmetic, and no names: what a number is called is told in `llms.metrics.prometheus`. One event loop counts, so
nothing is locked.
"""

from bisect import bisect_left
from collections.abc import Sequence

from llms.metrics.record import CallRecord

FAST_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LONG_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
TINY_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
"""Upper bounds of buckets, in seconds, for what is quick, long and hardly there."""


class Distribution:
    """How often values fell into each bucket, and their sum. `bounds` are the buckets' highest values, in order."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.total = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Take a value in."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, float]]:
        """For each bound, and `+Inf` at last, how many values were not above it."""
        below, found = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self._counts, strict=True):
            below += count
            found.append((str(float(bound)) if bound != float("inf") else "+Inf", float(below)))
        return found


class RouteSeries:
    """What calls over one provider and model add up to. `outcomes` counts them by how they ended, with which error."""

    __slots__ = ("cached", "completion", "cost_usd", "duration", "outcomes", "per_token", "prompt", "reasoning", "ttft")

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], int] = {}
        self.ttft = Distribution(FAST_S)
        self.duration = Distribution(LONG_S)
        self.per_token = Distribution(TINY_S)
        self.prompt = self.completion = self.cached = self.reasoning = 0
        self.cost_usd = 0.0

    def count(self, record: CallRecord, error: str) -> None:
        """Count one call."""
        end = (record.outcome, error)
        self.outcomes[end] = self.outcomes.get(end, 0) + 1
        self.duration.observe(record.duration_s)
        tokens = record.tokens
        if record.ttft_s is not None:
            self.ttft.observe(record.ttft_s)
            if record.stream and tokens.completion > 1:
                self.per_token.observe((record.duration_s - record.ttft_s) / (tokens.completion - 1))
        self.prompt += tokens.prompt
        self.completion += tokens.completion
        self.cached += tokens.cached
        self.reasoning += tokens.reasoning
        self.cost_usd += record.cost_usd or 0.0
