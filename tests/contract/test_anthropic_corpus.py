"""Every recorded exchange with Anthropic's Messages API, read by the provider and by Anthropic's own SDK."""

import json
import warnings
from collections.abc import Iterable
from typing import Any, get_type_hints

import anthropic
import httpx2
import jiter
import openai
import pytest
from anthropic.types import (
    ContentBlockParam,
    Message,
    OutputConfigParam,
    TextBlockParam,
    ThinkingConfigParam,
    ToolChoiceParam,
)
from anthropic.types.beta import BetaToolUnionParam
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk
from pydantic import TypeAdapter

from llms.errors import AccessDenied, Rejected, UpstreamError
from llms.providers.anthropic import AnthropicProvider
from llms.types import Chat, Completion
from tests.contract.differences import BEYOND_THE_SDK
from tests.contract.native import Played, Said, left_early, native_recordings, recorded_request, said, streamed
from tests.contract.recordings import Recording

_ALL = [case for case in native_recordings("anthropic-messages") if case.kind != "count-tokens"]
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json" and case.kind not in {"error", "models", "count_tokens"}]
REFUSALS = [case for case in _ALL if case.kind == "error"]
LISTINGS = [case for case in _ALL if case.kind == "models"]
REQUESTS = [case for case in _ALL if case.request_file is not None]

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "refusal": "content_filter",
}
_TOO_STRICT = "anthropic-json-error-01"
"""It asks for more strict tools than there may be, and is refused: we ask for none then."""


def _each(cases: Iterable[Recording]) -> pytest.MarkDecorator:
    cases = list(cases)
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS), len(REFUSALS), len(LISTINGS), len(REQUESTS)) == (23, 10, 3, 1, 23)


def by_the_sdk(recording: Recording) -> Message:
    """What Anthropic's SDK makes of the same bytes."""
    client = sdk(recording)
    asked: dict[str, Any] = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hello"}]}
    if recording.mode == "json":
        message: Message = client.messages.create(**asked)
        return message
    with client.messages.stream(**asked) as stream:
        return stream.get_final_message()


def sdk(recording: Recording) -> anthropic.Anthropic:
    far = httpx2.MockTransport(
        lambda _: httpx2.Response(recording.status, headers=recording.headers, content=recording.body)
    )
    client = httpx2.Client(transport=far)
    return anthropic.Anthropic(api_key="key", base_url="http://far", http_client=client, max_retries=0)


def reduced(message: Message) -> Said:
    """What the SDK's message says, in the terms both sides are compared in."""
    usage = message.usage
    told = Said(
        finish=_FINISH[str(message.stop_reason)],
        tokens=(
            usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0),
            usage.output_tokens,
        ),
    )
    for block in message.content:
        if block.type == "text":
            told.text += block.text
        elif block.type == "thinking":
            told.reasoning += block.thinking
        elif block.type == "tool_use":
            told.calls.append((block.name, block.input))
    return told


def with_whole_arguments(completion: Completion) -> Completion:
    """The same answer, arguments that the limit of tokens cut off read as far as they go, as the SDK does."""
    for call in completion["choices"][0]["message"].get("tool_calls") or ():
        arguments = jiter.from_json(call["function"]["arguments"].encode(), partial_mode=True)
        call["function"]["arguments"] = json.dumps(arguments)
    return completion


@_each(case for case in STREAMS if case.id not in BEYOND_THE_SDK)
async def test_a_stream_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    told = with_whole_arguments(await streamed(AnthropicProvider, case))
    message = by_the_sdk(case)
    assert said(told) == reduced(message)
    assert_details(told, message)


@_each(ANSWERS)
async def test_an_answer_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    told = await Played(AnthropicProvider, case).completion()
    message = by_the_sdk(case)
    assert said(told) == reduced(message)
    assert_details(told, message)


