"""What dialects read in past messages, in each of the forms OpenAI's fields may have."""

from typing import Any

import pytest

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
    other = {"id": "c2", "type": "custom", "custom": {"name": "x"}}
    messages = [{"role": "assistant", "tool_calls": [call, other, None]}, {"role": "user", "tool_calls": None}]
    assert tool_calls_of(messages[0]) == [call]
    assert called_names(messages) == {"c1": "add"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        (None, {}),
        ({"a": 1}, {"a": 1}),
        ("{broken", {"arguments": "{broken"}),
        ("[1]", {"arguments": [1]}),
    ],
)
def test_arguments_are_an_object(text: Any, told: dict[str, Any]) -> None:
    assert arguments_of({"function": {"name": "f", "arguments": text}}) == told
