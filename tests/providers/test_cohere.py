"""Cohere's dialect: what is sent, and what events, answers and lists mean."""

import json
from typing import Any

import pytest

from llms.errors import BadRequest, Malformed, RateLimited, Rejected, Unavailable
from llms.providers.base import Provider
from llms.providers.cohere import CohereProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.streaming.fold import fold
from llms.types import Chat, Completion

HELLO = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"x": 2}'}}
SUB = {"type": "function", "function": {"name": "sub", "parameters": {"type": "object"}}}
ADD = {"type": "function", "function": {"name": "add", "description": "d", "parameters": {"type": "object"}}}
USAGE = {"billed_units": {"input_tokens": 1, "output_tokens": 1}, "tokens": {"input_tokens": 3.0, "output_tokens": 2.0}}


def asked(*messages: dict[str, Any], **fields: Any) -> Chat:
    chat: Chat = {"model": "m", "messages": list(messages) or [HELLO], **fields}  # type: ignore[typeddict-item]
    return chat


def sent(chat: Chat, *, stream: bool = False, **settings: Any) -> tuple[dict[str, Any], list[str]]:
    """The body that goes to Cohere, and what was changed on the way."""
    request = CohereProvider(**settings).request(chat, stream=stream)
    assert request.body is not None
    return json.loads(request.body), [f"{action} {field}" for action, field in request.changes]


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return sent(asked(*messages, **fields))[0]


def playing(answer: Answer) -> Provider:
    return CohereProvider(transport=ScriptedTransport("far", lambda _: answer), name="mine")


def event(kind: str, message: Any = None, **told: Any) -> dict[str, Any]:
    return {"type": kind, **({"delta": {"message": message}} if message is not None else {}), **told}


def end(reason: str = "COMPLETE", **delta: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": USAGE, **delta}}


async def streamed(*events: dict[str, Any]) -> Completion:
    body = b"".join(
        b"event: %s\ndata: %s\n\n" % (str(each.get("type")).encode(), json.dumps(each).encode()) for each in events
    )
    return fold([chunk async for chunk in playing(Answer((body,))).chat(asked(), True)])


async def answered(message: dict[str, Any], reason: str = "COMPLETE", **told: Any) -> Completion:
    return await playing(
        json_answer({"id": "a1", "message": message, "finish_reason": reason, "usage": USAGE, **told})
    ).chat(asked())


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "https://api.cohere.com",
        "https://api.cohere.com/",
        "https://api.cohere.com/v1",
        "https://api.cohere.com/v2/",
    ],
)
def test_the_address_is_the_host(base_url: str) -> None:
    provider = CohereProvider(base_url, "key")
    request = provider.request(asked(), stream=True)
    assert request.url == "https://api.cohere.com/v2/chat"
    assert request.headers["Authorization"] == "Bearer key"
    listing = provider.models_request()
    assert listing is not None
    assert (listing.method, listing.url) == ("GET", "https://api.cohere.com/v1/models?page_size=1000")


def test_fields_have_coheres_names() -> None:
    told, changes = sent(
        asked(max_tokens=5, temperature=0.5, top_p=0.9, top_k=3, seed=1, stop="x", frequency_penalty=0.5, logprobs=True)
    )
    assert told == {
        "model": "m",
        "messages": [HELLO],
        "stream": False,
        "max_tokens": 5,
        "temperature": 0.5,
        "p": 0.9,
        "k": 3,
        "seed": 1,
        "stop_sequences": ["x"],
        "frequency_penalty": 0.5,
        "logprobs": True,
    }
    assert changes == []


def test_coheres_own_fields_pass_and_win() -> None:
    told, changes = sent(
        asked(
            top_p=0.9,
            p=0.1,
            safety_mode="OFF",
            citation_options={"mode": "FAST"},
            reasoning_effort="low",
            thinking={"type": "disabled"},
        )
    )
    assert (told["p"], told["safety_mode"], told["citation_options"]) == (0.1, "OFF", {"mode": "FAST"})
    assert told["thinking"] == {"type": "disabled"}
    assert changes == []


def test_what_cohere_refuses_is_clamped() -> None:
    told, changes = sent(asked(temperature=1.5, top_p=1.5, presence_penalty=-1, stop=list("abcdef"), n=2))
    assert (told["temperature"], told["p"], told["presence_penalty"], told["stop_sequences"]) == (
        1,
        0.99,
        0,
        list("abcde"),
    )
    assert changes == ["clamped temperature", "clamped top_p", "clamped presence_penalty", "clamped stop", "clamped n"]


def test_what_cohere_does_not_know_is_dropped_and_told() -> None:
    told, changes = sent(
        asked(
            {**HELLO, "name": "bob"}, user="me", top_logprobs=2, store=False, vendor={"a": 1}, parallel_tool_calls=False
        )
    )
    assert set(told) == {"model", "messages", "stream"}
    assert sorted(changes) == [
        "dropped messages[].name",
        "dropped parallel_tool_calls",
        "dropped top_logprobs",
        "dropped user",
        "dropped vendor",
    ]


