"""The dialect as a provider: where it asks, with what, and what comes back through the loop that owns the exchange."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from llms.errors import AccessDenied, BadRequest, Malformed, RateLimited, Rejected, Unavailable, UpstreamError
from llms.providers.anthropic import AnthropicProvider
from llms.providers.presets import preset_for
from llms.providers.registry import resolve
from llms.providers.scripted.transport import STREAM_TYPE, Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.streaming.fold import fold
from llms.types import Chat, Terms
from tests.providers.anthropic.events import MESSAGE, ended, sse, started, text, thinking, used

CHAT: Chat = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}]}


class Far:
    """A provider whose far end gives these answers, one after the other, and what it was asked."""

    def __init__(self, *answers: Answer, **settings: Any) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        self.transport = ScriptedTransport("far", self._play)
        self.provider = AnthropicProvider("http://far", "key", name="mine", transport=self.transport, **settings)

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._answers.pop(0)

    def body(self, number: int = -1) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.requests[number].body or b"")
        return sent


def streaming(*events: dict[str, Any]) -> Answer:
    return Answer((sse(*events),))


def refused(status: int, kind: str, message: str = "no", **headers: str) -> Answer:
    return json_answer({"type": "error", "error": {"type": kind, "message": message}}, status=status, headers=headers)


def test_it_is_known_by_its_name() -> None:
    preset = preset_for("anthropic")
    assert preset is not None
    assert resolve(preset.type) is AnthropicProvider
    assert (preset.env, preset.base_url_env) == (("ANTHROPIC_API_KEY",), ("ANTHROPIC_BASE_URL",))


@pytest.mark.parametrize("base_url", ["http://far", "http://far/", "http://far/v1", "http://far/v1/"])
def test_the_address_is_the_host(base_url: str) -> None:
    provider = AnthropicProvider(base_url, "key")
    assert provider.request(CHAT, stream=False).url == "http://far/v1/messages"
    assert provider.models_request().url == "http://far/v1/models?limit=1000"


def test_the_key_has_its_own_header() -> None:
    headers = AnthropicProvider("", "sk-ant-api03-x").request(CHAT, stream=False).headers
    assert headers["x-api-key"] == "sk-ant-api03-x"
    assert headers["anthropic-version"] == "2023-06-01"
    assert "Authorization" not in headers
    assert "x-api-key" not in AnthropicProvider().request(CHAT, stream=False).headers


def test_a_token_of_an_account_is_a_bearer() -> None:
    headers = AnthropicProvider("", "sk-ant-oat01-x").request(CHAT, stream=False).headers
    assert headers["Authorization"] == "Bearer sk-ant-oat01-x"
    assert "x-api-key" not in headers


def test_beta_features_are_switched_on_by_header_or_request() -> None:
    provider = AnthropicProvider("", "key", headers={"Anthropic-Beta": "a,b"})
    assert provider.request(CHAT, stream=False).headers["Anthropic-Beta"] == "a,b"
    asked = provider.request(_chat(betas=["b", "c"]), stream=False)
    assert asked.headers["Anthropic-Beta"] == "a,b,c"
    assert b"betas" not in (asked.body or b"")
    assert provider.headers()["Anthropic-Beta"] == "a,b"


async def test_a_stream_is_asked_for() -> None:
    far = Far(streaming(started(), *text(0, "Hello"), *ended()), json_answer(MESSAGE))
    async for _ in far.provider.chat(CHAT, True):
        pass
    await far.provider.chat(CHAT)
    assert far.body(0)["stream"] is True
    assert "stream" not in far.body(1)


async def test_a_stream_and_a_whole_answer_say_the_same() -> None:
    far = Far(streaming(started(), *text(0, "Hel", "lo"), *ended()), json_answer(MESSAGE))
    streamed = fold([chunk async for chunk in far.provider.chat(CHAT, True)])
    whole = await far.provider.chat(CHAT)
    assert {**streamed, "created": 0} == {**whole, "created": 0}
    assert far.transport.open_exchanges == 0


async def test_a_whole_answer_to_a_stream_is_streamed() -> None:
    far = Far(json_answer(MESSAGE))
    assert fold([chunk async for chunk in far.provider.chat(CHAT, True)])["choices"][0]["message"]["content"] == "Hello"


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [
        (refused(400, "invalid_request_error", "max_tokens: too many"), Rejected, 400),
        (refused(401, "authentication_error"), AccessDenied, 502),
        (refused(403, "permission_error"), AccessDenied, 502),
        (refused(404, "not_found_error", "model: claude-x"), Rejected, 404),
        (refused(413, "request_too_large"), Rejected, 413),
        (refused(429, "rate_limit_error"), RateLimited, 429),
        (refused(500, "api_error"), Unavailable, 502),
        (refused(529, "overloaded_error"), Unavailable, 503),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_refusal_is_told_as_what_it_is(
    answer: Answer, kind: type[UpstreamError], status: int, stream: bool
) -> None:
    far = Far(answer)
    with pytest.raises(kind) as raised:
        await _ask(far, stream=stream)
    assert type(raised.value) is kind
    assert raised.value.status == status
    assert far.transport.open_exchanges == 0


async def test_the_hint_when_to_come_back_is_kept() -> None:
    with pytest.raises(RateLimited) as raised:
        await _ask(Far(refused(429, "rate_limit_error", **{"retry-after": "7"})))
    assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("before", [(), (started(),), (started(), *text(0, "Hel"))], ids=["first", "early", "late"])
async def test_an_error_inside_a_stream_is_an_error(before: Iterable[dict[str, Any]]) -> None:
    failing = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(Unavailable, match="Overloaded") as raised:
        await _ask(Far(streaming(*before, failing)), stream=True)
    assert raised.value.status == 503


async def test_a_stream_that_breaks_off_is_an_error() -> None:
    with pytest.raises(Malformed):
        await _ask(Far(streaming(started(), *text(0, "Hello"))), stream=True)


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": "x"}, []])
async def test_an_answer_without_content_is_an_error(body: Any) -> None:
    with pytest.raises(Malformed):
        await _ask(Far(json_answer(body)))


async def test_strict_terms_refuse_what_would_be_lost() -> None:
    far = Far(json_answer(MESSAGE))
    with pytest.raises(BadRequest) as raised:
        await far.provider.chat(_chat(seed=7), terms=Terms(strict=True))
    assert raised.value.param == "seed"
    assert far.requests == []


async def test_ids_of_other_vendors_calls_are_made_to_fit() -> None:
    far = Far(json_answer(MESSAGE))
    call = {"id": "functions.look:0", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        *CHAT["messages"],
        {"role": "assistant", "tool_calls": [call], "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "functions.look:0", "content": "1"},
    ]
    await far.provider.chat(_chat(messages=messages))
    used, result = (turn["content"][0] for turn in far.body()["messages"][1:])
    assert used["id"] == result["tool_use_id"]
    assert used["id"].startswith("toolu_")
    assert used["id"].replace("_", "").isalnum()


async def test_leaving_early_closes_the_exchange() -> None:
    far = Far(Answer((sse(started(), *text(0, "Hello")), sse(*ended())), content_type=STREAM_TYPE))
    chunks = far.provider.chat(CHAT, True)
    await anext(chunks)
    assert far.transport.open_exchanges == 1
    await chunks.aclose()
    assert far.transport.open_exchanges == 0


@pytest.mark.parametrize("way", ["left at the finish reason", "whole answer to a stream", "whole", "stream"])
async def test_thoughts_are_kept_however_the_answer_came(way: str) -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "s1"}
    use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    whole = json_answer({**MESSAGE, "content": [thought, use], "stop_reason": "tool_use"})
    events = [started(), *thinking(0, "hm", signature="s1"), *used(1, "toolu_1", "look"), *ended("tool_use")]
    far = Far(whole if "whole" in way else streaming(*events), json_answer(MESSAGE))
    if way == "whole":
        await far.provider.chat(CHAT)
    else:
        chunks = far.provider.chat(CHAT, True)
        async for chunk in chunks:
            if way.startswith("left") and chunk["choices"][0]["finish_reason"]:
                break
        await chunks.aclose()
    call = {"id": "toolu_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    again = [
        *CHAT["messages"],
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "1"},
    ]
    await far.provider.chat(_chat(messages=again, reasoning_effort="low"))
    assert far.body()["messages"][1]["content"] == [thought, use]


async def test_models_are_listed_page_by_page() -> None:
    def page(*names: str, more: bool) -> Answer:
        data = [{"type": "model", "id": name, "created_at": "2025-10-15T00:00:00Z"} for name in names]
        return json_answer({"data": data, "has_more": more, "last_id": names[-1]})

    far = Far(page("claude-a", "claude-b", more=True), page("claude-c", more=False))
    cards = await far.provider.list_models()
    assert [card.id for card in cards] == ["claude-a", "claude-b", "claude-c"]
    assert {card.created for card in cards} == {1760486400}
    assert {card.owned_by for card in cards} == {"anthropic"}
    assert far.requests[1].url == "http://far/v1/models?limit=1000&after_id=claude-b"


async def test_a_model_is_listed_with_what_is_known_of_it() -> None:
    entry = {
        "id": "claude-x",
        "type": "model",
        "display_name": "X",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "created_at": "",
        "line": None,
    }
    (card,) = await Far(json_answer({"data": [entry, {"id": ""}]})).provider.list_models()
    assert card.extra == {"display_name": "X", "context_window": 200_000, "max_output_tokens": 64_000}
    assert card.created == 0


async def test_a_list_that_never_ends_is_left() -> None:
    same = json_answer({"data": [{"id": "claude-a"}], "has_more": True, "last_id": "claude-a"})
    assert len(await Far(same, same, same).provider.list_models()) == 2
    with pytest.raises(Malformed):
        await Far(json_answer({"data": None})).provider.list_models()


def _chat(**keys: Any) -> Chat:
    return {**CHAT, **keys}  # type: ignore[typeddict-item]


async def _ask(far: Far, *, stream: bool = False) -> None:
    if stream:
        async for _ in far.provider.chat(CHAT, True):
            pass
    else:
        await far.provider.chat(CHAT)
