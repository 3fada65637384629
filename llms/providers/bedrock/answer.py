"""What Converse answers, whole or as events, in OpenAI's words.

A text is text and a reasoning block reasoning; signed thoughts are also kept whole, as the vendor wants them back.
Calls of tools that the service runs itself are nobody else's to make: they and their results stand in `server_tools`.
Source: Bedrock API reference, Converse and ConverseStream, 2026-08.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llms import jsonio
from llms.errors import Malformed, UpstreamError
from llms.providers.base import Memo
from llms.providers.failures import failure_from_error
from llms.streaming.eventstream import ERROR, EXCEPTION
from llms.streaming.sse import Event
from llms.types import Completion

_REASONS = {
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "model_context_window_exceeded": "length",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}
"""Beside those that `llms.streaming.shape` reads: end_turn, stop_sequence, max_tokens, tool_use."""

_STATUS_OF = {
    "throttlingException": 429,
    "modelNotReadyException": 429,
    "validationException": 400,
    "accessDeniedException": 403,
    "resourceNotFoundException": 404,
    "modelTimeoutException": 408,
    "modelStreamErrorException": 502,
    "internalServerException": 500,
    "serviceUnavailableException": 503,
}
_EXTRAS = ("metrics", "trace", "performanceConfig", "additionalModelResponseFields")
"""What stands beside an answer and is passed on as it is."""

_NOTHING: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class Thought:
    """A block of reasoning, out of pieces: a text that can be signed, or one that is closed to all but the vendor."""

    text: list[str] = field(default_factory=list)
    signature: str = ""
    closed: str = ""

    def block(self) -> dict[str, Any] | None:
        """What the vendor wants back; None for a text without a signature, which is only something to read."""
        if self.closed:
            return {"type": "redacted_thinking", "data": self.closed}
        if not self.signature:
            return None
        return {"type": "thinking", "thinking": "".join(self.text), "signature": self.signature}


@dataclass(slots=True)
class Blocks:
    """The blocks of an answer that are more than text, by their position, and how much text each of them has."""

    thoughts: dict[int, "Thought"] = field(default_factory=dict)
    served: dict[int, dict[str, Any]] = field(default_factory=dict)
    citations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    images: dict[int, dict[str, Any]] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)

    def extras(self) -> dict[str, Any]:
        """All of it, as it stands at the end of an answer."""
        thoughts = [thought.block() for _, thought in sorted(self.thoughts.items())]
        citations = [citation for _, cited in sorted(self.citations.items()) for citation in cited]
        told = {
            "thinking_blocks": [thought for thought in thoughts if thought],
            "citations": citations,
            "annotations": self._annotations(),
            "server_tools": [block for _, block in sorted(self.served.items())],
            "images": [_image(image) for _, image in sorted(self.images.items())],
        }
        return {name: value for name, value in told.items() if value}

    def think(self, position: int, content: dict[str, Any]) -> str:
        """Add a piece of reasoning, or a whole block of it, to the thought at a position; gives the text in it."""
        told = content.get("reasoningText") or content
        thought = self.thoughts.get(position)
        if thought is None:
            thought = self.thoughts[position] = Thought()
        text = str(told.get("text") or "")
        thought.text.append(text)
        thought.signature += told.get("signature") or ""
        thought.closed += content.get("redactedContent") or ""
        return text

    def _annotations(self) -> list[dict[str, Any]]:
        """The citations of addresses, in OpenAI's form: each is about the text of its block."""
        annotations = []
        for position, cited in sorted(self.citations.items()):
            start = sum(length for other, length in self.lengths.items() if other < position)
            end = start + self.lengths.get(position, 0)
            annotations += [
                {
                    "type": "url_citation",
                    "url_citation": {"start_index": start, "end_index": end, "url": url, "title": title},
                }
                for url, title in filter(None, map(_address, cited))
            ]
        return annotations


@dataclass(slots=True)
class BedrockMemo(Memo):
    """Also the blocks of the answer, and whether its end has been told."""

    blocks: Blocks = field(default_factory=Blocks)
    stopped: bool = False


