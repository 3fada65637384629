"""Every recorded exchange in OpenAI's dialect, replayed byte for byte through the gateway and read by what people use:
the openai Python SDK, its `.stream()` accumulator, and the openai Node.js SDK. None of them may break."""

import json
import re
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion

from tests.contract.differences import DIFFERENCES, expected
from tests.contract.invariants import (
    broken_by_completion,
    broken_by_error,
    broken_by_part_of_stream,
    broken_by_stream,
    emitted,
)
from tests.contract.recordings import ChoiceTold, Recording, Told, recordings
from tests.contract.replay import Replay, cuts, replaying
from tests.fakes.node_sdk import NodeSdk, Outcome
from tests.fakes.openai_wire import randomly_split

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ANSWERS = [recording for recording in recordings() if recording.kind != "models"]
_FAILING_KINDS = {"error", "error_body_http_200", "midstream_error"}
STREAMS = [case for case in _ANSWERS if case.mode == "stream" and case.kind not in _FAILING_KINDS]
BROKEN_STREAMS = [case for case in _ANSWERS if case.mode == "stream" and case.kind in _FAILING_KINDS]
COMPLETIONS = [case for case in _ANSWERS if case.mode == "json" and case.kind not in _FAILING_KINDS]
LISTINGS = [case for case in recordings() if case.kind == "models"]
REFUSALS = [case for case in _ANSWERS if case.mode == "json" and case.kind in _FAILING_KINDS]

_STATUS_TOLD = {400: 400, 401: 502, 403: 502, 404: 404, 429: 429, 500: 502, 502: 502}
"""The provider's refusal of the gateway's own key must not look like a refusal of the client's."""
_CLASS_OF = {
    400: openai.BadRequestError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    502: openai.InternalServerError,
}
_BY_DESIGN = (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError)
_USAGE_WANTED = {"stream": True, "stream_options": {"include_usage": True}}


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


async def test_the_corpus_is_replayed(corpus: Path) -> None:
    """Skipped where the corpus is not: then only the project's own few recordings are."""
    assert len(recordings()) > 150
    assert not set(DIFFERENCES) - {case.id for case in recordings()}, "exceptions for recordings that do not exist"


@_each(STREAMS)
async def test_a_stream_is_well_formed_however_it_is_cut(replay: Replay, case: Recording) -> None:
    told = []
    for pieces in cuts(case.body, case.id):
        status, headers, body = await replay.post(replay.play(case, *pieces), case, **_USAGE_WANTED)
        assert status == 200, body
        assert headers["content-type"].partition(";")[0] == "text/event-stream"
        stream = emitted(body)
        assert broken_by_stream(stream, usage_asked=True) == []
        told.append(_without_made_names(stream.chunks, case))
    assert all(other == told[0] for other in told[1:])


@_each(STREAMS)
async def test_a_stream_without_usage_has_none(replay: Replay, case: Recording) -> None:
    status, _, body = await replay.post(replay.play(case), case, stream=True)
    assert status == 200
    assert broken_by_stream(emitted(body), usage_asked=False) == []


@_each(STREAMS)
async def test_a_stream_that_breaks_off_never_looks_whole(replay: Replay, case: Recording) -> None:
    for portion in (0.3, 0.6):
        head = _before_its_end(case.body, portion)
        status, _, body = await replay.post(replay.play(case, *randomly_split(head, case.id)), case, stream=True)
        _assert_failed(status, body)


