"""Lines of JSON: every cut of the bytes reads the same, and nothing grows without end."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import Malformed
from llms.streaming.ndjson import NdjsonDecoder
from tests.fakes.upstream import bytewise, split_at


def read(pieces: Iterable[bytes], limit: int = 1 << 20) -> list[bytes]:
    """The lines of a stream that comes in these pieces, up to its end."""
    decoder = NdjsonDecoder(limit)
    events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()
    assert all(event.name == "" for event in events)
    return [event.data for event in events]


RULES = {
    "lines": (b'{"a":1}\n{"a":2}\n', [b'{"a":1}', b'{"a":2}']),
    "CRLF": (b"1\r\n2\r\n", [b"1\r", b"2\r"]),
    "blank lines": (b"\n\n1\n \n\r\n2\n", [b"1", b"2"]),
    "no final line break": (b"1\n2", [b"1", b"2"]),
    "a byte order mark": (b"\xef\xbb\xbf1\n2\n", [b"1", b"2"]),
    "separators that are no line ends": ("1\u2028\x0b\x0c\x852\n".encode(), ["1\u2028\x0b\x0c\x852".encode()]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_line_is_an_event_however_the_bytes_are_cut(rule: str) -> None:
    whole, lines = RULES[rule]
    assert read([whole]) == lines
    assert read(bytewise(whole)) == lines


@given(whole=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60), max_size=6))
def test_no_cut_changes_what_is_read(whole: bytes, cuts: list[int]) -> None:
    assert read(split_at(whole, cuts)) == read([whole])


def test_a_line_is_given_out_at_its_end_not_later() -> None:
    decoder = NdjsonDecoder()
    assert decoder.feed(b'{"a"') == []
    assert [event.data for event in decoder.feed(b':1}\n{"b"')] == [b'{"a":1}']


@pytest.mark.parametrize("pieces", [[b"x" * 11 + b"\n"], [b"x" * 11], [b"x" * 6, b"x" * 5 + b"\n"], [b"x"] * 11])
def test_a_line_beyond_the_limit_is_refused(pieces: list[bytes]) -> None:
    with pytest.raises(Malformed, match="larger than 10 bytes"):
        read(pieces, limit=10)


def test_the_limit_is_for_one_line_not_for_all() -> None:
    assert len(read([b"x" * 10 + b"\n"] * 5, limit=10)) == 5
    assert len(read([b"xxxxx", b"yyyyy\nzzzzz", b"zzzzz\n"], limit=10)) == 2


def test_a_large_line_in_small_reads_costs_linear_time() -> None:
    def seconds(size: int) -> float:
        pieces = [b"x" * 100] * (size // 100)
        started = time.process_time()
        read([*pieces, b"\n"], limit=size)
        return time.process_time() - started

    seconds(100_000)
    assert seconds(8_000_000) < max(40 * seconds(1_000_000), 0.2)
