"""What dialects read in past messages, in each of the forms OpenAI's fields may have."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.history import all_text, arguments_of, called_names, parts_of, text_of, tool_calls_of

TEXT = {"type": "text", "text": "hi"}


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("hi", [TEXT]),
        ("", []),
        (None, []),
        ([TEXT, {"type": "refusal", "refusal": "no"}], [TEXT, {"type": "refusal", "refusal": "no"}]),
        (["hi", 7], [TEXT]),
    ],
)
def test_content_is_a_list_of_parts(content: Any, parts: list[dict[str, Any]]) -> None:
    assert parts_of({"content": content}) == parts


def test_the_text_of_parts() -> None:
    assert text_of(TEXT) == "hi"
    assert text_of({"type": "refusal", "refusal": "no"}) == "no"
    assert text_of({"type": "image_url", "image_url": {"url": "x"}}) is None
    assert all_text({"content": [TEXT, {"type": "image_url"}, TEXT]}) == "hi\nhi"


def test_a_result_finds_the_name_of_what_was_called() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "tool_calls": [call, None]},
        {"role": "user", "tool_calls": None},
    ]
    assert tool_calls_of(messages[0]) == [call]
    assert called_names(messages) == {"c1": "add"}


def test_a_call_of_a_custom_tool_is_told_as_one_of_a_function() -> None:
    call = {"id": "c2", "type": "custom", "custom": {"name": "shout", "input": "hey"}}
    assert tool_calls_of({"tool_calls": [call]}) == [
        {"id": "c2", "function": {"name": "shout", "arguments": '{"input":"hey"}'}}
    ]


def test_the_form_of_old_is_refused() -> None:
    with pytest.raises(BadRequest, match="use 'tool_calls'"):
        tool_calls_of({"role": "assistant", "function_call": {"name": "add", "arguments": "{}"}})


@pytest.mark.parametrize(
    ("text", "told", "noted"),
    [
        ('{"a": 1}', {"a": 1}, False),
        ("", {}, False),
        (None, {}, False),
        ({"a": 1}, {"a": 1}, False),
        ("{broken", {"arguments": "{broken"}, True),
        ("[1]", {"arguments": [1]}, True),
    ],
)
def test_arguments_are_an_object(text: Any, told: dict[str, Any], noted: bool) -> None:
    fields = Fields({}, {"model": "m", "messages": []})
    assert arguments_of({"function": {"name": "f", "arguments": text}}, fields) == told
    assert fields.changes == ((("emulated", "messages.tool_calls"),) if noted else ())
