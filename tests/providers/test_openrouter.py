"""OpenRouter: its routing fields, the reasoning it wants back, and the errors it hides."""

from typing import Any

import pytest

from llms.errors import RateLimited, Rejected, Unavailable
from llms.providers.openrouter import OpenRouterProvider
from llms.streaming.fold import fold
from tests.fakes.openai_wire import choice, chunk, completion
from tests.providers.dialect import USER, Far, chat, fields

TEXT = {"type": "reasoning.text", "index": 0, "format": "anthropic-claude-v1"}
SEALED = {"type": "reasoning.encrypted", "index": 0, "data": "abc"}
NOTE = {
    "type": "url_citation",
    "url_citation": {"url": "https://a.test", "title": "A", "start_index": 0, "end_index": 1},
}
FILE = {"type": "file", "file": {"hash": "h", "content": []}}


def test_its_own_fields_pass_and_the_cost_is_asked_for() -> None:
    own: dict[str, Any] = {
        "models": ["a", "b"],
        "provider": {"order": ["x"]},
        "transforms": [],
        "plugins": [{"id": "web"}],
    }
    assert fields(OpenRouterProvider(), chat(**own)) == ({**own, "usage": {"include": True}}, [])
    assert fields(OpenRouterProvider(), chat(usage={"include": False}))[0] == {"usage": {"include": False}}


@pytest.mark.parametrize(
    ("asked", "reasoning"),
    [
        ({"reasoning_effort": "low"}, {"effort": "low"}),
        ({"reasoning_effort": "max"}, {"effort": "xhigh"}),
        ({"reasoning_effort": "none"}, {"effort": "none"}),
        ({"reasoning_effort": "low", "reasoning": {"exclude": True}}, {"effort": "low", "exclude": True}),
        ({"reasoning_effort": "low", "reasoning": {"max_tokens": 9}}, {"max_tokens": 9}),
        ({"reasoning": {"effort": "high"}}, {"effort": "high"}),
    ],
)
def test_the_effort_has_its_form(asked: dict[str, Any], reasoning: dict[str, Any]) -> None:
    body, _ = fields(OpenRouterProvider(), chat(**asked))
    assert body["reasoning"] == reasoning
    assert "reasoning_effort" not in body


def test_who_asks_is_told_in_headers() -> None:
    provider = OpenRouterProvider(
        options={"site_url": "https://my.test", "app_name": "mine", "seed": 7}, headers={"x": "y"}
    )
    assert provider.headers().items() >= {"HTTP-Referer": "https://my.test", "X-Title": "mine", "x": "y"}.items()
    assert fields(provider, chat())[0] == {"seed": 7, "usage": {"include": True}}


def delta(finish: str | None = None, **keys: Any) -> dict[str, Any]:
    return chunk(choice({"role": "assistant", "content": "", **keys}, finish))


STREAM = [
    delta(reasoning="h", reasoning_details=[{**TEXT, "text": "h", "signature": None}]),
    delta(reasoning="m", reasoning_details=[{**TEXT, "text": "m"}]),
    delta(reasoning_details=[{**TEXT, "signature": "sig"}]),
    delta(reasoning_details=[SEALED]),
    delta(content="yes", annotations=[NOTE, FILE]),
    delta("stop", reasoning_details=[]),
    delta("stop"),
]
DETAILS = [{**TEXT, "text": "hm", "signature": "sig"}, SEALED]


async def test_reasoning_comes_whole_and_once() -> None:
    chunks = await Far(OpenRouterProvider, *STREAM).chunks()
    assert ["reasoning_details" in each for each in chunks].count(True) == 1
    whole = completion("yes", reasoning="hm", reasoning_details=DETAILS, annotations=[NOTE, FILE])
    del whole["usage"]
    assert fold(chunks) == await Far(OpenRouterProvider, whole=whole).completion()


async def test_what_comes_after_the_end_is_kept() -> None:
    late = chunk(choice({"content": "", "reasoning_details": [SEALED]}, "stop"))
    chunks = await Far(
        OpenRouterProvider, *STREAM, late, chunk(usage={"prompt_tokens": 1, "completion_tokens": 1})
    ).chunks()
    assert fold(chunks)["choices"][0]["message"]["reasoning_details"] == [*DETAILS, SEALED]


async def test_a_client_that_forgets_the_reasoning_continues_with_it() -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    far = Far(OpenRouterProvider, *STREAM[:4], delta("tool_calls", tool_calls=[call]))
    await far.chunks()
    kept = {key: value for key, value in call.items() if key != "index"}
    said = {"role": "assistant", "content": None, "tool_calls": [kept], "reasoning_content": "hm"}
    await far.chunks(chat(USER, said, {"role": "tool", "tool_call_id": "c1", "content": "42"}))
    told = far.asked["messages"][1]
    assert told["reasoning_details"] == DETAILS
    assert "reasoning_content" not in told


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 429, "message": "slow"}, RateLimited),
        ({"code": 502, "message": "down"}, Unavailable),
        ({"message": "x"}, Unavailable),
    ],
)
async def test_an_error_inside_a_choice_is_raised(error: dict[str, Any], kind: type[Exception]) -> None:
    broken = {**choice({"content": ""}, "error"), "error": error}
    with pytest.raises(kind, match=error["message"]):
        await Far(OpenRouterProvider, delta(content="a"), chunk(broken)).chunks()
    whole = {**completion("a"), "choices": [{"index": 0, "message": {"content": ""}, "error": error}]}
    with pytest.raises(kind, match=error["message"]):
        await Far(OpenRouterProvider, whole=whole).completion()


async def test_an_error_after_the_end_is_an_error() -> None:
    late = {**delta(), "error": {"code": 400, "message": "Token limit reached"}}
    with pytest.raises(Rejected, match="Token limit"):
        await Far(OpenRouterProvider, delta("length", content="a"), late).chunks()


async def test_an_error_does_not_tell_the_user_id() -> None:
    body = {"error": {"code": 402, "message": "no credits"}, "user_id": "user_2abcDEF34567890"}
    with pytest.raises(RateLimited) as raised:
        await Far(OpenRouterProvider, whole=body).completion()
    assert "user_2" not in str(raised.value.body())
