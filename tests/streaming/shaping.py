"""Streams run through the emitter's rules, and what is told in them."""

import json
from collections.abc import Iterable
from typing import Any

from llms.streaming.shape import StreamShape
from llms.types import Chunk


def shaped(*chunks: dict[str, Any], done: bool = True) -> list[dict[str, Any]]:
    """The chunks as they leave; what came in is left alone."""
    shape = StreamShape("asked-for")
    copies = [json.loads(json.dumps(each)) for each in chunks]
    out: list[Chunk] = [told for each in copies if (told := shape.feed(each)) is not None]
    return [dict(each) for each in [*out, *shape.finish(done=done)]]


def deltas(chunks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["delta"] for told in chunks for each in told["choices"]]


def finishes(chunks: Iterable[dict[str, Any]]) -> list[str]:
    return [each["finish_reason"] for told in chunks for each in told["choices"] if each["finish_reason"]]


def text_of(chunks: Iterable[dict[str, Any]]) -> str:
    return "".join(delta.get("content") or "" for delta in deltas(chunks))
