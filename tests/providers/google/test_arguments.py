"""Arguments in pieces: paths, texts that go on, lists that grow."""

from typing import Any

import pytest

from llms.providers.google.arguments import PartialArguments


def put_together(*pieces: dict[str, Any]) -> dict[str, Any]:
    arguments = PartialArguments()
    for piece in pieces:
        arguments.add(piece)
    return arguments.value


def text(path: str, value: str, *, goes_on: bool = False) -> dict[str, Any]:
    return {"jsonPath": path, "stringValue": value, **({"willContinue": True} if goes_on else {})}


def test_a_text_goes_on_until_it_is_said_to_end() -> None:
    assert put_together(
        text("$.a", "x", goes_on=True), text("$.a", "y", goes_on=True), text("$.a", ""), text("$.b", "z")
    ) == {"a": "xy", "b": "z"}


def test_a_text_that_ended_is_replaced() -> None:
    assert put_together(text("$.a", "x"), text("$.a", "y")) == {"a": "y"}


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        ({"numberValue": 1.5}, 1.5),
        ({"numberValue": 3.0}, 3),
        ({"boolValue": False}, False),
        ({"nullValue": "NULL_VALUE"}, None),
        ({"stringValue": ""}, ""),
    ],
)
def test_values(piece: dict[str, Any], value: Any) -> None:
    assert put_together({"jsonPath": "$.a", **piece}) == {"a": value}


def test_objects_and_lists_are_made_on_the_way() -> None:
    assert put_together(
        text("$.r.list[0].name", "a"), text("$.r.list[1].name", "b"), text("$.r.grid[0][1]", "c"), text("$.r.x", "d")
    ) == {"r": {"list": [{"name": "a"}, {"name": "b"}], "grid": [[None, "c"]], "x": "d"}}


def test_names_in_brackets() -> None:
    assert put_together(text("$['a b']", "x"), text('$["c.d"].e', "y")) == {"a b": "x", "c.d": {"e": "y"}}


@pytest.mark.parametrize("path", ["", "$", "$.a[99999999999]"])
def test_paths_that_lead_nowhere_harm_nothing(path: str) -> None:
    assert put_together(text(path, "x")) in ({}, {"a": []})


def test_a_text_goes_on_inside_a_list() -> None:
    assert put_together(text("$.a[0]", "x", goes_on=True), text("$.a[0]", "y")) == {"a": ["xy"]}
