"""Recorded answers of OpenAI-speaking providers, and an own reading of what each of them says.

The reading shares no code with the gateway: it is what the gateway's answer is compared with. It knows the shapes that
vendors use (reasoning under three names, content in parts, tool calls without index), and corrects nothing: where the
gateway rightly says something else than the recording, `differences.py` tells why.
"""

import functools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OWN = CHECKOUT / "tests" / "fixtures" / "openai"


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange: the body as it came over the wire, and the request that led to it where that is known."""

    id: str
    provider: str
    kind: str
    mode: str
    status: int
    headers: dict[str, str]
    file: Path
    request_file: Path | None

    @property
    def body(self) -> bytes:
        """The recorded bytes."""
        return self.file.read_bytes()

    @property
    def request(self) -> dict[str, Any]:
        """The recorded request, or a plain one; without `model`, `stream` and `stream_options`."""
        recorded = json.loads(self.request_file.read_bytes()) if self.request_file is not None else {}
        kept = {key: value for key, value in recorded.items() if key not in {"model", "stream", "stream_options"}}
        return kept if kept.get("messages") else {**kept, "messages": [{"role": "user", "content": "hello"}]}


@dataclass(slots=True)
class ChoiceTold:
    """What a recording says for one choice. Tool calls are (id, name, arguments), in order of first appearance."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: list[tuple[str, str, str]] = field(default_factory=list)
    finish: str | None = None


@dataclass(slots=True)
class Told:
    """What a recording says: its choices by index, the last token counts, and the error that it holds, if one."""

    choices: dict[int, ChoiceTold] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    def choice(self, index: int) -> ChoiceTold:
        """The choice with this index."""
        return self.choices.setdefault(index, ChoiceTold())


def corpus_folder() -> Path | None:
    """Where the recorded exchanges with real providers are, if they are here."""
    named = os.environ.get("LLMS_CORPUS")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "fixtures"
    return folder if (folder / "manifest.json").is_file() else None


@functools.cache
def recordings() -> tuple[Recording, ...]:
    """All exchanges in OpenAI's dialect: the project's own few, and those of the corpus."""
    return tuple(case for folder in (OWN, corpus_folder()) if folder is not None for case in _listed(folder))


def _listed(folder: Path) -> Iterator[Recording]:
    for case in json.loads((folder / "manifest.json").read_bytes())["cases"]:
        if case["protocol"] != "openai-chat":
            continue
        place = folder / case["dir"]
        yield Recording(
            id=case["id"],
            provider=case["provider"],
            kind=case["kind"],
            mode=case["mode"],
            status=case["http_status"],
            headers=_served_headers(case),
            file=place / case["response"],
            request_file=place / case["request"] if case.get("request") else None,
        )


def _served_headers(case: dict[str, Any]) -> dict[str, str]:
    """The recorded headers but for the framing, which the fake upstream chooses."""
    usual = {"content-type": "text/event-stream" if case["mode"] == "stream" else "application/json"}
    framing = {"transfer-encoding", "content-length", "content-encoding", "connection"}
    return usual | {name: value for name, value in case["response_headers"].items() if name.lower() not in framing}


def events(body: bytes) -> Iterator[tuple[str, str]]:
    """The events of a stream as (field, data); the field is `data`, or `error` where a provider uses that name."""
    data: list[str] = []
    for line in [*re.split(r"\r\n|\n|\r", body.decode("utf-8-sig")), ""]:
        name, _, value = line.strip(" ").partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif name == "error":
            yield "error", value
        elif not line and data:
            yield "data", "\n".join(data)
            data = []


def read(recording: Recording) -> Told:
    """What a recording says."""
    return _read_json(json.loads(recording.body)) if recording.mode == "json" else _read_stream(recording.body)


def _read_json(body: dict[str, Any]) -> Told:
    told = Told(usage=_counts(body.get("usage")), error=body.get("error") or None)
    for position, choice in enumerate(body.get("choices") or ()):
        message = choice.get("message") or {}
        at = told.choice(choice.get("index", position))
        _add(at, message)
        calls = (_called(call) for call in message.get("tool_calls") or ())
        at.tool_calls = [(call_id, name, arguments or "{}") for call_id, name, arguments in calls]
        at.finish = choice.get("finish_reason")
    return told


def _read_stream(body: bytes) -> Told:
    told = Told()
    tools: dict[int, dict[Any, list[str]]] = {}
    for name, data in events(body):
        if data.strip() == "[DONE]":
            break
        chunk = json.loads(data)
        if name == "error" or chunk.get("error"):
            told.error = chunk.get("error") or chunk
            continue
        told.usage = _counts(chunk.get("usage")) or _counts((chunk.get("x_groq") or {}).get("usage")) or told.usage
        for choice in chunk.get("choices") or ():
            at = told.choice(choice.get("index", 0))
            told.usage = _counts(choice.get("usage")) or told.usage
            delta = choice.get("delta") or {}
            _add(at, delta)
            for piece in delta.get("tool_calls") or ():
                _add_call(tools.setdefault(choice.get("index", 0), {}), piece)
            at.finish = choice.get("finish_reason") or at.finish
    for index, calls in tools.items():
        told.choice(index).tool_calls = [(call[0], call[1], call[2] or "{}") for call in calls.values()]
    return told


def _add(choice: ChoiceTold, message: dict[str, Any]) -> None:
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and part.get("type") == "thinking":
            choice.reasoning += "".join(thought.get("text", "") for thought in part["thinking"])
        elif isinstance(part, dict) and "text" in part:
            choice.text += part["text"]
        elif isinstance(part, str):
            choice.text += part
    choice.reasoning += message.get("reasoning_content") or message.get("reasoning") or ""
    choice.refusal += message.get("refusal") or ""


def _called(call: dict[str, Any]) -> tuple[str, str, str]:
    function = call.get("function") or {}
    return call.get("id") or "", function.get("name") or "", function.get("arguments") or ""


def _add_call(calls: dict[Any, list[str]], piece: dict[str, Any]) -> None:
    """Add a piece to the call of its index; without indexes every id is a call."""
    call_id, name, arguments = _called(piece)
    call = calls.setdefault(piece.get("index", call_id), ["", "", ""])
    call[0] = call[0] or call_id
    call[1] = call[1] or name
    call[2] += arguments


def _counts(usage: Any) -> dict[str, Any] | None:
    """The three counts everybody has, where they are given."""
    if not isinstance(usage, dict) or usage.get("prompt_tokens") is None:
        return None
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: int(usage[name]) for name in names if usage.get(name) is not None}
