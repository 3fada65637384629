"""Tool calls in pieces: dense indexes, everything told once, and arguments that add up, whatever a provider sends."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.streaming.tools import ToolCalls


def piece(
    index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: Any = "", **keys: Any
) -> dict[str, Any]:
    """One piece as a provider may send it; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    told = {"index": index, "id": call_id, **keys}
    return {**{key: value for key, value in told.items() if value is not None}, "function": function}


def told(*pieces: dict[str, Any]) -> list[dict[str, Any]]:
    """The pieces as they leave, with what closing adds."""
    calls = ToolCalls()
    return [out for given in pieces for out in calls.feed([given])] + calls.close()


def added_up(pieces: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """What the OpenAI SDK makes of the pieces: id, name and arguments of each call; every string is concatenated."""
    calls: list[dict[str, str]] = []
    for out in pieces:
        if out["index"] == len(calls):
            calls.append({"id": "", "type": "", "name": "", "arguments": ""})
        call = calls[out["index"]]
        for key in ("id", "type"):
            call[key] += out.get(key, "")
        for key in ("name", "arguments"):
            call[key] += out["function"].get(key, "")
    assert all(call["type"] == "function" for call in calls)
    return [(call["id"], call["name"], call["arguments"]) for call in calls]


A = ("call_a", "weather", '{"city":"Rome"}')
B = ("call_b", "time", '{"zone":"CET"}')

CASES: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "OpenAI": (
        [piece(0, "call_a", "weather", type="function"), piece(0, arguments='{"city":'), piece(0, arguments='"Rome"}')],
        [A],
    ),
    "two calls": (
        [piece(0, *A), piece(1, "call_b", "time"), piece(1, arguments='{"zone":'), piece(1, arguments='"CET"}')],
        [A, B],
    ),
    "interleaved": (
        [
            piece(0, "call_a", "weather"),
            piece(1, "call_b", "time"),
            piece(0, arguments='{"city":'),
            piece(1, arguments='{"zone":'),
            piece(0, arguments='"Rome"}'),
            piece(1, arguments='"CET"}'),
        ],
        [A, B],
    ),
    "no index, whole calls (Mistral)": ([piece(None, *A), piece(None, *B)], [A, B]),
    "no index, in pieces by id": (
        [
            piece(None, "call_a", "weather"),
            piece(None, "call_a", arguments='{"city":"Rome"}'),
            piece(None, *B),
        ],
        [A, B],
    ),
    "no index and no id in later pieces": (
        [piece(None, "call_a", "weather", '{"city":'), piece(None, arguments='"Rome"}'), piece(None, *B)],
        [A, B],
    ),
    "index null": ([{**piece(None, *A), "index": None}, {**piece(None, *B), "index": None}], [A, B]),
    "index as a text": ([{**piece(None, *A), "index": "0"}, {**piece(None, *B), "index": "1"}], [A, B]),
    "the same index for different ids": ([piece(0, *A), piece(0, *B)], [A, B]),
    "the same index, the second in pieces": (
        [piece(0, *A), piece(0, "call_b", "time"), piece(0, arguments='{"zone":"CET"}')],
        [A, B],
    ),
    "indexes that start at 1": ([piece(1, *A), piece(2, *B)], [A, B]),
    "indexes with gaps": ([piece(3, *A), piece(9, *B)], [A, B]),
    "indexes in another order": ([piece(1, *B), piece(0, *A)], [B, A]),
    "an empty id in later pieces (Alibaba)": (
        [piece(0, "call_a", "weather"), piece(0, "", "", '{"city":'), piece(0, "", None, '"Rome"}')],
        [A],
    ),
    "id and name null in later pieces": (
        [
            piece(0, "call_a", "weather"),
            {"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": A[2]}},
        ],
        [A],
    ),
    "id and name again in every piece": (
        [piece(0, "call_a", "weather", '{"city":'), piece(0, "call_a", "weather", '"Rome"}', type="function")],
        [A],
    ),
    "the name in a later piece": ([piece(0, "call_a"), piece(0, None, "weather", A[2])], [A]),
    "arguments null": (
        [piece(0, "call_a", "weather") | {"function": {"name": "weather", "arguments": None}}],
        [("call_a", "weather", "{}")],
    ),
    "arguments as an object": ([piece(0, "call_a", "weather", {"city": "Rome"})], [A]),
    "arguments as an empty object": ([piece(0, "call_a", "now", {})], [("call_a", "now", "{}")]),
    "no arguments at all": ([piece(0, "call_a", "now", None)], [("call_a", "now", "{}")]),
    "empty arguments": ([piece(0, "call_a", "now", ""), piece(0, arguments="")], [("call_a", "now", "{}")]),
    "one without, one with arguments": ([piece(0, "call_a", "now"), piece(1, *B)], [("call_a", "now", "{}"), B]),
    "an id that is a number": (
        [piece(0, *A) | {"id": 7}, piece(0, *B) | {"id": [8]}],
        [("7", *A[1:]), ("[8]", *B[1:])],
    ),
    "an empty custom part in every piece (Snowflake)": (
        [
            piece(0, "call_a", "weather", custom={"name": "", "input": ""}),
            piece(0, arguments=A[2], custom={"name": "", "input": ""}),
        ],
        [A],
    ),
    "pieces that are no objects": ([piece(0, *A), None, "x", 7, piece(1, *B)], [A, B]),  # type: ignore[list-item]
    "a function that is no object": ([{"index": 0, "id": "call_a", "function": None}, piece(0, None, *A[1:])], [A]),
}


