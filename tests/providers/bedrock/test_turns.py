"""A conversation in Converse's form: what each message, and each part of it, becomes."""

from typing import Any

import pytest

from llms.errors import BadRequest
from tests.fakes.converse import (
    ADD,
    CALL,
    CLAUDE_3_7,
    HELLO,
    SPEC,
    TURN,
    asked,
    body,
    sent,
    user,
)

PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def test_the_systems_words_stand_apart() -> None:
    told, changes = sent(asked({"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HELLO))
    assert told == {"system": [{"text": "a"}, {"text": "b"}], "messages": [TURN]}
    assert changes == []
    assert sent(asked(HELLO, {"role": "system", "content": "late"}))[1] == ["emulated messages"]


def test_turns_alternate_and_empty_texts_are_none() -> None:
    answer = {"role": "assistant", "content": "yes"}
    assert body(HELLO, {"role": "user", "content": [{"type": "text", "text": " "}]}, HELLO, answer, answer)[
        "messages"
    ] == [
        {"role": "user", "content": [{"text": "hi"}, {"text": "hi"}]},
        {"role": "assistant", "content": [{"text": "yes"}, {"text": "yes"}]},
    ]


def test_results_of_tools_are_what_the_user_says() -> None:
    said = {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL, {**CALL, "id": "t2"}]}
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": "t1", "content": "4"},
        {"role": "tool", "tool_call_id": "t2", "content": [{"type": "text", "text": "no"}, PNG], "is_error": True},
    ]
    told = body(HELLO, said, *results, HELLO, tools=[ADD])
    use = {"name": "add", "input": {"x": 2}}
    image = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
    assert told["messages"][1]["content"] == [
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "t1", **use}},
        {"toolUse": {"toolUseId": "t2", **use}},
    ]
    assert told["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "4"}]}},
        {"toolResult": {"toolUseId": "t2", "content": [{"text": "no"}, image], "status": "error"}},
        {"text": "hi"},
    ]


def test_signed_thoughts_come_first_and_unsigned_ones_stay_away() -> None:
    thoughts = [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "AAAA"},
        {"type": "thinking", "thinking": "unsigned"},
        "broken",
    ]
    said = {"role": "assistant", "content": "yes", "thinking_blocks": thoughts}
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}
    closed = {"reasoningContent": {"redactedContent": "AAAA"}}
    thinking = {"type": "enabled", "budget_tokens": 1024}
    assert body(HELLO, said, model=CLAUDE_3_7, thinking=thinking)["messages"][1]["content"] == [
        thought,
        closed,
        {"text": "yes"},
    ]
    assert body(HELLO, said, model=CLAUDE_3_7)["messages"][1]["content"] == [{"text": "yes"}]


def test_documents_have_plain_names_of_their_own_and_a_text_beside_them() -> None:
    pdf = {"type": "file", "file": {"filename": "a_b.pdf", "file_data": "data:application/pdf;base64,AAAA"}}
    csv = {"type": "file", "file": {"filename": "a_b.pdf", "file_data": "data:text/csv;base64,AAAA"}}
    note = {"type": "file", "file": {"file_data": "data:text/x-python;base64,AAAA"}}
    blocks = user({"type": "text", "text": "look"}, pdf, csv, note)
    assert [block["document"]["name"] for block in blocks[1:]] == ["a-b-pdf", "a-b-pdf (2)", "document"]
    assert [block["document"]["format"] for block in blocks[1:]] == ["pdf", "csv", "txt"]
    told, changes = sent(asked({"role": "user", "content": [pdf]}))
    assert told["messages"][0]["content"][1] == {"text": "(a-b-pdf)"}
    assert changes == ["emulated messages[].content"]


def test_other_media_are_blocks_too() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}
    film = {"type": "file", "file": {"file_data": "data:video/mp4;base64,AAAA"}}
    source = {"source": {"bytes": "AAAA"}}
    assert user(sound, film) == [{"audio": {"format": "mp3", **source}}, {"video": {"format": "mp4", **source}}]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://far/a.png"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"file_data": "data:application/zip;base64,AAAA"}},
    ],
)
def test_what_converse_has_no_place_for_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Bedrock takes"):
        user(part)


def test_what_is_lost_of_messages_is_told() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "high"}}
    broken = {**CALL, "function": {"name": "add", "arguments": "{broken"}}
    chat = asked({"role": "user", "content": [image]}, {"role": "assistant", "tool_calls": [broken]}, tools=[ADD])
    assert sent(chat)[1] == ["dropped messages.image_url.detail", "emulated messages.tool_calls"]


def test_marks_for_the_cache_are_blocks() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    long = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    point = {"cachePoint": {"type": "default"}}
    told = body(
        {"role": "system", "content": "a", **mark},
        {"role": "user", "content": [{"type": "text", "text": "b", **long}]},
        tools=[{**ADD, **mark}],
    )
    assert told["system"] == [{"text": "a"}, point]
    assert told["messages"][0]["content"] == [{"text": "b"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    assert told["toolConfig"] == {"tools": [SPEC, point]}


def test_blocks_of_converse_stay_what_they_are() -> None:
    guarded = {"guardContent": {"text": {"text": "x", "qualifiers": ["query"]}}}
    point = {"cachePoint": {"type": "default"}}
    assert user({"type": "text", "text": "a"}, guarded, point) == [{"text": "a"}, guarded, point]
