"""Every recorded exchange with Cohere's chat, version 2, read by the provider and by Cohere's own SDK."""

import json
from collections.abc import Iterable
from typing import Any

import cohere
import httpx
import pytest
from cohere.types import ChatMessages
from pydantic import TypeAdapter

from llms.providers.cohere import CohereProvider
from llms.types import Chat
from tests.contract.native import (
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

_ALL = native_recordings("cohere-v2")
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json"]

_FINISH = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS)) == (5, 4)


def sdk(recording: Recording) -> cohere.ClientV2:
    return cohere.ClientV2("key", base_url="http://far", httpx_client=httpx.Client(transport=served(recording)))


def streamed_by_the_sdk(recording: Recording) -> Said:
    told = Said()
    arguments: dict[int, tuple[str, list[str]]] = {}
    events: Iterable[Any] = sdk(recording).chat_stream(model="m", messages=[])
    for event in events:
        if event.type == "content-delta":
            told.text += event.delta.message.content.text or ""
            told.reasoning += event.delta.message.content.thinking or ""
        elif event.type == "tool-plan-delta":
            told.reasoning += event.delta.message.tool_plan or ""
        elif event.type == "tool-call-start":
            arguments[event.index] = (event.delta.message.tool_calls.function.name, [])
        elif event.type == "tool-call-delta":
            arguments[event.index][1].append(event.delta.message.tool_calls.function.arguments)
        elif event.type == "message-end":
            told.finish = _FINISH[event.delta.finish_reason]
            told.tokens = (event.delta.usage.tokens.input_tokens, event.delta.usage.tokens.output_tokens)
    told.calls = [(name, json.loads("".join(pieces))) for name, pieces in arguments.values()]
    return told


def answered_by_the_sdk(recording: Recording) -> tuple[Said, Any]:
    answer: Any = sdk(recording).chat(model="m", messages=[])
    content = answer.message.content or []
    told = Said(
        text="".join(part.text for part in content if part.type == "text"),
        reasoning=(answer.message.tool_plan or "")
        + "".join(part.thinking for part in content if part.type == "thinking"),
        calls=[(call.function.name, json.loads(call.function.arguments)) for call in answer.message.tool_calls or ()],
        finish=_FINISH[answer.finish_reason],
        tokens=(answer.usage.tokens.input_tokens, answer.usage.tokens.output_tokens),
    )
    return told, answer


@_each(STREAMS)
async def test_a_stream_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    assert said(await streamed(CohereProvider, case)) == streamed_by_the_sdk(case)


@_each(ANSWERS)
async def test_an_answer_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    told = await Played(CohereProvider, case).completion()
    expected, answer = answered_by_the_sdk(case)
    assert said(told) == expected
    assert told["id"] == answer.id
    assert told["usage"]["prompt_tokens_details"] == {"cached_tokens": answer.usage.cached_tokens}
    ids = [call["id"] for call in told["choices"][0]["message"].get("tool_calls", ())]
    assert ids == [call.id for call in answer.message.tool_calls or ()]


@_each([case for case in ANSWERS if case.kind == "citations"])
async def test_citations_stand_where_the_text_is(case: Recording) -> None:
    told = await Played(CohereProvider, case).completion()
    _, answer = answered_by_the_sdk(case)
    message = told["choices"][0]["message"]
    assert [citation["text"] for citation in told["citations"]] == [
        citation.text for citation in answer.message.citations
    ]
    cited = [annotation["url_citation"] for annotation in message["annotations"]]
    assert [message["content"][each["start_index"] : each["end_index"]] for each in cited] == [
        citation.text for citation in answer.message.citations
    ]
    assert {(each["url"], each["title"]) for each in cited} == {("https://example.com/ruby-facts", "Ruby Facts")}


@_each(STREAMS)
async def test_openais_accumulator_adds_the_chunks_up(case: Recording) -> None:
    await added_up(CohereProvider, case)


@_each(STREAMS)
async def test_a_stream_that_breaks_off_never_looks_whole(case: Recording) -> None:
    await broken_off(CohereProvider, case)


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    await left_early(CohereProvider, case)


@_each(list(_ALL))
def test_the_recorded_request_is_made_again_from_openais_words(case: Recording) -> None:
    recorded = recorded_request(case)
    request = CohereProvider().request(_in_openais_words(recorded), stream=recorded.get("stream", False))
    assert request.body is not None
    sent = json.loads(request.body)
    TypeAdapter(ChatMessages).validate_python(sent["messages"], strict=True)
    TypeAdapter(list[cohere.ToolV2]).validate_python(sent.get("tools", []), strict=True)
    assert sent == {"stream": False, **recorded}
    assert request.changes == ()


def _in_openais_words(recorded: dict[str, Any]) -> Chat:
    """The request an OpenAI client would have made; what only Cohere knows goes along."""
    chat = dict(recorded)
    if "tool_choice" in chat:
        chat["tool_choice"] = chat["tool_choice"].lower()
    if "json_schema" in chat.get("response_format", {}):
        schema = {"name": "answer", "schema": chat["response_format"]["json_schema"]}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    return chat  # type: ignore[return-value]
