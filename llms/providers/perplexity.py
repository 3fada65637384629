"""Perplexity: OpenAI's dialect over a search, with every event of a stream repeating all that came before it.

The text leaves as it grows; the sources (`citations`, `search_results` and their kin) leave once, at the end, and as
`annotations` where the text refers to them (`[3]`). Sonar models take a strict alternation of user and assistant, and
call no functions. Source: Perplexity API reference, chat completions, 2026-08.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from llms.providers.base import Memo
from llms.providers.history import tool_calls_of
from llms.providers.media import read_media
from llms.providers.openai import choices_of
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, drop
from llms.providers.tagged import TaggedProvider
from llms.streaming.sse import Event
from llms.types import Chat, Completion

_REFERENCE = re.compile(r"\[(\d{1,3})\]")
_SOURCES = frozenset({"citations", "search_results", "images", "videos", "related_questions"})
_TOOLS = frozenset({"tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"})


class PerplexityProvider(TaggedProvider):
    """The chat completions of Perplexity; `base_url` is the host."""

    type: ClassVar[str] = "perplexity"
    default_base_url: ClassVar[str] = "https://api.perplexity.ai"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=(OPENAI_ONLY - {"web_search_options"})
        | {"logit_bias", "logprobs", "n", "seed", "service_tier", "stop", "top_logprobs", "user"},
        ranges={"temperature": (0, 1.99)},
        words={"reasoning_effort": {"none": "minimal", "xhigh": "high", "max": "high"}},
        developer=False,
        names=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Perplexity's fields, and its order of the roles."""
        changes = super().fit(body)
        response_format = body.get("response_format")
        if isinstance(response_format, dict) and response_format.get("type") == "json_object":
            body["response_format"] = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
            changes.append(("emulated", "response_format"))
        if "sonar" in str(body["model"]):
            changes += drop(body, _TOOLS)
            if any(message.get("tool_calls") or message.get("role") == "tool" for message in body["messages"]):
                changes.append(("emulated", "messages"))
            body["messages"] = alternating(body["messages"])
        return changes

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """What an event adds; the sources wait for the end."""
        chunks = super().chunks(event, memo)
        told: list[str] = memo.notes.setdefault("text", [])
        for chunk in chunks:
            kind = chunk.get("object")
            if not _SOURCES.isdisjoint(chunk):
                sources = memo.notes.setdefault("sources", {})
                sources.update((key, value) for key in _SOURCES if (value := chunk.pop(key, None)))
            choices = chunk.get("choices")
            for choice in choices if type(choices) is list else ():
                if type(choice) is dict:
                    delta = choice.get("delta")
                    if type(delta) is dict and isinstance(text := delta.get("content"), str):
                        told.append(text)
                    if choice.get("finish_reason"):
                        _end(choice, chunk, told, memo)
            if kind == "chat.completion.done":
                memo.done = True
        return chunks

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer, with its references to the sources as annotations."""
        super().completion(body, chat)
        for choice in choices_of(body):
            message = choice.get("message")
            if isinstance(message, dict) and (annotations := annotations_of(message.get("content") or "", body)):
                message["annotations"] = annotations
        return body


def _end(choice: dict[str, Any], chunk: dict[str, Any], told: list[str], memo: Memo) -> None:
    """The end of the answer, with its sources; or that of the reasoning, when the answer is still to come."""
    if chunk.get("object") in {"chat.reasoning", "chat.reasoning.done"}:
        del choice["finish_reason"]
    elif sources := memo.notes.pop("sources", None):
        chunk.update(sources)
        if annotations := annotations_of("".join(told), sources):
            chunk["annotations"] = annotations


def annotations_of(text: str, sources: dict[str, Any]) -> list[dict[str, Any]]:
    """The references in `text` as OpenAI tells them: where they stand, and what they refer to."""
    citations, results = sources.get("citations") or [], sources.get("search_results") or []
    titles = {result.get("url"): result.get("title") for result in results if isinstance(result, dict)}
    if not citations:
        citations = [result.get("url") for result in results if isinstance(result, dict)]
    annotations = []
    for found in _REFERENCE.finditer(text):
        position = int(found[1]) - 1
        if 0 <= position < len(citations) and isinstance(url := citations[position], str):
            citation = {"start_index": found.start(), "end_index": found.end(), "url": url}
            annotations.append({"type": "url_citation", "url_citation": {**citation, "title": titles.get(url) or url}})
    return annotations


def alternating(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversation as one system message and turns of user and assistant, beginning with the user.

    What the system says later is said by the user, as are the results of tools; calls of tools are told in words.
    """
    turns: list[dict[str, Any]] = []
    for message in messages:
        role, content = message.get("role"), _content(message)
        if role != "assistant" and (role != "system" or any(turn["role"] != "system" for turn in turns)):
            role = "user"
        if turns and turns[-1]["role"] == role:
            turns[-1] = {**turns[-1], "content": _joined(turns[-1]["content"], content)}
        else:
            turns.append({**_bare(message), "role": role, "content": content})
    return turns


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in message.items() if key not in {"tool_calls", "tool_call_id", "name", "refusal"}
    }


def _content(message: dict[str, Any]) -> Any:
    content = message.get("content") or ""
    if isinstance(content, list):
        content = [_part(part) if isinstance(part, dict) else part for part in content]
    if message.get("role") == "tool":
        return _joined("Result of the tool call:", content)
    for call in tool_calls_of(message):
        function = call["function"]
        content = _joined(content, f"Tool call: {function.get('name')} {function.get('arguments') or '{}'}")
    return content


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A file as Perplexity takes it: by its address, or as base64 without the head of a data URL."""
    media = read_media(part) if part.get("type") == "file" else None
    if media is None or media.file_id:
        return part
    named = {"file_name": media.filename} if media.filename else {}
    return {"type": "file_url", "file_url": {"url": media.url or media.data}, **named}


def _joined(before: Any, after: Any) -> Any:
    """Two contents as one: texts with an empty line between them, or a list of parts."""
    if not before or not after:
        return before or after
    if isinstance(before, str) and isinstance(after, str):
        return f"{before}\n\n{after}"
    return [*_parts(before), *_parts(after)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