@_each(STREAMS)
async def test_python_iterates(replay: Replay, python_sdk: openai.AsyncOpenAI, case: Recording) -> None:
    for pieces in _whole_and_split(case):
        got = Told()
        tools: dict[int, list[dict[str, str]]] = {}
        stream = await python_sdk.chat.completions.create(
            **_arguments(replay.play(case, *pieces), case), stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            got.usage = chunk.usage.to_dict() if chunk.usage else got.usage
            for choice in chunk.choices:
                at = got.choice(choice.index)
                at.text += choice.delta.content or ""
                at.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
                at.refusal += choice.delta.refusal or ""
                at.finish = choice.finish_reason or at.finish
                for piece in choice.delta.tool_calls or ():
                    _add_call(tools.setdefault(choice.index, []), piece.to_dict())
        for index, calls in tools.items():
            got.choice(index).tool_calls = [(call["id"], call["name"], call["arguments"]) for call in calls]
        _assert_says(got, case)


@_each(STREAMS)
async def test_python_accumulates(replay: Replay, python_sdk: openai.AsyncOpenAI, case: Recording) -> None:
    for pieces in _whole_and_split(case):
        arguments = _arguments(replay.play(case, *pieces), case)
        try:
            async with python_sdk.chat.completions.stream(
                **arguments, stream_options={"include_usage": True}
            ) as stream:
                completion = await stream.get_final_completion()
        except _BY_DESIGN:
            finishes = {choice.finish for choice in expected(case).choices.values()}
            assert finishes & {"length", "content_filter"}
        else:
            _assert_says(_of_completion(completion), case)


@_each(STREAMS)
async def test_node_iterates(replay: Replay, node_sdk: NodeSdk, case: Recording) -> None:
    for pieces in _whole_and_split(case):
        body = {**case.request, "model": replay.play(case, *pieces), "stream_options": {"include_usage": True}}
        outcome = await node_sdk.call(replay.url, "iterate", body)
        assert outcome.error is None
        _assert_says(_of_node(outcome), case)


@_each(STREAMS)
async def test_node_accumulates(replay: Replay, node_sdk: NodeSdk, case: Recording) -> None:
    for pieces in _whole_and_split(case):
        body = {**case.request, "model": replay.play(case, *pieces), "stream_options": {"include_usage": True}}
        outcome = await node_sdk.call(replay.url, "stream-helper", body)
        if outcome.error is not None and outcome.error["name"] in {kind.__name__ for kind in _BY_DESIGN}:
            continue
        assert outcome.error is None
        # This helper keeps only the last piece of keys it does not know, of which reasoning is one.
        _assert_says(_of_node(outcome), case, reasoning=False)


@_each(COMPLETIONS)
async def test_a_completion_is_well_formed_however_it_is_cut(replay: Replay, case: Recording) -> None:
    told = []
    for pieces in cuts(case.body, case.id):
        status, headers, body = await replay.post(replay.play(case, *pieces), case)
        assert status == 200, body
        assert headers["content-type"].partition(";")[0] == "application/json"
        completion = json.loads(body)
        assert broken_by_completion(completion) == []
        told.append(_without_made_names([completion], case))
    assert all(other == told[0] for other in told[1:])


@_each(COMPLETIONS)
async def test_python_gets_a_completion(replay: Replay, python_sdk: openai.AsyncOpenAI, case: Recording) -> None:
    completion = await python_sdk.chat.completions.create(**_arguments(replay.play(case), case))
    _assert_says(_of_completion(completion), case)


@_each(COMPLETIONS)
async def test_node_gets_a_completion(replay: Replay, node_sdk: NodeSdk, case: Recording) -> None:
    outcome = await node_sdk.call(replay.url, "create", {**case.request, "model": replay.play(case)})
    assert outcome.error is None
    _assert_says(_of_node(outcome), case)


@_each(COMPLETIONS)
async def test_a_completion_told_to_a_client_that_wants_a_stream(
    replay: Replay, python_sdk: openai.AsyncOpenAI, case: Recording
) -> None:
    """Some providers answer a request for a stream with one JSON body."""
    status, _, body = await replay.post(replay.play(case), case, **_USAGE_WANTED)
    assert status == 200, body
    assert broken_by_stream(emitted(body), usage_asked=True) == []
    try:
        async with python_sdk.chat.completions.stream(
            **_arguments(replay.play(case), case), stream_options={"include_usage": True}
        ) as stream:
            completion = await stream.get_final_completion()
    except _BY_DESIGN:
        return
    _assert_says(_of_completion(completion), case)


@_each(COMPLETIONS)
async def test_a_completion_that_breaks_off_is_an_error(replay: Replay, case: Recording) -> None:
    half = case.body[: len(case.body) // 2]
    status, _, body = await replay.post(replay.play(case, half), case)
    assert status == 502
    assert broken_by_error(json.loads(body)["error"]) == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@_each(REFUSALS)
async def test_a_refusal_keeps_its_status(
    replay: Replay, python_sdk: openai.AsyncOpenAI, node_sdk: NodeSdk, case: Recording, stream: bool
) -> None:
    wanted = _status_told(case)
    for pieces in cuts(case.body, case.id):
        status, _, body = await replay.post(replay.play(case, *pieces), case, stream=stream)
        assert status == wanted
        assert broken_by_error(json.loads(body)["error"]) == []
    with pytest.raises(openai.APIStatusError) as caught:
        await python_sdk.chat.completions.create(**_arguments(replay.play(case), case), stream=stream)
    assert type(caught.value) is _CLASS_OF[wanted]
    assert caught.value.status_code == wanted
    body_asked = {**case.request, "model": replay.play(case)}
    outcome = await node_sdk.call(replay.url, "iterate" if stream else "create", body_asked)
    assert outcome.error is not None
    assert (outcome.error["name"], outcome.error["status"]) == (_CLASS_OF[wanted].__name__, wanted)


@_each(BROKEN_STREAMS)
async def test_an_error_inside_a_stream_is_told(
    replay: Replay, python_sdk: openai.AsyncOpenAI, node_sdk: NodeSdk, case: Recording
) -> None:
    for pieces in cuts(case.body, case.id):
        status, _, body = await replay.post(replay.play(case, *pieces), case, **_USAGE_WANTED)
        assert status == 200
        _assert_failed(status, body, told={choice.finish for choice in expected(case).choices.values()})
    with pytest.raises(openai.APIError):
        async for _ in await python_sdk.chat.completions.create(**_arguments(replay.play(case), case), stream=True):
            pass
    with pytest.raises(openai.APIError):
        async with python_sdk.chat.completions.stream(**_arguments(replay.play(case), case)) as stream:
            await stream.get_final_completion()
    for mode in ("iterate", "stream-helper"):
        body_asked = {**case.request, "model": replay.play(case)}
        outcome = await node_sdk.call(replay.url, "iterate" if mode == "iterate" else "stream-helper", body_asked)
        assert outcome.error is not None
        assert "APIError" in outcome.error["classes"]


@_each(LISTINGS)
async def test_the_models_of_a_provider_are_listed(tmp_path: Path, case: Recording) -> None:
    async with (
        replaying([case.provider], tmp_path) as replay,
        openai.AsyncOpenAI(base_url=replay.url, api_key="test-key", max_retries=0) as client,
    ):
        replay.listing = case
        listed = [model async for model in client.models.list()]
        recorded = [model["id"] for model in json.loads(case.body)["data"]]
        assert {f"{case.provider}/{name}" for name in recorded} <= {model.id for model in listed}
        assert all(model.created and model.owned_by for model in listed)
        assert {model.to_dict()["object"] for model in listed} == {"model"}
        slashed = f"{case.provider}/{recorded[-1]}"
        assert (await client.models.retrieve(slashed)).id == slashed


def _assert_failed(status: int, body: bytes, *, told: Container[str | None] = ()) -> None:
    """The answer is an error: before the headers with a status, after them as the last event, without `[DONE]`.

    A finish reason must not be made up: only those `told` by the provider before it failed may be there.
    """
    if status != 200:
        assert status >= 400
        assert broken_by_error(json.loads(body)["error"]) == []
        return
    stream = emitted(body)
    assert broken_by_part_of_stream(stream) == []
    assert stream.error is not None
    assert broken_by_error(stream.error) == []
    assert not stream.done
    reasons = [choice["finish_reason"] for chunk in stream.chunks for choice in chunk["choices"]]
    assert all(reason is None or reason in told for reason in reasons)


def _status_told(case: Recording) -> int:
    if case.kind == "error_body_http_200":
        inside: int = json.loads(case.body)["error"]["status"]
        return _STATUS_TOLD[inside]
    return _STATUS_TOLD[case.status]


def _assert_says(got: Told, case: Recording, *, reasoning: bool = True) -> None:
    """What a client read is what the recording says, choice by choice."""
    wanted = expected(case)
    assert sorted(got.choices) == sorted(wanted.choices)
    for index, choice in wanted.choices.items():
        if reasoning:
            assert got.choice(index).reasoning == choice.reasoning
        _assert_choice_says(got.choice(index), choice)
    if wanted.usage is not None:
        assert got.usage is not None
        assert {name: got.usage[name] for name in wanted.usage} == wanted.usage


def _assert_choice_says(got: ChoiceTold, wanted: ChoiceTold) -> None:
    assert got.text == wanted.text
    assert got.refusal == wanted.refusal
    assert got.finish == wanted.finish
    assert [call[1:] for call in got.tool_calls] == [call[1:] for call in wanted.tool_calls]
    for (call_id, _, _), (recorded_id, _, _) in zip(got.tool_calls, wanted.tool_calls, strict=True):
        assert call_id
        assert not recorded_id or call_id == recorded_id


def _whole_and_split(case: Recording) -> list[tuple[bytes, ...]]:
    return [(case.body,), randomly_split(case.body, f"{case.id}/sdk", pieces=24)]


def _arguments(model: str, case: Recording) -> dict[str, Any]:
    """A request as keyword arguments: the SDK's helpers refuse to send some that it would have parsed itself."""
    extra = {key: value for key, value in case.request.items() if key != "messages"}
    return {"model": model, "messages": case.request["messages"], "extra_body": extra}


def _add_call(calls: list[dict[str, str]], piece: dict[str, Any]) -> None:
    if piece["index"] == len(calls):
        calls.append({"id": "", "name": "", "arguments": ""})
    call = calls[piece["index"]]
    function = piece.get("function") or {}
    call["id"] += piece.get("id") or ""
    call["name"] += function.get("name") or ""
    call["arguments"] += function.get("arguments") or ""


def _of_completion(completion: ChatCompletion) -> Told:
    told = Told(usage=completion.usage.to_dict() if completion.usage else None)
    for choice in completion.choices:
        message = choice.message
        calls: list[dict[str, Any]] = [call.to_dict() for call in message.tool_calls or ()]
        told.choices[choice.index] = ChoiceTold(
            text=message.content or "",
            reasoning=getattr(message, "reasoning_content", None) or "",
            refusal=message.refusal or "",
            tool_calls=[(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls],
            finish=choice.finish_reason,
        )
    return told


def _of_node(outcome: Outcome) -> Told:
    told = Told(usage=outcome.usage)
    for index, choice in enumerate(outcome.choices):
        calls = [(call["id"], call["name"], call["arguments"]) for call in choice["tool_calls"]]
        told.choices[index] = ChoiceTold(
            choice["text"], choice["reasoning"], choice["refusal"], calls, choice["finish"]
        )
    return told


def _before_its_end(body: bytes, portion: float) -> bytes:
    """The first events of a stream, before any that tells of an end."""
    ends = [found.start() for found in re.finditer(rb'"finish_reason": ?"|\[DONE\]', body)]
    limit = min([*ends, len(body)])
    head = body[: int(limit * portion)]
    return head[: max(head.rfind(b"\n\n"), head.rfind(b"\r\n\r\n")) + 1] or head


def _without_made_names(answers: Iterable[dict[str, Any]], case: Recording) -> Any:
    """The same answers with names that are not the recording's (ids, times) made equal."""
    recorded = case.body.decode()

    def _same(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: _same(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [_same(item) for item in value]
        if key in {"id", "created"} and str(value) not in recorded:
            return "made"
        return "played" if key == "model" and "~" in str(value) else value

    return [_same(answer) for answer in answers]
