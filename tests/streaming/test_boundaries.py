import pytest

from llms.errors import Malformed
from llms.streaming.boundaries import WholeEvents
from tests.fakes.upstream import bytewise

EVENTS = [b'event: a\ndata: {"x": 1}\n\n', b": comment\n\n", b"data: 2\ndata: 3\n\n"]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_cut_anywhere_the_pieces_are_whole_events(line_end: bytes) -> None:
    events = [event.replace(b"\n", line_end) for event in EVENTS]
    ends = {len(b"".join(events[:number])) for number in range(1, len(events) + 1)}
    splitter = WholeEvents(1000)
    out = b""
    for byte in bytewise(b"".join(events)):
        if ready := splitter.feed(byte):
            out += ready
            assert len(out) in ends
    assert out + splitter.flush() == b"".join(events)


def test_several_events_in_one_read_are_one_piece() -> None:
    splitter = WholeEvents(1000)
    assert splitter.feed(b"".join(EVENTS) + b"data: half") == b"".join(EVENTS)
    assert splitter.feed(b" more\n") == b""
    assert splitter.feed(b"\n") == b"data: half more\n\n"


def test_what_is_left_in_the_end_is_not_lost() -> None:
    splitter = WholeEvents(1000)
    assert splitter.feed(b"data: x") == b""
    assert splitter.flush() == b"data: x"
    assert splitter.flush() == b""


def test_an_event_without_end_is_refused() -> None:
    splitter = WholeEvents(10)
    splitter.feed(b"data: 1234")
    with pytest.raises(Malformed):
        splitter.feed(b"5")


def test_many_small_events_are_no_large_one() -> None:
    assert WholeEvents(10).feed(b"data: 1\n\n" * 100) == b"data: 1\n\n" * 100
