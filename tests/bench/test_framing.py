from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.framing import FramingError, Response

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n"
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\nhello, world"


@pytest.mark.parametrize("wire", [CHUNKED, COUNTED])
@given(cuts=st.sets(st.integers(1, len(CHUNKED)), max_size=8))
def test_the_body_is_the_same_however_the_bytes_are_split(wire: bytes, cuts: set[int]) -> None:
    response = Response()
    edges = [0, *sorted(cut for cut in cuts if cut < len(wire)), len(wire)]
    pieces = [wire[start:end] for start, end in pairwise(edges)]
    assert b"".join(response.feed(piece) for piece in pieces) == b"hello, world"
    assert response.complete
    assert response.status == 200


@pytest.mark.parametrize("wire", [CHUNKED, COUNTED])
def test_a_response_is_not_complete_before_its_last_byte(wire: bytes) -> None:
    response = Response()
    response.feed(wire[:-1])
    assert not response.complete


def test_the_server_says_whether_the_connection_stays() -> None:
    kept, closed = Response(), Response()
    kept.feed(CHUNKED)
    closed.feed(COUNTED)
    assert (kept.keep_alive, closed.keep_alive) == (True, False)


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(CHUNKED + b"x", id="more than the body, chunked"),
        pytest.param(COUNTED + b"x", id="more than the body, counted"),
        pytest.param(b"HTTP/1.1 200 OK\r\nserver: x\r\n\r\n", id="no framing at all"),
        pytest.param(CHUNKED.replace(b"hello\r\n", b"hello!!"), id="a chunk longer than it says"),
    ],
)
def test_what_it_does_not_understand_is_an_error(wire: bytes) -> None:
    with pytest.raises(FramingError):
        Response().feed(wire)
