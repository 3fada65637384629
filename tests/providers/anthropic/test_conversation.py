"""A conversation in OpenAI's form, told in Anthropic's."""

from typing import Any

import pytest

from llms.errors import BadRequest
from tests.providers.anthropic.asking import HELLO, SONNET_4_5, asked, body, call, function

USER = {"role": "user", "content": "hi"}
TOOLS = [function()]
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def said(text: str, **keys: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **keys}


def turns(*messages: dict[str, Any], **keys: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(turn["role"], turn["content"]) for turn in body(*messages, **keys)["messages"]]


def test_leading_instructions_are_the_system_prompt() -> None:
    told = body({"role": "system", "content": "Be kind."}, {"role": "developer", "content": [said("Be brief.")]}, USER)
    assert told["system"] == "Be kind.\n\nBe brief."
    assert told["messages"] == [{"role": "user", "content": [said("hi")]}]


def test_a_mark_for_the_cache_survives_in_the_system_prompt() -> None:
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    told = body({"role": "system", "content": [said("Long.", **mark)]}, {"role": "system", "content": "Short."}, USER)
    assert told["system"] == [said("Long.", **mark), said("Short.")]


def test_a_mark_on_a_message_belongs_to_its_last_block() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    assert turns({**USER, "content": [said("a"), said("b")], **mark}) == [("user", [said("a"), said("b", **mark)])]


def test_openais_mark_for_the_cache_is_told_in_anthropics_words() -> None:
    part = said("a", prompt_cache_breakpoint={"mode": "explicit"})
    told, changes = asked({"role": "user", "content": [part]})
    assert told["messages"][0]["content"] == [said("a", cache_control={"type": "ephemeral"})]
    assert changes == {"messages.prompt_cache_breakpoint": "emulated"}


def test_a_later_instruction_keeps_its_place() -> None:
    told, changes = asked(USER, {"role": "assistant", "content": "yes?"}, {"role": "system", "content": "Be brief."})
    assert told["messages"][-1] == {
        "role": "user",
        "content": [said("<system-reminder>\nBe brief.\n</system-reminder>")],
    }
    assert changes == {"messages": "emulated"}


def test_an_instruction_alone_is_a_question() -> None:
    told = body({"role": "system", "content": "Say hello."})
    assert told["messages"] == [{"role": "user", "content": [said("Say hello.")]}]
    assert "system" not in told


def test_messages_of_the_same_role_become_one_turn() -> None:
    assert turns(USER, USER, {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}, USER) == [
        ("user", [said("hi"), said("hi")]),
        ("assistant", [said("a"), said("b")]),
        ("user", [said("hi")]),
    ]


def test_texts_of_nothing_are_left_out() -> None:
    content = [said(""), said(" \n"), said("a"), {"type": "text", "text": None}]
    assert turns({"role": "user", "content": content}, {"role": "assistant", "content": ""}, USER) == [
        ("user", [said("a"), said("hi")])
    ]


def test_a_conversation_begins_with_the_user() -> None:
    told, changes = asked({"role": "assistant", "content": "Hello!"}, USER)
    assert [turn["role"] for turn in told["messages"]] == ["user", "assistant", "user"]
    assert changes == {"messages": "emulated"}


