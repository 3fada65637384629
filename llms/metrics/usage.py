"""What was used in a period, and what it cost: which days and groups may be asked for, and how sums are told.

Days are days in UTC, so that a sum does not depend on where it is asked for.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from llms.errors import BadRequest
from llms.store.rows import AXES, Axis, Totals

_DEFAULT_DAYS = 30
_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def since(self) -> float:
        """The first moment, in seconds since the epoch."""
        return (self.first - _EPOCH).days * _DAY_S

    @property
    def until(self) -> float:
        """The first moment after it."""
        return ((self.last - _EPOCH).days + 1) * _DAY_S


def period(first: str | None, last: str | None) -> Period:
    """The period between two days given as `2026-11-21`; the last thirty days where nothing is given.

    Raises `BadRequest`.
    """
    end = _day("to", last) or _EPOCH + timedelta(days=int(time.time() // _DAY_S))
    start = _day("from", first) or date.fromordinal(max(1, end.toordinal() - _DEFAULT_DAYS + 1))
    if start > end:
        raise BadRequest("'from' lies after 'to'", param="from")
    return Period(start, end)


def axes(text: str) -> list[Axis]:
    """What to sum by, given as `day,model`. Raises `BadRequest`."""
    names = list(dict.fromkeys(filter(None, text.split(","))))
    if not set(names) <= set(AXES):
        raise BadRequest(f"'by' must be one or more of {', '.join(AXES)}, with commas between", param="by")
    return cast(list[Axis], names)


def told(by: Sequence[Axis], of: Period, totals: Sequence[Totals]) -> dict[str, object]:
    """The answer to who asks for usage: a list with an object for each group."""
    return {
        "object": "list",
        "by": list(by),
        "from": of.first.isoformat(),
        "to": of.last.isoformat(),
        "data": [_group(each) for each in totals],
    }


def _group(totals: Totals) -> dict[str, object]:
    return {
        **totals.group,
        "calls": totals.calls,
        "errors": totals.errors,
        "cancelled": totals.cancelled,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
        "cached_tokens": totals.cached_tokens,
        "reasoning_tokens": totals.reasoning_tokens,
        "estimated_calls": totals.estimated,
        "cost_usd": round(totals.cost_usd, 8),
        "priced_calls": totals.priced,
        "ttft_ms": round(totals.ttft_sum_ms / totals.ttft_count, 3) if totals.ttft_count else None,
        "duration_ms": round(totals.duration_sum_ms / totals.calls, 3),
    }


def _day(name: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name!r} must be a day, such as 2026-11-21", param=name) from None
