"""Reasoning that a model writes into its text leaves as reasoning, streamed and not."""

from typing import Any

import pytest

from llms.providers.scripted.transport import STREAM_TYPE, Answer, ScriptedTransport, json_answer
from llms.providers.tagged import TaggedProvider
from llms.streaming.fold import fold
from llms.types import Chat, Completion
from tests.fakes.openai_wire import choice, chunk, completion, sse, text_chunks

CHAT: Chat = {"model": "big", "messages": [{"role": "user", "content": "hi"}]}


async def streamed(*chunks: dict[str, Any]) -> Completion:
    transport = ScriptedTransport("far", lambda _: Answer(sse(*chunks), content_type=STREAM_TYPE))
    provider = TaggedProvider("http://far/v1", transport=transport)
    return fold([each async for each in provider.chat(CHAT, True)])


def said(answer: Completion) -> tuple[Any, Any]:
    message = answer["choices"][0]["message"]
    return message.get("reasoning_content"), message["content"]


@pytest.mark.parametrize(
    "words", [("<think>hm</think>", "yes"), ("<th", "ink>h", "m</", "think>\n", "\nyes"), ("<think>hm</think>yes",)]
)
async def test_a_stream_says_what_the_whole_answer_says(words: tuple[str, ...]) -> None:
    transport = ScriptedTransport("far", lambda _: json_answer(completion("".join(words))))
    whole = await TaggedProvider("http://far/v1", transport=transport).chat(CHAT)
    assert said(whole) == ("hm", "yes")
    assert await streamed(*text_chunks(*words)) == whole


async def test_what_is_held_back_comes_with_the_end() -> None:
    assert said(await streamed(*text_chunks("<think>hm </th", finish="length"))) == ("hm </th", "")
    assert said(await streamed(*text_chunks("a", "<b"))) == (None, "a<b")
    assert said(await streamed(*text_chunks("<thi"))) == (None, "<thi")


async def test_each_choice_has_its_own_reasoning() -> None:
    pieces = [(0, "<think>a"), (1, "no"), (0, "</think>b"), (1, "<think>")]
    chunks = [chunk(choice({"content": text}, index=index)) for index, text in pieces]
    ends = [chunk(choice({}, "stop", index=index)) for index in (0, 1)]
    messages = [one["message"] for one in (await streamed(*chunks, *ends))["choices"]]
    assert [message.get("reasoning_content") for message in messages] == ["a", None]
    assert [message["content"] for message in messages] == ["b", "no<think>"]


async def test_reasoning_of_a_field_of_its_own_stays() -> None:
    chunks = [chunk(choice({"reasoning": "hm", "content": ""})), chunk(choice({"content": "yes"}, "stop"))]
    assert said(await streamed(*chunks)) == ("hm", "yes")


async def test_tool_calls_pass() -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    chunks = [chunk(choice({"content": "<think>hm</think>"})), chunk(choice({"tool_calls": [call]}, "tool_calls"))]
    answer = await streamed(*chunks)
    assert said(answer) == ("hm", "")
    assert answer["choices"][0]["message"]["tool_calls"][0]["id"] == "c1"


@pytest.mark.parametrize("strange", [{"index": "0"}, {"index": [0]}, {"index": None}, {}])
async def test_a_choice_without_a_number_is_the_first(strange: dict[str, Any]) -> None:
    chunks = [chunk({**strange, "delta": {"content": text}}) for text in ("<think>hm", "</think>", "yes")]
    assert said(await streamed(*chunks, chunk(choice({}, "stop")))) == ("hm", "yes")
