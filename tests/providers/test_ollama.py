"""Ollama's dialect: what is sent, and what lines, answers and lists mean."""

import json
from typing import Any

import pytest

from llms.errors import BadRequest, Malformed, Rejected, Unavailable
from llms.providers.base import Provider
from llms.providers.ollama import OllamaProvider, host_of
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.streaming.fold import fold
from llms.types import Chat, Completion, Terms

HELLO = {"role": "user", "content": "hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"x": 2}'}}
ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
LAST = {
    "model": "m",
    "created_at": "2026-08-01T00:00:00Z",
    "message": {"role": "assistant", "content": ""},
    "done": True,
}
COUNTS = {"done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2, "total_duration": 1000}


def asked(*messages: dict[str, Any], **fields: Any) -> Chat:
    chat: Chat = {"model": "m", "messages": list(messages) or [HELLO], **fields}  # type: ignore[typeddict-item]
    return chat


def sent(chat: Chat, *, stream: bool = False, **settings: Any) -> tuple[dict[str, Any], list[str]]:
    """The body that goes to Ollama, and what was changed on the way."""
    request = OllamaProvider(**settings).request(chat, stream=stream)
    assert request.body is not None
    return json.loads(request.body), [f"{action} {field}" for action, field in request.changes]


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return sent(asked(*messages, **fields))[0]


def playing(answer: Answer) -> Provider:
    return OllamaProvider(transport=ScriptedTransport("far", lambda _: answer), name="mine")


def lines(*told: dict[str, Any]) -> Answer:
    return Answer((b"".join(json.dumps(line).encode() + b"\n" for line in told),), content_type="application/x-ndjson")


def line(**message: Any) -> dict[str, Any]:
    return {**LAST, "message": {"role": "assistant", "content": "", **message}, "done": False}


async def both(*told: dict[str, Any]) -> tuple[Completion, Completion]:
    """The stream of these lines folded, and the whole answer of the last of them."""
    chunks = [chunk async for chunk in playing(lines(*told)).chat(asked(), True)]
    return fold(chunks), await playing(json_answer(told[-1])).chat(asked())


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("http://box:11434", "http://box:11434"),
        ("http://box:11434/v1", "http://box:11434"),
        ("http://box:11434/v1/", "http://box:11434"),
        ("http://box:11434/api", "http://box:11434"),
        ("https://ollama.com", "https://ollama.com"),
        ("https://proxy/ollama/v1", "https://proxy/ollama"),
        ("box", "http://box:11434"),
        ("box:8080", "http://box:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_address_is_what_ollama_host_may_say(base_url: str, url: str) -> None:
    provider = OllamaProvider(base_url, "key")
    request = provider.request(asked(), stream=True)
    assert request.url == f"{url}/api/chat"
    assert request.headers["Authorization"] == "Bearer key"
    listing = provider.models_request()
    assert listing is not None
    assert (listing.method, listing.url) == ("GET", f"{url}/api/tags")
    assert host_of(host_of(base_url)) == host_of(base_url)


def test_a_plain_request_says_whether_it_streams() -> None:
    assert body() == {"model": "m", "messages": [HELLO], "stream": False}
    assert sent(asked(stream_options={"include_usage": True}), stream=True)[0]["stream"] is True


def test_what_steers_the_model_goes_into_options() -> None:
    told = body(max_tokens=5, temperature=0.5, top_p=0.9, seed=1, stop="x", num_ctx=4096, top_k=3, options={"top_k": 7})
    assert told["options"] == {
        "num_predict": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 1,
        "stop": ["x"],
        "num_ctx": 4096,
        "top_k": 7,
    }
    assert body(max_completion_tokens=6, max_tokens=5)["options"] == {"num_predict": 6}


def test_configured_options_stand_beneath_the_clients() -> None:
    told, _ = sent(asked(temperature=0), options={"temperature": 1, "num_ctx": 8, "keep_alive": "5m"})
    assert told["options"] == {"temperature": 0, "num_ctx": 8}
    assert told["keep_alive"] == "5m"


def test_ollamas_own_fields_pass_where_they_belong() -> None:
    told = body(keep_alive=0, truncate=False, shift=True, format="json")
    assert (told["keep_alive"], told["truncate"], told["shift"], told["format"]) == (0, False, True, "json")
    assert "options" not in told


@pytest.mark.parametrize(
    ("effort", "think", "changes"),
    [
        ("none", False, []),
        ("low", "low", []),
        ("high", "high", []),
        ("max", "max", []),
        ("minimal", "low", ["clamped reasoning_effort"]),
        ("xhigh", "high", ["clamped reasoning_effort"]),
    ],
)
def test_effort_becomes_think(effort: str, think: Any, changes: list[str]) -> None:
    told, changed = sent(asked(reasoning_effort=effort))
    assert told["think"] == think
    assert changed == changes


def test_think_itself_wins_over_the_effort() -> None:
    told, changed = sent(asked(reasoning_effort="minimal", think=True))
    assert told["think"] is True
    assert changed == []
    assert "think" not in body()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}, {"type": "object"}),
    ],
)
def test_a_response_format_is_a_format(wanted: dict[str, Any], told: Any) -> None:
    assert body(response_format=wanted).get("format") == told


