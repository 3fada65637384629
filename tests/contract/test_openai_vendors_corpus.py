"""Every recorded exchange with vendors that speak OpenAI's dialect with quirks, through their own classes: what the
answers say beside what all dialects are checked for, and that the recorded requests are made again."""

import json
from typing import Any

import httpx
import openai
import pytest
from mistralai.client.models import ChatCompletionRequest as MistralRequest
from openai.types.chat import CompletionCreateParams
from pydantic import TypeAdapter

from llms.errors import UpstreamError
from llms.providers.base import Provider
from llms.providers.presets import PRESETS
from llms.providers.registry import resolve
from llms.types import Chat, Completion
from tests.contract.differences import DIFFERENCES, expected
from tests.contract.native import CHAT, Played, left_early, recorded_request, said, served, streamed
from tests.contract.recordings import Recording, Told, recordings

_VENDORS = ("azure", "openai", *(name for name, preset in PRESETS.items() if preset.type not in {"openai", "ollama"}))
_ALL = [case for case in recordings() if case.provider in _VENDORS and case.kind != "models"]
_FAILING = {"error", "error_body_http_200", "midstream_error"}
_GOOD = [case for case in _ALL if case.kind not in _FAILING]
_SINGLE = [case for case in _GOOD if case.kind != "multi_choice" and case.id != "mistral-stream-multi-choice-02"]
STREAMS = [case for case in _SINGLE if case.mode == "stream"]
ANSWERS = [case for case in _SINGLE if case.mode == "json"]
FAILURES = [case for case in _ALL if case.kind in _FAILING]


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def kind_of(case: Recording) -> type[Provider]:
    """The class that speaks with the vendor."""
    return resolve(PRESETS[case.provider].type)


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert len(STREAMS) > 70
    assert len(ANSWERS) > 50


def _assert_says(told: Completion, wanted: Told) -> None:
    got, choice = said(told), wanted.choices[0]
    assert (got.text, got.reasoning, got.finish) == (choice.text, choice.reasoning, choice.finish)
    assert got.calls == [(name, json.loads(arguments)) for _, name, arguments in choice.tool_calls]
    if wanted.usage is not None:
        assert {name: told["usage"][name] for name in wanted.usage} == wanted.usage


@_each(STREAMS)
async def test_a_stream_says_what_was_recorded(case: Recording) -> None:
    _assert_says(await streamed(kind_of(case), case), expected(case))


@_each(ANSWERS)
async def test_an_answer_says_what_was_recorded(case: Recording) -> None:
    _assert_says(await Played(kind_of(case), case).completion(), expected(case))


