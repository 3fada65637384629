"""Every recorded exchange with the Gemini API and Vertex AI, read by the provider and by Google's own SDK."""

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types

from llms.errors import RateLimited
from llms.providers.google import GoogleProvider
from llms.types import Chat
from tests.contract.native import Played, Said, left_early, native_recordings, recorded_request, said, streamed
from tests.contract.recordings import Recording

_ALL = native_recordings("gemini-generate")
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json" and case.kind not in {"error", "models"}]
REFUSALS = [case for case in _ALL if case.kind == "error"]
LISTINGS = [case for case in _ALL if case.kind == "models"]
ASKED = [case for case in _ALL if case.request_file is not None]

_FINISH = {"STOP": "stop", "MAX_TOKENS": "length"}


class VertexProvider(GoogleProvider):
    """The same, at one of Vertex AI's addresses."""

    def __init__(self, base_url: str, *arguments: Any, **settings: Any) -> None:
        super().__init__(f"{base_url}/v1/projects/p/locations/l/publishers/google", *arguments, **settings)


def _kind(case: Recording) -> type[GoogleProvider]:
    return VertexProvider if case.provider == "vertex" else GoogleProvider


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS), len(REFUSALS), len(LISTINGS)) == (22, 14, 2, 1)


def sdk(case: Recording) -> genai.Client:
    """Google's client, for which the recorded bytes are all there is.

    It reads events only and no enums told as numbers: arrays become events for it, and numbers words.
    """
    body = case.body.replace(b'"finishReason": 2', b'"finishReason": "MAX_TOKENS"')
    body = body.replace(b'"trafficType": 1', b'"trafficType": "ON_DEMAND"').replace(
        b'"modality": 1', b'"modality": "TEXT"'
    )
    if body.lstrip().startswith(b"["):
        body = b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in json.loads(body))
    transport = httpx.MockTransport(lambda _: httpx.Response(case.status, headers=case.headers, content=body))
    options = types.HttpOptions(httpx_client=httpx.Client(transport=transport))
    return genai.Client(api_key="key", vertexai=case.provider == "vertex", http_options=options)


def read_by_the_sdk(case: Recording) -> tuple[Said, list[types.GenerateContentResponse]]:
    arguments: dict[str, Any] = {"model": "gemini-2.5-flash", "contents": "hello"}
    if case.mode == "stream":
        answers = list(sdk(case).models.generate_content_stream(**arguments))
    else:
        answers = [sdk(case).models.generate_content(**arguments)]
    told = Said()
    partial: list[dict[str, Any]] = []
    for part in (part for answer in answers for part in _parts(answer)):
        if part.text and part.thought:
            told.reasoning += part.text
        elif part.text:
            told.text += part.text
        elif part.function_call is not None:
            _add_call(told, partial, part.function_call)
    finish = answers[-1].candidates[0].finish_reason if answers[-1].candidates else None
    assert finish is not None
    told.finish = _FINISH[finish.value]
    if told.calls and told.finish == "stop":
        told.finish = "tool_calls"
    counts = answers[-1].usage_metadata
    assert counts is not None
    told.tokens = (
        (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0),
        (counts.candidates_token_count or 0) + (counts.thoughts_token_count or 0),
    )
    return told, answers


def _parts(answer: types.GenerateContentResponse) -> Iterator[types.Part]:
    for candidate in answer.candidates or ():
        if candidate.content is not None:
            yield from candidate.content.parts or ()


def _add_call(told: Said, partial: list[dict[str, Any]], call: types.FunctionCall) -> None:
    """A call as it is; the SDK leaves pieces of arguments to its users, so they are put together here."""
    if call.name:
        partial.append(dict(call.args or {}))
        told.calls.append((call.name, partial[-1]))
    for piece in call.partial_args or ():
        assert piece.json_path is not None
        target: Any = partial[-1]
        *steps, last = re.findall(r"\w+", piece.json_path.removeprefix("$"))
        for step, following in zip(steps, [*steps, last][1:], strict=True):
            empty: Any = [] if following.isdigit() else {}
            if isinstance(target, list) and int(step) == len(target):
                target.append(empty)
            target = target[int(step)] if isinstance(target, list) else target.setdefault(step, empty)
        if isinstance(target, list):
            if int(last) == len(target):
                target.append("")
            target[int(last)] += piece.string_value
        else:
            target[last] = target.get(last, "") + piece.string_value


@_each(STREAMS)
async def test_a_stream_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    assert said(await streamed(_kind(case), case)) == read_by_the_sdk(case)[0]


@_each(ANSWERS)
async def test_an_answer_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    told = await Played(_kind(case), case).completion()
    expected, (answer,) = read_by_the_sdk(case)
    assert said(told) == expected
    assert told["id"] == answer.response_id
    assert told["model"] == answer.model_version
    counts = answer.usage_metadata
    assert counts is not None
    assert told["usage"]["total_tokens"] == counts.total_token_count
    assert told["usage"]["prompt_tokens_details"]["cached_tokens"] == (counts.cached_content_token_count or 0)
    assert told["usage"]["completion_tokens_details"]["reasoning_tokens"] == (counts.thoughts_token_count or 0)


