"""Frames of Amazon's event stream: every cut reads the same as botocore does, and nothing broken gets through."""

import struct
import time
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import Malformed
from llms.streaming.eventstream import EventStreamDecoder
from tests.fakes.eventstream import event, exception, frame, header, raw_header
from tests.fakes.upstream import bytewise, split_at

STREAM = (
    event("messageStart", {"role": "assistant"}) + event("contentBlockDelta", {"delta": {"text": "é"}}) + event("x")
)


def read(pieces: Iterable[bytes], limit: int = 1 << 20) -> list[tuple[str, bytes]]:
    """The events of a stream that comes in these pieces, up to its end."""
    decoder = EventStreamDecoder(limit)
    events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()
    return [(event.name, event.data) for event in events]


def by_botocore(whole: bytes) -> list[tuple[str, bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(whole)
    messages: Iterable[Any] = buffer
    return [(message.headers[":event-type"], message.payload) for message in messages]


def test_frames_are_events_however_the_bytes_are_cut() -> None:
    assert read([STREAM]) == by_botocore(STREAM)
    assert read(bytewise(STREAM)) == by_botocore(STREAM)
    assert [name for name, _ in read([STREAM])] == ["messageStart", "contentBlockDelta", "x"]


@given(
    names=st.lists(st.tuples(st.text("abcXYZ-", min_size=1, max_size=8), st.binary(max_size=40)), max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_any_stream_reads_as_botocore_reads_it(names: list[tuple[str, bytes]], cuts: list[int]) -> None:
    whole = b"".join(
        frame(header(":message-type", "event") + header(":event-type", name), data) for name, data in names
    )
    assert read(split_at(whole, cuts)) == by_botocore(whole)


def test_headers_of_every_type_are_skipped_or_read() -> None:
    others = [
        (0, b""),
        (1, b""),
        (2, b"\1"),
        (3, b"\1" * 2),
        (4, b"\1" * 4),
        (5, b"\1" * 8),
        (8, b"\1" * 8),
        (9, b"\1" * 16),
    ]
    headers = b"".join(raw_header(f"h{kind}", kind, value) for kind, value in others)
    headers += raw_header("raw", 6, struct.pack(">H", 3) + b"abc") + header(":event-type", "x")
    assert read([frame(headers, b"{}")]) == [("x", b"{}")] == by_botocore(frame(headers, b"{}"))


def test_failures_have_a_name_that_says_so() -> None:
    error = frame(
        header(":message-type", "error") + header(":error-code", "500") + header(":error-message", "it broke")
    )
    assert read([exception("throttlingException", {"message": "slow"}), error]) == [
        ("exception/throttlingException", b'{"message": "slow"}'),
        ("error/500", b'{"message":"it broke"}'),
    ]


def test_the_frame_that_only_opens_a_stream_says_nothing() -> None:
    assert read([event("initial-response"), event("x")]) == [("x", b"{}")]


@pytest.mark.parametrize("position", [0, 5, 9, 14, 60, -1])
def test_a_flipped_bit_is_noticed(position: int) -> None:
    broken = bytearray(event("x", {"a": "b" * 40}))
    broken[position] ^= 1
    with pytest.raises(Malformed):
        read([bytes(broken)])


def test_a_cut_frame_is_noticed() -> None:
    with pytest.raises(Malformed, match="broke off"):
        read([STREAM[:-1]])
    with pytest.raises(Malformed, match="broke off"):
        read([STREAM, b"\0"])


def test_a_frame_beyond_the_limit_is_refused_at_its_first_bytes() -> None:
    large = event("x", {"a": "b" * 500})
    with pytest.raises(Malformed, match="larger than 400 bytes"):
        read([large[:12]], limit=400)
    assert len(read([large], limit=len(large))) == 1


@pytest.mark.parametrize(("length", "header_length"), [(15, 0), (100, 90), (1 << 20, 1 << 20)])
def test_lengths_that_cannot_be_are_refused(length: int, header_length: int) -> None:
    prelude = struct.pack(">II", length, header_length)
    with pytest.raises(Malformed, match="lengths"):
        read([prelude + struct.pack(">I", zlib.crc32(prelude))])


@pytest.mark.parametrize("headers", [b"\x05ab", b"\x01a\x07\x00", b"\x01a\x07\x00\x09ab", b"\x01a\x63", b"\x01"])
def test_headers_that_cannot_be_read_are_refused(headers: bytes) -> None:
    with pytest.raises(Malformed, match="headers"):
        read([frame(headers)])


def test_a_large_frame_in_small_reads_costs_linear_time() -> None:
    def seconds(size: int) -> float:
        whole = event("x", {"a": "b" * size})
        pieces = [whole[start : start + 100] for start in range(0, len(whole), 100)]
        started = time.process_time()
        read(pieces, limit=2 * size)
        return time.process_time() - started

    seconds(100_000)
    assert seconds(8_000_000) < max(40 * seconds(1_000_000), 0.2)
