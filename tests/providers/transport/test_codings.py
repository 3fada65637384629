"""Compressed bodies, however they are cut."""

import gzip
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import Malformed
from llms.providers.transport.codings import PIECE_BYTES, Unpacker
from tests.fakes.upstream import bytewise, split_at

TEXT = b"Hello there. " * 40


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    "raw deflate": raw_deflate(TEXT),
}


def unpacked(coding: str, pieces: Iterable[bytes]) -> bytes:
    unpacker = Unpacker(coding.removeprefix("raw "), Malformed())
    body = b""
    for piece in pieces:
        unpacker.feed(piece)
        while taken := unpacker.take():
            body += taken
    unpacker.finish()
    return body


@pytest.mark.parametrize("coding", PACKED)
def test_a_body_is_unpacked_byte_by_byte(coding: str) -> None:
    assert unpacked(coding, bytewise(PACKED[coding])) == TEXT


@pytest.mark.parametrize("coding", PACKED)
@given(cuts=st.lists(st.integers(0, 150), max_size=6))
def test_no_split_changes_a_body(coding: str, cuts: list[int]) -> None:
    assert unpacked(coding, split_at(PACKED[coding], cuts)) == TEXT


@pytest.mark.parametrize("coding", PACKED)
def test_a_body_that_ends_early_is_broken(coding: str) -> None:
    with pytest.raises(Malformed):
        unpacked(coding, [PACKED[coding][:-1]])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("data", [b"plain text", b"\x00" * 20, b"\x1f\x8bno"])
def test_a_body_that_is_not_packed_is_broken(coding: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        unpacked(coding, [data])


def test_an_empty_body_is_empty() -> None:
    assert unpacked("gzip", []) == b""
    assert unpacked("deflate", []) == b""


def test_what_follows_a_deflated_body_is_nothing() -> None:
    assert unpacked("deflate", [PACKED["deflate"] + b"more", b"and more"]) == TEXT


def test_a_small_body_that_unpacks_to_a_huge_one_comes_in_bounded_pieces() -> None:
    unpacker = Unpacker("gzip", Malformed())
    unpacker.feed(gzip.compress(bytes(4_000_000)))
    sizes = []
    while piece := unpacker.take():
        sizes.append(len(piece))
    assert sum(sizes) == 4_000_000
    assert max(sizes) <= PIECE_BYTES