@_each(ANSWERS)
async def test_an_answer_told_as_a_stream_is_the_same(case: Recording) -> None:
    """A whole answer comes where events were asked for when something between does not know of them."""
    assert said(await streamed(_kind(case), case)) == read_by_the_sdk(case)[0]


@_each([case for case in (*STREAMS, *ANSWERS) if "thoughtSignature" in case.body.decode()])
async def test_every_signature_is_handed_on(case: Recording) -> None:
    played = Played(_kind(case), case)
    told = await (streamed(_kind(case), case) if case.mode == "stream" else played.completion())
    message = told["choices"][0]["message"]
    signatures = re.findall(r'"thoughtSignature": ?"([^"]+)"', case.body.decode())
    assert [each for each in signatures if each not in json.dumps(message)] == []


@_each([case for case in (*STREAMS, *ANSWERS) if case.kind == "citations"])
async def test_citations_stand_where_the_text_is(case: Recording) -> None:
    played = Played(_kind(case), case)
    told = await (streamed(_kind(case), case) if case.mode == "stream" else played.completion())
    message = told["choices"][0]["message"]
    _, answers = read_by_the_sdk(case)
    grounding = answers[-1].candidates[0].grounding_metadata if answers[-1].candidates else None
    assert grounding is not None
    assert grounding.grounding_supports
    assert grounding.grounding_chunks
    segments = {
        (support.segment.text, grounding.grounding_chunks[index].web.uri)  # type: ignore[union-attr]
        for support in grounding.grounding_supports
        for index in support.grounding_chunk_indices or ()
    }
    cited = [annotation["url_citation"] for annotation in message["annotations"]]
    assert {(message["content"][each["start_index"] : each["end_index"]], each["url"]) for each in cited} == segments
    assert told["grounding_metadata"]["groundingChunks"]


