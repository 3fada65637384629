"""Calls that have just ended, on their way to whoever wants to know: a moment later, many at a time.

Making a record, counting it and writing it down is code that nothing else of a request touches. For one call at a time
it has to be brought into the processor's caches anew, which took four times as long as the work; for many in a row it
is there. So an end is only noted, and what becomes of it can wait: nobody's answer does.
"""

import asyncio
import operator
import time
from collections import deque
from collections.abc import Callable, Sequence

from llms.metrics.quantiles import quantile
from llms.metrics.record import CallRecord, Observer, Outcome
from llms.metrics.tokens import NO_TOKENS, Tokens, estimated, told
from llms.types import Call, Usage

Price = Callable[[str, str, Tokens, Usage | None], float | None]
"""What tokens cost in US dollars, given the provider, the model and the usage it told; None where nobody knows."""

_GATHER_S = 0.02
_GENERATING = ("", "completions", "responses")
"""The endpoints whose answers are text; an image that was not counted is not estimated."""


class Ends:
    """Makes records of calls that have ended and gives them to `observers`, in the order of their ends.

    Whoever is about to read what observers know calls `settle` first.
    """

    def __init__(self, observers: Sequence[Observer], price: Price | None = None) -> None:
        self._observers = observers
        self._price = price
        self._waiting: deque[tuple[Call, Outcome, str | None]] = deque()
        self._due: asyncio.TimerHandle | None = None

    def ended(self, call: Call, outcome: Outcome, error: str | None) -> None:
        """Note the end of a call, after its time of finishing has been."""
        self._waiting.append((call, outcome, error))
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_GATHER_S, self.settle)

    def settle(self) -> None:
        """Tell the observers of all ends noted so far."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        since_epoch_s = time.time() - time.monotonic()
        while self._waiting:
            call, outcome, error = self._waiting.popleft()
            record = _record(call, outcome, error, self._price, since_epoch_s)
            for observer in self._observers:
                observer.finished(record)


def _record(call: Call, outcome: Outcome, error: str | None, price: Price | None, since_epoch_s: float) -> CallRecord:
    timing, moments = call.timing, call.progress.moments
    gaps = sorted(map(operator.sub, moments[1:], moments)) if len(moments) > 1 else ()
    answered, began = timing.upstream_answered, timing.upstream_started
    provider = call.route.provider.name if call.route else ""
    model = call.route.model if call.route else ""
    tokens = tokens_of(call)
    cancelled = call.scope.cancelled if call.scope and outcome == "cancelled" else 0.0
    return CallRecord(
        id=call.id,
        principal=call.principal.name,
        requested=call.chat["model"],
        provider=provider,
        model=model,
        stream=call.stream,
        outcome=outcome,
        error=error,
        attempts=call.attempts,
        ttft_s=answered - timing.started if answered else None,
        duration_s=timing.finished - timing.started,
        usage=call.usage,
        changes=tuple(call.terms.changes) if call.terms else (),
        endpoint=call.endpoint,
        started_at=since_epoch_s + timing.started,
        overhead_s=began - timing.started if began else None,
        gap_p50_s=quantile(gaps, 0.50) if gaps else None,
        gap_p99_s=quantile(gaps, 0.99) if gaps else None,
        cancel_s=timing.finished - cancelled if cancelled else None,
        tokens=tokens,
        cost_usd=price(provider, model, tokens, call.usage) if price and tokens is not NO_TOKENS else None,
        tries=tuple(call.tries),
        decision=call.decision,
        begun=timing.started,
        traceparent=call.traceparent,
    )


def tokens_of(call: Call) -> Tokens:
    """The tokens of a call: as told, or estimated once something was delivered."""
    if call.usage is not None:
        return told(call.usage)
    if call.progress.characters and call.endpoint in _GENERATING:
        return estimated(call.chat, call.progress.characters)
    return NO_TOKENS
