"""A circuit breaker of one target: which causes keep traffic away from it, and until when.

It is fed by real traffic only, and never sends any. When one cause makes up half of what came back lately, traffic is
kept away for a while; then one request may go and see, the others wait for what it finds. A target that asked to be
left alone for a time (`Retry-After`) is, without having failed often. Refusals of single requests never count.
Who must not lose their last target is the caller's business: this only says what is known. Clocks are passed in.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from llms.resilience.causes import Cause

State = Literal["open", "half-open", "paused"]

_SLOTS = 6
_PROBE_S = 120.0
_PAUSE_AT_MOST_S = 60.0
_SUCCESS: Literal["success"] = "success"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When it opens, and for how long.

    `failures` of one cause within `window_s` open it for `cooldown_s`, which doubles with each request that finds the
    target still failing, up to `longest_s`; 0 failures: never. A refused key or an empty account does not heal by
    itself: two failures are enough, and its times are those of `operator_`.
    """

    failures: int = 5
    window_s: float = 30.0
    cooldown_s: float = 10.0
    longest_s: float = 120.0
    operator_cooldown_s: float = 300.0
    operator_longest_s: float = 1800.0

    def threshold(self, cause: Cause) -> int:
        """After how many failures this cause opens the breaker; 0 if it never does."""
        if cause in _OPERATORS:
            return min(2, self.failures)
        return self.failures if cause in _COUNTED else 0

    def cooldown(self, cause: Cause, trips: int) -> float:
        """How long the `trips`-th opening in a row lasts."""
        first, longest = self.cooldown_s, self.longest_s
        if cause in _OPERATORS:
            first, longest = self.operator_cooldown_s, self.operator_longest_s
        return float(min(longest, first * 2 ** min(trips - 1, 16)))


_OPERATORS: frozenset[Cause] = frozenset({"auth", "quota"})
_COUNTED: frozenset[Cause] = frozenset({"unavailable", "timeout", "malformed"})
_PAUSING: frozenset[Cause] = frozenset({"unavailable", "rate_limit"})
_ANSWERS: frozenset[Cause] = frozenset({"request", "model"})


