"""Bytes to events: every rule of the framing, and that no cut of the bytes changes what is read."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llms.errors import Malformed
from llms.streaming.sse import Event, SseDecoder
from tests.fakes.upstream import bytewise, split_at


def read(pieces: Iterable[bytes], limit: int = 1 << 20) -> list[tuple[str, bytes]]:
    """The events of a stream that comes in these pieces, up to its end."""
    decoder = SseDecoder(limit)
    events: list[Event] = []
    for piece in pieces:
        events += decoder.feed(piece)
    return [(event.name, event.data) for event in [*events, *decoder.flush()]]


RULES: dict[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "LF": (b"data: a\n\ndata: b\n\n", [("", b"a"), ("", b"b")]),
    "CR": (b"data: a\r\rdata: b\r\r", [("", b"a"), ("", b"b")]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [("", b"a"), ("", b"b")]),
    "mixed line ends": (b"data: a\r\n\ndata: b\n\rdata: c\r\r\n", [("", b"a"), ("", b"b"), ("", b"c")]),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [("", b"a")]),
    "a byte order mark later is content": (b"data: \xef\xbb\xbfa\n\n", [("", b"\xef\xbb\xbfa")]),
    "half a byte order mark": (b"\xef\xbbdata: a\n\ndata: b\n\n", [("", b"b")]),
    "comments": (b": ping\n\n:\ndata: a\n: x\n\n: OPENROUTER PROCESSING\n\n", [("", b"a")]),
    "an indented comment": (b"  : ping\ndata: a\n\n", [("", b"a")]),
    "several data lines": (b"data: a\ndata: b\ndata:c\n\n", [("", b"a\nb\nc")]),
    "no space after the colon": (b"data:a\n\n", [("", b"a")]),
    "one space goes, a second stays": (b"data:  a\n\n", [("", b" a")]),
    "spaces before the field": (b"  data: a\n\n\tdata: b\n\n", [("", b"a"), ("", b"b")]),
    "padding behind the data stays": (b'data: {"a":1}    \n\n', [("", b'{"a":1}    ')]),
    "a name": (b"event: message_stop\ndata: a\n\ndata: b\n\n", [("message_stop", b"a"), ("", b"b")]),
    "a name without a space": (b"event:error\ndata: a\n\n", [("error", b"a")]),
    "names": (b"event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", [("a", b"1"), ("b", b"2")]),
    "names, one without data": (b"event: a\ndata: 1\n\nevent: b\ndata:  \n\nevent: c\n\n", [("a", b"1")]),
    "names, one given twice": (b"event: a\nevent: b\ndata: 1\n\nevent: c\ndata: 2\n\n", [("b", b"1"), ("c", b"2")]),
    "names, one with two lines": (
        b"event: a\ndata: 1\ndata: 2\n\nevent: b\ndata: 3\n\n",
        [("a", b"1\n2"), ("b", b"3")],
    ),
    "names, too many blank lines": (b"event: a\ndata: 1\n\n\n\nevent: b\ndata: 2\n\n", [("a", b"1"), ("b", b"2")]),
    "names, the last one unfinished": (b"event: a\ndata: 1\n\nevent: b\ndata: 2", [("a", b"1"), ("b", b"2")]),
    "a name after the data": (b"data: a\nevent: late\n\n", [("late", b"a")]),
    "a name without data is forgotten": (b"event: ping\n\ndata: a\n\n", [("", b"a")]),
    "the error field": (b'error: {"code":500}\n\n', [("error", b'{"code":500}')]),
    "the error field without a blank line": (b'error: {"code":500}', [("error", b'{"code":500}')]),
    "a name ends with its event": (b"error: a\n\ndata: b\n\n", [("error", b"a"), ("", b"b")]),
    "other fields are skipped": (b"id: 7\nretry: 100\nfoo\nfoo: bar\ndata: a\n\n", [("", b"a")]),
    "a field whose name starts like data": (b"data-x: a\ndatabase: b\n\n", []),
    "no final blank line": (b"data: a\n\ndata: b\n", [("", b"a"), ("", b"b")]),
    "no final newline": (b"data: a\n\ndata: [DONE]", [("", b"a"), ("", b"[DONE]")]),
    "a final carriage return": (b"data: a\r", [("", b"a")]),
    "empty data": (b"data:\n\ndata: \n\ndata\n\ndata: a\n\n", [("", b"a")]),
    "several empty data lines": (b"data:\ndata: \n\ndata: a\n\n", [("", b"a")]),
    "an empty data line between others": (b"data: a\ndata:\ndata: b\n\n", [("", b"a\n\nb")]),
    "blank lines in a row": (b"\n\n\n\r\n\r\ndata: a\n\n\n\n", [("", b"a")]),
    "a line of blanks is no end": (b"data: a\n  \ndata: b\n\n", [("", b"a\nb")]),
    "separators that are no line ends": (
        "data: a\u2028b\u0085c\x0bd\x0ce\x1cf\n\n".encode(),
        [("", "a\u2028b\u0085c\x0bd\x0ce\x1cf".encode())],
    ),
    "a nul byte": (b"data: a\x00b\n\n", [("", b"a\x00b")]),
    "a name that is not UTF-8": (b"event: \xff\ndata: a\n\n", [("\ufffd", b"a")]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "events"), RULES.values(), ids=RULES)
def test_a_stream_is_read_by_the_rule(stream: bytes, events: list[tuple[str, bytes]]) -> None:
    assert read([stream]) == events


@pytest.mark.parametrize(("stream", "events"), RULES.values(), ids=RULES)
def test_one_byte_at_a_time_gives_the_same_events(stream: bytes, events: list[tuple[str, bytes]]) -> None:
    assert read(bytewise(stream)) == events


@pytest.mark.parametrize(("stream", "events"), RULES.values(), ids=RULES)
def test_every_cut_in_two_gives_the_same_events(stream: bytes, events: list[tuple[str, bytes]]) -> None:
    for position in range(len(stream) + 1):
        assert read([stream[:position], b"", stream[position:]]) == events


line_ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12).map(str.encode)
lines = st.one_of(
    texts.map(lambda text: b"data: " + text),
    texts.map(lambda text: b"data:" + text),
    texts.map(lambda text: b":" + text),
    texts.map(lambda text: b"event: " + text),
    texts.map(lambda text: b"error: " + text),
    texts,
    st.just(b""),
    st.just(b""),
)
streams = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(lines, line_ends).map(b"".join), max_size=12).map(b"".join),
    st.one_of(st.just(b""), lines),
).map(b"".join)


@given(stream=streams, cuts=st.lists(st.integers(0, 200), max_size=30))
@example(stream=b"data: a\r\n\r\ndata: b\r\n\r\n", cuts=[8, 9, 10, 11])
@example(stream=b"\xef\xbb\xbfdata: a\n\n", cuts=[1, 2, 3])
def test_no_cut_changes_the_events(stream: bytes, cuts: list[int]) -> None:
    whole = read([stream])
    assert read(split_at(stream, cuts)) == whole
    assert read(bytewise(stream)) == whole


@given(stream=streams)
def test_line_ends_are_alike(stream: bytes) -> None:
    plain = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert read([plain.replace(b"\n", b"\r\n")]) == read([plain])
    assert read([plain.replace(b"\n", b"\r")]) == read([plain])


@given(values=st.lists(texts.filter(lambda text: bool(text.strip())), max_size=8), end=line_ends)
def test_what_is_written_is_read(values: list[bytes], end: bytes) -> None:
    stream = b"".join(b"data: " + value + end + end for value in values)
    assert read([stream]) == [("", value) for value in values]


def test_an_event_comes_as_soon_as_it_is_complete() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\n") == [Event("", b"a")]
    assert decoder.feed(b"data: b\r") == []
    assert decoder.feed(b"\n\r") == [Event("", b"b")]
    assert decoder.feed(b"\ndata: c\r\r") == [Event("", b"c")]


@pytest.mark.parametrize("cut", [None, 64], ids=["in one piece", "in pieces"])
@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 2000,
        b"data: " + b"x" * 2000 + b"\n\n",
        b"data: xxxxxxxx\n" * 200,
        b":" * 2000,
        b"data:\n" * 999,
    ],
    ids=["an endless line", "a large event", "many lines", "an endless comment", "endless empty data lines"],
)
def test_an_event_beyond_the_limit_is_malformed(stream: bytes, cut: int | None) -> None:
    pieces = [stream] if cut is None else split_at(stream, range(0, len(stream), cut))
    with pytest.raises(Malformed, match="1024 bytes"):
        read(pieces, limit=1024)


@pytest.mark.parametrize("cut", [None, 1, 7, 100])
def test_many_events_below_the_limit_pass(cut: int | None) -> None:
    stream = (b": comment\nevent: n\ndata: " + b"x" * 900 + b"\n\n") * 20
    pieces = [stream] if cut is None else split_at(stream, range(0, len(stream), cut))
    assert read(pieces, limit=1024) == [("n", b"x" * 900)] * 20


def test_an_event_of_several_megabytes_is_read() -> None:
    event = b"data: " + b"x" * (5 << 20) + b"\n\n"
    pieces = split_at(event, range(0, len(event), 64 * 1024))
    assert read(pieces, limit=16 << 20) == [("", b"x" * (5 << 20))]


def cpu_s(unit: bytes, count: int) -> float:
    """The least CPU time, of several runs, that it takes to read one event or more out of pieces of 1 kB."""
    stream = b"data: " + unit * count + b"\n\n"
    pieces = split_at(stream, range(0, len(stream), 1024))

    def once() -> float:
        started = time.process_time()
        read(pieces, limit=1 << 30)
        return time.process_time() - started

    return min(once() for _ in range(2))


@pytest.mark.parametrize(
    "unit",
    [b"x" * 64, b"data: " + b"x" * 57 + b"\n", b"data: " + b"x" * 56 + b"\n\n"],
    ids=["one long line", "one event of many lines", "many events"],
)
def test_the_cost_is_linear_in_the_size(unit: bytes) -> None:
    # Sixteen times the bytes: a linear reader takes 16 times as long, a quadratic one 256 times.
    assert cpu_s(unit, 65_536) < 80 * max(cpu_s(unit, 4096), 1e-4)


def test_a_blank_event_is_none_however_it_arrives() -> None:
    blank, said = b"data:   \n\n", Event("", b"x")
    for end in (b"\n", b"\r\n"):
        assert SseDecoder().feed(blank.replace(b"\n", end)) == []
        assert SseDecoder().feed((blank + b"data: x\n\n").replace(b"\n", end)) == [said]
    decoder = SseDecoder()
    assert [event for byte in blank + b"data: x\n\n" for event in decoder.feed(bytes([byte]))] == [said]
