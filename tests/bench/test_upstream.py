"""The mock upstream answers as OpenAI does, and the load generator notices if an answer does not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from bench import upstream
from bench.framing import Response


def events(stream: bytes) -> list[Any]:
    response = Response()
    lines = response.feed(stream).decode().split("\n\n")
    assert response.complete
    assert lines.pop() == ""
    return [line.removeprefix("data: ") for line in lines]


def whole(model: str, *, usage: bool = False) -> bytes:
    play = upstream.script(model, usage)
    return play.opening + play.content * play.count + play.closing


def test_a_stream_is_role_content_finish_and_done() -> None:
    *chunks, last = events(whole("burst-3"))
    deltas = [json.loads(chunk)["choices"][0] for chunk in chunks]
    assert deltas[0]["delta"]["role"] == "assistant"
    assert [list(choice["delta"]) for choice in deltas[1:]] == [["content"]] * 3 + [[]]
    assert [choice["finish_reason"] for choice in deltas] == [None] * 4 + ["stop"]
    assert last == "[DONE]"


def test_usage_is_a_chunk_of_its_own_and_only_if_asked() -> None:
    without = [json.loads(chunk) for chunk in events(whole("burst-1"))[:-1]]
    asked = [json.loads(chunk) for chunk in events(whole("burst-1", usage=True))[:-1]]
    assert all("usage" not in chunk for chunk in without)
    assert [chunk["usage"] is None for chunk in asked] == [True, True, True, False]
    assert asked[-1]["choices"] == []


@pytest.mark.parametrize(
    ("model", "count", "gap_s"), [("burst-7", 7, 0), ("paced-9-20", 9, 0.02), ("plain", 100, 0), ("gpt-4o", 100, 0)]
)
def test_the_model_name_says_how_it_answers(model: str, count: int, gap_s: float) -> None:
    play = upstream.script(model, False)
    assert (play.count, play.gap_s) == (count, gap_s)


def test_each_content_chunk_carries_the_clock_of_its_sending() -> None:
    before = time.monotonic_ns() // 1000
    event = upstream.stamped(upstream.script("burst-1", False).content)
    (mark,) = upstream.MARK.findall(event)
    assert before <= int(mark) <= time.monotonic_ns() // 1000


def test_a_whole_answer_has_about_five_hundred_bytes() -> None:
    response = Response()
    body = response.feed(upstream.answer("plain"))
    assert response.complete
    assert 400 < len(body) < 700
    assert json.loads(body)["choices"][0]["message"]["content"] == upstream.PLAIN_TEXT
