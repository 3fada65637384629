"""The one door for JSON: whatever a request or a provider holds can be written again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms import jsonio
from llms.types import Candidate, Secret


def test_bytes_and_texts_are_read() -> None:
    assert jsonio.loads(b'{"a": [1, null]}') == jsonio.loads('{"a": [1, null]}') == {"a": [1, None]}


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b"[1,]", b"\xff", b'"\\ud800"', b"1e999", b"[" * 2000])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(jsonio.JSONDecodeError):
        jsonio.loads(text)


def test_the_error_is_a_value_error() -> None:
    assert issubclass(jsonio.JSONDecodeError, ValueError)


@pytest.mark.parametrize("dumps", [jsonio.dumps, jsonio.dumps_pretty])
@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, None, True, 0.5, "ä"]}, {"a": [1, None, True, 0.5, "ä"]}),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ({"\udfff": "\ud83d"}, {"\ufffd": "\ufffd"}),
        ({1: "one", None: "none"}, {"1": "one", "None": "none"}),
        ({"seed": 2**64 - 1}, {"seed": 2**64 - 1}),
        ({"seed": 2**70}, {"seed": float(2**70)}),
        ({"seed": -(2**70)}, {"seed": float(-(2**70))}),
        (("a", ["b"]), ["a", ["b"]]),
        (Secret("canary"), "***"),
        ({"key": Secret("canary")}, {"key": "***"}),
        ([Candidate("a\ud800", kept=True, reason="")], [{"route": "a\ufffd", "kept": True, "reason": ""}]),
    ],
)
def test_whatever_there_is_can_be_written(dumps: Any, value: object, written: object) -> None:
    assert json.loads(dumps(value)) == written


@pytest.mark.parametrize("dumps", [jsonio.dumps, jsonio.dumps_pretty, lambda value: jsonio.dumps_each([value])])
@pytest.mark.parametrize("depth", [300, 1000])
def test_what_is_nested_too_deeply_is_told(dumps: Any, depth: int) -> None:
    value = jsonio.loads(b"[" * depth + b"]" * depth)
    with pytest.raises(jsonio.TooDeep):
        dumps(value)


def test_what_is_sent_is_compact_and_what_is_shown_is_not() -> None:
    assert jsonio.dumps({"a": [1, 2]}) == b'{"a":[1,2]}'
    assert jsonio.dumps_pretty({"a": 1}) == b'{\n  "a": 1\n}'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_anything_written_can_be_read(value: object) -> None:
    jsonio.loads(jsonio.dumps(value))


def test_each_value_is_encoded_as_alone() -> None:
    values = [{"a": 1}, "\ud800", 2**80, [None]]
    assert jsonio.dumps_each(values) == [jsonio.dumps(value) for value in values]
    assert jsonio.dumps_each([]) == []
