"""Events of a stream, as chunks; and that a stream says what a whole answer of the same blocks says."""

import json
from typing import Any

import pytest

from llms.errors import Malformed, Unavailable
from llms.providers.anthropic import AnthropicProvider
from llms.streaming.answer import shape_completion
from llms.streaming.fold import fold
from llms.streaming.shape import StreamShape
from llms.streaming.sse import Event
from llms.types import Chat
from tests.providers.anthropic.events import MESSAGE, block, ended, started, text, thinking, used

CHAT: Chat = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}]}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
LINK = {"type": "web_search_result_location", "url": "https://a.example", "title": "A", "cited_text": "x"}
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}},
}


def chunks(*events: dict[str, Any], **keys: Any) -> list[dict[str, Any]]:
    """The chunks of these events as the dialect yields them."""
    provider = AnthropicProvider()
    memo = provider.memo({**CHAT, **keys})  # type: ignore[typeddict-item]
    return [chunk for event in events for chunk in provider.chunks(Event("", json.dumps(event).encode()), memo)]


def streamed(*events: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """What a whole stream adds up to."""
    shape = StreamShape("m")
    shaped = [chunk for raw in chunks(started(), *events, **keys) if (chunk := shape.feed(raw)) is not None]
    return {**fold([*shaped, *shape.finish(done=True)]), "created": 0}


def whole(*blocks: dict[str, Any], chat: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    """What a whole answer with these blocks becomes."""
    told = {**MESSAGE, "content": list(blocks), **body}
    completion = AnthropicProvider().completion(told, {**CHAT, **(chat or {})})  # type: ignore[typeddict-item]
    return {**shape_completion(completion, model="m"), "created": 0}


def message(completion: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = completion["choices"][0]["message"]
    return found


def finish(completion: dict[str, Any]) -> Any:
    return completion["choices"][0]["finish_reason"]


def test_the_beginning_is_a_role_and_a_name() -> None:
    (chunk,) = chunks(started())
    assert (chunk["id"], chunk["model"]) == ("msg_1", "claude-sonnet-4-5-20250929")
    assert chunk["choices"][0]["delta"] == {"role": "assistant"}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ping"},
        {"type": "unheard_of", "x": 1},
        {"type": "content_block_stop", "index": 9},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "text_delta", "text": "x"}},
        {"type": "message_delta", "delta": {}, "usage": {}},
    ],
)
def test_what_means_nothing_is_nothing(event: dict[str, Any]) -> None:
    assert chunks(started(), event)[1:] == []


def test_unknown_blocks_and_deltas_are_no_harm() -> None:
    odd = block(0, {"type": "hologram", "light": 1}, {"type": "hologram_delta", "more": 2})
    assert message(streamed(*odd, *text(1, "Hi"), *ended()))["content"] == "Hi"


def test_text_is_content() -> None:
    assert streamed(*text(0, "Hel", "lo"), *ended()) == whole({"type": "text", "text": "Hello"})


def test_text_that_comes_with_the_opening_is_not_lost() -> None:
    got = streamed(*block(0, {"type": "text", "text": "Hel"}, {"type": "text_delta", "text": "lo"}), *ended())
    assert got == whole({"type": "text", "text": "Hello"})


def test_an_answer_of_nothing_is_an_empty_text() -> None:
    assert streamed(*ended()) == whole()
    assert message(whole())["content"] == ""


def test_thinking_is_reasoning_and_comes_back_with_its_signature() -> None:
    got = streamed(*thinking(0, "h", "m", signature="s1"), *text(1, "Hi"), *ended())
    thought = {"type": "thinking", "thinking": "hm", "signature": "s1"}
    assert got == whole(thought, {"type": "text", "text": "Hi"})
    assert message(got)["reasoning_content"] == "hm"
    assert message(got)["thinking_blocks"] == [thought]
    assert "content_blocks" not in message(got)


def test_thoughts_that_are_kept_secret_come_back_too() -> None:
    secret = {"type": "redacted_thinking", "data": "x"}
    got = streamed(*block(0, secret), *text(1, "Hi"), *ended())
    assert got == whole(secret, {"type": "text", "text": "Hi"})
    assert message(got)["thinking_blocks"] == [secret]
    assert "reasoning_content" not in message(got)


def test_calls_are_counted_on_their_own() -> None:
    events = [*text(0, "Let me."), *used(1, "toolu_a", "look", "", '{"x":', "1}"), *used(2, "toolu_b", "find", "{}")]
    got = streamed(*events, *ended("tool_use"))
    assert got == whole(
        {"type": "text", "text": "Let me."},
        {"type": "tool_use", "id": "toolu_a", "name": "look", "input": {"x": 1}},
        {"type": "tool_use", "id": "toolu_b", "name": "find", "input": {}},
        stop_reason="tool_use",
    )
    assert finish(got) == "tool_calls"
    assert [piece["index"] for piece in _pieces(chunks(started(), *events))] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(("given", "arguments"), [({}, "{}"), ({"x": 1}, '{"x":1}')])
