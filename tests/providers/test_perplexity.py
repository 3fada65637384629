"""Perplexity: cumulative events, sources told once, reasoning between tags, and a strict order of roles."""

from typing import Any

import pytest

from llms.providers.perplexity import PerplexityProvider, alternating, annotations_of
from llms.streaming.fold import fold
from llms.types import Chat
from tests.fakes.openai_wire import USAGE
from tests.providers.dialect import Far, chat, fields, sent

CITATIONS = ["https://a.test", "https://b.test"]
RESULTS = [{"title": "A", "url": "https://a.test"}, {"title": "B", "url": "https://b.test"}]
SOURCES = {"citations": CITATIONS, "search_results": RESULTS}


def event(piece: str, so_far: str, finish: str | None = None, **keys: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "delta": {"role": "assistant", "content": piece},
        "message": {"role": "assistant", "content": so_far},
        "finish_reason": finish,
    }
    usual = {"id": "p1", "created": 1, "model": "sonar", "object": "chat.completion.chunk", "usage": USAGE}
    return {**usual, **SOURCES, "choices": [choice], **keys}


DONE = {"object": "chat.completion.done"}
EVENTS = [
    event("<thi", "<thi"),
    event("nk>hm</think>\n\nIt ", "…"),
    event("is[2]", "…"),
    event("", "…", "stop", **DONE),
]
WHOLE = event("", "<think>hm</think>\n\nIt is[2]", "stop", object="chat.completion")


async def test_a_stream_adds_up_to_the_whole_answer() -> None:
    streamed = fold(await Far(PerplexityProvider, *EVENTS).chunks())
    whole = await Far(PerplexityProvider, whole=WHOLE).completion()
    assert streamed == whole
    message = whole["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("hm", "It is[2]")
    cited = {"start_index": 5, "end_index": 8, "url": "https://b.test", "title": "B"}
    assert message["annotations"] == [{"type": "url_citation", "url_citation": cited}]
    assert whole["citations"] == CITATIONS


async def test_the_sources_come_once_with_the_end() -> None:
    chunks = await Far(PerplexityProvider, *EVENTS).chunks()
    assert [index for index, chunk in enumerate(chunks) if "search_results" in chunk] == [len(chunks) - 2]
    assert chunks[-1]["usage"] == USAGE


async def test_the_end_of_the_reasoning_is_not_the_end() -> None:
    steps = {"index": 0, "delta": {"role": "assistant", "reasoning_steps": [{"thought": "hm"}]}, "finish_reason": None}
    thinking = event("", "", object="chat.reasoning", choices=[steps])
    thought = event("", "", "stop", object="chat.reasoning.done")
    answer = fold(await Far(PerplexityProvider, thinking, thought, event("yes", "yes"), EVENTS[-1]).chunks())
    assert answer["choices"][0]["message"]["content"] == "yes"
    assert answer["reasoning_steps"] == [{"thought": "hm"}]
    assert answer["citations"] == CITATIONS


def test_references_to_nothing_are_text() -> None:
    assert annotations_of("see [0], [3] and [x]", SOURCES) == []
    assert annotations_of("[1]", {}) == []
    (only,) = annotations_of("[1]", {"search_results": RESULTS})
    assert only["url_citation"]["title"] == "A"


def test_fields_that_mean_nothing_there_are_told() -> None:
    asked = chat(model="sonar", max_completion_tokens=5, temperature=2, seed=7, stop="x", tools=[{}], store=True, n=1)
    body, told = fields(PerplexityProvider(), asked)
    assert body == {"max_tokens": 5, "temperature": 1.99}
    assert sorted(told) == ["clamped temperature", "dropped seed", "dropped stop", "dropped store", "dropped tools"]


def test_its_own_fields_pass() -> None:
    own = {"search_mode": "web", "web_search_options": {"search_context_size": "low"}, "return_images": True}
    assert fields(PerplexityProvider(), chat(model="sonar", **own)) == (own, [])


@pytest.mark.parametrize(("asked", "said"), [("none", "minimal"), ("max", "high"), ("low", "low")])
def test_the_effort_is_in_its_words(asked: str, said: str) -> None:
    body, told = fields(PerplexityProvider(), chat(reasoning_effort=asked))
    assert body == {"reasoning_effort": said}
    assert bool(told) == (asked != said)


def test_json_without_a_schema_is_asked_for_with_an_open_one() -> None:
    body, told = fields(PerplexityProvider(), chat(response_format={"type": "json_object"}))
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert told == ["emulated response_format"]


def roles(asked: Chat) -> list[tuple[str, Any]]:
    return [(message["role"], message["content"]) for message in sent(PerplexityProvider(), asked)["messages"]]


def test_roles_alternate() -> None:
    asked = chat(
        {"role": "system", "content": "a"},
        {"role": "developer", "content": "b"},
        {"role": "user", "content": "c", "name": "ann"},
        {"role": "user", "content": [{"type": "text", "text": "d"}]},
        {"role": "assistant", "content": "e"},
        {"role": "system", "content": "f"},
        {"role": "user", "content": "g"},
        model="sonar-pro",
    )
    assert roles(asked) == [
        ("system", "a\n\nb"),
        ("user", [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}]),
        ("assistant", "e"),
        ("user", "f\n\ng"),
    ]


def test_a_tool_loop_of_another_vendor_is_told_in_words() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    asked = chat(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "42"},
        model="sonar",
    )
    assert roles(asked)[1:] == [("assistant", 'Tool call: f {"a":1}'), ("user", "Result of the tool call:\n\n42")]
    assert PerplexityProvider().request(asked, stream=False).changes == (("emulated", "messages"),)


def test_other_models_are_asked_as_they_are() -> None:
    asked = chat({"role": "user", "content": "a"}, {"role": "user", "content": "b"}, model="r1-1776", tools=[{"a": 1}])
    assert len(roles(asked)) == 2
    assert fields(PerplexityProvider(), asked) == ({"tools": [{"a": 1}]}, [])


def test_files_have_its_form() -> None:
    file = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}
    (turn,) = alternating([{"role": "user", "content": [{"type": "file", "file": file}]}])
    assert turn["content"] == [{"type": "file_url", "file_url": {"url": "AAAA"}, "file_name": "a.pdf"}]
