"""Every recorded exchange with Mistral, read by the provider and by Mistral's own SDK."""

import json
from collections import defaultdict
from typing import Any

import httpx
import pytest
from mistralai.client import Mistral
from mistralai.client.models import ChatCompletionRequest

from llms.providers.mistral import MistralProvider
from llms.types import Chat
from tests.contract.native import CHAT, Played, Said, recorded_request, said, served, streamed
from tests.contract.recordings import Recording, recordings

_ALL = [case for case in recordings() if case.provider == "mistral" and case.kind not in {"error", "multi_choice"}]
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json"]


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def sdk(case: Recording) -> Any:
    client: Any = httpx.Client(transport=served(case))
    return Mistral(api_key="key", server_url="http://far", client=client)


def _add(told: Said, content: Any) -> None:
    for part in [content] if isinstance(content, str) else content or ():
        if isinstance(part, str):
            told.text += part
        elif part.type == "thinking":
            told.reasoning += "".join(thought.text for thought in part.thinking)
        else:
            told.text += part.text


def _calls(pieces: dict[Any, list[str]]) -> list[tuple[str, Any]]:
    return [(name, json.loads(arguments or "{}")) for name, arguments in pieces.values()]


def streamed_by_the_sdk(case: Recording) -> Said:
    told = Said()
    pieces: dict[Any, list[str]] = defaultdict(lambda: ["", ""])
    with sdk(case).chat.stream(model="m", messages=[{"role": "user", "content": "hi"}]) as events:
        for event in events:
            (choice,) = event.data.choices
            _add(told, choice.delta.content)
            for call in choice.delta.tool_calls or ():
                call_at = pieces[call.index or (call.id if call.id != "null" else 0)]
                call_at[0] = call_at[0] or call.function.name
                call_at[1] += str(call.function.arguments)
            told.finish = str(choice.finish_reason or told.finish)
            if event.data.usage:
                told.tokens = (event.data.usage.prompt_tokens or 0, event.data.usage.completion_tokens or 0)
    told.calls = _calls(pieces)
    return told


def answered_by_the_sdk(case: Recording) -> Said:
    answer = sdk(case).chat.complete(model="m", messages=[{"role": "user", "content": "hi"}])
    (choice,) = answer.choices
    message = choice.message
    assert message is not None
    told = Said(finish=str(choice.finish_reason))
    told.tokens = (answer.usage.prompt_tokens or 0, answer.usage.completion_tokens or 0)
    _add(told, message.content)
    told.calls = [(call.function.name, json.loads(str(call.function.arguments))) for call in message.tool_calls or ()]
    return told


def test_the_corpus_is_replayed(corpus: object) -> None:
    assert len(STREAMS) + len(ANSWERS) > 15


@_each(STREAMS)
async def test_a_stream_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    assert said(await streamed(MistralProvider, case)) == streamed_by_the_sdk(case)


@_each(ANSWERS)
async def test_an_answer_says_what_the_vendors_sdk_reads(case: Recording) -> None:
    assert said(await Played(MistralProvider, case).completion()) == answered_by_the_sdk(case)


@_each([case for case in _ALL if case.request_file is not None])
def test_a_request_holds_only_what_the_vendor_knows(case: Recording) -> None:
    asked = {**CHAT, **recorded_request(case), "user": "ann", "store": True, "seed": 7, "max_completion_tokens": 5}
    request = MistralProvider().request(_as_chat(asked), stream=True)
    assert request.body is not None
    sent = json.loads(request.body)
    ChatCompletionRequest.model_validate(sent)
    assert sent.keys() <= ChatCompletionRequest.model_fields.keys()
    assert {name for _, name in request.changes} >= {"user", "store"}


def _as_chat(asked: dict[str, Any]) -> Chat:
    return asked  # type: ignore[return-value]