def test_a_call_whose_arguments_do_not_come_in_pieces_is_whole(given: dict[str, Any], arguments: str) -> None:
    for pieces in [(), ("",)]:
        got = message(streamed(*used(0, "toolu_a", "look", *pieces, input=given), *ended("tool_use")))
        assert got["tool_calls"][0]["function"] == {"name": "look", "arguments": arguments}
        assert got["content"] is None


def test_a_call_cut_off_by_the_limit_is_no_success() -> None:
    got = streamed(*used(0, "toolu_a", "look", '{"x', closed=False), *ended("max_tokens"))
    assert finish(got) == "length"
    assert message(got)["tool_calls"][0]["function"]["arguments"] == '{"x'


def test_the_vendors_own_tools_are_no_calls() -> None:
    query = {"type": "input_json_delta", "partial_json": '{"query": "x"}'}
    got = streamed(*block(0, SEARCH, query), *block(1, FOUND), *text(2, "Found."), *ended())
    blocks: list[dict[str, Any]] = [{**SEARCH, "input": {"query": "x"}}, FOUND, {"type": "text", "text": "Found."}]
    assert got == whole(*blocks)
    assert "tool_calls" not in message(got)
    assert message(got)["content_blocks"] == blocks
    assert finish(got) == "stop"


def test_thoughts_between_texts_come_back_in_their_place() -> None:
    got = streamed(*thinking(0, "a"), *text(1, "b"), *thinking(2, "c"), *used(3, "toolu_a", "look"), *ended("tool_use"))
    assert [each["type"] for each in message(got)["content_blocks"]] == ["thinking", "text", "thinking", "tool_use"]


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("unheard_of", "stop"),
    ],
)
def test_the_reason_for_the_end_is_told_in_openais_words(native: str, reason: str) -> None:
    assert finish(streamed(*text(0, "Hi"), *ended(native))) == reason
    assert finish(whole({"type": "text", "text": "Hi"}, stop_reason=native)) == reason


def test_the_sequence_that_ended_the_answer_is_told() -> None:
    got = streamed(*text(0, "Hi"), *ended("stop_sequence", stop_sequence="END"))
    assert got == whole({"type": "text", "text": "Hi"}, stop_reason="stop_sequence", stop_sequence="END")
    assert got["stop_sequence"] == "END"


def test_a_refusal_says_why_even_without_a_block() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "I must not."}
    got = streamed(*ended("refusal", stop_details=details))
    assert got == whole(stop_reason="refusal", stop_details=details)
    assert (message(got)["refusal"], message(got)["content"]) == ("I must not.", "")
    assert got["stop_details"] == details


def test_citations_are_annotations_of_the_text_they_stand_at() -> None:
    page = {"type": "page_location", "document_title": "B", "start_page_number": 1, "cited_text": "y"}
    got = streamed(*text(0, "One "), *text(1, "two", citations=(LINK, page)), *ended())
    assert got == whole(
        {"type": "text", "text": "One ", "citations": None}, {"type": "text", "text": "two", "citations": [LINK, page]}
    )
    span = {"start_index": 4, "end_index": 7}
    assert message(got)["annotations"] == [
        {"type": "url_citation", "url_citation": {**span, "url": "https://a.example", "title": "A"}}
    ]
    assert got["citations"] == [{**LINK, **span}, {**page, **span}]


def test_usage_counts_the_cache_in_and_the_last_word_holds() -> None:
    counts = {
        "input_tokens": 10,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 30,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
        "server_tool_use": {"web_search_requests": 2},
        "service_tier": "priority",
    }
    provider_chunks = chunks(started(input_tokens=1, cache_read_input_tokens=1), *text(0, "Hi"), *ended(usage=counts))
    told = provider_chunks[-1]
    assert told["usage"] == whole({"type": "text", "text": "Hi"}, usage=counts)["usage"]
    assert told["usage"] == {
        "prompt_tokens": 60,
        "completion_tokens": 9,
        "total_tokens": 69,
        "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 4},
        "server_tool_use": {"web_search_requests": 2},
    }
    assert told["service_tier"] == "priority"


def test_what_is_kept_for_an_hour_is_told_apart() -> None:
    by_age = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20}
    got = streamed(*text(0, "Hi"), *ended(usage={"cache_creation_input_tokens": 30, "cache_creation": by_age}))
    assert got["usage"]["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 30,
        "cache_write_1h_tokens": 20,
    }


