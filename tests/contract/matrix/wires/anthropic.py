"""Anthropic's Messages."""

from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, SOURCE, Said, Wire, event, halves

_REASONS = {"stop": "end_turn", "calls": "tool_use", "length": "max_tokens", "refusal": "refusal"}
_ERRORS = {400: "invalid_request_error", 429: "rate_limit_error"}


class AnthropicWire(Wire):
    """Blocks of content, each with a beginning, pieces and an end."""

    type: ClassVar[str] = "anthropic"
    title: ClassVar[str] = "Anthropic"
    model: ClassVar[str] = "claude-sonnet-4-5"
    address: ClassVar[str] = ""

    def stream(self, said: Said) -> list[bytes]:
        start = {**self.whole(Said(cached=said.cached)), "stop_reason": None}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
        for index, block in enumerate(_blocks(said)):
            events += _told(index, block)
        delta = {"stop_reason": _REASONS[said.end], "stop_sequence": None}
        events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}})
        events.append({"type": "message_stop"})
        return [event(told, told["type"]) for told in events]

    def whole(self, said: Said) -> dict[str, Any]:
        usage = {"input_tokens": 7 - said.cached, "cache_read_input_tokens": said.cached, "output_tokens": 3}
        return {
            "id": "msg_m",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [block for block, _ in _blocks(said)],
            "stop_reason": _REASONS[said.end],
            "stop_sequence": None,
            "usage": usage,
        }

    def error(self, status: int) -> dict[str, Any]:
        return {"type": "error", "error": {"type": _ERRORS[status], "message": MESSAGE}}

    def broken(self) -> bytes:
        return event({"type": "error", "error": {"type": "overloaded_error", "message": MESSAGE}}, "error")

    def tools(self, body: Any) -> list[str]:
        return [tool["name"] for tool in body["tools"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        parts = [part for turn in body["messages"] for part in turn["content"] if isinstance(part, dict)]
        results = [(p["tool_use_id"], _text(p["content"])) for p in parts if p["type"] == "tool_result"]
        return [part["id"] for part in parts if part["type"] == "tool_use"], results

    def schema(self, body: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = body["output_config"]["format"]["schema"]
        return wanted

    def images(self, body: Any) -> list[str]:
        parts = [part for turn in body["messages"] for part in turn["content"] if isinstance(part, dict)]
        return [part["source"]["data"] for part in parts if part["type"] == "image"]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _blocks(said: Said) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Whole blocks, each with the pieces it comes in."""
    blocks: list[tuple[dict[str, Any], tuple[str, ...]]] = []
    if said.reasoning:
        thought = {"type": "thinking", "thinking": "".join(said.reasoning), "signature": "sig"}
        blocks.append((thought, said.reasoning))
    if said.text:
        cited = {
            "type": "web_search_result_location",
            "url": SOURCE[0],
            "title": SOURCE[1],
            "encrypted_index": "x",
            "cited_text": "words",
        }
        text = {"type": "text", "text": "".join(said.text), **({"citations": [cited]} if said.cited else {})}
        blocks.append((text, said.text))
    for call in said.calls:
        use = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.parsed}
        blocks.append((use, tuple(halves(call.arguments))))
    return blocks


def _told(index: int, block: tuple[dict[str, Any], tuple[str, ...]]) -> list[dict[str, Any]]:
    whole, pieces = block
    empty: dict[str, Any]
    if whole["type"] == "thinking":
        empty = {"type": "thinking", "thinking": "", "signature": ""}
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        deltas.append({"type": "signature_delta", "signature": whole["signature"]})
    elif whole["type"] == "text":
        empty = {"type": "text", "text": ""}
        deltas = [{"type": "citations_delta", "citation": cited} for cited in whole.get("citations", ())]
        deltas += [{"type": "text_delta", "text": piece} for piece in pieces]
    else:
        empty = {**whole, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    told = [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    opened = {"type": "content_block_start", "index": index, "content_block": empty}
    return [opened, *told, {"type": "content_block_stop", "index": index}]
