"""Code that only has to type-check: the package as the author of a provider or of an application uses it.

mypy reads it with everything else. A change that breaks it breaks somebody's code.
"""

from collections.abc import AsyncGenerator, Iterable
from typing import Any, ClassVar, assert_type

from aiohttp import web

from llms import Gateway, build, create_app, jsonio, load_config
from llms.errors import GatewayError, RateLimited, UpstreamError
from llms.providers.base import Memo, Provider
from llms.providers.openai import OpenAiProvider
from llms.providers.transport import Request
from llms.streaming.sse import Event
from llms.types import Chat, Chunk, Completion, ModelCard, Secret, Terms, Timeouts


class QuirkyProvider(OpenAiProvider):
    """OpenAI with a quirk: a header of its own."""

    type: ClassVar[str] = "quirky"
    default_base_url: ClassVar[str] = "https://quirky.example/v1"

    def authorization(self) -> dict[str, str]:
        return {"x-key": self.api_key.reveal()} if self.api_key else {}


class EchoProvider(Provider):
    """A dialect of its own."""

    type: ClassVar[str] = "echo"

    def request(self, chat: Chat, *, stream: bool) -> Request:
        return Request(f"{self.base_url}/echo", self.headers(), jsonio.dumps(chat))

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        yield {"choices": [{"index": 0, "delta": {"content": event.data.decode()}}]}

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": body["text"]}}]}


async def use(provider: Provider) -> str:
    """Both ways to ask, and what the errors tell."""
    chat: Chat = {"model": "big", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    limits = Timeouts(connect_s=1, total_s=60)
    assert_type(provider.chat(chat, True), AsyncGenerator[Chunk, None])
    assert_type(await provider.chat(chat), Completion)
    assert_type(await provider.list_models(), list[ModelCard])
    text = ""
    try:
        async for chunk in provider.chat(chat, True, terms=Terms(limits)):
            for choice in chunk["choices"]:
                text += choice["delta"].get("content") or ""
    except RateLimited as limited:
        assert_type(limited.retry_after_s, float | None)
    except UpstreamError as failure:
        assert_type(failure.status, int)
        assert_type(GatewayError.body(failure), dict[str, Any])
    return text


async def serve() -> web.Application:
    """The gateway inside an application of one's own."""
    gateway = await build(load_config())
    assert_type(gateway, Gateway)
    assert_type(await gateway.models(), list[ModelCard])
    return create_app(gateway)


PROVIDERS: list[Provider] = [
    QuirkyProvider(api_key="secret", models=["big"]),
    EchoProvider("http://127.0.0.1:9000", Secret("secret"), {"big": "big-2026"}, headers={"x-team": "blue"}),
]