def assert_details(told: Completion, message: Message) -> None:
    """Names, counts, thoughts, citations and refusals are the SDK's too."""
    assert (told["id"], told["model"]) == (message.id, message.model)
    details = told["usage"]["prompt_tokens_details"]
    assert details["cached_tokens"] == (message.usage.cache_read_input_tokens or 0)
    assert details["cache_write_tokens"] == (message.usage.cache_creation_input_tokens or 0)
    counted = message.usage.output_tokens_details
    reasoning = (told["usage"].get("completion_tokens_details") or {}).get("reasoning_tokens")
    assert reasoning == (counted.thinking_tokens if counted else None)
    answer = told["choices"][0]["message"]
    thoughts = [block for block in message.content if block.type in {"thinking", "redacted_thinking"}]
    assert answer.get("thinking_blocks", []) == [_plain(block) for block in thoughts]
    cited = [citation for block in message.content if block.type == "text" for citation in block.citations or ()]
    assert [citation["cited_text"] for citation in told.get("citations", [])] == [each.cited_text for each in cited]
    assert answer["refusal"] == (message.stop_details.explanation if message.stop_details else None)
    assert [call["id"] for call in answer.get("tool_calls") or ()] == [
        block.id for block in message.content if block.type == "tool_use"
    ]
    for ours, theirs in zip(answer.get("content_blocks", []), message.content, strict=False):
        assert ours["type"] == theirs.type


def _plain(block: Any) -> dict[str, Any]:
    plain: dict[str, Any] = block.to_dict()
    return plain


@_each(case for case in STREAMS if case.id in BEYOND_THE_SDK)
async def test_a_stream_that_the_vendors_sdk_cannot_read_is_read(case: Recording) -> None:
    told = said(await streamed(AnthropicProvider, case))
    try:
        assert reduced(by_the_sdk(case)).calls != told.calls
    except IndexError:
        pass  # it does not get that far
    events = [json.loads(line[6:]) for line in case.body.decode().splitlines() if line.startswith("data: ")]
    assert told.finish == _FINISH[events[-2]["delta"]["stop_reason"]]
    assert told.tokens[1] == events[-2]["usage"]["output_tokens"]
    assert told.calls == ([("test-tool", {"value": "Sparkle Day"})] if told.finish == "tool_calls" else [])
    if not told.calls:
        deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
        assert told.text == "".join(delta["text"] for delta in deltas if delta["type"] == "text_delta")
        assert told.reasoning == "".join(delta["thinking"] for delta in deltas if delta["type"] == "thinking_delta")


@_each(STREAMS)
async def test_openais_accumulator_adds_the_chunks_up(case: Recording) -> None:
    state = ChatCompletionStreamState()
    for chunk in await Played(AnthropicProvider, case).chunks():
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    told = with_whole_arguments(await streamed(AnthropicProvider, case))
    try:
        completion = state.get_final_completion()
    except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        assert said(told).finish in {"length", "content_filter"}
    else:
        assert said(completion.to_dict()) == said(told)


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    await left_early(AnthropicProvider, case)


@_each(REFUSALS)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal_is_told_as_what_it_is(case: Recording, stream: bool) -> None:
    wanted: dict[int, tuple[type[UpstreamError], int]] = {
        400: (Rejected, 400),
        401: (AccessDenied, 502),
        404: (Rejected, 404),
    }
    kind, status = wanted[case.status]
    played = Played(AnthropicProvider, case)
    with pytest.raises(kind) as refused:
        await (played.chunks() if stream else played.completion())
    assert (type(refused.value), refused.value.status) == (kind, status)
    if kind is Rejected:
        assert json.loads(case.body)["error"]["message"].strip() in refused.value.message
    with pytest.raises(anthropic.APIStatusError) as caught:
        sdk(case).messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "hello"}])
    assert caught.value.status_code == case.status


@_each(LISTINGS)
async def test_the_models_are_those_the_vendors_sdk_lists(case: Recording) -> None:
    cards = await Played(AnthropicProvider, case).provider.list_models()
    assert [(card.id, card.extra["display_name"], card.created) for card in cards] == [
        (model.id, model.display_name, int(model.created_at.timestamp())) for model in sdk(case).models.list()
    ]


@_each(case for case in REQUESTS if case.id != _TOO_STRICT)
def test_the_recorded_request_is_made_again_from_openais_words(case: Recording) -> None:
    recorded = recorded_request(case)
    request = AnthropicProvider().request(in_openais_words(recorded), stream=bool(recorded.get("stream")))
    assert request.body is not None
    sent = json.loads(request.body)
    assert_known_to_the_sdk(sent)
    assert sent == {"max_tokens": sent["max_tokens"], **in_one_form(recorded)}
    assert request.changes == ()


