"""The attempts of one call, one after the other, until one of them has something to say or none is left.

Asks the policy after each failure; keeps count; says why a route was passed over.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from llms.errors import GatewayError, UpstreamError
from llms.resilience import hedging
from llms.resilience.attempt import Lead, Trying
from llms.resilience.causes import Cause, cause_of, most_useful
from llms.resilience.policy import Backoff, Spent, choose, delay_s
from llms.resilience.targets import Targets
from llms.types import AttemptKind, Call, Candidate, Decision, Next, Terms

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What every call's attempts are made with: what is known of targets, how long to wait, a clock and chance."""

    targets: Targets
    backoff: Backoff
    clock: Callable[[], float]
    chance: Callable[[], float]


class Pursuit:
    """One call on its way through its routes. Of most calls only the first route is ever looked at."""

    __slots__ = ("_advance", "_call", "_deadline", "_failures", "_leads", "_means", "_over", "_retries")

    def __init__(self, means: Means, call: Call, advance: Next) -> None:
        self._means = means
        self._call = call
        self._advance = advance
        self._leads: list[Lead] = []
        self._failures: list[UpstreamError] = []
        self._deadline: float | None = None
        self._retries = 0
        self._over = False

    async def answer(self) -> Trying:
        """The attempt that has something to say. Raises the most useful error when no attempt had."""
        call = self._call
        route, hedges = call.routes[0], call.bounds.hedge_percent > 0
        lead, wait_s = Lead(route=route, target=self._means.targets.of(str(route))), 0.0
        self._leads.append(lead)
        if len(call.routes) > 1 and not lead.target.clear:
            now = self._means.clock()
            lead, wait_s = self._choose(self._look(now), now) or (lead, 0.0)
        while True:
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            trying = self.begin(lead, wait_s)
            patience_s = self._hedge_after_s(lead) if hedges else None
            if patience_s is None:
                won = trying if await self.run(trying) else None
            else:
                won = await hedging.race(trying, self, patience_s)
            if won is not None:
                call.route, call.terms = won.lead.route, won.terms
                self._failures.clear()  # their tracebacks hold this very frame
                return won
            lead, wait_s = self._next(cause_of(self._failures[-1]))

    def begin(self, lead: Lead, waited_s: float = 0.0, kind: AttemptKind | None = None) -> Trying:
        """Start an attempt over a route.

        What stands on the call while its exchange is made is what the exchange keeps: its route and its terms.
        """
        call, clock = self._call, self._means.clock
        if kind is None:
            kind = "first" if not call.attempts else "retry" if lead.tries else "fallback"
        trying = Trying(call, lead, kind, now=clock(), waited_s=waited_s)
        call.route = lead.route
        try:
            trying.chunks = self._advance(call)
        except BaseException:
            trying.end(clock())
            raise
        trying.terms = call.terms or Terms(call.limits())
        if kind == "first" and (total_s := trying.terms.timeouts.total_s) is not None:
            self._deadline = (call.timing.started or trying.note.started) + total_s
        return trying

    async def run(self, trying: Trying) -> bool:
        """Whether the attempt has something to say. A failure that is not of the provider is raised."""
        limit_s = trying.terms.timeouts.first_token_s
        try:
            if limit_s is None or not self._call.stream:
                await trying.hold()  # of a whole answer the first byte is the first token: the transport watches that
            else:
                await trying.hold_within(limit_s)
        except UpstreamError as failure:
            self._note(trying, failure)
            return False
        except BaseException as error:
            if isinstance(error, GatewayError):
                trying.failed(error, cause_of(error), self._means.clock())
            trying.end(self._means.clock())
            raise
        trying.answered(self._means.clock())
        return True

    def lose(self, trying: Trying, *, beaten: bool) -> None:
        """Note the end of an attempt that is not needed any more, because another one was faster or the call ends."""
        now = self._means.clock()
        if beaten:
            trying.lost(now)
        trying.end(now)

    def hedge(self) -> Trying | None:
        """A second attempt beside the one that keeps silent, elsewhere; None where there is nowhere to go, or it is
        not within the share of calls that may be hedged.
        """
        now = self._means.clock()
        free = [lead for lead in self._look(now) if not (lead.tries or lead.blocked or lead.paused_until > now)]
        found = self._choose(free, now)
        if found is None or not self._means.targets.hedges(self._call.chat["model"]).take():
            return None
        return self.begin(found[0], kind="hedge")

    def _next(self, cause: Cause) -> tuple[Lead, float]:
        """Whom to ask after a failure, and after how long a wait. Raises when it is time to give up."""
        now = self._means.clock()
        found = None if self._over else self._choose(self._look(now), now)
        if found is None:
            raise self._last_word(now)
        lead, wait_s = found
        fields = {
            "id": self._call.id,
            "from": self._failures[-1].route,
            "to": str(lead.route),
            "cause": cause,
            "wait_s": round(wait_s, 3),
        }
        if lead.tries:
            self._retries += 1
            lead.target.take_retry(now)
            _log.info("Trying again", extra={"fields": fields})
        else:
            _log.warning("Trying fallback model", extra={"fields": fields})
        return found

    def _choose(self, leads: list[Lead], now: float) -> tuple[Lead, float] | None:
        spent = Spent(self._call.attempts, sum(lead.tries > 0 for lead in self._leads), self._retries)
        return choose(
            leads,
            now=now,
            spent=spent,
            bounds=self._call.bounds,
            deadline=self._deadline,
            longest_wait_s=self._means.backoff.longest_wait_s,
        )

    def _look(self, now: float) -> list[Lead]:
        """All routes as they stand now; those that are passed over are told to whoever asks why."""
        call = self._call
        targets = self._means.targets
        self._leads += [Lead(route=route, target=targets.of(str(route))) for route in call.routes[len(self._leads) :]]
        avoided: dict[str, str] = {}
        for lead in self._leads:
            obstacle = lead.target.obstacle(now)
            paused = obstacle is not None and obstacle.state == "paused"
            lead.blocked = obstacle is not None and not paused
            lead.paused_until = obstacle.until if obstacle is not None and paused else 0.0
            lead.may_retry = lead.tries == 0 or lead.target.may_retry(now)
            lead.quickest_s = 0.0 if self._deadline is None else lead.target.quickest_s(stream=call.stream)
            if obstacle is not None and not lead.tries:
                avoided[str(lead.route)] = obstacle.told(now)
        if avoided:
            call.decision = _without(call, avoided)
        return self._leads

    def _note(self, trying: Trying, failure: UpstreamError) -> None:
        """Take a failure in: for the record, the target, and what may still be tried."""
        means, lead = self._means, trying.lead
        failure.at(str(lead.route))
        cause, now = cause_of(failure), means.clock()
        trying.failed(failure, cause, now)
        trying.end(now)
        self._failures.append(failure)
        self._over = self._over or cause == "request" or not self._call.replayable
        delay = delay_s(
            cause, lead.tries, retry_after_s=failure.retry_after_s, backoff=means.backoff, chance=means.chance()
        )
        lead.is_out = delay is None
        lead.ready_at = now + (delay or 0.0)

    def _hedge_after_s(self, lead: Lead) -> float | None:
        """After how long a silence to hedge this attempt; None for never."""
        call = self._call
        if not call.stream or call.endpoint or len(call.routes) == 1:
            return None
        budget = self._means.targets.hedges(call.chat["model"])
        if call.attempts == 1:
            budget.earn(call.bounds.hedge_percent / 100)
        return lead.target.patience_s() if budget.has_one() else None

    def _last_word(self, now: float) -> UpstreamError:
        """The most useful error, and the soonest moment at which anything may have changed."""
        failure = self._failures[-1] if self._over else most_useful(self._failures)
        waits = [each.retry_after_s for each in self._failures if each.retry_after_s is not None]
        waits += [lead.paused_until - now for lead in self._leads if not lead.tries and lead.paused_until > now]
        failure.retry_after_s = min(waits, default=None)
        self._failures.clear()
        if self._call.replayable:
            failure.headers["x-should-retry"] = "false"  # what could be tried again has been
        return failure


def _without(call: Call, avoided: dict[str, str]) -> Decision:
    """The decision, with the routes that are passed over and why."""
    decision = call.decision or Decision("ordered", "the order of the routes")
    candidates = decision.candidates or tuple(Candidate(str(route), kept=True, reason="") for route in call.routes)
    return replace(
        decision,
        candidates=tuple(
            Candidate(each.route, kept=False, reason=avoided[each.route]) if each.route in avoided else each
            for each in candidates
        ),
    )
