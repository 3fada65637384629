"""The provider as a whole: addresses, keys, both forms of an answer, state that comes back, lists of models."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from llms.errors import BadRequest, Malformed, Rejected
from llms.providers.google import GoogleProvider
from llms.providers.scripted.transport import STREAM_TYPE, Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.streaming.fold import fold
from llms.types import Chat, Completion, Terms

CHAT: Chat = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "hi"}]}
WITH_USER = cast(Chat, {**CHAT, "user": "u"})
VERTEX = "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/publishers/google"


class Far:
    """A provider whose far end is a function of the request."""

    def __init__(self, answer: Answer | Callable[[Request], Answer], **settings: Any) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        transport = ScriptedTransport("far", self._play)
        self.provider = GoogleProvider(api_key="key", transport=transport, **settings)

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._answer(request) if callable(self._answer) else self._answer


def asked(
    chat: Chat = CHAT, *, stream: bool = False, base_url: str = "", key: str = "key", options: Any = None
) -> Request:
    return GoogleProvider(base_url, key, options=options).request(chat, stream=stream)


def body_of(request: Request) -> dict[str, Any]:
    assert request.body is not None
    body: dict[str, Any] = json.loads(request.body)
    return body


def events(*responses: dict[str, Any]) -> Answer:
    return Answer(
        tuple(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in responses), content_type=STREAM_TYPE
    )


def response(*parts: dict[str, Any], finish: str | None = "STOP") -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    counts = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {
        "candidates": [candidate],
        "responseId": "r",
        "modelVersion": "m",
        "createTime": "2026-01-01T00:00:00Z",
        "usageMetadata": counts,
    }


async def told_by(far: Far, *, stream: bool) -> Completion:
    """The answer, asked for either way."""
    if stream:
        return fold([chunk async for chunk in far.provider.chat(CHAT, True)])
    return await far.provider.chat(CHAT)


def test_a_stream_is_asked_for_as_events() -> None:
    assert asked(stream=True).url == (
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse"
    )
    assert asked().url.endswith("/models/gemini-3-flash:generateContent")


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        ("https://proxy.example/v1beta/", "https://proxy.example/v1beta/models/gemini-3-flash"),
        ("https://proxy.example", "https://proxy.example/v1beta/models/gemini-3-flash"),
        ("https://proxy.example/v1beta/openai", "https://proxy.example/v1beta/models/gemini-3-flash"),
        ("https://proxy.example/google/v1alpha", "https://proxy.example/google/v1alpha/models/gemini-3-flash"),
        (VERTEX, f"{VERTEX}/models/gemini-3-flash"),
        (VERTEX.removesuffix("/publishers/google"), f"{VERTEX}/models/gemini-3-flash"),
        (
            "https://aiplatform.googleapis.com",
            "https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3-flash",
        ),
    ],
)
def test_the_base_url_has_the_version_or_gets_it(base_url: str, wanted: str) -> None:
    assert asked(base_url=base_url).url == f"{wanted}:generateContent"


@pytest.mark.parametrize(
    ("base_url", "model", "path"),
    [
        ("", "models/gemini-3-flash", "/v1beta/models/gemini-3-flash"),
        ("", "tunedModels/mine", "/v1beta/tunedModels/mine"),
        ("", "gemini-3-flash:predict", "/v1beta/models/gemini-3-flash%3Apredict"),
        (VERTEX, "endpoints/5", "/locations/europe-west1/endpoints/5"),
        (VERTEX, "publishers/meta/models/llama", "/locations/europe-west1/publishers/meta/models/llama"),
    ],
)
def test_models_of_other_kinds_have_their_own_paths(base_url: str, model: str, path: str) -> None:
    assert asked({**CHAT, "model": model}, base_url=base_url).url.endswith(f"{path}:generateContent")


@pytest.mark.parametrize(
    ("base_url", "key", "options", "header"),
    [
        ("", "AIza-key", {}, "x-goog-api-key"),
        ("", "ya29.token", {}, "Authorization"),
        ("", "any", {"token": "bearer"}, "Authorization"),
        (VERTEX, "any", {}, "Authorization"),
        (VERTEX, "AIza-key", {}, "x-goog-api-key"),
        (VERTEX, "any", {"token": "key"}, "x-goog-api-key"),
    ],
)
def test_the_key_is_in_a_header_and_never_in_the_address(
    base_url: str, key: str, options: dict[str, str], header: str
) -> None:
    request = asked(base_url=base_url, key=key, options=options)
    credentials = {"x-goog-api-key": key, "Authorization": f"Bearer {key}"}
    assert {name: value for name, value in request.headers.items() if name in credentials} == {
        header: credentials[header]
    }
    assert key not in request.url
    assert request.changes == ()


def test_without_a_key_there_is_no_header() -> None:
    assert GoogleProvider().request(CHAT, stream=False).headers == {"Content-Type": "application/json"}


def test_the_whole_request() -> None:
    request = asked(
        {
            "model": "gemini-3-flash",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}}
                    ],
                },
            ],
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "tool_choice": "required",
            "tool_config": {  # type: ignore[typeddict-unknown-key]
                "retrievalConfig": {},
                "function_calling_config": {"streamFunctionCallArguments": True},
            },
            "seed": 1,
        },
        options={"temperature": 0.5},
    )
    assert body_of(request) == {
        "contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "QUJD"}}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "toolConfig": {
            "functionCallingConfig": {"mode": "ANY", "streamFunctionCallArguments": True},
            "retrievalConfig": {},
        },
        "generationConfig": {"temperature": 0.5, "seed": 1, "mediaResolution": "MEDIA_RESOLUTION_LOW"},
    }
    assert request.changes == (("emulated", "messages.image_url.detail"),)


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("gs://bucket/a.png", True),
        ("https://youtu.be/x", True),
        ("https://www.youtube.com/watch?v=x", True),
        ("https://generativelanguage.googleapis.com/v1beta/files/x", True),
        ("https://youtu.be.evil.example/x", False),
        ("https://example.com/a.png", False),
        ("http://example.com/a.png", False),
    ],
)
def test_which_addresses_google_reads_itself(url: str, is_taken: bool) -> None:
    assert GoogleProvider().takes_address(url) is is_taken


def test_models_of_other_projects_are_the_operators_to_name() -> None:
    name = "projects/q/locations/l/endpoints/5"
    with pytest.raises(BadRequest, match="another project"):
        asked({**CHAT, "model": name}, base_url=VERTEX)
    request = GoogleProvider(VERTEX, "key", [name]).request({**CHAT, "model": name}, stream=False)
    assert request.url == f"https://europe-west1-aiplatform.googleapis.com/v1/{name}:generateContent"


def test_instructions_in_googles_own_field_come_first() -> None:
    chat = {**CHAT, "messages": [{"role": "system", "content": "b"}, *CHAT["messages"]]}
    native = {"system_instruction": {"parts": [{"text": "a"}]}}
    body = body_of(asked(cast(Chat, {**chat, **native})))
    assert body["systemInstruction"] == {"parts": [{"text": "a"}, {"text": "b"}]}


async def test_a_whole_answer_and_a_stream_say_the_same() -> None:
    parts: list[dict[str, Any]] = [
        {"text": "hm", "thought": True},
        {"text": "Here "},
        {"text": "it is."},
        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
        {"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}, "thoughtSignature": "s1"},
        {"text": "", "thoughtSignature": "s2"},
    ]
    whole = await Far(json_answer(response(*parts))).provider.chat(CHAT)
    pieces = [response(part, finish=None) for part in parts[:-1]]
    chunks = [chunk async for chunk in Far(events(*pieces, response(parts[-1]))).provider.chat(CHAT, True)]
    assert fold(chunks) == whole
    assert whole["choices"][0]["message"]["content"] == "Here it is."
    assert whole["choices"][0]["finish_reason"] == "tool_calls"
    assert whole["created"] == 1767225600


@pytest.mark.parametrize("stream", [True, False])
async def test_an_array_of_responses_is_one_answer(stream: bool) -> None:
    far = Far(json_answer([response({"text": "a"}, finish=None), response({"text": "b"})]))
    told = await told_by(far, stream=stream)
    assert told["choices"][0]["message"]["content"] == "ab"


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_without_a_finish_reason_broke_off(stream: bool) -> None:
    whole = response({"text": "a"}, finish=None)
    far = Far(events(whole) if stream else json_answer(whole))
    with pytest.raises(Malformed):
        await told_by(far, stream=stream)


async def test_an_event_that_is_no_json_is_an_error() -> None:
    far = Far(Answer((b"data: {oops\r\n\r\n",), content_type=STREAM_TYPE))
    with pytest.raises(Malformed, match="not JSON"):
        await told_by(far, stream=True)


async def test_errors_in_an_array_are_read() -> None:
    error = {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}
    far = Far(json_answer([{"error": {"code": 404, "message": "no model x", "status": "NOT_FOUND"}}], status=404))
    with pytest.raises(Rejected) as raised:
        await told_by(far, stream=True)
    assert (raised.value.status, raised.value.code) == (404, "model_not_found")
    with pytest.raises(Exception, match="refused the gateway's key"):
        await Far(json_answer(error, status=400)).provider.chat(CHAT)


async def test_strict_terms_refuse_what_would_be_lost() -> None:
    far = Far(json_answer(response({"text": "a"})))
    with pytest.raises(BadRequest, match="user"):
        await far.provider.chat(WITH_USER, terms=Terms(strict=True))
    terms = Terms()
    await far.provider.chat(WITH_USER, terms=terms)
    assert terms.summary() == "dropped=user"


@pytest.mark.parametrize("stream", [True, False])
async def test_state_is_kept_for_clients_that_do_not_send_it_back(stream: bool) -> None:
    answer = response({"text": "Noted."}, {"text": "", "thoughtSignature": "s"})
    far = Far(events(answer) if stream else json_answer(answer))
    await told_by(far, stream=stream)
    following: Chat = {**CHAT, "messages": [*CHAT["messages"], {"role": "assistant", "content": "Noted."}]}
    far._answer = json_answer(answer)
    await far.provider.chat(following)
    sent = body_of(far.requests[-1])["contents"]
    assert sent[-1] == {"role": "model", "parts": [{"text": "Noted.", "thoughtSignature": "s"}]}


async def test_foreign_state_is_left_behind() -> None:
    message = {"role": "assistant", "content": "a", "thinking_blocks": [{}], "reasoning_content": "b"}
    far = Far(json_answer(response({"text": "a"})))
    await far.provider.chat({**CHAT, "messages": [message]})
    assert body_of(far.requests[-1])["contents"] == [{"role": "model", "parts": [{"text": "a"}]}]


def model(name: str, *methods: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "displayName": name.title(),
        "inputTokenLimit": 1000,
        "outputTokenLimit": 10,
        "thinking": True,
        "supportedGenerationMethods": list(methods),
    }


async def test_all_pages_of_models_are_read() -> None:
    def page(request: Request) -> Answer:
        if "pageToken=" not in request.url:
            models = [model("gemini-3-flash", "generateContent"), model("veo", "predictLongRunning")]
            return json_answer({"models": models, "nextPageToken": "a/b"})
        return json_answer({"models": [model("embedding", "embedContent")]})

    far = Far(page)
    cards = await far.provider.list_models()
    assert [(card.id, card.owned_by) for card in cards] == [("gemini-3-flash", "google"), ("embedding", "google")]
    assert cards[0].extra == {
        "context_window": 1000,
        "max_output_tokens": 10,
        "display_name": "Gemini-3-Flash",
        "reasoning": True,
        "methods": ["generateContent"],
    }
    assert [request.url.partition("?")[2] for request in far.requests] == [
        "pageSize=1000",
        "pageSize=1000&pageToken=a%2Fb",
    ]


async def test_pages_that_never_end_are_left() -> None:
    far = Far(json_answer({"models": [model("gemini-3-flash", "generateContent")], "nextPageToken": "again"}))
    assert [card.id for card in await far.provider.list_models()] == ["gemini-3-flash"] * 2
    assert len(far.requests) == 2


async def test_vertex_lists_what_is_configured_else_what_google_publishes() -> None:
    listing = json_answer({"publisherModels": [{"name": "publishers/google/models/gemini-3-flash"}]})
    far = Far(listing, base_url=VERTEX)
    assert [card.id for card in await far.provider.list_models()] == ["gemini-3-flash"]
    assert far.requests[0].url.startswith(
        "https://europe-west1-aiplatform.googleapis.com/v1beta1/publishers/google/models"
    )
    far = Far(listing, base_url=VERTEX, models=["mine"])
    assert [card.id for card in await far.provider.list_models()] == ["mine"]
    assert far.requests == []


@pytest.mark.parametrize("body", [[], {"models": {}}, "x"])
def test_what_is_no_list_of_models_is_refused(body: Any) -> None:
    with pytest.raises(Malformed):
        GoogleProvider().model_cards(body)


@pytest.mark.parametrize(
    "keys",
    [
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "assistant", "tool_calls": 5, "content": {"a": 1}}, "x"]},
        {"functions": 5},
        {"stop": {}, "modalities": [[]]},
    ],
)
def test_a_request_of_no_known_shape_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        asked(cast(Chat, {**CHAT, **keys}))


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": "x"},
        {"candidates": [{"content": {"parts": ["x"]}}]},
        {"candidates": [{"content": {"parts": [{"functionCall": 5}]}}]},
        {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": "x"}},
    ],
)
async def test_an_answer_of_no_known_shape_is_an_error(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="shape"):
        await Far(json_answer(body)).provider.chat(CHAT)
