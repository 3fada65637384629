"""Streams as events or as one JSON array, whichever comes, however it is cut."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import Malformed
from llms.providers.google.framing import GoogleDecoder

OBJECTS = [{"text": 'a "quoted" { brace } \\'}, {"nested": [{"x": {}}, "]"]}, {"é": "\\u00e9\n"}]
ARRAY = ("[" + "\n,\r\n".join(json.dumps(each, ensure_ascii=False, indent=1) for each in OBJECTS) + "]\n").encode()
EVENTS = "".join(f"data: {json.dumps(each)}\r\n\r\n" for each in OBJECTS).encode()


def decoded(*pieces: bytes, limit: int = 10_000) -> list[object]:
    decoder = GoogleDecoder(limit)
    events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()
    return [json.loads(event.data) for event in events]


@pytest.mark.parametrize("body", [ARRAY, EVENTS, b"\xef\xbb\xbf  " + ARRAY], ids=["array", "events", "blanks"])
def test_either_framing(body: bytes) -> None:
    assert decoded(body) == OBJECTS
    assert decoded(*(body[at : at + 1] for at in range(len(body)))) == OBJECTS


@given(st.lists(st.integers(0, len(ARRAY)), max_size=8))
def test_an_array_cut_anywhere(places: list[int]) -> None:
    bounds = [0, *sorted(places), len(ARRAY)]
    assert decoded(*(ARRAY[start:end] for start, end in itertools.pairwise(bounds))) == OBJECTS


def test_objects_come_as_soon_as_they_are_closed() -> None:
    decoder = GoogleDecoder(1000)
    assert [event.data for event in decoder.feed(b'[{"a":1},{"b"')] == [b'{"a":1}']
    assert [event.data for event in decoder.feed(b":2}")] == [b'{"b":2}']


def test_a_single_object_is_an_answer_too() -> None:
    assert decoded(b'{"a":', b"1}") == [{"a": 1}]


def test_an_array_that_is_cut_is_an_error() -> None:
    with pytest.raises(Malformed, match="ended within"):
        decoded(ARRAY[:-20])


def test_an_object_without_end_is_an_error() -> None:
    with pytest.raises(Malformed, match="larger than 100 bytes"):
        decoded(b'[{"a":"' + b"x" * 60, b"x" * 60, limit=100)


def test_nothing_at_all_is_nothing() -> None:
    assert decoded() == decoded(b"", b" \r\n") == []