def test_results_come_first_in_one_turn_after_the_calls() -> None:
    assert turns(
        USER,
        {"role": "assistant", "content": "Let me look.", "tool_calls": [call("a", arguments='{"x": 1}'), call("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "one"},
        {"role": "user", "content": "and?"},
        {"role": "tool", "tool_call_id": "b", "content": [said("two"), said("")]},
        tools=TOOLS,
    )[1:] == [
        (
            "assistant",
            [
                said("Let me look."),
                {"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}},
                {"type": "tool_use", "id": "b", "name": "look", "input": {}},
            ],
        ),
        (
            "user",
            [
                {"type": "tool_result", "tool_use_id": "a", "content": "one"},
                {"type": "tool_result", "tool_use_id": "b", "content": [said("two")]},
                said("and?"),
            ],
        ),
    ]


def test_a_result_may_be_empty_or_a_failure_or_a_picture() -> None:
    picture = {"type": "image_url", "image_url": {"url": PIXEL}}
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "tool_calls": [call("a"), call("b"), call("c")]},
        {"role": "tool", "tool_call_id": "a", "content": None},
        {"role": "tool", "tool_call_id": "b", "content": "no", "is_error": True},
        {"role": "tool", "tool_call_id": "c", "content": [picture], "cache_control": {"type": "ephemeral"}},
    ]
    results = turns(USER, *messages, tools=TOOLS)[-1][1]
    assert results[0] == {"type": "tool_result", "tool_use_id": "a"}
    assert results[1]["is_error"] is True
    assert results[2]["content"][0]["source"]["media_type"] == "image/png"
    assert results[2]["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize("arguments", ['{"x": 1', "[1]", "no"])
def test_arguments_that_are_no_object_are_wrapped(arguments: str) -> None:
    told, changes = asked(
        USER, {"role": "assistant", "tool_calls": [call("a", arguments=arguments)]}, USER, tools=TOOLS
    )
    assert told["messages"][1]["content"][0]["input"] == {"INVALID_JSON": arguments}
    assert changes == {"messages.tool_calls": "emulated"}


def test_thoughts_come_back_verbatim_and_first() -> None:
    thoughts = [
        {"type": "thinking", "thinking": "hm", "signature": "s1"},
        {"type": "redacted_thinking", "data": "secret"},
    ]
    answer = {"role": "assistant", "content": "Wait.", "tool_calls": [call("a")], "thinking_blocks": thoughts}
    result = {"role": "tool", "tool_call_id": "a", "content": "1"}
    told = turns(USER, answer, result, tools=TOOLS, reasoning_effort="low")
    assert told[1][1][:3] == [*thoughts, said("Wait.")]


@pytest.mark.parametrize("block", [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "x"}, "x"])
def test_thoughts_without_a_signature_are_not_sent(block: Any) -> None:
    answer = {"role": "assistant", "content": "Yes.", "thinking_blocks": [block]}
    assert turns(USER, answer, USER, reasoning_effort="low")[1] == ("assistant", [said("Yes.")])


def test_thoughts_stay_away_where_the_model_does_not_think() -> None:
    answer = {
        "role": "assistant",
        "content": "Yes.",
        "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}],
    }
    assert turns(USER, answer, USER) == [("user", [said("hi")]), ("assistant", [said("Yes.")]), ("user", [said("hi")])]
    assert len(turns(USER, answer, USER, model="claude-sonnet-5")[1][1]) == 2


def test_a_lost_thread_of_thought_is_not_taken_up_with_a_budget() -> None:
    messages: list[dict[str, Any]] = [
        USER,
        {"role": "assistant", "tool_calls": [call("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
    ]
    told, changes = asked(*messages, tools=TOOLS, reasoning_effort="high")
    assert "thinking" not in told
    assert changes == {"reasoning_effort": "dropped"}
    told, changes = asked(*messages, tools=TOOLS, thinking={"type": "enabled", "budget_tokens": 2000})
    assert "thinking" not in told
    assert changes == {"thinking": "dropped"}
    assert body(*messages, tools=TOOLS, reasoning_effort="high", model="claude-opus-4-6")["thinking"]
    assert body(*messages, USER, tools=TOOLS, reasoning_effort="high")["thinking"]


def test_work_of_the_vendors_tools_comes_back_where_they_are_offered() -> None:
    blocks = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        said("Found."),
        said(""),
    ]
    answer = {"role": "assistant", "content": "Found.", "content_blocks": blocks}
    search = {"type": "web_search_20250305", "name": "web_search"}
    assert turns(USER, answer, USER, tools=[search])[1] == ("assistant", blocks[:3])
    assert turns(USER, answer, USER)[1] == ("assistant", [said("Found.")])


def test_a_compaction_comes_back_in_its_place() -> None:
    blocks = [{"type": "compaction", "content": "so far"}, said("Hello.")]
    assert turns(USER, {"role": "assistant", "content": "Hello.", "content_blocks": blocks}, USER)[1][1] == blocks


def test_a_prefill_ends_without_blanks() -> None:
    told = turns(USER, {"role": "assistant", "content": "The answer is \n"}, model="claude-sonnet-4-5")
    assert told[-1] == ("assistant", [said("The answer is")])


@pytest.mark.parametrize(
    ("model", "keys"), [("claude-opus-4-6", {}), ("claude-sonnet-5", {}), (SONNET_4_5, {"reasoning_effort": "low"})]
)
def test_a_model_that_takes_no_prefill_is_told_to_go_on(model: str, keys: dict[str, Any]) -> None:
    told, changes = asked(USER, {"role": "assistant", "content": "So"}, model=model, **keys)
    assert told["messages"][-1] == {"role": "user", "content": [said("Continue.")]}
    assert changes == {"messages": "emulated"}


def test_a_rest_of_the_vendors_tools_is_taken_up_as_it_is() -> None:
    used = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
    answer = {"role": "assistant", "content": "Let me look.", "content_blocks": [said("Let me look."), used]}
    search = {"type": "web_search_20250305", "name": "web_search"}
    assert turns(USER, answer, tools=[search], model="claude-opus-4-6")[-1] == (
        "assistant",
        [said("Let me look."), used],
    )


def test_tools_that_the_conversation_speaks_of_are_declared() -> None:
    told = body(
        USER,
        {"role": "assistant", "tool_calls": [call("a"), call("b"), call("c", "find")]},
        *({"role": "tool", "tool_call_id": name, "content": "1"} for name in "abc"),
    )
    assert [tool["name"] for tool in told["tools"]] == ["look", "find"]
    assert told["tool_choice"] == {"type": "none"}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            {"type": "image_url", "image_url": {"url": PIXEL}},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://a.example/b.jpg"}},
            {"type": "image", "source": {"type": "url", "url": "https://a.example/b.jpg"}},
        ),
        (
            {"type": "file", "file": {"file_id": "file_1", "filename": "a.pdf"}},
            {"type": "document", "source": {"type": "file", "file_id": "file_1"}, "title": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": "a.pdf"}},
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                "title": "a.pdf",
            },
        ),
        (
            {"type": "file", "file": {"file_data": "data:text/plain;base64,aGVsbG8="}, "citations": {"enabled": True}},
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "hello"},
                "citations": {"enabled": True},
            },
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://a.example/b.pdf"}},
            {"type": "document", "source": {"type": "url", "url": "https://a.example/b.pdf"}},
        ),
        ({"type": "refusal", "refusal": "No."}, {"type": "text", "text": "No."}),
        ("plain", {"type": "text", "text": "plain"}),
    ],
)
def test_parts_become_blocks(part: Any, block: dict[str, Any]) -> None:
    assert turns({"role": "user", "content": [part]}) == [("user", [block])]


