"""Bedrock's Converse."""

import json
from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, SOURCE, Said, Wire, halves
from tests.fakes import eventstream

_REASONS = {"stop": "end_turn", "calls": "tool_use", "length": "max_tokens", "refusal": "guardrail_intervened"}


class BedrockWire(Wire):
    """Binary frames; blocks of content without an explicit beginning but for calls."""

    type: ClassVar[str] = "bedrock"
    title: ClassVar[str] = "Amazon Bedrock"
    model: ClassVar[str] = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    address: ClassVar[str] = ""
    stream_type: ClassVar[str] = "application/vnd.amazon.eventstream"

    def stream(self, said: Said) -> list[bytes]:
        frames = [eventstream.event("messageStart", {"role": "assistant"})]
        for index, block in enumerate(_blocks(said)):
            frames += _told(index, block, said)
        stop = eventstream.event("messageStop", {"stopReason": _REASONS[said.end]})
        return [*frames, stop, eventstream.event("metadata", {"usage": _usage(said), "metrics": {"latencyMs": 5}})]

    def whole(self, said: Said) -> dict[str, Any]:
        return {
            "output": {"message": {"role": "assistant", "content": _blocks(said)}},
            "stopReason": _REASONS[said.end],
            "usage": _usage(said),
            "metrics": {"latencyMs": 5},
        }

    def error(self, status: int) -> dict[str, Any]:
        return {"message": MESSAGE}

    def broken(self) -> bytes:
        return eventstream.exception("serviceUnavailableException", {"message": MESSAGE})

    def tools(self, body: Any) -> list[str]:
        return [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        blocks = _parts(body)
        calls = [block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block]
        results = [block["toolResult"] for block in blocks if "toolResult" in block]
        return calls, [(each["toolUseId"], "".join(part["text"] for part in each["content"])) for each in results]

    def schema(self, body: Any) -> dict[str, Any]:
        text = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]
        wanted: dict[str, Any] = json.loads(text)
        return wanted

    def images(self, body: Any) -> list[str]:
        return [block["image"]["source"]["bytes"] for block in _parts(body) if "image" in block]


def _parts(body: Any) -> list[dict[str, Any]]:
    return [block for turn in body["messages"] for block in turn["content"]]


def _blocks(said: Said) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if said.reasoning:
        thought = {"text": "".join(said.reasoning), "signature": "sig"}
        blocks.append({"reasoningContent": {"reasoningText": thought}})
    if said.cited:
        content = {"content": [{"text": "".join(said.text)}], "citations": [_citation()]}
        blocks.append({"citationsContent": content})
    elif said.text:
        blocks.append({"text": "".join(said.text)})
    blocks += [{"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.parsed}} for call in said.calls]
    return blocks


def _told(index: int, block: dict[str, Any], said: Said) -> list[bytes]:
    frames = []
    deltas: list[dict[str, Any]]
    if "toolUse" in block:
        use = block["toolUse"]
        start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
        frames.append(eventstream.event("contentBlockStart", {"contentBlockIndex": index, "start": start}))
        deltas = [{"toolUse": {"input": piece}} for piece in halves(json.dumps(use["input"]))]
    elif "reasoningContent" in block:
        deltas = [{"reasoningContent": {"text": piece}} for piece in said.reasoning]
        deltas.append({"reasoningContent": {"signature": "sig"}})
    else:
        deltas = [{"text": piece} for piece in said.text]
        deltas += [{"citation": cited} for cited in block.get("citationsContent", {}).get("citations", ())]
    frames += [eventstream.event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}) for delta in deltas]
    return [*frames, eventstream.event("contentBlockStop", {"contentBlockIndex": index})]


def _citation() -> dict[str, Any]:
    return {"title": SOURCE[1], "location": {"web": {"url": SOURCE[0]}}, "sourceContent": [{"text": "words"}]}


def _usage(said: Said) -> dict[str, Any]:
    counted = {"inputTokens": 7 - said.cached, "outputTokens": 3, "totalTokens": 10}
    return {**counted, "cacheReadInputTokens": said.cached} if said.cached else counted