@pytest.mark.parametrize(
    ("choice", "offered", "changes"),
    [
        (None, ["add", "sub"], []),
        ("auto", ["add", "sub"], []),
        ("none", [], []),
        ("required", ["add", "sub"], ["dropped tool_choice"]),
        ({"type": "function", "function": {"name": "add"}}, ["add"], ["emulated tool_choice"]),
    ],
)
def test_a_choice_of_tools_is_what_is_offered(choice: Any, offered: list[str], changes: list[str]) -> None:
    sub = {"type": "function", "function": {"name": "sub"}}
    told, changed = sent(asked(tools=[ADD, sub], tool_choice=choice))
    assert [tool["function"]["name"] for tool in told.get("tools", [])] == offered
    assert changed == changes


def test_what_ollama_cannot_do_is_told() -> None:
    custom = {"type": "custom", "custom": {"name": "x"}}
    chat = asked(
        {**HELLO, "name": "bob"}, tools=[ADD, custom], n=2, user="me", logit_bias={"1": 1}, service_tier="flex"
    )
    assert sorted(sent(chat)[1]) == [
        "clamped n",
        "dropped logit_bias",
        "dropped messages[].name",
        "dropped service_tier",
        "dropped tools",
        "dropped user",
    ]


def test_what_is_lost_of_messages_is_told() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "high"}}
    broken = {**CALL, "function": {"name": "add", "arguments": "{broken"}}
    chat = asked({"role": "user", "content": [image]}, {"role": "assistant", "tool_calls": [broken]})
    told, changes = sent(chat)
    assert changes == ["dropped messages.image_url.detail", "emulated messages.tool_calls"]
    assert told["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"arguments": "{broken"}


async def test_strict_terms_refuse_what_would_be_lost() -> None:
    with pytest.raises(BadRequest, match="logit_bias") as refused:
        await playing(json_answer(LAST)).chat(asked(logit_bias={"1": 1}), terms=Terms(strict=True))
    assert refused.value.param == "logit_bias"


def test_a_tool_loop_is_told_in_objects_and_names() -> None:
    said = {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "two"}
    result = {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "4"}]}
    assert body({"role": "developer", "content": "be brief"}, HELLO, said, result)["messages"] == [
        {"role": "system", "content": "be brief"},
        HELLO,
        {
            "role": "assistant",
            "content": "",
            "thinking": "two",
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "add", "arguments": {"x": 2}}}],
        },
        {"role": "tool", "content": "4", "tool_name": "add", "tool_call_id": "call_1"},
    ]


