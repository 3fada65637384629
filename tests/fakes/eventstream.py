"""Frames of Amazon's event stream, made by hand from its specification."""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any


def header(name: str, value: str) -> bytes:
    """A header whose value is a text."""
    return raw_header(name, 7, struct.pack(">H", len(value.encode())) + value.encode())


def raw_header(name: str, kind: int, value: bytes) -> bytes:
    """A header of any type, its value encoded already."""
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def frame(headers: bytes, payload: bytes = b"") -> bytes:
    """A frame with its checksums."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    head = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return head + struct.pack(">I", zlib.crc32(head))


def event(name: str, payload: Mapping[str, Any] | None = None) -> bytes:
    """An ordinary frame, with the headers that Bedrock sends."""
    headers = (
        header(":event-type", name) + header(":content-type", "application/json") + header(":message-type", "event")
    )
    return frame(headers, json.dumps(payload or {}).encode())


def exception(name: str, payload: Mapping[str, Any]) -> bytes:
    """A frame that tells of a failure."""
    headers = header(":exception-type", name) + header(":message-type", "exception")
    return frame(headers, json.dumps(payload).encode())
