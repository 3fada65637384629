"""What tests of dialects ask of a provider: the request it makes of a chat, and what it makes of an answer."""

import json
from typing import Any

from llms.providers.base import Provider
from llms.providers.scripted.transport import STREAM_TYPE, Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.types import Chat, Chunk, Completion
from tests.fakes.openai_wire import sse

USER: dict[str, Any] = {"role": "user", "content": "hi"}


def chat(*messages: dict[str, Any], model: str = "big", **fields: Any) -> Chat:
    """A request with these messages (else a greeting) and fields."""
    return {"model": model, "messages": [*messages] or [USER], **fields}  # type: ignore[typeddict-item]


def sent(provider: Provider, asked: Chat, *, stream: bool = False) -> dict[str, Any]:
    """The body that goes upstream; asking must leave the chat alone."""
    before = json.dumps(asked)
    body: dict[str, Any] = json.loads(provider.request(asked, stream=stream).body or b"")
    assert json.dumps(asked) == before
    return body


def fields(provider: Provider, asked: Chat) -> tuple[dict[str, Any], list[str]]:
    """What goes upstream beside model and messages, and what is told of it as `action field`."""
    body = sent(provider, asked)
    told = [f"{action} {name}" for action, name in provider.request(asked, stream=False).changes]
    return {key: value for key, value in body.items() if key not in {"model", "messages"}}, told


class Far:
    """A provider whose far end gives one answer; `asked` is the body of its last request."""

    def __init__(self, kind: type[Provider], *chunks: dict[str, Any], whole: dict[str, Any] | None = None) -> None:
        self.requests: list[Request] = []
        answer = Answer(sse(*chunks), content_type=STREAM_TYPE) if whole is None else json_answer(whole)
        self.transport = ScriptedTransport("far", lambda request: self._play(request, answer))
        self.provider = kind("http://far/v1", "key", transport=self.transport)

    def _play(self, request: Request, answer: Answer) -> Answer:
        self.requests.append(request)
        return answer

    async def chunks(self, asked: Chat | None = None) -> list[Chunk]:
        """The answer as a stream."""
        told = [chunk async for chunk in self.provider.chat(asked or chat(), True)]
        assert self.transport.open_exchanges == 0
        return told

    async def completion(self, asked: Chat | None = None) -> Completion:
        """The answer as a whole."""
        return await self.provider.chat(asked or chat())

    @property
    def asked(self) -> dict[str, Any]:
        """The body of the last request."""
        body: dict[str, Any] = json.loads(self.requests[-1].body or b"")
        return body