def test_images_are_plain_base64_beside_the_text() -> None:
    parts = [
        {"type": "text", "text": "what"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "text", "text": "is it"},
    ]
    assert body({"role": "user", "content": parts})["messages"] == [
        {"role": "user", "content": "what\nis it", "images": ["AAAA"]}
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://far/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
    ],
)
def test_other_media_are_refused(part: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Ollama takes"):
        body({"role": "user", "content": [part]})


async def test_a_text_streams_and_stands_as_it_does_whole() -> None:
    whole = {**LAST, "message": {"role": "assistant", "content": "Hello.", "thinking": "hm"}, **COUNTS}
    streamed, answered = await both(
        line(thinking="h"), line(thinking="m"), line(content="Hel"), line(content="lo."), {**LAST, **COUNTS}
    )
    answered = await playing(json_answer(whole)).chat(asked())
    assert {**streamed, "id": ""} == {**answered, "id": ""}
    assert streamed["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Hello.",
        "refusal": None,
        "reasoning_content": "hm",
    }
    assert streamed["created"] == 1785542400
    assert streamed["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "total_duration": 1000}


async def test_calls_spread_over_lines_get_ids_and_indexes_of_their_own() -> None:
    one = {"function": {"index": 0, "name": "add", "arguments": {"x": 1}}}
    two = {"function": {"index": 0, "name": "add", "arguments": {"x": 2}}}
    bare = {"id": "call_3", "function": {"name": "now"}}
    told, _ = await both(line(tool_calls=[one]), line(tool_calls=[two, bare]), {**LAST, **COUNTS})
    (choice,) = told["choices"]
    calls = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert [call["function"]["arguments"] for call in calls] == ['{"x":1}', '{"x":2}', "{}"]
    assert len({call["id"] for call in calls}) == 3
    assert calls[2]["id"] == "call_3"


@pytest.mark.parametrize(("native", "told"), [("stop", "stop"), ("length", "length"), ("load", "stop"), (None, "stop")])
async def test_the_reason_of_the_end(native: str | None, told: str) -> None:
    last = {**LAST, "message": {"role": "assistant", "content": "x"}, "done_reason": native}
    for answer in await both(last):
        assert answer["choices"][0]["finish_reason"] == told


async def test_a_prompt_without_a_count_counts_nothing() -> None:
    for answer in await both({**LAST, "eval_count": 4}):
        assert answer["usage"] == {"prompt_tokens": 0, "completion_tokens": 4, "total_tokens": 4}


async def test_logprobs_are_told_in_openais_form() -> None:
    told, _ = sent(asked(logprobs=True, top_logprobs=2))
    assert (told["logprobs"], told["top_logprobs"]) == (True, 2)
    token = {"token": "é", "logprob": -0.5, "top_logprobs": [{"token": "e", "logprob": -1}]}
    last = {**LAST, "message": {"role": "assistant", "content": "é"}, "logprobs": [token]}
    for answer in await both(last):
        assert answer["choices"][0]["logprobs"]["content"] == [
            {
                "token": "é",
                "logprob": -0.5,
                "bytes": [195, 169],
                "top_logprobs": [{"token": "e", "logprob": -1.0, "bytes": [101]}],
            }
        ]


async def test_an_error_line_ends_the_stream_as_an_error() -> None:
    with pytest.raises(Unavailable, match="out of memory"):
        await both(line(content="Hel"), {"error": "out of memory"})


@pytest.mark.parametrize("broken", [b"{broken\n", b"[1]\n"])
async def test_a_line_that_is_no_object_is_malformed(broken: bytes) -> None:
    with pytest.raises(Malformed):
        _ = [each async for each in playing(Answer((broken,), content_type="application/x-ndjson")).chat(asked(), True)]


async def test_a_stream_without_its_last_line_is_malformed() -> None:
    with pytest.raises(Malformed, match="without a finish reason"):
        await both(line(content="Hel"))


async def test_an_unknown_model_is_not_found() -> None:
    far = json_answer({"error": "model 'm' not found"}, status=404)
    with pytest.raises(Rejected) as refused:
        await playing(far).chat(asked())
    assert (refused.value.status, refused.value.code) == (404, "model_not_found")


async def test_thinking_comes_back_in_a_tool_loop_of_a_client_that_drops_it() -> None:
    requests: list[Request] = []

    def far(request: Request) -> Answer:
        requests.append(request)
        call = {"id": "call_1", "function": {"name": "add", "arguments": {"x": 2}}}
        return json_answer({**LAST, "message": {"role": "assistant", "thinking": "two", "tool_calls": [call]}})

    provider = OllamaProvider(transport=ScriptedTransport("far", far))
    await provider.chat(asked(tools=[ADD]))
    await provider.chat(
        asked(
            HELLO,
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": "4"},
        )
    )
    assert json.loads(requests[1].body or b"")["messages"][1]["thinking"] == "two"


async def test_the_models_are_listed_with_their_size() -> None:
    model = {"name": "qwen3:4b", "model": "qwen3:4b", "modified_at": "2026-06-19T16:26:52.429441648-07:00", "size": 7}
    (card,) = await playing(json_answer({"models": [model, {}]})).list_models()
    assert (card.id, card.owned_by, card.created, card.extra) == ("qwen3:4b", "mine", 1781911612, {"size": 7})
    assert await playing(json_answer({"models": None})).list_models() == []


@pytest.mark.parametrize("other", [{"data": []}, []])
async def test_another_server_on_its_port_is_not_taken_for_it(other: Any) -> None:
    with pytest.raises(Malformed):
        await playing(json_answer(other)).list_models()