@pytest.mark.parametrize(
    ("effort", "thinking"),
    [
        (None, None),
        ("none", {"type": "disabled"}),
        ("low", {"type": "enabled", "token_budget": 2048}),
        ("high", {"type": "enabled"}),
    ],
)
def test_effort_becomes_thinking(effort: str | None, thinking: Any) -> None:
    assert body(reasoning_effort=effort).get("thinking") == thinking


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
            {"type": "json_object", "json_schema": {"type": "object"}},
        ),
    ],
)
def test_a_schema_stands_in_the_response_format(wanted: dict[str, Any], told: Any) -> None:
    assert body(response_format=wanted).get("response_format") == told


@pytest.mark.parametrize(
    ("choice", "told", "offered", "changes"),
    [
        ("auto", None, ["add", "sub"], []),
        ("required", "REQUIRED", ["add", "sub"], []),
        ("none", "NONE", ["add", "sub"], []),
        ({"type": "function", "function": {"name": "add"}}, "REQUIRED", ["add"], ["emulated tool_choice"]),
    ],
)
def test_a_choice_of_tools(choice: Any, told: str | None, offered: list[str], changes: list[str]) -> None:
    body, changed = sent(asked(tools=[ADD, SUB], tool_choice=choice))
    assert [tool["function"]["name"] for tool in body["tools"]] == offered
    assert body.get("tool_choice") == told
    assert changed == changes


def test_strict_is_for_all_tools_or_none() -> None:
    def strict(tool: dict[str, Any]) -> dict[str, Any]:
        return {**tool, "function": {**tool["function"], "strict": True}}

    told, changes = sent(asked(tools=[strict(ADD), strict(SUB)]))
    assert (told["strict_tools"], told["tools"], changes) == (True, [ADD, SUB], [])
    assert sent(asked(tools=[strict(ADD), SUB]))[1] == ["emulated tools[].function.strict"]
    assert "strict_tools" not in body(tools=[ADD])


def test_a_tool_without_parameters_gets_empty_ones_and_another_kind_is_dropped() -> None:
    told, changes = sent(asked(tools=[{"type": "function", "function": {"name": "now"}}, {"type": "custom"}]))
    assert told["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert changes == ["dropped tools"]


def test_a_tool_loop() -> None:
    said = {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "I will add."}
    text = {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "4"}]}
    cited = {"role": "tool", "tool_call_id": "c1", "content": [{"type": "document", "document": {"data": {"a": "4"}}}]}
    assert body({"role": "developer", "content": "be brief"}, HELLO, said, text, cited)["messages"] == [
        {"role": "system", "content": "be brief"},
        HELLO,
        {"role": "assistant", "tool_calls": [CALL], "tool_plan": "I will add."},
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
        cited,
    ]


def test_the_reasoning_of_a_plain_answer_is_not_sent_back() -> None:
    said = {"role": "assistant", "content": "yes", "reasoning_content": "hm"}
    assert body(HELLO, said, HELLO)["messages"][1] == {"role": "assistant", "content": "yes"}


def test_images_are_passed_and_texts_become_documents() -> None:
    inline = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    remote = {"type": "image_url", "image_url": {"url": "https://far/a.png"}}
    note = {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}}
    told, changes = sent(asked({"role": "user", "content": [inline, remote, note]}, documents=["first"]))
    assert told["messages"] == [{"role": "user", "content": [inline, remote]}]
    assert told["documents"] == ["first", {"id": "a.txt", "data": {"title": "a.txt", "text": "hi"}}]
    assert changes == ["emulated messages[].content[].file"]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
    ],
)
def test_other_media_are_refused(part: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Cohere takes"):
        body({"role": "user", "content": [part]})


async def test_stream_and_answer_agree() -> None:
    source = {"type": "document", "id": "doc:1", "document": {"id": "doc:1", "title": "T", "url": "https://far/t"}}
    unnamed = {"type": "tool", "id": "call:0", "tool_output": {"text": "x"}}
    citation = {
        "start": 0,
        "end": 5,
        "text": "World",
        "sources": [source, source, unnamed],
        "type": "TEXT_CONTENT",
        "content_index": 2,
    }
    plan = {**citation, "type": "PLAN"}
    told = await streamed(
        event("message-start", {"role": "assistant"}, id="a1"),
        event("content-start", {"content": {"type": "thinking", "thinking": "h"}}, index=0),
        event("content-delta", {"content": {"thinking": "m"}}, index=0),
        event("content-end", index=0),
        event("content-start", {"content": {"type": "text", "text": ""}}, index=1),
        event("content-delta", {"content": {"text": "Hello "}}, index=1),
        event("content-start", {"content": {"type": "text", "text": "Wor"}}, index=2),
        event("content-delta", {"content": {"text": "ld"}}, index=2),
        event("citation-start", {"citations": citation}, index=0),
        event("citation-end", index=0),
        event("citation-start", {"citations": plan}, index=1),
        end(),
    )
    content = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Hello "},
        {"type": "text", "text": "World"},
    ]
    whole = await answered({"role": "assistant", "content": content, "citations": [citation, plan]})
    assert {**told, "created": 0} == {**whole, "created": 0}
    message = told["choices"][0]["message"]
    assert (told["id"], message["content"], message["reasoning_content"]) == ("a1", "Hello World", "hm")
    assert told["citations"] == [citation, plan]
    assert message["annotations"] == [
        {
            "type": "url_citation",
            "url_citation": {"start_index": 6, "end_index": 11, "url": "https://far/t", "title": "T"},
        }
    ]
    assert told["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
        "billed_units": {"input_tokens": 1, "output_tokens": 1},
    }


