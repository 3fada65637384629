"""Every recorded exchange with Ollama's own endpoint, read by the provider and by Ollama's own SDK."""

import json
from typing import Any

import ollama
import pytest
from ollama._types import ChatRequest

from llms.errors import Rejected
from llms.providers.ollama import OllamaProvider
from llms.types import Chat
from tests.contract.native import (
    CHAT,
    Played,
    Said,
    added_up,
    broken_off,
    left_early,
    native_recordings,
    recorded_request,
    said,
    served,
    streamed,
)
from tests.contract.recordings import Recording

_ALL = native_recordings("ollama-chat")
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json" and case.kind not in {"error", "models"}]
REFUSALS = [case for case in _ALL if case.kind == "error"]
LISTINGS = [case for case in _ALL if case.kind == "models"]


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS), len(REFUSALS), len(LISTINGS)) == (5, 3, 1, 1)


def by_the_sdk(recording: Recording) -> Said:
    """What Ollama's SDK makes of the same bytes. A normal end after tool calls is `tool_calls` to OpenAI's clients."""
    client = ollama.Client("http://far", transport=served(recording))
    answers: list[Any] = (
        list(client.chat("m", stream=True)) if recording.mode == "stream" else [client.chat("m", stream=False)]
    )
    told = Said()
    for answer in answers:
        told.text += answer.message.content or ""
        told.reasoning += answer.message.thinking or ""
        told.calls += [(call.function.name, call.function.arguments) for call in answer.message.tool_calls or ()]
    told.finish = "tool_calls" if told.calls else answers[-1].done_reason
    told.tokens = (answers[-1].prompt_eval_count or 0, answers[-1].eval_count or 0)
    return told


@_each(STREAMS)
async def test_a_stream_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    told = await streamed(OllamaProvider, case)
    assert said(told) == by_the_sdk(case)
    assert told["usage"]["total_duration"] > 0


@_each(ANSWERS)
async def test_an_answer_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    assert said(await Played(OllamaProvider, case).completion()) == by_the_sdk(case)


@_each(STREAMS)
async def test_openais_accumulator_adds_the_chunks_up(case: Recording) -> None:
    await added_up(OllamaProvider, case)


@_each(STREAMS)
async def test_a_stream_that_breaks_off_never_looks_whole(case: Recording) -> None:
    await broken_off(OllamaProvider, case)


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    await left_early(OllamaProvider, case)


@_each(REFUSALS)
@pytest.mark.parametrize("stream", [True, False])
async def test_an_unknown_model_is_told_as_one(case: Recording, stream: bool) -> None:
    played = Played(OllamaProvider, case)
    with pytest.raises(Rejected, match="'nonexistent-model:latest' not found") as refused:
        await (played.chunks() if stream else played.provider.chat(CHAT))
    assert (refused.value.status, refused.value.code) == (404, "model_not_found")


@_each(LISTINGS)
async def test_the_models_are_those_the_vendors_sdk_lists(case: Recording) -> None:
    cards = await Played(OllamaProvider, case).provider.list_models()
    listed = ollama.Client("http://far", transport=served(case)).list().models
    assert [(card.id, card.extra["size"]) for card in cards] == [(model.model, model.size) for model in listed]
    assert [card.created for card in cards] == [
        int(model.modified_at.timestamp()) for model in listed if model.modified_at
    ]


@_each([case for case in _ALL if case.request_file is not None])
def test_the_recorded_request_is_made_again_from_openais_words(case: Recording) -> None:
    recorded = recorded_request(case)
    request = OllamaProvider().request(_in_openais_words(recorded), stream=recorded["stream"])
    assert request.body is not None
    sent = json.loads(request.body)
    ChatRequest.model_validate(sent, strict=True)
    assert sent == _without_nothings(recorded)
    assert request.changes == ()


def _in_openais_words(recorded: dict[str, Any]) -> Chat:
    """The request an OpenAI client would have made."""
    recorded = _without_nothings(recorded)
    options = dict(recorded.pop("options", {}))
    think = recorded.pop("think", None)
    if "num_predict" in options:
        options["max_completion_tokens"] = options.pop("num_predict")
    if think is False:
        options["reasoning_effort"] = "none"
    messages = []
    for message in recorded.pop("messages"):
        told = {"role": message["role"], "content": message["content"]}
        if "tool_calls" in message:
            called = [
                {
                    "type": "function",
                    "function": {**call["function"], "arguments": json.dumps(call["function"]["arguments"])},
                }
                for call in message["tool_calls"]
            ]
            told["tool_calls"] = called
        if "tool_name" in message:
            told["name"] = message["tool_name"]
        messages.append(told)
    chat: Chat = {**recorded, **options, "messages": messages}  # type: ignore[typeddict-item]
    return chat


def _without_nothings(recorded: dict[str, Any]) -> dict[str, Any]:
    """Without empty fields, which mean the same as none."""
    return {key: value for key, value in recorded.items() if value not in ("", {}, [], None)}
