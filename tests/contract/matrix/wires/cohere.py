"""Cohere's chat, version 2."""

from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, SOURCE, Said, Wire, event, halves, without_head

_REASONS = {"stop": "COMPLETE", "calls": "TOOL_CALL", "length": "MAX_TOKENS", "refusal": "ERROR_TOXIC"}


class CohereWire(Wire):
    """Typed events; a call is a single object, whatever its field is called."""

    type: ClassVar[str] = "cohere"
    title: ClassVar[str] = "Cohere"
    address: ClassVar[str] = ""

    def stream(self, said: Said) -> list[bytes]:
        events: list[dict[str, Any]] = [{"type": "message-start", "id": "co-m"}]
        for index, (kind, pieces) in enumerate(_contents(said)):
            start = {"content": {"type": kind, kind: ""}}
            events.append({"type": "content-start", "index": index, "delta": {"message": start}})
            for piece in pieces:
                added = {"message": {"content": {kind: piece}}}
                events.append({"type": "content-delta", "index": index, "delta": added})
            events.append({"type": "content-end", "index": index})
        for index, call in enumerate(_calls(said)):
            empty = {**call, "function": {**call["function"], "arguments": ""}}
            events.append({"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": empty}}})
            for piece in halves(call["function"]["arguments"]):
                told = {"message": {"tool_calls": {"function": {"arguments": piece}}}}
                events.append({"type": "tool-call-delta", "index": index, "delta": told})
            events.append({"type": "tool-call-end", "index": index})
        if said.cited:
            cited = {"message": {"citations": _citation(said)}}
            events.append({"type": "citation-start", "index": 0, "delta": cited})
        delta = {"finish_reason": _REASONS[said.end], "usage": _usage(said)}
        events.append({"type": "message-end", "delta": delta})
        return [event(told, told["type"]) for told in events]

    def whole(self, said: Said) -> dict[str, Any]:
        content = [{"type": kind, kind: "".join(pieces)} for kind, pieces in _contents(said)]
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if said.calls:
            message["tool_calls"] = _calls(said)
        if said.cited:
            message["citations"] = [_citation(said)]
        return {"id": "co-m", "message": message, "finish_reason": _REASONS[said.end], "usage": _usage(said)}

    def error(self, status: int) -> dict[str, Any]:
        return {"id": "co-e", "message": MESSAGE}

    def broken(self) -> bytes:
        delta = {"finish_reason": "ERROR", "error": MESSAGE}
        return event({"type": "message-end", "delta": delta}, "message-end")

    def tools(self, body: Any) -> list[str]:
        return [tool["function"]["name"] for tool in body["tools"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        calls = [call["id"] for turn in body["messages"] for call in turn.get("tool_calls", ())]
        return calls, [(turn["tool_call_id"], turn["content"]) for turn in body["messages"] if turn["role"] == "tool"]

    def schema(self, body: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = body["response_format"]["json_schema"]
        return wanted

    def images(self, body: Any) -> list[str]:
        parts = [part for turn in body["messages"] for part in turn["content"] if isinstance(part, dict)]
        return [without_head(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]


def _contents(said: Said) -> list[tuple[str, tuple[str, ...]]]:
    told = [("thinking", said.reasoning), ("text", said.text)]
    return [(kind, pieces) for kind, pieces in told if pieces]


def _calls(said: Said) -> list[dict[str, Any]]:
    return [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in said.calls
    ]


def _citation(said: Said) -> dict[str, Any]:
    document = {"id": "doc-1", "url": SOURCE[0], "title": SOURCE[1]}
    source = {"type": "document", "id": "doc-1", "document": document}
    return {"start": 0, "end": len(said.text[0]), "text": said.text[0], "sources": [source], "content_index": 0}


def _usage(said: Said) -> dict[str, Any]:
    counted = {"tokens": {"input_tokens": 7, "output_tokens": 3}}
    return {**counted, "cached_tokens": said.cached} if said.cached else counted
