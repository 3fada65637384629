from typing import Any

import click
import pytest

from llms.cli.arguments import compose, read_arguments, read_template


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ("temperature=0.2&top_p=1", {"temperature": 0.2, "top_p": 1}),
        ("store=true&logprobs=false&seed=null", {"store": True, "logprobs": False, "seed": None}),
        ("seed=-7&x=1e-3&y=1_000&z=inf", {"seed": -7, "x": 0.001, "y": "1_000", "z": "inf"}),
        ("stop=1", {"stop": "1"}),
        ("stop=a,b", {"stop": ["a", "b"]}),
        ("stop=a%2Cb+c", {"stop": ["a", "b c"]}),
        ("stop=a&stop=b&stop=c", {"stop": ["a", "b", "c"]}),
        ("n=1&n=2", {"n": [1, 2]}),
        ('response_format={"type":"json_object"}', {"response_format": {"type": "json_object"}}),
        ('stop=["a","b"]', {"stop": ["a", "b"]}),
        ("reasoning_effort=high&user=", {"reasoning_effort": "high", "user": ""}),
        ("note=a%26b%3Dc", {"note": "a&b=c"}),
    ],
)
def test_fields_are_read_as_in_a_url(text: str, fields: dict[str, Any]) -> None:
    read = read_arguments(text)
    assert read == fields
    assert {name: type(value) for name, value in read.items()} == {name: type(value) for name, value in fields.items()}


@pytest.mark.parametrize("text", ["temperature", "a=1&b", "tools=[1,", "messages=[]"])
def test_what_is_no_field_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="--args"):
        read_arguments(text)


def test_a_prompt_alone() -> None:
    assert dict(compose("hello")) == {"messages": [{"role": "user", "content": "hello"}]}


def test_the_command_line_wins_over_the_template() -> None:
    template = {
        "model": "a/b",
        "temperature": 1,
        "messages": [
            {"role": "system", "content": "old"},
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "yes?"},
            {"role": "user", "content": "last"},
        ],
    }
    chat = compose("new", system="be brief", model="c/d", template=template, fields={"temperature": 0})
    assert chat["model"] == "c/d"
    assert chat["temperature"] == 0
    assert [message["content"] for message in chat["messages"]] == ["be brief", "first", "yes?", "new"]
    assert template["model"] == "a/b"
    assert [message["content"] for message in template["messages"]] == ["old", "first", "yes?", "last"]  # type: ignore[attr-defined]


def test_a_prompt_keeps_the_images_beside_it() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    template = {"messages": [{"role": "user", "content": [{"type": "text", "text": "old"}, image]}]}
    chat = compose("new", template=template)
    assert chat["messages"][0]["content"] == [{"type": "text", "text": "new"}, image]


def test_a_system_message_comes_first() -> None:
    assert [message["role"] for message in compose("hello", system="be brief")["messages"]] == ["system", "user"]


def test_nothing_asked_is_refused() -> None:
    with pytest.raises(click.UsageError, match="give a prompt"):
        compose("", system="be brief")


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"messages": "hello"}', b'{"messages": ["hello"]}'])
def test_a_template_that_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(click.UsageError, match=r"the file "):
        read_template(raw, "the file x.json")
