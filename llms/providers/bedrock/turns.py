"""A conversation in Converse's form: the system's words apart, turns that alternate, blocks of content.

Knows messages only. Results of tools are what the user says; text blocks must not be empty; a mark for the cache is a
block of its own. Parts that are blocks of Converse already (`cachePoint`, `guardContent`) stay what they are. Source:
Bedrock API reference, ContentBlock and DocumentBlock, 2026-08.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.history import arguments_of, parts_of, text_of, tool_calls_of
from llms.providers.media import Media, read_media

Block = dict[str, Any]

_FORMATS = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/json": "txt",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "audio/mpeg": "mp3",
    "video/3gpp": "three_gp",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "image/jpg": "jpeg",
}
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9\s\-()\[\]]")
_DEFAULT_NAME = "document"


@dataclass(slots=True)
class Turns:
    """Messages taken in one by one. `thoughts` says whether past thinking goes along."""

    fields: Fields
    thoughts: bool = True
    system: list[Block] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def add(self, message: dict[str, Any]) -> None:
        """Take in the next message. Raises `BadRequest` for parts that Converse has no place for."""
        role = message.get("role")
        if message.get("name") and role not in {"tool", "function"}:
            self.fields.note("dropped", "messages[].name")
        if role in {"system", "developer"}:
            if self.turns:
                self.fields.note("emulated", "messages")  # there is one place for it, before all turns
            self.system += self._content(message)
        elif role == "assistant":
            self._say("assistant", self._answer(message))
        elif role in {"tool", "function"}:
            self._say("user", [self._result(message), *cache_point(message)])
        else:
            self._say("user", self._content(message))

    def tools_used(self) -> list[str]:
        """The names of the tools that the turns speak of, each once."""
        blocks = (block for turn in self.turns for block in turn["content"])
        return list(dict.fromkeys(block["toolUse"]["name"] for block in blocks if "toolUse" in block))

    def _say(self, role: str, blocks: list[Block]) -> None:
        if not blocks:
            return
        if self.turns and self.turns[-1]["role"] == role:
            self.turns[-1]["content"] += blocks
        else:
            self.turns.append({"role": role, "content": blocks})

    def _answer(self, message: dict[str, Any]) -> list[Block]:
        thoughts = filter(None, map(_thought, message.get("thinking_blocks") or ())) if self.thoughts else ()
        calls = [
            {
                "toolUse": {
                    "toolUseId": call.get("id") or "",
                    "name": call["function"].get("name") or "",
                    "input": arguments_of(call, self.fields),
                }
            }
            for call in tool_calls_of(message)
        ]
        return [*thoughts, *self._content(message), *calls]

    def _result(self, message: dict[str, Any]) -> Block:
        result: Block = {
            "toolUseId": message.get("tool_call_id") or "",
            "content": list(self._blocks(parts_of(message))),
        }
        if message.get("is_error"):
            result["status"] = "error"
        return {"toolResult": result}

    def _content(self, message: dict[str, Any]) -> list[Block]:
        blocks = list(self._blocks(parts_of(message)))
        if any("document" in block for block in blocks) and not any("text" in block for block in blocks):
            blocks.append({"text": f"({blocks[0].get('document', {}).get('name') or _DEFAULT_NAME})"})
            self.fields.note("emulated", "messages[].content")  # a document must not come without a text
        return [*blocks, *cache_point(message)]

    def _blocks(self, parts: Iterable[dict[str, Any]]) -> Iterable[Block]:
        for part in parts:
            if "type" not in part:
                yield part
                continue
            text = text_of(part)
            if text is not None:
                if text and not text.isspace():
                    yield {"text": text}
            elif (media := read_media(part)) is not None:
                yield self._media(media, part)
            yield from cache_point(part)

    def _media(self, media: Media, part: dict[str, Any]) -> Block:
        if not media.data:
            raise BadRequest(f"Bedrock takes {media.kind}s as data, not by an address or id", param="messages")
        if media.detail not in {"", "auto"}:
            self.fields.note("dropped", "messages.image_url.detail")
        top, _, subtype = media.media_type.partition("/")
        named = _FORMATS.get(media.media_type) or ("txt" if top == "text" else subtype)
        if media.kind == "document" and named not in _FORMATS.values() and named != "txt":
            raise BadRequest(f"Bedrock takes no document of the type {media.media_type or 'unknown'}", param="messages")
        block: Block = {"format": named, "source": {"bytes": media.data}}
        if media.kind == "document":
            block["name"] = self._document_name(media.filename)
            block |= {key: part[key] for key in ("citations", "context") if part.get(key)}
        return {media.kind: block}

    def _document_name(self, filename: str) -> str:
        """A name of the few characters that are allowed, no two the same."""
        plain = " ".join(_UNNAMEABLE.sub("-", filename).split())[:180] or _DEFAULT_NAME
        name, number = plain, 1
        while name in self._names:
            number += 1
            name = f"{plain} ({number})"
        self._names.add(name)
        return name


def cache_point(part: dict[str, Any]) -> list[Block]:
    """The block that ends what is to be cached, where a part, a message or a tool carries the mark for it."""
    mark = part.get("cache_control") or part.get("prompt_cache_breakpoint")
    if not mark:
        return []
    lifetime = mark.get("ttl") if isinstance(mark, dict) else None
    return [{"cachePoint": {"type": "default", **({"ttl": lifetime} if lifetime else {})}}]


def _thought(block: Any) -> Block | None:
    """A thought that can go back: one that is signed, or that is closed to all but the vendor."""
    if not isinstance(block, dict):
        return None
    if block.get("type") == "redacted_thinking" and block.get("data"):
        return {"reasoningContent": {"redactedContent": block["data"]}}
    if not block.get("signature"):
        return None
    thought = {"text": block.get("thinking") or "", "signature": block["signature"]}
    return {"reasoningContent": {"reasoningText": thought}}