@_each(case for case in REQUESTS if case.id == _TOO_STRICT)
def test_too_many_strict_tools_are_not_asked_for(case: Recording) -> None:
    request = AnthropicProvider().request(in_openais_words(recorded_request(case)), stream=False)
    sent = json.loads(request.body or b"")
    assert not any("strict" in tool for tool in sent["tools"])
    assert request.changes == (("dropped", "tools.function.strict"),)


def assert_known_to_the_sdk(sent: dict[str, Any]) -> None:
    """Every part of a request is of the SDK's own types for it; sampling is no more in them, but still in the API."""
    known = get_type_hints(MessageCreateParamsStreaming).keys() | {"temperature", "top_p", "top_k"}
    assert sent.keys() - {"context_management"} <= known
    for turn in sent["messages"]:
        assert turn["role"] in {"user", "assistant"}
        for block in turn["content"]:
            _check(ContentBlockParam, block)
    for tool in sent.get("tools", ()):
        _check(BetaToolUnionParam, tool)
    for kind, key in [
        (ToolChoiceParam, "tool_choice"),
        (ThinkingConfigParam, "thinking"),
        (OutputConfigParam, "output_config"),
    ]:
        if key in sent:
            _check(kind, sent[key])
    if isinstance(sent.get("system"), list):
        for block in sent["system"]:
            _check(TextBlockParam, block)


def _check(kind: Any, value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own types warn of themselves
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
    adapter.validate_python(value)


def in_one_form(recorded: dict[str, Any]) -> dict[str, Any]:
    """The recorded request with texts as blocks, a plain system prompt as text, and without `stream: false`."""
    told = {key: value for key, value in recorded.items() if not (key == "stream" and value is False)}
    told["messages"] = [
        {**turn, "content": _blocks(turn["content"]) if isinstance(turn["content"], str) else turn["content"]}
        for turn in recorded["messages"]
    ]
    if isinstance(told.get("system"), list):
        told["system"] = "\n\n".join(block["text"] for block in told["system"])
    return told


def _blocks(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}]


def in_openais_words(recorded: dict[str, Any]) -> Chat:
    """The request an OpenAI client would have made; what OpenAI has no words for comes as it is."""
    told = dict(recorded)
    system = told.pop("system", None)
    messages = [{"role": "system", "content": system}] if system else []
    for turn in told.pop("messages"):
        messages += _messages(turn)
    if "tools" in told:
        told["tools"] = [_tool(tool) for tool in told["tools"]]
    choice = told.pop("tool_choice", None)
    if choice is not None:
        told["tool_choice"] = (
            {"type": "function", "function": {"name": choice["name"]}}
            if choice["type"] == "tool" and "disable_parallel_tool_use" not in choice
            else choice
        )
    if "stop_sequences" in told:
        told["stop"] = told.pop("stop_sequences")
    config = told.pop("output_config", None)
    if config is not None:
        told["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": config["format"]["schema"]},
        }
    chat: Chat = {**told, "messages": messages}  # type: ignore[typeddict-item]
    return chat


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if "input_schema" not in tool:
        return tool
    function = {("parameters" if key == "input_schema" else key): value for key, value in tool.items()}
    return {"type": "function", "function": function}


def _messages(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """One turn as OpenAI's messages: results of tools are messages of their own, thoughts an extension."""
    content = turn["content"]
    if isinstance(content, str):
        return [turn]
    if turn["role"] == "user":
        results = [
            {"role": "tool", "tool_call_id": block["tool_use_id"], "content": block["content"]}
            for block in content
            if block["type"] == "tool_result"
        ]
        rest = [block for block in content if block["type"] != "tool_result"]
        return [*results, *([{"role": "user", "content": rest}] if rest else [])]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": [block for block in content if block["type"] == "text"],
        "thinking_blocks": [block for block in content if block["type"] in {"thinking", "redacted_thinking"}],
        "tool_calls": [
            {
                "id": block["id"],
                "type": "function",
                "function": {"name": block["name"], "arguments": json.dumps(block["input"])},
            }
            for block in content
            if block["type"] == "tool_use"
        ],
    }
    if any(block["type"].startswith("server_") for block in content):
        message["content_blocks"] = content
    return [message]
