"""What an OpenAI-speaking provider sends: chunks, completions and errors as dicts, and as replies of the fake upstream.

The canonical order of a stream (role, content, finish reason, usage in a chunk without choices, `[DONE]`) stands in
`text_chunks`; a test that wants something else writes the dicts down itself.
"""

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.upstream import Part, Reply, split_at

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
DONE = b"data: [DONE]\n\n"


def chunk(*choices: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A `chat.completion.chunk` with these choices; `keys` are added, or replace the usual ones."""
    usual = {"id": "chatcmpl-fake1", "object": "chat.completion.chunk", "created": 1_750_000_000, "model": "fake-model"}
    return {**usual, "choices": list(choices), **keys}


def choice(delta: Mapping[str, Any], finish: str | None = None, *, index: int = 0) -> dict[str, Any]:
    """One choice of a chunk."""
    return {"index": index, "delta": dict(delta), "logprobs": None, "finish_reason": finish}


def text_chunks(*words: str, finish: str = "stop", usage: Mapping[str, Any] | None = USAGE) -> list[dict[str, Any]]:
    """A stream that says `words`, one per chunk, in the order OpenAI sends things."""
    chunks = [chunk(choice({"role": "assistant", "content": "", "refusal": None}))]
    chunks += [chunk(choice({"content": word})) for word in words]
    chunks.append(chunk(choice({}, finish)))
    if usage is not None:
        chunks.append(chunk(usage=dict(usage)))
    return chunks


def tool_chunks(*calls: tuple[str, str, str]) -> list[dict[str, Any]]:
    """A stream that makes tool calls, each given as id, name and arguments; arguments come in two pieces."""
    chunks = [chunk(choice({"role": "assistant", "content": None}))]
    for position, (call_id, name, arguments) in enumerate(calls):
        half = len(arguments) // 2
        opening = {"index": position, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
        chunks.append(chunk(choice({"tool_calls": [opening]})))
        for piece in (arguments[:half], arguments[half:]):
            told = {"index": position, "function": {"arguments": piece}}
            chunks.append(chunk(choice({"tool_calls": [told]})))
    return [*chunks, chunk(choice({}, "tool_calls")), chunk(usage=USAGE)]


def completion(text: str | None = "Hello there.", **message: Any) -> dict[str, Any]:
    """A `chat.completion` that says `text`; `message` adds keys such as `tool_calls` to its message."""
    said = {"role": "assistant", "content": text, "refusal": None, **message}
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": "chatcmpl-fake1",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "fake-model",
        "choices": [{"index": 0, "message": said, "logprobs": None, "finish_reason": reason}],
        "usage": dict(USAGE),
    }


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def sse(*chunks: Mapping[str, Any], done: bool = True) -> tuple[bytes, ...]:
    """The events of these chunks, one piece each, and the end mark."""
    return (*map(event, chunks), *([DONE] if done else []))


def streamed(*parts: Part) -> Reply:
    """A reply that streams these parts."""
    return Reply(parts, headers={"content-type": "text/event-stream; charset=utf-8"})


def answered(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON body."""
    whole = json.dumps(body).encode()
    told = {"content-type": "application/json", **(headers or {})}
    return Reply((whole,), status=status, headers=told, framing="length")


def refused(status: int, message: str = "scripted failure", **error: Any) -> Reply:
    """A reply with an error in OpenAI's form."""
    told = {"message": message, "type": "server_error", "param": None, "code": None, **error}
    return answered({"error": told}, status=status)


def randomly_split(data: bytes, seed: int | str, *, pieces: int = 12) -> tuple[bytes, ...]:
    """`data` cut at places that `seed` decides; the same seed gives the same cuts."""
    dice = random.Random(f"{seed}")
    return split_at(data, (dice.randrange(len(data) + 1) for _ in range(pieces)))


def random_splits(data: bytes, seeds: Iterable[int | str]) -> list[tuple[bytes, ...]]:
    """Several ways to cut `data`."""
    return [randomly_split(data, seed) for seed in seeds]
