"""Every recorded exchange with Bedrock's Converse, read by the provider and by botocore, from the same bytes."""

import base64
import json
from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.validate import validate_parameters

from llms.providers.bedrock import BedrockProvider
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
    streamed,
)
from tests.contract.recordings import Recording

_ALL = native_recordings("bedrock-converse")
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json"]

_FINISH = {"end_turn": "stop", "guardrail_intervened": "content_filter"}


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    described: Any = Loader().load_service_model("bedrock-runtime", "service-2")
    return ServiceModel(described)


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS)) == (2, 3)


class _Raw:
    """The body of an answer as botocore wants to read it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]

    def close(self) -> None:
        """Nothing to close."""


def blocks_of(recording: Recording, service: ServiceModel) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The blocks of an answer as botocore reads them, and what stands beside them."""
    parsed: Any
    parser: Any = create_parser("rest-json")
    if recording.mode == "json":
        whole = service.operation_model("Converse").output_shape
        parsed = parser.parse({"body": recording.body, "headers": recording.headers, "status_code": 200}, whole)
        return parsed["output"]["message"]["content"], {**parsed, **parsed["usage"]}
    shape: Any = service.operation_model("ConverseStream").output_shape
    blocks: dict[int, dict[str, Any]] = {}
    beside: dict[str, Any] = {}
    stream: Any = EventStream(
        _Raw(recording.body), shape.members["stream"], parser._event_stream_parser, "ConverseStream"
    )
    for event in stream:
        ((name, told),) = event.items()
        if name == "contentBlockDelta":
            block = blocks.setdefault(told["contentBlockIndex"], {})
            for key, value in told["delta"].items():
                block[key] = block.get(key, "") + value if isinstance(value, str) else value
        elif name == "messageStop":
            beside |= told
        elif name == "metadata":
            beside |= told["usage"]
    return list(blocks.values()), beside


def by_botocore(recording: Recording, service: ServiceModel) -> tuple[Said, list[Any]]:
    """What botocore reads, and the state that is to come back. What the service's own tools did is no call."""
    blocks, beside = blocks_of(recording, service)
    told = Said(finish=_FINISH[beside["stopReason"]], tokens=(beside["inputTokens"], beside["outputTokens"]))
    for key in ("cacheReadInputTokens", "cacheWriteInputTokens"):
        told.tokens = (told.tokens[0] + beside.get(key, 0), told.tokens[1])
    state: list[Any] = []
    for block in blocks:
        told.text += block.get("text", "")
        thought = block.get("reasoningContent", {})
        if "reasoningText" in thought:
            told.reasoning += thought["reasoningText"]["text"]
            state.append(thought["reasoningText"]["signature"])
        elif thought:
            state.append(thought["redactedContent"])
    return told, state


def _state(completion: dict[str, Any]) -> list[Any]:
    blocks = completion["choices"][0]["message"].get("thinking_blocks", [])
    return [block["signature"] if block["type"] == "thinking" else base64.b64decode(block["data"]) for block in blocks]


@_each(STREAMS)
async def test_a_stream_says_what_botocore_reads(case: Recording, service: ServiceModel) -> None:
    told = await streamed(BedrockProvider, case)
    assert (said(told), _state(told)) == by_botocore(case, service)


@_each(ANSWERS)
async def test_an_answer_says_what_botocore_reads(case: Recording, service: ServiceModel) -> None:
    told = await Played(BedrockProvider, case).completion()
    assert (said(told), _state(told)) == by_botocore(case, service)


@_each([case for case in ANSWERS if case.kind == "tools"])
async def test_what_the_service_looked_up_is_cited(case: Recording) -> None:
    told = await Played(BedrockProvider, case).completion()
    message = told["choices"][0]["message"]
    assert "tool_calls" not in message
    assert [next(iter(block)) for block in told["server_tools"]] == ["toolUse", "toolResult"]
    cited = [note["url_citation"] for note in message["annotations"]]
    assert cited[0]["url"] == "https://www.ruby-lang.org/en/downloads/releases/"
    assert {note["title"] for note in cited} == {"ruby-lang.org", "install.guide"}
    assert all(message["content"][: note["start_index"]].endswith("projects\u200b") for note in cited)


@_each([case for case in ANSWERS if case.kind == "refusal"])
async def test_the_trace_of_a_guardrail_is_kept(case: Recording) -> None:
    told = await Played(BedrockProvider, case).completion()
    assert "guardrail" in told["trace"]


@_each(STREAMS)
async def test_openais_accumulator_adds_the_chunks_up(case: Recording) -> None:
    await added_up(BedrockProvider, case)


@_each(STREAMS)
async def test_a_stream_that_breaks_off_never_looks_whole(case: Recording) -> None:
    await broken_off(BedrockProvider, case)


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    await left_early(BedrockProvider, case)


@_each(list(_ALL))
def test_the_recorded_request_is_made_again_from_openais_words(case: Recording, service: ServiceModel) -> None:
    recorded = recorded_request(case)
    request = BedrockProvider("http://far", "key").request(_in_openais_words(recorded), stream=False)
    assert request.body is not None
    sent = json.loads(request.body)
    shape: Any = service.operation_model("Converse").input_shape
    validate_parameters({"modelId": "m", **sent}, shape)
    assert sent == {key: value for key, value in recorded.items() if value}
    assert request.changes == ()


def _in_openais_words(recorded: dict[str, Any]) -> Chat:
    """The request an OpenAI client would have made; what only Converse knows goes along."""
    recorded = dict(recorded)
    system = [{"role": "system", "content": block["text"]} for block in recorded.pop("system", [])]
    turns = [{**turn, "content": _parts(turn["content"])} for turn in recorded.pop("messages")]
    extra = recorded.pop("additionalModelRequestFields", {})
    temperature = recorded.pop("inferenceConfig", {}).get("temperature")
    chat = {**recorded, **extra, "temperature": temperature, "messages": [*system, *turns]}
    if "inferenceConfig" in extra:  # Nova has a field of that name too
        chat = {
            **recorded,
            "additionalModelRequestFields": extra,
            "temperature": temperature,
            "messages": chat["messages"],
        }
    return {"model": "anthropic.claude-sonnet-4-5-20250929-v1:0", **chat}  # type: ignore[typeddict-item]


def _parts(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for block in blocks:
        if "text" in block:
            parts.append({"type": "text", "text": block["text"]})
        elif "cachePoint" in block:
            parts[-1]["cache_control"] = {"type": "ephemeral"}
        else:
            parts.append(block)
    return parts