def test_the_mark_on_a_picture_survives_and_its_detail_does_not() -> None:
    part = {
        "type": "image_url",
        "image_url": {"url": PIXEL, "detail": "high"},
        "cache_control": {"type": "ephemeral"},
    }
    told, changes = asked({"role": "user", "content": [part]})
    assert told["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert changes == {"messages.image_url.detail": "dropped"}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:application/zip;base64,AA=="}}]},
        {"role": "user", "content": [7]},
        {"role": "user", "content": 7},
        {"role": "function", "name": "f", "content": "x"},
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "assistant", "tool_calls": ["x"]},
    ],
)
def test_what_claude_cannot_be_told_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refusal:
        asked(message)
    assert refusal.value.param == "messages"


def test_a_refusal_of_the_past_was_said() -> None:
    answer = {"role": "assistant", "content": "Well.", "refusal": "No."}
    assert turns(USER, answer, USER)[1] == ("assistant", [said("Well."), said("No.")])


def test_speech_of_the_past_is_lost() -> None:
    answer = {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
    assert asked(USER, answer, USER)[1] == {"messages.audio": "dropped"}


def test_the_name_of_a_speaker_is_lost() -> None:
    assert asked({**HELLO[0], "name": "ann"})[1] == {"messages.name": "dropped"}
