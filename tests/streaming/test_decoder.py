"""What every framing keeps: no cut of the bytes changes what is read, nothing grows without end, nothing is lost."""

from collections.abc import Callable, Iterable

import pytest

from llms.errors import Malformed
from llms.streaming.decoder import Decoder
from llms.streaming.eventstream import EventStreamDecoder
from llms.streaming.ndjson import NdjsonDecoder
from llms.streaming.sse import Event, SseDecoder
from tests.fakes.eventstream import frame, header
from tests.fakes.openai_wire import random_splits
from tests.fakes.upstream import bytewise

SAID = [b'{"a":1}', '{"text":"é 漢"}'.encode(), b'{"long":"' + b"x" * 300 + b'"}']
Make = Callable[[int], Decoder]
Write = Callable[[bytes], bytes]

FRAMINGS: dict[str, tuple[Make, Write]] = {
    "server-sent events": (SseDecoder, lambda data: b"data: " + data + b"\n\n"),
    "lines of JSON": (NdjsonDecoder, lambda data: data + b"\n"),
    "Amazon's event stream": (EventStreamDecoder, lambda data: frame(header(":event-type", "x"), data)),
}
every_framing = pytest.mark.parametrize(("make", "write"), FRAMINGS.values(), ids=FRAMINGS)


def read(decoder: Decoder, pieces: Iterable[bytes]) -> list[bytes]:
    events: list[Event] = [event for piece in pieces for event in decoder.feed(piece)]
    return [event.data for event in [*events, *decoder.flush()]]


@every_framing
def test_no_cut_changes_what_is_read(make: Make, write: Write) -> None:
    whole = b"".join(map(write, SAID))
    for pieces in ([whole], bytewise(whole), *random_splits(whole, range(20))):
        assert read(make(1 << 20), pieces) == SAID


@every_framing
def test_an_event_is_given_out_as_soon_as_it_is_whole(make: Make, write: Write) -> None:
    decoder = make(1 << 20)
    for data in SAID:
        assert [event.data for event in decoder.feed(write(data))] == [data]
    assert decoder.flush() == []


@every_framing
def test_nothing_is_nothing(make: Make, write: Write) -> None:
    assert read(make(1 << 20), [b"", b""]) == []


@every_framing
def test_one_event_beyond_the_limit_is_refused_and_many_below_it_are_not(make: Make, write: Write) -> None:
    assert len(read(make(400), [b"".join(map(write, SAID))] * 20)) == 60
    with pytest.raises(Malformed, match="larger than 200 bytes"):
        read(make(200), bytewise(b"".join(map(write, SAID))))
