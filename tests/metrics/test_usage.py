"""Periods and sums of usage."""

import calendar
from typing import Any

import pytest

from llms.errors import BadRequest
from llms.metrics.usage import axes, period, told
from llms.store.rows import Totals


def test_a_period_holds_its_first_and_its_last_day() -> None:
    asked = period("2026-11-01", "2026-11-30")
    assert asked.since == calendar.timegm((2026, 11, 1, 0, 0, 0))
    assert asked.until == calendar.timegm((2026, 12, 1, 0, 0, 0))


@pytest.mark.parametrize(("last", "first"), [("9999-12-31", "9999-12-02"), ("0001-01-05", "0001-01-01")])
def test_the_calendar_has_a_beginning_and_an_end(last: str, first: str) -> None:
    asked = period(None, last)
    assert asked.first.isoformat() == first
    assert asked.until - asked.since == (30 if last > "2" else 5) * 86_400


def test_thirty_days_are_meant_where_nothing_is_said() -> None:
    assert (period(None, None).until - period(None, None).since) == 30 * 86_400
    assert period(None, "2026-11-30").first.isoformat() == "2026-11-01"


@pytest.mark.parametrize(
    ("first", "last", "param"),
    [("x", None, "from"), (None, "2026-02-30", "to"), ("2026-02-02", "2026-02-01", "from")],
)
def test_a_period_that_cannot_be_meant_names_the_field(first: str | None, last: str | None, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        period(first, last)
    assert caught.value.param == param


def test_what_to_sum_by_is_named_once_each() -> None:
    assert axes("day,model,day") == ["day", "model"]
    assert axes("") == []
    with pytest.raises(BadRequest, match="one or more of day, model, provider, key"):
        axes("day,colour")


def test_averages_are_told_of_what_was_measured() -> None:
    totals = Totals(
        group={"day": "2026-11-21"},
        calls=4,
        errors=1,
        cancelled=0,
        prompt_tokens=10,
        completion_tokens=20,
        cached_tokens=0,
        reasoning_tokens=0,
        estimated=0,
        cost_usd=0.1,
        priced=3,
        ttft_sum_ms=300.0,
        ttft_count=3,
        duration_sum_ms=4000.0,
    )
    answer: dict[str, Any] = told(["day"], period("2026-11-01", "2026-11-30"), [totals])
    [group] = answer["data"]
    assert (group["ttft_ms"], group["duration_ms"], group["priced_calls"]) == (100.0, 1000.0, 3)
