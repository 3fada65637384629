"""OpenRouter: OpenAI's dialect in front of many vendors, with routing fields and the vendors' state.

Fields of its own (`provider`, `models`, `plugins`, `transforms`, `reasoning` …) pass. The effort in reasoning has a
field of OpenRouter's own form; `reasoning_details` come in fragments, leave whole, and are given back with the next
request. Source: OpenRouter API reference and its guide to reasoning tokens, 2026-08.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from llms.providers.base import Memo
from llms.providers.failures import failure_from_error
from llms.providers.openai import OpenAiProvider, choices_of
from llms.providers.parameters import Change, Parameters
from llms.streaming.sse import Event
from llms.types import Chat, Completion

_HEADERS = {"site_url": "HTTP-Referer", "app_name": "X-Title"}
_RARE = frozenset({"reasoning_details", "annotations"})
_ADDED_UP = ("text", "summary")


class OpenRouterProvider(OpenAiProvider):
    """The chat completions of OpenRouter. The options `site_url` and `app_name` say there whose requests these are."""

    type: ClassVar[str] = "openrouter"
    default_base_url: ClassVar[str] = "https://openrouter.ai/api/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_details"})
    parameters: ClassVar[Parameters | None] = Parameters(words={"reasoning_effort": {"max": "xhigh"}})

    def __init__(self, *positional: Any, options: Mapping[str, Any] | None = None, **named: Any) -> None:
        fields = dict(options or {})
        told = {header: str(fields.pop(name)) for name, header in _HEADERS.items() if fields.get(name)}
        headers = {**told, **(named.pop("headers", None) or {})}
        super().__init__(*positional, options=fields, headers=headers, **named)

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """The effort in OpenRouter's form; the cost is always asked for."""
        changes = super().fit(body)
        effort = body.pop("reasoning_effort", None)
        if effort is not None:
            given = body.get("reasoning")
            body["reasoning"] = {"effort": effort, **(given if isinstance(given, dict) else {})}
            if "max_tokens" in body["reasoning"]:
                del body["reasoning"]["effort"]  # one of the two only: what the client said in OpenRouter's words
        usage = body.get("usage")
        body["usage"] = {"include": True, **(usage if isinstance(usage, dict) else {})}
        return changes

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk; details of the reasoning wait until they are whole."""
        chunks = super().chunks(event, memo)
        for chunk in chunks:
            choices = chunk.get("choices")
            for choice in choices if type(choices) is list else ():
                if type(choice) is dict:
                    if "error" in choice:
                        _raise_inner_error(choice)
                    delta = choice.get("delta")
                    if type(delta) is dict and not _RARE.isdisjoint(delta):
                        _add_details(memo.notes.setdefault("details", {}), delta.pop("reasoning_details", None))
                        _split_annotations(delta)
                    if choice.get("finish_reason") and memo.notes.get("details"):
                        chunk["reasoning_details"] = list(memo.notes.pop("details").values())
        return chunks

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer. Raises the error that stands in the place of one."""
        for choice in choices_of(body):
            _raise_inner_error(choice)
        return body


def _raise_inner_error(choice: dict[str, Any]) -> None:
    """Raise the error that a choice ended with: it says more than the finish reason `error`."""
    if choice.get("error"):
        raise failure_from_error({"error": choice["error"]})


def _add_details(details: dict[Any, dict[str, Any]], fragments: Any) -> None:
    """Add fragments to the details they belong to: those of the same index and kind. What is encrypted comes whole."""
    for fragment in fragments if isinstance(fragments, list) else ():
        if not isinstance(fragment, dict):
            continue
        kind = fragment.get("type")
        key = (kind, len(details) if kind == "reasoning.encrypted" else fragment.get("index", 0))
        detail = details.setdefault(key, {})
        for name, value in fragment.items():
            if name in _ADDED_UP and isinstance(value, str) and isinstance(detail.get(name), str):
                detail[name] += value
            elif value is not None or name not in detail:
                detail[name] = value


def _split_annotations(delta: dict[str, Any]) -> None:
    """Annotations of OpenAI's kind stay; others (`file`) go under a name of their own, as in whole answers."""
    notes = delta.get("annotations")
    if isinstance(notes, list):
        others = [note for note in notes if not isinstance(note, dict) or note.get("type") != "url_citation"]
        if others:
            delta["annotations"] = [note for note in notes if note not in others]
            delta["vendor_annotations"] = others