def test_counts_given_only_at_the_beginning_hold() -> None:
    got = streamed(*text(0, "Hi"), *ended(usage={"input_tokens": None}))
    assert got["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    }


def test_a_custom_tool_gets_its_text_back() -> None:
    tools = [{"type": "custom", "custom": {"name": "run"}}]
    got = streamed(*used(0, "toolu_a", "run", '{"input":', ' "ls"}'), *ended("tool_use"), tools=tools)
    called = {"type": "tool_use", "id": "toolu_a", "name": "run", "input": {"input": "ls"}}
    assert got == whole(called, stop_reason="tool_use", chat={"tools": tools})
    assert message(got)["tool_calls"] == [{"id": "toolu_a", "type": "custom", "custom": {"name": "run", "input": "ls"}}]


def test_the_call_that_stands_for_the_answer_is_the_answer() -> None:
    keys = {"model": "claude-sonnet-4-0", "response_format": FORMAT}
    got = streamed(*text(0, "Here:"), *used(1, "toolu_a", "json", '{"a":', "1}"), *ended("tool_use"), **keys)
    called = {"type": "tool_use", "id": "toolu_a", "name": "json", "input": {"a": 1}}
    assert got == whole({"type": "text", "text": "Here:"}, called, stop_reason="tool_use", chat=keys)
    assert (message(got)["content"], finish(got)) == ('{"a":1}', "stop")


def test_words_instead_of_the_answering_call_are_not_lost() -> None:
    keys = {"model": "claude-sonnet-4-0", "response_format": FORMAT}
    got = streamed(*text(0, "I ", "will not."), *ended(), **keys)
    assert got == whole({"type": "text", "text": "I will not."}, chat=keys)


def test_another_call_beside_the_answering_one_is_a_call() -> None:
    keys = {
        "model": "claude-sonnet-4-0",
        "response_format": FORMAT,
        "tools": [{"type": "function", "function": {"name": "look"}}],
    }
    got = streamed(*used(0, "toolu_a", "look", "{}"), *ended("tool_use"), **keys)
    assert (finish(got), message(got)["tool_calls"][0]["function"]["name"]) == ("tool_calls", "look")


def test_an_answer_that_begins_again_is_told_once() -> None:
    first = [*text(0, "Let me"), *used(1, "toolu_a", "look", '{"value":"Spark', closed=False)]
    again = [started(), *text(0, "Let", " me", "."), *used(1, "toolu_b", "look", "", '{"value":"Sparkle', '"}')]
    got = streamed(*first, *again, *ended("tool_use"))
    assert message(got)["content"] == "Let me."
    assert message(got)["tool_calls"][0]["function"]["arguments"] == '{"value":"Sparkle"}'
    assert len(message(got)["tool_calls"]) == 1


@pytest.mark.parametrize(
    "again",
    [text(0, "Other words"), used(0, "toolu_b", "look", "{}")],
    ids=["other words", "another kind"],
)
def test_an_answer_that_goes_another_way_the_second_time_is_an_error(again: list[dict[str, Any]]) -> None:
    with pytest.raises(Malformed, match="another way"):
        streamed(*text(0, "Let me"), started(), *again, *ended())


def test_an_answer_that_says_less_the_second_time_is_an_error() -> None:
    with pytest.raises(Malformed, match="another way"):
        streamed(*used(0, "toolu_a", "look", '{"a": 1}'), started(), *ended())


def test_an_answer_that_stands_for_another_is_not_begun_again() -> None:
    keys = {"model": "claude-sonnet-4-0", "response_format": FORMAT}
    with pytest.raises(Malformed, match="began again"):
        streamed(*used(0, "toolu_a", "json", '{"a"', closed=False), started(), **keys)


def test_thinking_that_comes_with_the_opening_is_not_lost() -> None:
    opened = {"type": "thinking", "thinking": "h", "signature": "s"}
    got = streamed(*block(0, opened, {"type": "thinking_delta", "thinking": "m"}), *text(1, "Hi"), *ended())
    assert got == whole({**opened, "thinking": "hm"}, {"type": "text", "text": "Hi"})


def test_an_error_in_a_proxys_words_is_an_error() -> None:
    with pytest.raises(Unavailable, match="lost"):
        chunks(started(), {"error": {"message": "lost", "code": 503}})


def test_a_proxys_end_mark_is_an_end() -> None:
    provider = AnthropicProvider()
    memo = provider.memo(CHAT)
    assert list(provider.chunks(Event("", b"[DONE]"), memo)) == []
    assert memo.done


@pytest.mark.parametrize("data", [b"{broken", b"[]", b'{"type":"content_block_start","index":0}'])
def test_what_cannot_be_understood_is_an_error(data: bytes) -> None:
    provider = AnthropicProvider()
    with pytest.raises(Malformed):
        provider.chunks(Event("", data), provider.memo(CHAT))


def _pieces(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [piece for chunk in told for piece in chunk["choices"][0]["delta"].get("tool_calls", ())]
