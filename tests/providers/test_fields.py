"""The fields of a request, taken one by one: what is left, and what is told of the losses."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.fields import OPENAI_FIELDS, Fields
from llms.types import Chat


def fields(options: dict[str, Any] | None = None, **given: Any) -> Fields:
    chat: Chat = {"model": "m", "messages": [], "stream": True, "stream_options": {}, **given}  # type: ignore[typeddict-item]
    return Fields(options or {}, chat)


def test_what_says_how_to_answer_is_no_field() -> None:
    assert fields().rest() == {}


def test_options_stand_beneath_the_request_and_null_is_not_given() -> None:
    asked = fields({"seed": 1, "top_p": 0.5}, seed=2, temperature=None)
    assert asked.rest() == {"seed": 2, "top_p": 0.5}


def test_a_field_is_taken_once_and_under_all_its_names() -> None:
    asked = fields(max_tokens=1, max_completion_tokens=2)
    assert asked.take("max_completion_tokens", "max_tokens") == 2
    assert asked.take("max_tokens") is None
    assert asked.rest() == {}
    assert asked.changes == ()


@pytest.mark.parametrize(("given", "taken", "changes"), [(0.5, 0.5, ()), (3, 1, (("clamped", "temperature"),))])
def test_a_number_beyond_its_bounds_is_clamped(given: float, taken: float, changes: tuple[object, ...]) -> None:
    asked = fields(temperature=given)
    assert asked.take_number("temperature", 0, 1) == taken
    assert asked.changes == changes


@pytest.mark.parametrize(
    ("given", "taken", "clamped"),
    [(None, None, False), ([], None, False), ("x", ["x"], False), (["a", "b"], ["a", "b"], False), ("abc", ["abc"], 0)],
)
def test_stops_are_a_list(given: Any, taken: Any, clamped: bool) -> None:
    asked = fields(stop=given)
    assert asked.take_stops(2) == taken
    assert bool(asked.changes) is bool(clamped)


def test_too_many_stops_are_cut_off() -> None:
    asked = fields(stop=["a", "b", "c"])
    assert asked.take_stops(2) == ["a", "b"]
    assert asked.changes == (("clamped", "stop"),)


@pytest.mark.parametrize(("choices", "changes"), [(1, ()), (None, ()), (3, (("clamped", "n"),))])
def test_one_answer_only(choices: int | None, changes: tuple[object, ...]) -> None:
    asked = fields(n=choices)
    asked.take_single()
    assert asked.changes == changes


def test_what_asked_for_something_is_told_when_it_is_dropped() -> None:
    asked = fields(user="me", store=False, logit_bias={}, parallel_tool_calls=False, vendor={"a": 1})
    asked.drop(OPENAI_FIELDS)
    assert asked.changes == (("dropped", "parallel_tool_calls"), ("dropped", "user"))
    assert asked.rest() == {"vendor": {"a": 1}}


def test_a_change_is_told_once() -> None:
    asked = fields()
    asked.note("dropped", "messages[].name")
    asked.note("dropped", "messages[].name")
    assert asked.changes == (("dropped", "messages[].name"),)


def test_the_effort_is_taken_in_both_of_its_forms() -> None:
    assert fields(reasoning_effort="low").take_effort() == "low"
    assert fields(reasoning={"effort": "high"}).take_effort() == "high"
    asked = fields({"reasoning_effort": "low"})
    assert asked.take_effort() == "low"
    assert asked.rest() == {}
    with pytest.raises(BadRequest):
        fields(reasoning_effort="a lot").take_effort()
