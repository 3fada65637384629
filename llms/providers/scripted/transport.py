"""A transport without a network: a script says which bytes come, when, and how the connection ends.

Knows HTTP's outcomes (a status, headers, pieces, a pause, a cut) and keeps the timers the way the real transport does;
what the bytes mean is the script's business. Nothing here holds a resource: leaving an exchange early leaves nothing.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, final

from multidict import CIMultiDict

from llms import jsonio
from llms.errors import GatewayError, Malformed, TimedOut, Unavailable
from llms.providers.transport import Request
from llms.types import Timeouts

STREAM_TYPE = "text/event-stream; charset=utf-8"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing comes for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks."""


FOREVER = Pause(math.inf)
"""Nothing comes any more: only a timer or a cancellation ends the wait."""

Step = bytes | Pause | Cut
"""One thing that happens to a body on its way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script answers. The headers leave together with the first piece of the body."""

    steps: Iterable[Step] = ()
    status: int = 200
    content_type: str = STREAM_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Request], Answer]
"""A far end as a function. A `GatewayError` it raises becomes an answer with that status and OpenAI's error body."""


def json_answer(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """`body` as one piece of JSON."""
    return Answer((jsonio.dumps(body),), status, JSON_TYPE, headers or {})


@final
class ScriptedTransport:
    """A `Transport` to the far end that `script` plays; `host` is its name in messages.

    `open_exchanges` counts those entered and not left: zero means that nothing was left behind.
    """

    def __init__(self, host: str, script: Script) -> None:
        self.host = host
        self.script = script
        self.open_exchanges = 0

    def open(self, request: Request, timeouts: Timeouts) -> "ScriptedExchange":
        """Prepare an exchange; the script runs when it is entered."""
        return ScriptedExchange(self, request, timeouts)

    async def close(self) -> None:
        """Nothing to close."""


@final
class ScriptedExchange:
    """One request and its reply; both `Exchange` and `Reply`."""

    __slots__ = ("_first", "_request", "_started", "_steps", "_timeouts", "_transport", "headers", "status")

    def __init__(self, transport: ScriptedTransport, request: Request, timeouts: Timeouts) -> None:
        self._transport = transport
        self._request = request
        self._timeouts = timeouts
        self._steps: Iterator[Step] = iter(())
        self._first = b""
        self._started = False
        self.status = 0
        self.headers: Mapping[str, str] = {}

    async def __aenter__(self) -> Self:
        try:
            answer = self._transport.script(self._request)
        except GatewayError as refusal:
            answer = json_answer(refusal.body(), status=refusal.status)
        self._steps = iter(answer.steps)
        self._first = await self._next_piece()
        self.status = answer.status
        self.headers = CIMultiDict({"content-type": answer.content_type, **answer.headers})
        self._transport.open_exchanges += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.open_exchanges -= 1

    async def read(self) -> bytes:
        """The next piece of the script, empty at its end."""
        piece, self._first = self._first, b""
        return piece or await self._next_piece()

    async def _next_piece(self) -> bytes:
        """Play the script up to its next bytes; empty at its end."""
        waited = 0.0
        for step in self._steps:
            if isinstance(step, bytes):
                if not waited:
                    await asyncio.sleep(0)  # a script without pauses must not keep the event loop to itself
                self._started = True
                return step
            if isinstance(step, Cut):
                raise self._broken()
            await self._wait(step.seconds, waited)
            waited += step.seconds
        return b""

    async def _wait(self, seconds: float, waited: float) -> None:
        """Let `seconds` pass, or as many as the timers leave after `waited`. Raises `TimedOut`, naming the timer.

        The length of the wait is known, so no timer has to watch it.
        """
        limit = self._timeouts.idle_s if self._started else self._timeouts.first_token_s
        if limit is not None and waited + seconds > limit:
            await asyncio.sleep(max(limit - waited, 0))
            if self._started:
                raise TimedOut(f"{self._transport.host} sent nothing for {limit:g} s", code="idle")
            raise TimedOut(f"{self._transport.host} gave no first token within {limit:g} s", code="first_token")
        if math.isinf(seconds):
            await asyncio.Event().wait()
        await asyncio.sleep(seconds)

    def _broken(self) -> Malformed | Unavailable:
        if self._started:
            return Malformed(f"{self._transport.host} broke the answer off")
        return Unavailable(f"{self._transport.host} closed the connection without an answer")
