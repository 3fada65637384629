"""A conversation in OpenAI's form told as Anthropic wants it: a system prompt, and turns that alternate.

Rules of the API kept here: the results of a turn's tool calls come first in the one user turn that follows it; thinking
blocks go back as they came, first in their turn; no text is empty; a conversation begins with the user, and may end
with the assistant (a prefill, without blanks at its end) only where the model takes one. Source: Anthropic API
reference, messages, 2026-08.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from llms import jsonio
from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.media import Media, read_media

OUR_BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
"""The blocks of an answer that the messages of OpenAI's format can be made into again."""

_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
_OPENING = "(The conversation begins with the assistant.)"
_GO_ON = "Continue."


@dataclass(slots=True)
class Conversation:
    """A conversation as it grows, message by message. `fields` takes note of what cannot be told as it is.

    `thoughts` says whether thinking blocks of the past go along, `vendor_tools` whether work of the vendor's own tools
    does.
    """

    fields: Fields
    thoughts: bool = True
    vendor_tools: bool = False
    system: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)

    def add(self, message: dict[str, Any]) -> None:
        """Take in the next message. Raises `BadRequest` for one that Claude cannot be told."""
        if message.get("name") and message.get("role") != "tool":
            self.fields.note("dropped", "messages.name")
        match message.get("role"):
            case "system" | "developer":
                self._instruct(message)
            case "user":
                self._say("user", self._content(message))
            case "assistant":
                self._say("assistant", self._answer(message))
            case "tool":
                self._say("user", [self._result(message)])
            case role:
                raise BadRequest(f"a message with the role {role!r} cannot be told to Claude", param="messages")

    def close(self, *, prefill: bool) -> None:
        """Bring the turns into the order the API wants, once all messages are in."""
        if not self.turns and self.system:
            self._say("user", self.system)  # an instruction alone is a question there
            self.system = []
        if self.turns and self.turns[0]["role"] == "assistant":
            self.turns.insert(0, {"role": "user", "content": [{"type": "text", "text": _OPENING}]})
            self.fields.note("emulated", "messages")
        for turn in self.turns:
            if turn["role"] == "user":
                turn["content"].sort(key=lambda block: block.get("type") != "tool_result")
        if self.turns and self.turns[-1]["role"] == "assistant":
            self._end_with_assistant(self.turns[-1]["content"], prefill=prefill)

    def _end_with_assistant(self, content: list[dict[str, Any]], *, prefill: bool) -> None:
        if content[-1].get("type") != "text":
            return  # calls without results, of which the API speaks better; or a rest of the vendor's own tools
        if not prefill:
            self._say("user", [{"type": "text", "text": _GO_ON}])
            self.fields.note("emulated", "messages")
        else:
            content[-1] = {**content[-1], "text": content[-1]["text"].rstrip()}

    def _say(self, role: str, blocks: list[dict[str, Any]]) -> None:
        if not blocks:
            return
        if self.turns and self.turns[-1]["role"] == role:
            self.turns[-1]["content"].extend(blocks)
        else:
            self.turns.append({"role": role, "content": list(blocks)})

    def _instruct(self, message: dict[str, Any]) -> None:
        """Leading instructions are the system prompt; one that comes later keeps its place, in the user's turn."""
        blocks = self._content(message)
        if not self.turns:
            self.system.extend(blocks)
        elif blocks:
            self.fields.note("emulated", "messages")
            text = "\n\n".join(block.get("text") or "" for block in blocks)
            self._say("user", [{**blocks[-1], "text": f"<system-reminder>\n{text}\n</system-reminder>"}])

    def _answer(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """A past answer: what was thought, what was said, what was called."""
        if message.get("audio"):
            self.fields.note("dropped", "messages.audio")
        blocks = self._verbatim(message.get("content_blocks"))
        if blocks is None:
            calls = [self._call(call) for call in message.get("tool_calls") or ()]
            if isinstance(message.get("function_call"), dict):
                raise BadRequest("'function_call' is not supported here: use 'tool_calls'", param="messages")
            thoughts = [block for block in message.get("thinking_blocks") or () if _is_thought(block)]
            said = [*self._content(message), *_text_blocks(message.get("refusal"))]
            blocks = [*thoughts, *said, *calls]
        return blocks if self.thoughts else [block for block in blocks if block.get("type") not in _THOUGHTS]

    def _verbatim(self, blocks: Any) -> list[dict[str, Any]] | None:
        """A past answer as it came, where that can be sent again."""
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            return None
        if not self.vendor_tools and any(_is_vendor_tool(block.get("type")) for block in blocks):
            return None
        return [block for block in blocks if not _is_blank(block)]

    def _call(self, call: Any) -> dict[str, Any]:
        if not isinstance(call, dict) or not isinstance(call.get("id"), str):
            raise BadRequest("a tool call in a message must be an object with an id", param="messages")
        custom = call.get("custom")
        if isinstance(custom, dict) and custom.get("name"):
            called, arguments = custom, {"input": str(custom.get("input") or "")}
        else:
            called = call["function"] if isinstance(call.get("function"), dict) else {}
            arguments = self._arguments(called.get("arguments"))
        block = {"type": "tool_use", "id": call["id"], "name": called.get("name") or "", "input": arguments}
        return {**block, **self._marks(call)}

    def _arguments(self, arguments: Any) -> dict[str, Any]:
        """The arguments of a past call as an object; those cut off go in the wrapper that the vendor names for them."""
        try:
            parsed = jsonio.loads(arguments or "{}") if isinstance(arguments, str | None) else arguments
        except jsonio.JSONDecodeError:
            parsed = None
        if isinstance(parsed, dict):
            return parsed
        self.fields.note("emulated", "messages.tool_calls")
        return {"INVALID_JSON": arguments if isinstance(arguments, str) else jsonio.dumps(arguments).decode()}

    def _result(self, message: dict[str, Any]) -> dict[str, Any]:
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": message.get("tool_call_id") or ""}
        content = message.get("content")
        if isinstance(content, str):
            block["content"] = content
        elif content:
            block["content"] = self._parts(content)
        if message.get("is_error"):
            block["is_error"] = True
        return {**block, **self._marks(message)}

    def _content(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """The content of a message as blocks that hold something; a mark on the message belongs to the last."""
        content = message.get("content")
        blocks = _text_blocks(content) if isinstance(content, str | None) else self._parts(content)
        marks = self._marks(message)
        if blocks and marks:
            blocks[-1] = {**blocks[-1], **marks}
        return blocks

    def _parts(self, parts: Any) -> list[dict[str, Any]]:
        if not isinstance(parts, list):
            raise BadRequest("the content of a message must be a text or a list of parts", param="messages")
        return [block for part in parts if not _is_blank(block := self._part(part))]

    def _part(self, part: Any) -> dict[str, Any]:
        """One part as a block; parts that are blocks of this vendor's already stay what they are."""
        if isinstance(part, str):
            return {"type": "text", "text": part}
        if not isinstance(part, dict):
            raise BadRequest("a part of a message must be an object", param="messages")
        kind = part.get("type")
        if kind in {"text", "refusal"}:
            kept = {"citations": part["citations"]} if part.get("citations") else {}
            return {"type": "text", "text": part.get(kind) or "", **kept, **self._marks(part)}
        media = read_media(part)
        if media is None:
            return part
        if media.detail not in {"", "auto"}:
            self.fields.note("dropped", "messages.image_url.detail")
        return {**_media_block(media, part), **self._marks(part)}

    def _marks(self, part: dict[str, Any]) -> dict[str, Any]:
        """Where the cache is to end, in Anthropic's words or in OpenAI's."""
        if part.get("cache_control"):
            return {"cache_control": part["cache_control"]}
        if part.get("prompt_cache_breakpoint"):
            self.fields.note("emulated", "messages.prompt_cache_breakpoint")
            return {"cache_control": {"type": "ephemeral"}}
        return {}


def breaks_off_thought(messages: Sequence[dict[str, Any]]) -> bool:
    """Whether the conversation goes on in the middle of a tool loop whose thoughts are not known any more.

    A model with a thinking budget refuses to think on from there.
    """
    for message in reversed(messages):
        role = message.get("role")
        if role == "assistant":
            calls = message.get("tool_calls")
            known = any(_is_thought(block) for block in message.get("thinking_blocks") or ())
            return bool(calls) and not known
        if role == "user":
            return False
    return False


def tools_used(turns: Iterable[dict[str, Any]]) -> list[str]:
    """The names of the tools that the turns speak of, each once."""
    blocks = (block for turn in turns for block in turn["content"])
    return list(dict.fromkeys(block["name"] for block in blocks if block.get("type") == "tool_use"))


def _text_blocks(text: str | None) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}] if text and not text.isspace() else []