def completion_of(body: dict[str, Any]) -> Completion:
    """The `chat.completion` a whole answer stands for."""
    message = (body.get("output") or {}).get("message") if isinstance(body.get("output"), dict) else None
    if not isinstance(message, dict):
        raise Malformed("the answer holds no message")
    blocks = Blocks()
    text: list[str] = []
    calls: list[dict[str, Any]] = []
    for position, block in enumerate(message.get("content") or ()):
        text.append(_read_block(blocks, position, block, calls))
    extras = blocks.extras()
    said = {
        "content": "".join(text) or None,
        "reasoning_content": "".join(text for _, thought in sorted(blocks.thoughts.items()) for text in thought.text),
        "tool_calls": calls,
    }
    said |= {name: extras.pop(name) for name in ("thinking_blocks", "annotations", "images") if name in extras}
    choice = {"index": 0, "message": said, "finish_reason": _reason(body)}
    beside = {name: body[name] for name in _EXTRAS if body.get(name)}
    return {**extras, **beside, **_tier(body), "choices": [choice], "usage": usage_of(body.get("usage"))}


def chunks_of(event: Event, memo: BedrockMemo) -> Iterable[dict[str, Any]]:
    """The chunks an event stands for. Raises what an exception among them tells of."""
    told = _object(event)
    name = event.name
    if name == "contentBlockDelta":
        return _delta(told.get("contentBlockIndex") or 0, told.get("delta") or {}, memo.blocks)
    if name == "contentBlockStart":
        return _start(told.get("contentBlockIndex") or 0, told.get("start") or {}, memo.blocks)
    if name == "messageStart":
        return ({"choices": [{"index": 0, "delta": {}}]},)
    if name == "messageStop":
        memo.stopped = True
        ending = {"index": 0, "delta": {}, "finish_reason": _reason(told)}
        beside = {key: told[key] for key in _EXTRAS if told.get(key)}
        _close(memo.blocks)
        return ({**memo.blocks.extras(), **beside, "choices": [ending]},)
    if name == "metadata":
        if not memo.stopped:
            raise Malformed("the stream ended without a finish reason")
        memo.done = True
        beside = {key: told[key] for key in _EXTRAS if told.get(key)}
        return ({**beside, **_tier(told), "choices": [], "usage": usage_of(told.get("usage"))},)
    if name.startswith((EXCEPTION, ERROR)):
        raise failure_of(name.partition("/")[2], told)
    return _NOTHING


def failure_of(name: str, told: dict[str, Any]) -> UpstreamError:
    """The error for an exception by its name. One that happened within the model says more of itself elsewhere."""
    message = told.get("originalMessage") or told.get("message") or told.get("Message") or name
    return failure_from_error({"message": message}, status=_STATUS_OF.get(name, 502))


def usage_of(usage: Any) -> dict[str, Any] | None:
    """Tokens as OpenAI counts them: those read from the cache and written to it belong to the prompt."""
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("cacheReadInputTokens"), usage.get("cacheWriteInputTokens")
    told: dict[str, Any] = {
        "prompt_tokens": (usage.get("inputTokens") or 0) + (read or 0) + (written or 0),
        "completion_tokens": usage.get("outputTokens"),
    }
    if read is not None or written is not None:
        told["prompt_tokens_details"] = {"cached_tokens": read or 0, "cache_write_tokens": written or 0}
        if for_an_hour := _kept_for_an_hour(usage.get("cacheDetails")):
            told["prompt_tokens_details"]["cache_write_1h_tokens"] = for_an_hour
    return told | ({"cache_details": usage["cacheDetails"]} if usage.get("cacheDetails") else {})