@_each(REFUSALS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_limit_says_when_to_come_back(case: Recording, stream: bool) -> None:
    played = Played(_kind(case), case)
    with pytest.raises(RateLimited) as raised:
        await (played.chunks() if stream else played.completion())
    details = json.loads(case.body)["error"]["details"]
    (delay,) = [each["retryDelay"] for each in details if "retryDelay" in each]
    assert raised.value.retry_after_s == float(delay.removesuffix("s"))
    assert (raised.value.status, raised.value.code) == (429, "rate_limit_exceeded")


@_each(LISTINGS)
def test_models_are_listed_with_their_context(case: Recording) -> None:
    cards = GoogleProvider().model_cards(json.loads(case.body))
    listed = {f"models/{card.id}": card for card in cards}
    for model in sdk(case).models.list(config={"query_base": True}).page:
        assert model.name is not None
        if "generateContent" in (model.supported_actions or ()):
            assert listed[model.name].extra["context_window"] == model.input_token_limit
            assert listed[model.name].extra["max_output_tokens"] == model.output_token_limit
    assert all({"generateContent", "embedContent"} & set(card.extra["methods"]) for card in cards)


@_each(STREAMS)
async def test_leaving_a_stream_closes_the_exchange(case: Recording) -> None:
    if case.body.count(b"data:") > 1:
        await left_early(_kind(case), case)


@_each(ASKED)
def test_the_recorded_request_is_made_again_from_openais_words(case: Recording) -> None:
    recorded = recorded_request(case)
    request = _kind(case)("http://far", "key").request(_in_openais_words(recorded), stream=case.mode == "stream")
    assert request.body is not None
    sent = json.loads(request.body)
    _assert_known_to_the_sdk(sent)
    assert _normal(sent) == _normal(recorded)
    assert request.changes == ()


def _assert_known_to_the_sdk(sent: dict[str, Any]) -> None:
    """The SDK's types refuse keys they do not know."""
    for content in sent["contents"]:
        types.Content.model_validate(content)
    for tool in sent.get("tools", ()):
        types.Tool.model_validate(tool)
    types.GenerationConfig.model_validate(sent.get("generationConfig", {}))
    types.ToolConfig.model_validate(sent.get("toolConfig", {}))
    types.Content.model_validate(sent.get("systemInstruction", {}))
    assert sent.keys() <= {
        "contents",
        "tools",
        "generationConfig",
        "toolConfig",
        "systemInstruction",
        "safetySettings",
        "cachedContent",
    }


# The recorded request as an OpenAI client would have made it


def _in_openais_words(recorded: dict[str, Any]) -> Chat:
    settings = dict(recorded.get("generationConfig") or {})
    chat: dict[str, Any] = {"model": "gemini-2.5-flash", "messages": _messages(recorded)}
    names = {
        "maxOutputTokens": "max_completion_tokens",
        "temperature": "temperature",
        "topP": "top_p",
        "topK": "top_k",
        "seed": "seed",
        "stopSequences": "stop",
        "presencePenalty": "presence_penalty",
        "frequencyPenalty": "frequency_penalty",
        "thinkingConfig": "thinking_config",
        "responseModalities": "response_modalities",
    }
    chat |= {names[key]: value for key, value in settings.items() if key in names}
    schema = settings.get("responseSchema") or settings.get("responseJsonSchema")
    if schema:
        chat["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    chat["extra_body"] = {
        "google": {key: recorded[key] for key in ("safetySettings", "cachedContent") if recorded.get(key)}
    }
    tools = recorded.get("tools") or []
    declared = [each for tool in tools for each in tool.get("functionDeclarations", ())]
    chat["tools"] = [_function(each) for each in declared] + [
        each for each in tools if "functionDeclarations" not in each
    ]
    calling = (recorded.get("toolConfig") or {}).get("functionCallingConfig")
    if calling:
        chat |= _choice(calling, chat["tools"])
    return chat  # type: ignore[return-value]


def _function(declared: dict[str, Any]) -> dict[str, Any]:
    schema = declared.get("parameters") or declared.get("parameters_json_schema")
    told = {"name": declared["name"], "description": declared.get("description"), "parameters": schema}
    return {"type": "function", "function": told}


def _choice(calling: dict[str, Any], tools: list[dict[str, Any]]) -> dict[str, Any]:
    if calling["mode"] == "VALIDATED":
        tools[0]["function"]["strict"] = True
        return {}
    if calling["mode"] == "AUTO":
        return {"tool_choice": "auto"}
    return {"tool_choice": {"type": "function", "function": {"name": calling["allowedFunctionNames"][0]}}}


def _messages(recorded: dict[str, Any]) -> list[dict[str, Any]]:
    instructions = _list((recorded.get("systemInstruction") or {}).get("parts") or [])
    messages: list[dict[str, Any]] = [{"role": "system", "content": part["text"]} for part in instructions]
    count = 0
    for content in recorded["contents"]:
        parts = [{_camel(key): value for key, value in part.items()} for part in content["parts"]]
        if content["role"] == "model":
            messages.append(_assistant(parts, f"call-{count}"))
        elif "functionResponse" in parts[0]:
            for part in parts:
                result = part["functionResponse"]
                tool_id = result.get("id") or f"call-{count}"
                content_told = json.dumps(result["response"])
                messages.append({"role": "tool", "tool_call_id": tool_id, "content": content_told})
            count += 1
        else:
            messages.append({"role": "user", "content": [_part(part) for part in parts]})
    return messages


def _assistant(parts: list[dict[str, Any]], made_id: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(p.get("text", "") for p in parts if not p.get("thought")),
    }
    signature = next((part["thoughtSignature"] for part in parts if "thoughtSignature" in part), None)
    state = {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    if calls:
        told = {"name": calls[0]["name"], "arguments": json.dumps(calls[0]["args"])}
        message["tool_calls"] = [{"id": calls[0].get("id") or made_id, "type": "function", "function": told, **state}]
        return message
    return message | state


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if "text" in part:
        return {"type": "text", "text": part["text"]}
    if "inlineData" in part:
        media = part["inlineData"]
        return {"type": "image_url", "image_url": {"url": f"data:{media['mimeType']};base64,{media['data']}"}}
    told = {"url": part["fileData"]["fileUri"], "format": part["fileData"]["mimeType"]}
    return {"type": "video_url", "video_url": told, "video_metadata": part["videoMetadata"]}


# What two requests that ask the same may differ in


def _normal(value: Any, key: str = "") -> Any:
    """Google takes either spelling of a key, types in either case, null and absent alike, and needs no role where there
    is but one; ids that no recording has were made here; a thought goes back with its signature on the text."""
    if isinstance(value, list):
        return [_normal(each, key) for each in value if not (isinstance(each, dict) and each.get("thought") is True)]
    if not isinstance(value, dict):
        return value.lower() if key in {"type", "thinkingLevel"} and isinstance(value, str) else value
    if key == "systemInstruction":
        value = {"parts": _list(value["parts"])}
        if not any(part["text"] for part in value["parts"]):
            return None
    normal = {_camel(name): _normal(each, _camel(name)) for name, each in value.items()}
    dropped = {"thoughtSignature"} if "text" in normal else set()
    dropped |= {"parameters"} if normal.get("parameters") == {"type": "object"} else set()
    dropped |= {"id"} if str(normal.get("id", "")).startswith("call-") else set()
    return {name: each for name, each in normal.items() if name not in dropped and each not in (None, {}, False)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@functools.cache
def _camel(name: str) -> str:
    if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or name in {"include_url", "integer_a"}:
        return name
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)
