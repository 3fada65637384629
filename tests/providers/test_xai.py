"""xAI: reasoning counted where it belongs, and the rules of the models that reason."""

from typing import Any

import pytest

from llms.errors import AccessDenied, Rejected
from llms.providers.scripted.transport import ScriptedTransport, json_answer
from llms.providers.xai import XaiProvider
from llms.streaming.fold import fold
from tests.fakes.openai_wire import choice, chunk, completion
from tests.providers.dialect import Far, chat, fields

APART = {
    "prompt_tokens": 10,
    "completion_tokens": 2,
    "total_tokens": 15,
    "completion_tokens_details": {"reasoning_tokens": 3},
}
WITHIN = {**APART, "completion_tokens": 5}


@pytest.mark.parametrize("usage", [APART, WITHIN])
async def test_reasoning_is_counted_once(usage: dict[str, Any]) -> None:
    chunks = [chunk(choice({"content": "a"}, "stop")), chunk(usage=usage)]
    assert fold(await Far(XaiProvider, *chunks).chunks())["usage"] == WITHIN
    assert (await Far(XaiProvider, whole={**completion("a"), "usage": usage}).completion())["usage"] == WITHIN


@pytest.mark.parametrize(
    ("model", "kept"),
    [("grok-4", False), ("grok-code-fast-1", False), ("grok-3", True), ("grok-4-fast-non-reasoning", True)],
)
def test_a_model_that_reasons_takes_no_penalty(model: str, kept: bool) -> None:
    asked = {"stop": ["x"], "presence_penalty": 1}
    body, told = fields(XaiProvider(), chat(model=model, temperature=0.5, **asked))
    assert body == {"temperature": 0.5, **(asked if kept else {})}
    assert bool(told) is not kept


@pytest.mark.parametrize(
    ("model", "effort", "said"),
    [
        ("grok-3-mini", "medium", "high"),
        ("grok-3-mini", "minimal", "low"),
        ("grok-4.3", "medium", "medium"),
        ("grok-4.3", "max", "high"),
        ("grok-4", "low", None),
        ("grok-4-1-fast", "low", None),
        ("grok-4.20-0309-non-reasoning", "low", None),
    ],
)
def test_the_effort_is_what_the_model_takes(model: str, effort: str, said: str | None) -> None:
    body, told = fields(XaiProvider(), chat(model=model, reasoning_effort=effort))
    assert body.get("reasoning_effort") == said
    assert bool(told) == (said != effort)


def test_what_only_openai_has_is_told() -> None:
    asked = chat(store=True, logit_bias={"1": 2}, user="ann", search_parameters={"mode": "auto"})
    assert fields(XaiProvider(), asked) == (
        {"user": "ann", "search_parameters": {"mode": "auto"}},
        ["dropped logit_bias", "dropped store"],
    )


async def test_sources_come_once() -> None:
    sources = ["https://a.test"]
    pieces = [choice({"content": "a"}), choice({"content": "b"}), choice({}, "stop")]
    chunks = await Far(XaiProvider, *(chunk(piece, citations=sources) for piece in pieces)).chunks()
    assert ["citations" in each for each in chunks].count(True) == 1
    assert fold(chunks)["citations"] == sources


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": "invalid-argument", "error": "Incorrect API key provided: xa***45."}, AccessDenied),
        ({"code": "invalid-argument", "error": "The model nope does not exist."}, Rejected),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_an_error_that_is_a_text_is_read(body: dict[str, Any], kind: type[Exception], stream: bool) -> None:
    provider = XaiProvider(
        "http://far/v1", "key", transport=ScriptedTransport("far", lambda _: json_answer(body, status=400))
    )
    with pytest.raises(kind):
        await (anext(provider.chat(chat(), True)) if stream else provider.chat(chat()))
