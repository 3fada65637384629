"""A streamed answer: Anthropic's events, one after the other, as chunks.

The events follow a fixed order: `message_start`, then for every block `content_block_start`, deltas and
`content_block_stop`, then `message_delta` with the end and the counts, and `message_stop`; `ping` and unknown ones mean
nothing. What is known only of the whole (state that must come back, citations) leaves with the finish reason.

A proxy may splice two streams: a second `message_start` begins the answer again. What was told already is then not told
twice, and an answer that goes another way the second time is an error. Source: Anthropic API reference, streaming,
2026-08.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llms import jsonio
from llms.errors import Malformed
from llms.providers.anthropic import answer
from llms.providers.anthropic.tools import Standins
from llms.providers.base import Memo
from llms.providers.failures import failure_from_error

Chunks = Iterable[dict[str, Any]]

_NOTHING: tuple[dict[str, Any], ...] = ()
_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_RUNS_OF_TEXT = {"text": "text", "thinking": "thinking"}


@dataclass(slots=True)
class Block:
    """One block of the answer: as it was opened, and what was added to it. `call` is its place among the tool calls.

    `told` is what an earlier, broken off telling of the same block has said already.
    """

    opened: dict[str, Any]
    call: int = -1
    pieces: list[str] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    told: str = ""

    @property
    def kind(self) -> Any:
        """Its type."""
        return self.opened.get("type")

    def whole(self) -> dict[str, Any]:
        """The block as an answer that is not streamed would hold it."""
        block = {**self.opened, **self.rest}
        added = "".join(self.pieces)
        if self.kind in _RUNS_OF_TEXT:
            block[_RUNS_OF_TEXT[self.kind]] = (block.get(_RUNS_OF_TEXT[self.kind]) or "") + added
        elif added:
            try:
                block["input"] = jsonio.loads(added)
            except jsonio.JSONDecodeError:
                block["input"] = {"INVALID_JSON": added}  # cut off by the limit of tokens
        if self.citations:
            block["citations"] = [*(block.get("citations") or ()), *self.citations]
        return block


@dataclass(slots=True)
class Reading(Memo):
    """What has been read of one stream. `held` is text that is told only if no call comes that stands for it."""

    made: Standins = field(default_factory=Standins)
    blocks: list[Block] = field(default_factory=list)
    open: dict[Any, Block] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    answered: bool = False
    spoke: bool = False
    held: list[str] = field(default_factory=list)
    earlier: list[Block] = field(default_factory=list)
    """The blocks of a telling that broke off, until the next one has caught up with them."""


def read(event: dict[str, Any], reading: Reading) -> Chunks:
    """The chunks that an event stands for. Raises the failure that it may tell of."""
    match event.get("type"):
        case "content_block_delta":
            return _add(event, reading)
        case "content_block_start":
            return _open(event, reading)
        case "content_block_stop":
            return _close(reading.open.pop(event.get("index"), None), reading)
        case "message_start":
            return _start(event, reading)
        case "message_delta":
            return _end(event, reading)
        case "message_stop":
            reading.done = True
        case "error":
            raise failure_from_error(event)
        case _ if event.get("error"):
            raise failure_from_error(event)  # in the words of a proxy
    return _NOTHING


def _start(event: dict[str, Any], reading: Reading) -> Chunks:
    message = event.get("message") or {}
    reading.counts.update(message.get("usage") or {})
    if reading.blocks and (reading.made.json_tool or reading.made.custom):
        raise Malformed("the answer began again")
    if reading.blocks:
        reading.earlier = [block for block in reading.blocks if block.call >= 0 or block.kind == "text"]
        reading.blocks, reading.open, reading.calls = [], {}, 0
        return _NOTHING
    chunk = _chunk({"role": "assistant"})
    return ({**chunk, "id": message.get("id"), "model": message.get("model")},)


def _open(event: dict[str, Any], reading: Reading) -> Chunks:
    opened = event.get("content_block")
    if not isinstance(opened, dict):
        raise Malformed("a block of the answer is no object")
    block = reading.open[event.get("index")] = Block(opened)
    reading.blocks.append(block)
    if block.kind == "tool_use":
        return _open_call(block, reading)
    if block.kind == "text":
        if reading.earlier:
            block.told = _taken_up(block, reading)
        return _say(block, opened.get("text"), reading)
    if block.kind == "thinking" and opened.get("thinking"):
        return (_chunk({"reasoning_content": opened["thinking"]}),)
    return _NOTHING


def _open_call(block: Block, reading: Reading) -> Chunks:
    name = block.opened.get("name") or ""
    if reading.made.json_tool and name == reading.made.json_tool:
        reading.answered = True
        return _NOTHING
    block.call = reading.calls
    reading.calls += 1
    if reading.earlier:
        block.told = _taken_up(block, reading)
        return _NOTHING
    if name in reading.made.custom:
        return _NOTHING  # its input is told when it is whole
    function = {"name": name, "arguments": ""}
    opening = {"index": block.call, "id": block.opened.get("id"), "type": "function", "function": function}
    return (_chunk({"tool_calls": [opening]}),)


def _add(event: dict[str, Any], reading: Reading) -> Chunks:
    delta = event.get("delta") or {}
    kind = delta.get("type")
    block = reading.open.get(event.get("index"))
    if block is None:
        return _NOTHING
    if kind not in _PIECES:
        _add_rest(delta, block)
        return _NOTHING
    piece = delta.get(_PIECES[kind]) or ""
    if not piece:
        return _NOTHING
    block.pieces.append(piece)
    if kind == "text_delta":
        return _say(block, piece, reading)
    if kind == "thinking_delta":
        return (_chunk({"reasoning_content": piece}),)
    return _argue(block, piece, reading)


def _add_rest(delta: dict[str, Any], block: Block) -> None:
    """What is added to a block and not told as it comes: signatures, citations, and kinds yet unknown."""
    kind = delta.get("type")
    if kind == "citations_delta" and isinstance(delta.get("citation"), dict):
        block.citations.append(delta["citation"])
    else:
        block.rest.update({key: value for key, value in delta.items() if key != "type"})


def _say(block: Block, text: str | None, reading: Reading) -> Chunks:
    if block.told and text:
        text = _untold(block, text)
    if not text:
        return _NOTHING
    if reading.made.json_tool:
        reading.held.append(text)
        return _NOTHING
    reading.spoke = True
    return (_chunk({"content": text}),)


def _argue(block: Block, piece: str, reading: Reading) -> Chunks:
    """A piece of a call's arguments; of the call that stands for the answer, a piece of the answer."""
    if block.told:
        piece = _untold(block, piece)
    if block.call < 0:
        if block.kind != "tool_use":
            return _NOTHING  # the vendor's own tool
        reading.spoke = True
        return (_chunk({"content": piece}),)
    if not piece or block.opened.get("name") in reading.made.custom:
        return _NOTHING
    return (_chunk({"tool_calls": [{"index": block.call, "function": {"arguments": piece}}]}),)


