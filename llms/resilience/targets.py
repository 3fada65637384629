"""What traffic has taught about each target (`provider/model`): is it failing, how fast is it, may it be retried.

`Targets` and `Target` are all that the stages, the strategies and the reports know of it; `LocalTargets` keeps it in
the memory of this process, for the targets used last. What several machines share would stand behind the same two.
Clocks are passed in: `now` is a monotonic one, in seconds.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from llms.resilience.breaker import Breaker, BreakerSettings, Obstacle
from llms.resilience.budget import RetryBudget, ShareBudget
from llms.resilience.causes import Cause
from llms.resilience.latency import Latency

REMEMBERED = 1024
"""How many targets are kept: names come from requests."""

_STALE_S = 300.0
_FEW = 5
_ENOUGH = 20


class Target(Protocol):
    """One target. Every `enter` is followed by one `leave`, whatever came between."""

    @property
    def in_flight(self) -> int:
        """Requests that have been sent to it and have not ended."""
        ...

    @property
    def clear(self) -> bool:
        """Whether nothing is known against it: the usual case, told cheaply."""
        ...

    def obstacle(self, now: float) -> Obstacle | None:
        """Why it is to be avoided now, if it is."""
        ...

    def enter(self, now: float, *, retry: bool = False) -> None:
        """Note a request to it; one that is not a retry adds to what may be retried."""
        ...

    def answered(self, started: float, now: float, *, stream: bool) -> None:
        """Note the first token, or the whole answer, to a request sent at `started`."""
        ...

    def waited(self, seconds: float, now: float, *, stream: bool) -> None:
        """Note that an answer took longer than this, where nobody waited to see how much."""
        ...

    def failed(self, cause: Cause, started: float, now: float, retry_after_s: float | None = None) -> None:
        """Note the failure of a request sent at `started`."""
        ...

    def leave(self, started: float) -> None:
        """Note that a request sent at `started` has ended."""
        ...

    def may_retry(self, now: float) -> bool:
        """Whether its budget has a retry left."""
        ...

    def take_retry(self, now: float) -> bool:
        """Take a retry from its budget; False if none is left."""
        ...

    def typical_s(self, now: float) -> float | None:
        """The median time to its first token; None while too little is known, or nothing lately."""
        ...

    def patience_s(self) -> float | None:
        """The time within which 95 % of its first tokens came; None while too little is known."""
        ...

    def quickest_s(self, *, stream: bool) -> float:
        """The time that nine of ten of its answers took at least; 0 while too little is known."""
        ...


class Targets(Protocol):
    """All of them, by name."""

    def of(self, name: str) -> Target:
        """The target of this name, known or new."""
        ...

    def hedges(self, model: str) -> ShareBudget:
        """The budget of a public model's hedges."""
        ...

    def troubled(self, now: float) -> dict[str, list[Obstacle]]:
        """Those that something is known against, with what it is."""
        ...


@dataclass(frozen=True, slots=True)
class Learning:
    """How what is learned is used: the share of a target's traffic that may be retried, and when to keep away."""

    retry_share: float = 0.1
    breaker: BreakerSettings = field(default_factory=BreakerSettings)


class LocalTarget:
    """A `Target` in this process."""

    __slots__ = ("_breaker", "_budget", "_first_token", "_whole", "in_flight")

    def __init__(self, learning: Learning, now: float) -> None:
        self.in_flight = 0
        self._breaker = Breaker(learning.breaker)
        self._budget = RetryBudget(learning.retry_share, now)
        self._first_token: Latency | None = None  # made by the first answer: most names that nobody serves get none
        self._whole: Latency | None = None

    @property
    def clear(self) -> bool:
        """See `Target`."""
        return self._breaker.clear

    def obstacle(self, now: float) -> Obstacle | None:
        """See `Target`."""
        return None if self._breaker.clear else self._breaker.obstacle(now)

    def obstacles(self, now: float) -> list[Obstacle]:
        """All that is known against it."""
        return self._breaker.obstacles(now)

    def enter(self, now: float, *, retry: bool = False) -> None:
        """See `Target`."""
        self.in_flight += 1
        if not retry:
            self._budget.earn()
        if not self._breaker.clear:
            self._breaker.enter(now)

    def answered(self, started: float, now: float, *, stream: bool) -> None:
        """See `Target`."""
        self._breaker.succeeded(started, now)
        latency = self._first_token if stream else self._whole
        if latency is None:
            self.waited(now - started, now, stream=stream)
        else:
            latency.add(now - started, now)

    def waited(self, seconds: float, now: float, *, stream: bool) -> None:
        """See `Target`."""
        if stream:
            latency = self._first_token = self._first_token or Latency()
        else:
            latency = self._whole = self._whole or Latency()
        latency.add(seconds, now)

    def failed(self, cause: Cause, started: float, now: float, retry_after_s: float | None = None) -> None:
        """See `Target`."""
        self._breaker.failed(cause, started, now, retry_after_s)

    def leave(self, started: float) -> None:
        """See `Target`."""
        self.in_flight -= 1
        if not self._breaker.clear:
            self._breaker.leave(started)

    def may_retry(self, now: float) -> bool:
        """See `Target`."""
        return self._budget.has_one(now)

    def take_retry(self, now: float) -> bool:
        """See `Target`."""
        return self._budget.take(now)

    def typical_s(self, now: float) -> float | None:
        """See `Target`."""
        latency = self._first_token or self._whole
        if latency is None or now - latency.seen > _STALE_S:
            return None
        return latency.quantile(0.5, samples=_FEW)

    def patience_s(self) -> float | None:
        """See `Target`."""
        return None if self._first_token is None else self._first_token.quantile(0.95, samples=_ENOUGH)

    def quickest_s(self, *, stream: bool) -> float:
        """See `Target`."""
        latency = self._first_token if stream else self._whole
        return (latency.quantile(0.1, samples=_ENOUGH) if latency is not None else None) or 0.0


class LocalTargets:
    """`Targets` in this process, at most `remembered` of them."""

    def __init__(
        self,
        learning: Learning | None = None,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = REMEMBERED,
    ) -> None:
        self._learning = learning or Learning()
        self._clock = clock
        self._remembered = remembered
        self._targets: OrderedDict[str, LocalTarget] = OrderedDict()
        self._hedges: OrderedDict[str, ShareBudget] = OrderedDict()

    def of(self, name: str) -> LocalTarget:
        """See `Targets`."""
        target = self._targets.get(name)
        if target is None:
            target = self._targets[name] = LocalTarget(self._learning, self._clock())
            self._forget_one()
        else:
            self._targets.move_to_end(name)
        return target

    def hedges(self, model: str) -> ShareBudget:
        """See `Targets`."""
        budget = self._hedges.get(model)
        if budget is None:
            budget = self._hedges[model] = ShareBudget()
            if len(self._hedges) > self._remembered:
                self._hedges.popitem(last=False)
        return budget

    def troubled(self, now: float) -> dict[str, list[Obstacle]]:
        """See `Targets`."""
        found = {name: target.obstacles(now) for name, target in self._targets.items() if not target.clear}
        return {name: obstacles for name, obstacles in found.items() if obstacles}

    def _forget_one(self) -> None:
        """Make room: the one that was used longest ago goes, unless somebody is using it."""
        if len(self._targets) > self._remembered:
            idle = next((name for name, target in self._targets.items() if not target.in_flight), None)
            if idle is not None:
                del self._targets[idle]
