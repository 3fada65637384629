"""OpenAI's dialect: what is sent, and what events, answers and lists mean."""

import json
from typing import Any

import pytest

from llms.errors import Malformed, RateLimited, Unavailable
from llms.providers.base import Memo
from llms.providers.openai import OpenAiProvider
from llms.streaming.sse import Event
from llms.types import Chat
from tests.fakes.openai_wire import chunk

CHAT: Chat = {"model": "big", "messages": [{"role": "user", "content": "hi"}]}


def sent(chat: Chat, *, stream: bool, **settings: Any) -> dict[str, Any]:
    """The body that goes upstream."""
    request = OpenAiProvider(**settings).request(chat, stream=stream)
    assert request.body is not None
    body: dict[str, Any] = json.loads(request.body)
    return body


def test_a_request_goes_to_the_chat_path_with_the_key() -> None:
    request = OpenAiProvider("http://far/v1/", "key").request(CHAT, stream=False)
    assert (request.method, request.url) == ("POST", "http://far/v1/chat/completions")
    assert request.headers["Authorization"] == "Bearer key"


@pytest.mark.parametrize("stream", [True, False])
def test_unknown_fields_pass(stream: bool) -> None:
    chat: Chat = {**CHAT, "temperature": 0.5, "top_k": 7, "vendor": {"a": [1, None]}}  # type: ignore[typeddict-unknown-key]
    assert {**sent(chat, stream=stream), **chat} == sent(chat, stream=stream)


def test_a_stream_always_asks_for_the_usage() -> None:
    assert sent(CHAT, stream=True)["stream_options"] == {"include_usage": True}
    chosen: Chat = {**CHAT, "stream_options": {"include_usage": False, "include_obfuscation": False}}
    assert sent(chosen, stream=True)["stream_options"] == {"include_usage": True, "include_obfuscation": False}
    assert sent({**CHAT, "stream_options": None}, stream=True)["stream_options"] == {"include_usage": True}
    assert sent({**CHAT, "stream": None}, stream=True)["stream"] is True


def test_a_whole_answer_is_asked_for_without_stream_options() -> None:
    body = sent({**CHAT, "stream": False, "stream_options": {"include_usage": True}}, stream=False)
    assert body == CHAT


def test_configured_options_stand_beneath_the_clients() -> None:
    body = sent({**CHAT, "temperature": 0.5}, stream=False, options={"temperature": 1, "seed": 7})
    assert (body["temperature"], body["seed"]) == (0.5, 7)


def test_the_chat_is_left_alone() -> None:
    chat: Chat = {**CHAT, "stream_options": {}}
    sent(chat, stream=True, options={"seed": 7})
    assert chat == {**CHAT, "stream_options": {}}


def test_text_that_is_no_unicode_does_not_break_the_request() -> None:
    assert sent({"model": "m", "messages": [{"role": "user", "content": "\ud800"}]}, stream=False)["model"] == "m"


def chunks_of(data: bytes, name: str = "") -> tuple[list[dict[str, Any]], bool]:
    """What an event stands for, and whether it is the end mark."""
    memo = Memo(CHAT)
    return list(OpenAiProvider().chunks(Event(name, data), memo)), memo.done


def test_an_event_is_its_chunk() -> None:
    assert chunks_of(json.dumps(chunk()).encode()) == ([chunk()], False)
    assert chunks_of(json.dumps(chunk(error=None)).encode() + b"     ") == ([chunk(error=None)], False)


@pytest.mark.parametrize("mark", [b"[DONE]", b"[DONE] ", b"[DONE]\n"])
def test_the_end_mark_ends_the_stream(mark: bytes) -> None:
    assert chunks_of(mark) == ([], True)


@pytest.mark.parametrize("data", [b"x", b"{", b"", b"[1]", b'"text"', b"7", b"null", b"\xff"])
def test_an_event_that_is_no_chunk_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        chunks_of(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"error": {"message": "slow down", "code": 429}}', ""),
        (b'{"error": {"message": "slow down", "type": "rate_limit_error"}, "choices": []}', ""),
        (b'{"object": "error", "message": "slow down", "code": 429}', ""),
        (b'{"message": "slow down", "code": 429}', "error"),
    ],
)
def test_an_event_that_is_an_error_is_raised(data: bytes, name: str) -> None:
    with pytest.raises(RateLimited, match="slow down"):
        chunks_of(data, name)