def _kept_for_an_hour(details: Any) -> int:
    """The tokens written to the cache that it keeps for an hour, which costs more (CacheDetail, 2026-11)."""
    each = [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
    return sum(detail.get("inputTokens") or 0 for detail in each if detail.get("ttl") == "1h")


def _read_block(blocks: Blocks, position: int, block: dict[str, Any], calls: list[dict[str, Any]]) -> str:
    """Take in one block of a whole answer; gives the text in it."""
    text = block.get("text") or ""
    if "citationsContent" in block:
        cited = block["citationsContent"]
        text = "".join(part.get("text") or "" for part in cited.get("content") or ())
        blocks.citations[position] = list(cited.get("citations") or ())
    elif "toolUse" in block:
        use = block["toolUse"]
        if use.get("type"):
            blocks.served[position] = block
        else:
            arguments = jsonio.dumps(use.get("input") or {}).decode()
            calls.append({"id": use.get("toolUseId"), "function": {"name": use.get("name"), "arguments": arguments}})
    elif "toolResult" in block:
        blocks.served[position] = block
    elif "reasoningContent" in block:
        blocks.think(position, block["reasoningContent"])
    elif "image" in block:
        source = block["image"].get("source") or {}
        blocks.images[position] = {"format": block["image"].get("format"), "bytes": source.get("bytes") or ""}
    blocks.lengths[position] = len(text)
    return text


def _start(position: int, start: dict[str, Any], blocks: Blocks) -> Iterable[dict[str, Any]]:
    use = start.get("toolUse")
    if use and not use.get("type"):
        called = {"index": position, "id": use.get("toolUseId"), "function": {"name": use.get("name"), "arguments": ""}}
        return ({"choices": [{"index": 0, "delta": {"tool_calls": [called]}}]},)
    if use:
        blocks.served[position] = {"toolUse": {**use, "input": ""}}
    elif "toolResult" in start:
        blocks.served[position] = {"toolResult": {**start["toolResult"], "content": []}}
    elif "image" in start:
        blocks.images[position] = {"format": start["image"].get("format"), "bytes": ""}
    return _NOTHING


def _delta(position: int, delta: dict[str, Any], blocks: Blocks) -> Iterable[dict[str, Any]]:
    text = delta.get("text")
    if text is not None:
        blocks.lengths[position] = blocks.lengths.get(position, 0) + len(text)
        return ({"choices": [{"index": 0, "delta": {"content": text}}]},) if text else _NOTHING
    if "toolUse" in delta:
        piece = delta["toolUse"].get("input") or ""
        if position in blocks.served:
            blocks.served[position]["toolUse"]["input"] += piece
            return _NOTHING
        call = {"index": position, "function": {"arguments": piece}}
        return ({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]},)
    if "reasoningContent" in delta:
        content = delta["reasoningContent"]
        thought = blocks.think(position, content)
        return ({"choices": [{"index": 0, "delta": {"reasoning_content": thought}}]},) if thought else _NOTHING
    _collect(position, delta, blocks)
    return _NOTHING


def _collect(position: int, delta: dict[str, Any], blocks: Blocks) -> None:
    """Pieces that are told at the end only."""
    if "citation" in delta:
        blocks.citations.setdefault(position, []).append(delta["citation"])
    elif "toolResult" in delta and position in blocks.served:
        blocks.served[position]["toolResult"]["content"] += delta["toolResult"]
    elif "image" in delta and position in blocks.images:
        blocks.images[position]["bytes"] += (delta["image"].get("source") or {}).get("bytes") or ""


def _close(blocks: Blocks) -> None:
    """What the service's own tools were called with came in pieces of JSON."""
    for block in blocks.served.values():
        if "toolUse" in block:
            try:
                block["toolUse"]["input"] = jsonio.loads(block["toolUse"]["input"] or "{}")
            except jsonio.JSONDecodeError:
                continue


def _object(event: Event) -> dict[str, Any]:
    try:
        told = jsonio.loads(event.data or b"{}")
    except jsonio.JSONDecodeError:
        raise Malformed("a frame of the stream is not JSON") from None
    if not isinstance(told, dict):
        raise Malformed("a frame of the stream is not an object")
    return told


def _reason(told: dict[str, Any]) -> str:
    reason = str(told.get("stopReason") or "end_turn")
    return _REASONS.get(reason, reason)


def _tier(told: dict[str, Any]) -> dict[str, Any]:
    tier = told.get("serviceTier")
    return {"service_tier": tier["type"]} if isinstance(tier, dict) and tier.get("type") else {}


def _address(citation: dict[str, Any]) -> tuple[str, str] | None:
    """URL and title of what is cited; None where it is a document of the request."""
    web = (citation.get("location") or {}).get("web") or {}
    source = citation.get("source")
    url = web.get("url") or (source if isinstance(source, str) and source.startswith(("https://", "http://")) else None)
    return (url, citation.get("title") or web.get("domain") or "") if url else None


def _image(image: dict[str, Any]) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/{image['format']};base64,{image['bytes']}"}}
