"""A mock model provider, fast enough to stand behind any gateway: `python -m bench.upstream PORT`.

It speaks OpenAI's dialect, and streams in those of `dialects` to whoever asks at their paths.

The model's name says how it answers, so a gateway is pointed at it unchanged:
`plain` (or any other name) one answer of about 500 bytes, as a stream 100 chunks at once; `burst-N` N content chunks at
once; `paced-N-G` N content chunks, one every G ms. Each content chunk carries the clock of its sending (`MARK`), so a
reader on the same machine knows its delay exactly. HTTP/1.1 by hand on purpose: it must cost far less than what stands
before it.
"""

from __future__ import annotations

import asyncio
import re
import selectors
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import orjson
from typing_extensions import override

from bench.dialects import DIALECTS, asked_for

MARK = re.compile(rb"~(\d{16})~")
"""A content chunk's clock: `time.monotonic_ns() // 1000`, one clock for all processes of a machine."""
PLAIN_TEXT = "The quick brown fox jumps over the lazy dog. " * 3 + "The end."
"""What the non-streaming answer says; its last words prove that it arrived whole."""

_UNSET = b"~0000000000000000~"
_USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 100,
    "total_tokens": 112,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}


@dataclass(frozen=True, slots=True)
class Script:
    """A stream ready to be sent: `opening` (head, role), `content` once per chunk, `closing`; `gap_s` 0 is a burst."""

    opening: bytes
    content: bytes
    closing: bytes
    count: int
    gap_s: float


def stamped(event: bytes) -> bytes:
    """Write the present clock into every mark of `event`."""
    return event.replace(_UNSET, b"~%016d~" % (time.monotonic_ns() // 1000))


@lru_cache(maxsize=256)
def script(model: str, usage_wanted: bool) -> Script:
    """Build the stream that `model` asks for, in OpenAI's order: role, content, finish, usage if wanted, `[DONE]`."""
    count, gap_s = _pace(model)
    usage: dict[str, Any] = {"usage": None} if usage_wanted else {}
    role = _event(model, [_choice({"role": "assistant", "content": "", "refusal": None})], usage)
    finish = _event(model, [_choice({}, "stop")], usage)
    total = _event(model, [], {"usage": _USAGE}) if usage_wanted else b""
    return Script(
        opening=_head(b"content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked") + role,
        content=_event(model, [_choice({"content": _UNSET.decode()})], usage),
        closing=finish + total + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n",
        count=count,
        gap_s=gap_s,
    )


@lru_cache(maxsize=256)
def translated(dialect: str, model: str) -> Script:
    """Build the same stream in another vendor's dialect."""
    count, gap_s = _pace(model)
    told = DIALECTS[dialect](model, _UNSET.decode())
    head = _head(b"content-type: %b\r\ntransfer-encoding: chunked" % told.content_type.encode())
    return Script(
        opening=head + b"".join(map(_framed, told.opening)),
        content=_framed(told.content),
        closing=b"".join(map(_framed, told.closing)) + b"0\r\n\r\n",
        count=count,
        gap_s=gap_s,
    )


def _pace(model: str) -> tuple[int, float]:
    kind, *numbers = model.split("-")
    count = int(numbers[0]) if kind in ("burst", "paced") and numbers else 100
    gap_ms = float(numbers[1]) if kind == "paced" and len(numbers) > 1 else 0.0
    return count, gap_ms / 1000


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _event(model: str, choices: list[dict[str, Any]], extra: dict[str, Any]) -> bytes:
    chunk = {
        "id": "chatcmpl-BqK3mVx7Nw2TzYc9RfLd",
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_bench",
        "choices": choices,
        **extra,
    }
    return _framed(b"data: " + orjson.dumps(chunk) + b"\n\n")


def _framed(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


def _head(headers: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nserver: bench\r\nx-request-id: req_bench\r\n%b\r\n\r\n" % (status, headers)


def _json(reply: dict[str, Any], status: bytes = b"200 OK") -> bytes:
    body = orjson.dumps(reply)
    return _head(b"content-type: application/json\r\ncontent-length: %d" % len(body), status) + body


@lru_cache(maxsize=256)
def answer(model: str) -> bytes:
    """Return the whole non-streaming response of `model`: head and about 500 bytes of body."""
    message: dict[str, Any] = {"role": "assistant", "content": PLAIN_TEXT, "refusal": None, "annotations": []}
    return _json(
        {
            "id": "chatcmpl-BqK3mVx7Nw2TzYc9RfLd",
            "object": "chat.completion",
            "created": 1_750_000_000,
            "model": model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": _USAGE,
            "system_fingerprint": "fp_bench",
        }
    )


class Upstream(asyncio.Protocol):
    """One keep-alive connection; requests come one after the other, with a `content-length`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        _, found, length = head.partition(b"content-length:")
        size = int(length.partition(b"\r\n")[0]) if found else 0
        if len(self._received) < end + 4 + size:
            return
        body, self._received = self._received[end + 4 : end + 4 + size], self._received[end + 4 + size :]
        self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get "):
            self._transport.write(_json({"object": "list", "data": []}))
        elif not body:
            self._transport.write(_json({"error": {"message": "no content-length"}}, b"411 Length Required"))
        else:
            chat = orjson.loads(body)
            other = asked_for(head.split(b" ", 2)[1].decode(), chat)
            if other:
                self._stream(translated(*other))
            elif chat.get("stream"):
                self._stream(script(chat["model"], bool((chat.get("stream_options") or {}).get("include_usage"))))
            else:
                self._transport.write(answer(chat["model"]))

    def _stream(self, play: Script) -> None:
        if play.gap_s:
            self._transport.write(play.opening)
            self._timer = self._loop.call_later(play.gap_s, self._next, play, play.count)
        else:
            self._transport.write(play.opening + stamped(play.content) * play.count + play.closing)

    def _next(self, play: Script, left: int) -> None:
        if left:
            self._transport.write(stamped(play.content))
            self._timer = self._loop.call_later(play.gap_s, self._next, play, left - 1)
        else:
            self._transport.write(play.closing)


def exact_loop() -> asyncio.AbstractEventLoop:
    """Return a loop whose timers are exact.

    Those of epoll, and so of uvloop, tick in whole milliseconds: hundreds of paced streams would speak in chorus, and
    whoever reads them would find a dozen chunks at each wake-up, where real ones come one by one.
    """
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def serve(port: int) -> None:
    """Answer on 127.0.0.1:`port` until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