@dataclass(slots=True)
class _Circuit:
    """An opening: since when and until when, how many in a row, and when the request was sent that is to find out."""

    since: float
    until: float
    trips: int = 1
    probe: float | None = None

    def is_probed(self, now: float) -> bool:
        """Whether a request is out to see; one that does not come back is given up."""
        return self.probe is not None and now - self.probe < _PROBE_S


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a target is to be avoided, and until when on the clock that was passed in."""

    cause: Cause
    state: State
    until: float

    def told(self, now: float) -> str:
        """In words: `open after timeout, 8 s left`."""
        return f"{self.state} after {self.cause}, {max(0.0, self.until - now):.0f} s left"


class Breaker:
    """The breakers of one target, one per cause, over one window of outcomes."""

    __slots__ = ("_circuits", "_pause", "_settings", "_window", "clear")

    def __init__(self, settings: BreakerSettings) -> None:
        self.clear = True
        """Whether there is nothing to look at: the usual case, and so a plain attribute."""
        self._settings = settings
        self._window = _Window(settings.window_s)
        self._circuits: dict[Cause, _Circuit] = {}
        self._pause: Obstacle | None = None

    def obstacle(self, now: float) -> Obstacle | None:
        """What keeps a request away now; the one that lasts longest. None for one that may go, if only to see."""
        return max(self._keeping_away(now), key=lambda each: each.until, default=None)

    def obstacles(self, now: float) -> list[Obstacle]:
        """All there are, also those that would let one request through."""
        found = list(self._keeping_away(now))
        known = {each.cause for each in found if each.state != "paused"}
        return found + [
            Obstacle(cause, "half-open", circuit.until)
            for cause, circuit in self._circuits.items()
            if cause not in known
        ]

    def enter(self, now: float) -> None:
        """Note that a request goes to the target. Where the time has come, it is the one that finds out."""
        for circuit in self._circuits.values():
            if now >= circuit.until and not circuit.is_probed(now):
                circuit.probe = now

    def leave(self, started: float) -> None:
        """Note that the request sent at `started` has ended. If it was to find out and did not, the next one may."""
        for circuit in self._circuits.values():
            if circuit.probe == started:
                circuit.probe = None

    def succeeded(self, started: float, now: float) -> None:
        """Note an answer to the request sent at `started`: what failed before that moment is over."""
        self._window.add(_SUCCESS, now)
        if self._circuits:
            self._close(self._circuits.keys(), started)

    def failed(self, cause: Cause, started: float, now: float, retry_after_s: float | None = None) -> None:
        """Note the failure of the request sent at `started`, and when the target said to come back."""
        if cause in _ANSWERS:  # to this request, it did not like; but it is there, and does its work
            self._close(_COUNTED, started)
        if retry_after_s is not None and cause in _PAUSING:
            until = now + min(retry_after_s, _PAUSE_AT_MOST_S)
            if self._pause is None or until > self._pause.until:
                self._pause = Obstacle(cause, "paused", until)
                self.clear = False
        threshold = self._settings.threshold(cause)
        if not threshold:
            return
        self._window.add(cause, now)
        if self._reopen(started, now):
            return
        count, total = self._window.count(cause, now)
        if count >= threshold and 2 * count >= total and cause not in self._circuits:
            self._circuits[cause] = _Circuit(now, now + self._settings.cooldown(cause, 1))
            self.clear = False

    def _close(self, causes: Collection[Cause], started: float) -> None:
        over = [cause for cause in causes if cause in self._circuits and self._circuits[cause].since <= started]
        for cause in over:
            del self._circuits[cause]
        if over:
            self._window.forget()
            self._note_clear()

    def _note_clear(self) -> None:
        self.clear = not self._circuits and self._pause is None

    def _reopen(self, started: float, now: float) -> bool:
        """Whether this was the request that should find out: the target still fails, whatever the cause."""
        probed = [(cause, circuit) for cause, circuit in self._circuits.items() if circuit.probe == started]
        for cause, circuit in probed:
            circuit.trips += 1
            circuit.since, circuit.until = now, now + self._settings.cooldown(cause, circuit.trips)
            circuit.probe = None
        return bool(probed)

    def _keeping_away(self, now: float) -> Iterator[Obstacle]:
        if self._pause is not None:
            if now < self._pause.until:
                yield self._pause
            else:
                self._pause = None
                self._note_clear()
        for cause, circuit in self._circuits.items():
            if now < circuit.until:
                yield Obstacle(cause, "open", circuit.until)
            elif circuit.probe is not None and circuit.is_probed(now):
                yield Obstacle(cause, "half-open", circuit.probe + _PROBE_S)


class _Window:
    """How often each outcome was seen within the last `span_s`, to the accuracy of a sixth of it."""

    __slots__ = ("_counts", "_slot", "_slot_s")

    def __init__(self, span_s: float) -> None:
        self._slot_s = span_s / _SLOTS
        self._slot = 0
        self._counts: list[dict[str, int]] = [{}]

    def add(self, outcome: Cause | Literal["success"], now: float) -> None:
        if int(now / self._slot_s) > self._slot:
            self._turn(now)
        counts = self._counts[-1]
        counts[outcome] = counts.get(outcome, 0) + 1

    def count(self, outcome: Cause, now: float) -> tuple[int, int]:
        """How many of these, and how many in all."""
        self._turn(now)
        return sum(each.get(outcome, 0) for each in self._counts), sum(sum(each.values()) for each in self._counts)

    def forget(self) -> None:
        """Start anew."""
        self._counts = [{}]

    def _turn(self, now: float) -> None:
        """Go on to the time that `now` falls into."""
        slot = int(now / self._slot_s)
        passed = slot - self._slot
        if passed > 0:
            self._slot = slot
            self._counts = [*self._counts, *({} for _ in range(min(passed, _SLOTS)))][-_SLOTS:]