def _is_blank(block: dict[str, Any]) -> bool:
    text = block.get("text")
    return block.get("type") == "text" and not (isinstance(text, str) and text and not text.isspace())


def _is_vendor_tool(kind: Any) -> bool:
    """Whether a block is the work of a tool of the vendor's, which a request must offer for it to be understood."""
    return isinstance(kind, str) and (kind.endswith("_tool_result") or kind in {"server_tool_use", "mcp_tool_use"})


def _is_thought(block: Any) -> bool:
    """Whether a thinking block can go back: one without its signature, or of another make, is refused."""
    if not isinstance(block, dict):
        return False
    return bool(block.get("signature") if block.get("type") == "thinking" else block.get("data"))


def _media_block(media: Media, part: dict[str, Any]) -> dict[str, Any]:
    if media.kind == "image":
        return {"type": "image", "source": _source(media)}
    if media.kind != "document":
        raise BadRequest(f"Claude takes no {media.kind}", param="messages")
    block = {"type": "document", "source": _source(media)}
    if media.filename:
        block["title"] = media.filename
    return {**block, **{key: part[key] for key in ("title", "context", "citations") if part.get(key)}}


def _source(media: Media) -> dict[str, Any]:
    if media.file_id:
        return {"type": "file", "file_id": media.file_id}
    if media.url:
        if media.url.startswith("gs://"):
            raise BadRequest("Claude takes no gs: address", param="messages")
        return {"type": "url", "url": media.url}
    if media.kind == "image" or media.media_type == "application/pdf":
        return {"type": "base64", "media_type": media.media_type, "data": media.data}
    if media.media_type.startswith("text/") or media.media_type in {"application/json", "application/xml"}:
        return {"type": "text", "media_type": "text/plain", "data": media.decoded().decode("utf-8", "replace")}
    raise BadRequest(f"Claude takes no document of the type {media.media_type or 'unknown'}", param="messages")
