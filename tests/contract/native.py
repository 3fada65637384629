"""Recorded exchanges with vendors that speak a dialect of their own, replayed through a provider without a network.

What a provider makes of the bytes is reduced to `Said`, so that it can be compared with what the vendor's own SDK makes
of the same bytes.
"""

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from llms.errors import Malformed
from llms.providers.base import Provider
from llms.providers.scripted.transport import Answer, ScriptedTransport
from llms.providers.transport import Request
from llms.streaming.fold import fold
from llms.types import Chat, Chunk, Completion
from tests.contract.invariants import Emitted, broken_by_completion, broken_by_stream
from tests.contract.recordings import Recording, corpus_folder
from tests.fakes.openai_wire import randomly_split

CHAT: Chat = {"model": "asked-for", "messages": [{"role": "user", "content": "hello"}]}

_TYPES = {
    ".sse": "text/event-stream",
    ".ndjson": "application/x-ndjson",
    ".bin": "application/vnd.amazon.eventstream",
    ".json": "application/json",
}


@functools.cache
def native_recordings(protocol: str) -> tuple[Recording, ...]:
    """The exchanges of the corpus in one protocol; none where there is no corpus."""
    folder = corpus_folder()
    return () if folder is None else tuple(_listed(folder, protocol))


def _listed(folder: Any, protocol: str) -> Iterator[Recording]:
    for case in json.loads((folder / "manifest.json").read_bytes())["cases"]:
        if case["protocol"] == protocol:
            place = folder / case["dir"]
            file = place / case["response"]
            yield Recording(
                id=case["id"],
                provider=case["provider"],
                kind=case["kind"],
                mode=case["mode"],
                status=case["http_status"],
                headers={"content-type": _TYPES[file.suffix]},
                file=file,
                request_file=place / case["request"] if case.get("request") else None,
            )


def recorded_request(recording: Recording) -> dict[str, Any]:
    """What was asked, in the vendor's dialect."""
    assert recording.request_file is not None
    body: dict[str, Any] = json.loads(recording.request_file.read_bytes())
    return body


@dataclass(slots=True)
class Said:
    """What an answer says. Calls are pairs of name and arguments; tokens are those of the prompt and of the answer."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish: str = ""
    tokens: tuple[int, int] = (0, 0)


def said(completion: Completion) -> Said:
    """What the one choice of a completion says."""
    (choice,) = completion["choices"]
    message = choice["message"]
    usage = completion.get("usage") or {}
    return Said(
        text=message.get("content") or "",
        reasoning=message.get("reasoning_content") or "",
        calls=[
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ],
        finish=choice["finish_reason"],
        tokens=(usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)),
    )


class Played:
    """A provider whose far end plays one recording, cut into `pieces`, and what it was asked."""

    def __init__(self, kind: type[Provider], recording: Recording, pieces: Iterable[bytes] = ()) -> None:
        self.requests: list[Request] = []
        self._answer = Answer(
            tuple(pieces) or (recording.body,), recording.status, recording.headers["content-type"], recording.headers
        )
        self.transport = ScriptedTransport("far", self._play)
        self.provider = kind("http://far", "key", name="mine", transport=self.transport)

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._answer

    async def chunks(self, chat: Chat = CHAT) -> list[Chunk]:
        """The answer as a stream."""
        told = [chunk async for chunk in self.provider.chat(chat, True)]
        assert self.transport.open_exchanges == 0
        return told

    async def completion(self, chat: Chat = CHAT) -> Completion:
        """The answer as a whole, which must keep every rule."""
        whole = await self.provider.chat(chat)
        assert self.transport.open_exchanges == 0
        assert broken_by_completion(whole) == []
        return whole


async def streamed(kind: type[Provider], recording: Recording) -> Completion:
    """A recorded stream, whole and in random splits: it must keep every rule and say the same each time."""
    told = []
    for pieces in ((), *(randomly_split(recording.body, f"{recording.id}/{seed}", pieces=24) for seed in range(4))):
        chunks = await Played(kind, recording, pieces).chunks()
        assert broken_by_stream(Emitted([dict(chunk) for chunk in chunks], done=True), usage_asked=True) == []
        told.append(fold(chunks))
    assert all(_lasting(other) == _lasting(told[0]) for other in told)
    return told[0]


async def added_up(kind: type[Provider], recording: Recording) -> None:
    """OpenAI's own accumulator takes every chunk, and says in the end what the stream says."""
    chunks = await Played(kind, recording).chunks()
    state = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    told = said(fold(chunks))
    try:
        completion = state.get_final_completion()
    except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        assert told.finish in {"length", "content_filter"}
    else:
        assert said(completion.to_dict()) == told


async def broken_off(kind: type[Provider], recording: Recording) -> None:
    """A stream that ends before its end never looks whole."""
    for portion in (0.3, 0.6, 0.9):
        head = recording.body[: int(len(recording.body) * portion)]
        with pytest.raises(Malformed):
            await Played(kind, recording, (head,)).chunks()


async def left_early(kind: type[Provider], recording: Recording) -> None:
    """Leaving a stream after its first chunk closes the exchange."""
    played = Played(kind, recording, randomly_split(recording.body, recording.id, pieces=24))
    stream = played.provider.chat(CHAT, True)
    await anext(stream)
    assert played.transport.open_exchanges == 1
    await stream.aclose()
    assert played.transport.open_exchanges == 0


def served(recording: Recording) -> httpx.MockTransport:
    """The same bytes for a vendor's own SDK."""
    return httpx.MockTransport(
        lambda _: httpx.Response(recording.status, headers=recording.headers, content=recording.body)
    )


def _lasting(completion: Completion) -> Completion:
    """A completion without what is made anew each time: ids, and the time where the vendor gives none."""
    (choice,) = completion["choices"]
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [call["function"] for call in message["tool_calls"]]
    return {**completion, "id": "", "created": 0, "choices": [{**choice, "message": message}]}
