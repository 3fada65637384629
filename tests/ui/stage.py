"""The provider behind the gateway, as a browser's test directs it: the scriptable upstream, on a thread of its own.

Playwright's plain API blocks the thread of the test, so the upstream's event loop needs another one. Everything here
can be called from the test.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from tests.fakes.openai_wire import answered
from tests.fakes.upstream import Answer, Gate, Reply, Request, Upstream
from tests.ui.answers import says

T = TypeVar("T")
PATIENCE_S = 20

CARDS: list[dict[str, Any]] = [
    {"id": "scripted", "context_length": 200_000, "pricing": {"prompt": "0.000001", "completion": "0.000002"}},
    {"id": "second", "context_length": 128_000},
    {"id": "reader", "context_length": 8_000, "architecture": {"input_modalities": ["text"]}},
    {"id": "seer", "context_length": 200_000, "architecture": {"input_modalities": ["text", "image", "audio", "file"]}},
]
"""What the provider lists as its models."""


class Door:
    """A point in a reply that the provider waits at until the test opens it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.gate = Gate()
        self._loop = loop

    def open(self) -> None:
        """Let the provider go on."""
        self._loop.call_soon_threadsafe(self.gate.open)

    def wait_until_reached(self) -> None:
        """Wait until everything before this point has been sent."""
        asyncio.run_coroutine_threadsafe(self.gate.reached(), self._loop).result(PATIENCE_S)


class Stage:
    """The provider. What is not scripted is answered with a few friendly words; `cards` is its list of models."""

    def __init__(self, cards: Sequence[Mapping[str, Any]] = CARDS) -> None:
        self._cards = cards
        self.chats: list[Request] = []
        self._next: deque[Answer] = deque()
        self._by_model: dict[str, Answer] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="the provider", daemon=True)
        self._upstream = Upstream()
        self._upstream.always(self._answer)

    @property
    def url(self) -> str:
        """What a configuration names as `base_url`."""
        return self._upstream.url

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()
        self._run(self._upstream.__aenter__())

    def close(self) -> None:
        """Drop every connection and end."""
        self._run(self._upstream.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def door(self) -> Door:
        """A point for a reply to wait at."""
        return Door(self._loop)

    def next(self, *replies: Answer) -> None:
        """The next chats get these replies, in this order."""
        self._next.extend(replies)

    def answer_model(self, model: str, reply: Answer) -> None:
        """Every chat with `model` gets this reply."""
        self._by_model[model] = reply

    def wait_until_hung_up(self, chat: Request) -> None:
        """Wait until the gateway has closed the connection that carried this chat."""
        asyncio.run_coroutine_threadsafe(chat.connection.closed(), self._loop).result(PATIENCE_S)

    def reset(self) -> None:
        """Nothing is scripted any more, and nothing has been asked."""
        self._next.clear()
        self._by_model.clear()
        self.chats.clear()

    def _answer(self, request: Request) -> Reply:
        if request.path.endswith("/models"):
            return answered({"object": "list", "data": [{"object": "model", **card} for card in self._cards]})
        self.chats.append(request)
        answer = self._by_model.get(request.model or "") or (self._next.popleft() if self._next else says("Hello."))
        return answer(request) if callable(answer) else answer

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_S)