async def test_a_call_without_arguments_has_the_empty_object() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": None}}
    told = await streamed(
        event("message-start", {}, id="a1"),
        event("tool-plan-delta", {"tool_plan": "I will"}),
        event("tool-call-start", {"tool_calls": call}, index=0),
        event("tool-call-end", index=0),
        end("TOOL_CALL"),
    )
    whole = await answered({"tool_plan": "I will", "tool_calls": [dict(call)]}, "TOOL_CALL")
    assert {**told, "created": 0} == {**whole, "created": 0}
    (choice,) = told["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["reasoning_content"] == "I will"
    assert choice["message"]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    ]


@pytest.mark.parametrize(
    ("native", "told"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_TOXIC", "content_filter"),
        ("ERROR_LIMIT", "length"),
    ],
)
async def test_the_reason_of_the_end(native: str, told: str) -> None:
    text = event("content-delta", {"content": {"text": "x"}}, index=0)
    assert (await streamed(text, end(native)))["choices"][0]["finish_reason"] == told
    whole = await answered({"content": [{"type": "text", "text": "x"}]}, native)
    assert whole["choices"][0]["finish_reason"] == told


@pytest.mark.parametrize("native", ["ERROR", "TIMEOUT"])
async def test_an_end_that_is_a_failure_is_one(native: str) -> None:
    text = event("content-delta", {"content": {"text": "x"}}, index=0)
    with pytest.raises(Unavailable):
        await streamed(text, end(native))
    with pytest.raises(Unavailable):
        await answered({"content": [{"type": "text", "text": "x"}]}, native)


@pytest.mark.parametrize(
    "failing",
    [
        end("ERROR", error="it broke"),
        {"message": "it broke"},
        {"type": "error", "message": "it broke"},
        {"error": "it broke"},
    ],
)
async def test_an_error_in_the_stream_is_an_error(failing: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="it broke"):
        await streamed(event("content-delta", {"content": {"text": "x"}}, index=0), failing)


async def test_a_stream_without_its_end_is_malformed() -> None:
    text = event("content-delta", {"content": {"text": "x"}}, index=0)
    with pytest.raises(Malformed, match="without a finish reason"):
        await streamed(text, event("debug", prompt="x"))
    for broken in (b"data: {broken\n\n", b"data: [1]\n\n"):
        with pytest.raises(Malformed):
            _ = [chunk async for chunk in playing(Answer((broken,))).chat(asked(), True)]
    with pytest.raises(Malformed):
        await playing(json_answer({"id": "a1"})).chat(asked())


async def test_cached_and_reasoning_tokens_are_detailed() -> None:
    usage = {"tokens": {"input_tokens": 9, "output_tokens": 5, "reasoning_tokens": 3}, "cached_tokens": 4}
    told = await answered({"content": []}, usage=usage)
    assert told["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    billed = await answered({"content": []}, usage={"billed_units": {"input_tokens": 1, "output_tokens": 2}})
    assert (billed["usage"]["prompt_tokens"], billed["usage"]["total_tokens"]) == (1, 3)
    assert "usage" not in await answered({"content": []}, usage=None)


async def test_logprobs_are_told_for_each_piece_of_text() -> None:
    item = {"text": "hi", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]}
    expected = [{"token": "hi", "logprob": -0.75, "bytes": [104, 105], "top_logprobs": []}]
    told = await streamed(event("content-delta", {"content": {"text": "hi"}}, index=0, logprobs=item), end())
    assert told["choices"][0]["logprobs"]["content"] == expected
    whole = await answered({"content": [{"type": "text", "text": "hi"}]}, logprobs=[item])
    assert whole["choices"][0]["logprobs"]["content"] == expected


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "invalid request: message must be at least 1 token long", Rejected),
        (404, "model 'command-x' not found", Rejected),
        (429, "You are using a Trial key, which is limited to 10 API calls / minute", RateLimited),
        (500, "internal server error", Unavailable),
    ],
)
async def test_a_refusal_keeps_coheres_words(status: int, message: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=message.split("'", maxsplit=1)[0]):
        await playing(json_answer({"id": "x", "message": message}, status=status)).chat(asked())


async def test_the_models_are_listed() -> None:
    model = {"name": "command-a", "endpoints": ["chat"], "context_length": 256000}
    (card,) = await playing(json_answer({"models": [model, {}]})).list_models()
    assert (card.id, card.owned_by, card.extra["context_length"]) == ("command-a", "mine", 256000)
    with pytest.raises(Malformed):
        await playing(json_answer({"data": []})).list_models()