def test_an_error_in_words_is_raised() -> None:
    with pytest.raises(Unavailable, match="out of memory"):
        chunks_of(b"out of memory", "error")


@pytest.mark.parametrize("wrapped", [True, False], ids=["OpenAI's list", "a bare list"])
def test_a_list_of_models_is_read(wrapped: bool) -> None:
    entries = [
        {"id": "a", "object": "model", "created": 7.0, "owned_by": "x", "context": 8},
        {"id": "b", "created": None},
    ]
    provider = OpenAiProvider(name="mine")
    cards = provider.model_cards({"object": "list", "data": entries} if wrapped else entries)
    assert [(card.id, card.created, card.owned_by, dict(card.extra)) for card in cards] == [
        ("a", 7, "x", {"context": 8}),
        ("b", 0, "mine", {}),
    ]


@pytest.mark.parametrize("body", [{"data": None}, {"data": []}, []])
def test_a_list_may_be_empty(body: Any) -> None:
    assert OpenAiProvider().model_cards(body) == []


@pytest.mark.parametrize("entry", [None, "a", 7, {}, {"id": ""}, {"id": None}])
def test_entries_that_name_no_model_are_skipped(entry: Any) -> None:
    assert [card.id for card in OpenAiProvider().model_cards({"data": [entry, {"id": "a"}]})] == ["a"]


@pytest.mark.parametrize(
    "body", [None, 7, "text", {}, {"hello": "world"}, {"data": 7}, {"data": {"a": 1}}, {"data": "x"}]
)
def test_what_is_no_list_of_models_is_malformed(body: Any) -> None:
    with pytest.raises(Malformed, match="list of models"):
        OpenAiProvider().model_cards(body)


def changes(model: str, base_url: str = "", **fields: Any) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """What goes upstream beyond model and messages, and what is told of it."""
    chat: Chat = {**CHAT, "model": model, **fields}  # type: ignore[typeddict-item]
    request = OpenAiProvider(base_url).request(chat, stream=False)
    assert request.body is not None
    body = json.loads(request.body)
    return {key: value for key, value in body.items() if key not in CHAT}, request.changes


@pytest.mark.parametrize("model", ["o3-mini", "ft:o4-mini:mine", "gpt-5", "gpt-5-mini", "gpt-5.1-codex", "gpt-5.5"])
def test_a_model_that_reasons_is_asked_its_way(model: str) -> None:
    sent_fields, told = changes(model, max_tokens=9, temperature=0.5, top_p=1, stop=["x"], presence_penalty=1, seed=7)
    assert sent_fields == {"max_completion_tokens": 9, "seed": 7}
    assert told == (("dropped", "presence_penalty"), ("dropped", "stop"), ("dropped", "temperature"))


@pytest.mark.parametrize(("model", "effort"), [("gpt-5.1", None), ("gpt-5.4-mini", None), ("gpt-5.5", "none")])
def test_a_model_that_is_told_not_to_reason_is_sampled(model: str, effort: str | None) -> None:
    asked: dict[str, Any] = {"temperature": 0.5, **({"reasoning_effort": effort} if effort else {})}
    assert changes(model, **asked, logit_bias={"1": 2}) == (asked, (("dropped", "logit_bias"),))


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1", "gpt-5-chat-latest", "ft:gpt-4o:x"])
def test_other_models_are_asked_as_they_are(model: str) -> None:
    asked: dict[str, Any] = {"max_tokens": 9, "temperature": 0.5, "stop": "x"}
    assert changes(model, **asked) == (asked, ())


def test_those_who_speak_like_openai_have_rules_of_their_own() -> None:
    asked: dict[str, Any] = {"max_tokens": 9, "temperature": 0.5}
    assert changes("gpt-5", "http://far/v1", **asked) == (asked, ())


@pytest.mark.parametrize(
    ("base_url", "kept"), [("", False), ("https://eu.api.openai.com/v1", False), ("http://far/v1", True)]
)
def test_the_state_of_other_vendors_does_not_reach_openai(base_url: str, kept: bool) -> None:
    message = {"role": "assistant", "content": "a", "reasoning_content": "hm"}
    chat: Chat = {"model": "gpt-4o", "messages": [message, {"role": "user", "content": "b"}]}
    body = sent(chat, stream=False, base_url=base_url)
    assert ("reasoning_content" in body["messages"][0]) is kept
    assert message["reasoning_content"] == "hm"