def told_by_the_sdk(case: Recording) -> Told:
    """What OpenAI's own SDK makes of the recorded bytes, without a gateway between them."""
    replaying: Any = httpx.Client(transport=served(case))
    client: Any = openai.OpenAI(api_key="key", base_url="http://far", http_client=replaying)
    asked: dict[str, Any] = {"model": "m", "messages": []}
    told = Told()
    if case.mode == "json":
        answer = client.chat.completions.create(**asked)
        _add(told, answer.choices[0].message, answer.choices[0].finish_reason)
        calls = [_called(call) for call in answer.choices[0].message.tool_calls or ()]
        told.usage = answer.usage and answer.usage.to_dict()
    else:
        pieces: dict[int, list[str]] = {}
        for chunk in client.chat.completions.create(**asked, stream=True):
            usage = chunk.usage or getattr(chunk, "x_groq", {}).get("usage")
            told.usage = (usage if isinstance(usage, dict) else usage.to_dict()) if usage else told.usage
            for choice in chunk.choices:
                if choice.delta is None:
                    continue  # Azure's filter, which works beside the text
                _add(told, choice.delta, choice.finish_reason)
                for call in choice.delta.tool_calls or ():
                    _, name, arguments = _called(call)
                    call_at = pieces.setdefault(call.index, ["", ""])
                    call_at[0] = call_at[0] or name
                    call_at[1] += arguments
        calls = [("", name, arguments) for name, arguments in pieces.values()]
    told.choice(0).tool_calls = [(call_id, name, arguments or "{}") for call_id, name, arguments in calls]
    if told.usage is not None:
        told.usage = {name: told.usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return told


def _add(told: Told, message: Any, finish: str | None) -> None:
    at = told.choice(0)
    at.text += message.content or ""
    at.reasoning += getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""
    at.finish = finish or at.finish


def _called(call: Any) -> tuple[str, str, str]:
    return call.id or "", call.function.name or "", call.function.arguments or ""


_READABLE = [case for case in (*STREAMS, *ANSWERS) if case.id not in DIFFERENCES and case.provider != "mistral"]
"""Mistral's are read by Mistral's SDK: OpenAI's knows no parts of reasoning in the content."""


@_each(_READABLE)
async def test_an_answer_says_what_openais_sdk_reads(case: Recording) -> None:
    played = Played(kind_of(case), case)
    told = await (streamed(kind_of(case), case) if case.mode == "stream" else played.completion())
    _assert_says(told, told_by_the_sdk(case))


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    await left_early(kind_of(case), case)


@_each(FAILURES)
async def test_a_failure_is_raised(case: Recording) -> None:
    played = Played(kind_of(case), case)
    with pytest.raises(UpstreamError) as raised:
        await (played.chunks() if case.mode == "stream" else played.completion())
    assert "user_REDACTED" not in raised.value.message
    assert played.transport.open_exchanges == 0


@_each([case for case in _GOOD if case.provider == "perplexity"])
async def test_sources_are_told_once(case: Recording) -> None:
    if case.mode == "json":
        whole = await Played(kind_of(case), case).completion()
        assert whole["citations"]
        return
    chunks: list[dict[str, Any]] = [dict(chunk) for chunk in await Played(kind_of(case), case).chunks()]
    assert [bool(chunk.get("citations")) for chunk in chunks].count(True) == 1
    assert [bool(chunk.get("search_results")) for chunk in chunks].count(True) == 1
    ends = next(chunk for chunk in chunks if chunk["choices"] and chunk["choices"][0]["finish_reason"])
    assert ends["citations"]
    assert sum(len(json.dumps(chunk)) for chunk in chunks) < len(case.body)


@_each([case for case in ANSWERS if case.provider == "perplexity"])
async def test_a_reference_stands_where_the_text_has_it(case: Recording) -> None:
    whole = await Played(kind_of(case), case).completion()
    message = whole["choices"][0]["message"]
    assert message["annotations"]
    for annotation in message["annotations"]:
        cited = annotation["url_citation"]
        reference = message["content"][cited["start_index"] : cited["end_index"]]
        assert whole["citations"][int(reference.strip("[]")) - 1] == cited["url"]


@_each([case for case in STREAMS if case.provider == "openrouter" and b'"reasoning_details":[{' in case.body])
async def test_details_of_the_reasoning_come_whole(case: Recording) -> None:
    whole = await streamed(kind_of(case), case)
    message = whole["choices"][0]["message"]
    details = message["reasoning_details"]
    assert len({(detail["type"], detail.get("index")) for detail in details}) == len(details)
    assert "".join(detail.get("text") or "" for detail in details) == message["reasoning_content"]


@_each([case for case in _GOOD if case.provider == "openrouter" and b'"cost"' in case.body])
async def test_the_cost_is_kept(case: Recording) -> None:
    played = Played(kind_of(case), case)
    whole = await (streamed(kind_of(case), case) if case.mode == "stream" else played.completion())
    assert isinstance(whole["usage"]["cost"], float | int)


@_each([case for case in _ALL if case.request_file is not None])
def test_the_recorded_request_is_made_again(case: Recording) -> None:
    """What was asked then is asked now, but for what `_UNLIKE` tells; and the body is one of OpenAI's dialect."""
    recorded = recorded_request(case)
    request = kind_of(case)("https://far.test/v1").request(_as_chat(recorded), stream=bool(recorded.get("stream")))
    assert request.body is not None
    sent = json.loads(request.body)
    if case.kind not in _FAILING:
        told = {key: value for key, value in sent.items() if value is not None}
        TypeAdapter(MistralRequest if case.provider == "mistral" else CompletionCreateParams).validate_python(told)
    unlike = _unlike(case.provider, recorded)
    for key in recorded.keys() - unlike - {"stream", "stream_options", "messages"}:
        assert sent.get(key) == recorded[key], key
    assert {name.partition("[")[0] for _, name in request.changes} <= unlike | {"messages"}


def _as_chat(recorded: dict[str, Any]) -> Chat:
    return {**CHAT, **recorded}  # type: ignore[typeddict-item]


def _unlike(vendor: str, recorded: dict[str, Any]) -> set[str]:
    """Fields that are rightly asked for in another way than they were then."""
    unlike: set[str] = set()
    if vendor == "groq":
        unlike |= {"max_tokens", "temperature", "n"}
    if vendor == "openrouter":
        unlike |= {"usage", "reasoning_effort"}
    if vendor == "deepseek":
        unlike |= {"seed", "n", "parallel_tool_calls"}
        if "thinking" not in recorded:
            unlike.add("tool_choice")
    if vendor in {"mistral", "cerebras"}:
        unlike |= {"tools", "max_tokens"}
    if vendor == "xai":
        unlike |= {"reasoning_effort"}
    return unlike
