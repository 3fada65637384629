"""Ollama's `/api/chat`."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, Absent, Emulated, Said, Wire

_REASONS = {"stop": "stop", "calls": "stop", "length": "length", "refusal": "stop"}


class OllamaWire(Wire):
    """Lines of JSON; calls come whole, and an answer with calls ends like any other."""

    type: ClassVar[str] = "ollama"
    title: ClassVar[str] = "Ollama"
    address: ClassVar[str] = ""
    stream_type: ClassVar[str] = "application/x-ndjson"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {
        "refusal": Absent("has no sign for it: a refusal is text"),
        "citations": Absent("does not search"),
        "cached usage": Absent("counts the whole prompt"),
    }

    def stream(self, said: Said) -> list[bytes]:
        messages: list[dict[str, Any]] = [{"content": "", "thinking": piece} for piece in said.reasoning]
        messages += [{"content": piece} for piece in said.text]
        messages += [{"content": "", "tool_calls": [call]} for call in _calls(said)]
        lines = [self._line(message, done=False) for message in messages]
        return [json.dumps(line).encode() + b"\n" for line in [*lines, self._end({"content": ""}, said)]]

    def whole(self, said: Said) -> dict[str, Any]:
        message: dict[str, Any] = {"content": "".join(said.text)}
        if said.reasoning:
            message["thinking"] = "".join(said.reasoning)
        if said.calls:
            message["tool_calls"] = _calls(said)
        return self._end(message, said)

    def _line(self, message: dict[str, Any], **keys: Any) -> dict[str, Any]:
        told = {"model": self.model, "created_at": "2026-08-01T10:00:00Z", "message": {"role": "assistant", **message}}
        return {**told, **keys}

    def _end(self, message: dict[str, Any], said: Said) -> dict[str, Any]:
        return self._line(message, done=True, done_reason=_REASONS[said.end], prompt_eval_count=7, eval_count=3)

    def error(self, status: int) -> dict[str, Any]:
        return {"error": MESSAGE}

    def broken(self) -> bytes:
        return json.dumps(self.error(500)).encode() + b"\n"

    def tools(self, body: Any) -> list[str]:
        return [tool["function"]["name"] for tool in body["tools"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        calls = [call["function"]["name"] for turn in body["messages"] for call in turn.get("tool_calls", ())]
        results = [(turn["tool_name"], turn["content"]) for turn in body["messages"] if turn["role"] == "tool"]
        return calls, results

    def schema(self, body: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = body["format"]
        return wanted

    def images(self, body: Any) -> list[str]:
        return [image for turn in body["messages"] for image in turn.get("images", ())]


def _calls(said: Said) -> list[dict[str, Any]]:
    return [{"function": {"name": call.name, "arguments": call.parsed}} for call in said.calls]