@pytest.mark.parametrize(("pieces", "calls"), CASES.values(), ids=CASES)
def test_calls_add_up(pieces: list[dict[str, Any]], calls: list[tuple[str, str, str]]) -> None:
    assert added_up(told(*pieces)) == calls


@pytest.mark.parametrize("call_id", ["0", "", None], ids=["the id 0", "an empty id", "no id"])
@pytest.mark.parametrize("index", [0, None], ids=["the index 0", "no index"])
def test_whole_calls_under_one_id_are_told_apart(call_id: str | None, index: int | None) -> None:
    pieces = [piece(index, call_id, *A[1:]), piece(index, call_id, *B[1:])]
    calls = added_up(told(*pieces))
    assert [(name, arguments) for _, name, arguments in calls] == [A[1:], B[1:]]
    assert len({given for given, _, _ in calls}) == 2
    assert all(given for given, _, _ in calls)


def test_calls_of_one_id_under_their_own_indexes_are_told_apart() -> None:
    calls = added_up(told(piece(0, "0", *A[1:]), piece(1, "0", *B[1:])))
    assert [call[1:] for call in calls] == [A[1:], B[1:]]
    assert calls[0][0] == "0"
    assert calls[1][0].startswith("call_")


def test_the_same_function_twice_with_the_same_id_makes_two_calls() -> None:
    pieces = [piece(0, "0", "weather", '{"city":"Rome"}'), piece(0, "0", "weather", '{"city":"Oslo"}')]
    assert [arguments for _, _, arguments in added_up(told(*pieces))] == ['{"city":"Rome"}', '{"city":"Oslo"}']


def test_a_name_repeated_with_arguments_that_go_on_is_no_new_call() -> None:
    pieces = [piece(0, "a", "f", '{"x": '), piece(0, "a", "f", '{"y": 1}'), piece(0, "a", "f", "}")]
    assert added_up(told(*pieces)) == [("a", "f", '{"x": {"y": 1}}')]


def test_a_custom_tool_keeps_its_kind() -> None:
    opening = {"index": 0, "id": "call_a", "type": "custom", "custom": {"name": "shell", "input": ""}}
    later = {"index": 0, "custom": {"name": "shell", "input": "ls"}}
    assert told(opening, later) == [
        {"index": 0, "id": "call_a", "type": "custom", "custom": {"name": "shell", "input": ""}},
        {"index": 0, "custom": {"input": "ls"}},
    ]


def test_what_a_vendor_adds_to_a_call_stays() -> None:
    signature = {"google": {"thought_signature": "abc"}}
    assert told(piece(0, *A, extra_content=signature))[0]["extra_content"] == signature


def test_there_are_calls_once_one_has_been_told() -> None:
    calls = ToolCalls()
    assert not calls
    calls.feed([None])
    assert not calls
    calls.feed([piece(0, *A)])
    assert calls


def test_closing_again_adds_nothing() -> None:
    calls = ToolCalls()
    calls.feed([piece(0, "call_a", "now")])
    assert [out["function"] for out in calls.close()] == [{"arguments": "{}"}]
    assert calls.close() == []


json_objects = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=3).map(json.dumps)


@st.composite
def well_formed_calls(draw: st.DrawFn) -> tuple[list[tuple[str, str, str]], list[dict[str, Any]]]:
    """Calls as they are meant, and the pieces of a provider that gives each its own index, cut and mixed anyhow."""
    calls = [
        (f"call_{number}", draw(st.sampled_from(["f", "g"])), draw(json_objects))
        for number in range(draw(st.integers(1, 3)))
    ]
    queues = []
    for index, (call_id, name, arguments) in enumerate(calls):
        cuts = sorted(draw(st.lists(st.integers(0, len(arguments)), max_size=3)))
        parts = [arguments[start:end] for start, end in zip([0, *cuts], [*cuts, len(arguments)], strict=True)]
        repeats = draw(st.booleans())
        queues.append(
            [piece(index, call_id, name, parts[0])]
            + [
                piece(index, call_id if repeats else draw(st.sampled_from([None, ""])), None, part)
                for part in parts[1:]
            ]
        )
    pieces = [queue.pop(0) for queue in queues]
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        pieces.append(queue.pop(0))
    return calls, pieces


@given(well_formed_calls())
def test_however_calls_are_cut_and_mixed_they_add_up(
    given_calls: tuple[list[tuple[str, str, str]], list[dict[str, Any]]],
) -> None:
    calls, pieces = given_calls
    assert added_up(told(*pieces)) == calls


noise = st.fixed_dictionaries(
    {},
    optional={
        "index": st.one_of(st.none(), st.integers(0, 3), st.text(max_size=1)),
        "id": st.one_of(st.none(), st.sampled_from(["", "0", "a", "b"])),
        "type": st.one_of(st.none(), st.just("function")),
        "function": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional={
                    "name": st.one_of(st.none(), st.sampled_from(["", "f", "g"])),
                    "arguments": st.one_of(
                        st.none(),
                        st.text(max_size=3),
                        json_objects,
                        st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
                    ),
                },
            ),
        ),
    },
)


@given(st.lists(st.one_of(noise, st.none()), max_size=8))
def test_whatever_comes_indexes_are_dense_and_identities_told_once(pieces: list[Any]) -> None:
    out = told(*pieces)
    calls = added_up(out)
    for index, (call_id, _, _) in enumerate(calls):
        assert sum("id" in each for each in out if each["index"] == index) == 1
        assert call_id
    assert len({call_id for call_id, _, _ in calls}) == len(calls)