def _close(block: Block | None, reading: Reading) -> Chunks:
    """The end of a block: a call whose arguments came with its opening, or not at all, is told now."""
    if block is not None and block.told:
        raise _went_another_way()
    if block is None or block.kind != "tool_use":
        return _NOTHING
    if block.opened.get("name") in reading.made.custom:
        call = answer.tool_call(block.whole(), reading.made)
        return (_chunk({"tool_calls": [{"index": block.call, **call}]}),)
    if block.pieces:
        return _NOTHING
    return _argue(block, jsonio.dumps(block.opened.get("input") or {}).decode(), reading)


def _end(event: dict[str, Any], reading: Reading) -> Chunks:
    """The end and the counts, which replace those given before; and what is known of the whole only now."""
    reading.counts.update({key: value for key, value in (event.get("usage") or {}).items() if value is not None})
    told = {**event, **(event.get("delta") or {})}
    reason = answer.finish_reason(told.get("stop_reason"), called=reading.calls > 0)
    if reason is None:
        return _NOTHING
    if reading.earlier:
        raise _went_another_way()
    delta: dict[str, Any] = {}
    if reading.held and not reading.answered:
        delta["content"] = "".join(reading.held)
    elif not (reading.spoke or reading.calls):
        delta["content"] = ""
    if refusal := answer.refusal_of(told):
        delta["refusal"] = refusal
    blocks = [block.whole() for block in reading.blocks]
    notes, citations = answer.notes_of(blocks)
    chunk = _chunk(delta, reason) | answer.state_of(blocks) | answer.extras_of(told) | answer.tier_of(reading.counts)
    chunk |= {"annotations": notes} if notes else {}
    chunk |= {"citations": citations} if citations else {}
    return ({**chunk, "usage": answer.usage_of(reading.counts)},)


def _taken_up(block: Block, reading: Reading) -> str:
    """What the earlier telling has said of the block that begins now. Raises `Malformed` if it was another."""
    before = reading.earlier.pop(0)
    if (before.kind, before.opened.get("name")) != (block.kind, block.opened.get("name")):
        raise _went_another_way()
    return (before.opened.get("text") or "") + "".join(before.pieces)


def _untold(block: Block, piece: str) -> str:
    """What of a piece has not been told. Raises `Malformed` if the block says something else this time."""
    length = min(len(piece), len(block.told))
    if piece[:length] != block.told[:length]:
        raise _went_another_way()
    block.told = block.told[length:]
    return piece[length:]


def _went_another_way() -> Malformed:
    return Malformed("the answer began again, and went another way")


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
