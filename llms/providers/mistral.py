"""Mistral: OpenAI's dialect with names, message order and tool call ids of its own.

Reasoning comes as parts of the content (`llms.streaming` reads them), the usage always, with the finish reason. Unknown
fields are refused, so what Mistral does not know is left out. Source: Mistral API reference, chat completions, 2026-08.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from llms.providers.conversation import ToolIdRule
from llms.providers.embeddings import Embedder, MistralEmbedder
from llms.providers.media import read_media
from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, clamp, drop

_NOT_HYBRID = re.compile(r"(?:magi|mini|code|dev|pix|vox)stral|nemo|mistral-(?:large|tiny|saba)|^open-")
"""Models that always or never reason: they take no effort."""

_BRIDGE = {"role": "assistant", "content": "OK."}
"""What stands between a tool's result and the user's next word: several models refuse the one after the other."""


class MistralProvider(OpenAiProvider):
    """The chat completions of Mistral."""

    type: ClassVar[str] = "mistral"
    default_base_url: ClassVar[str] = "https://api.mistral.ai/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    takes_stream_options: ClassVar[bool] = False
    embedder: ClassVar[Embedder | None] = MistralEmbedder()
    tool_ids: ClassVar[ToolIdRule | None] = ToolIdRule(re.compile(r"[a-zA-Z0-9]{9}"), 9)
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens", "seed": "random_seed"},
        dropped=(OPENAI_ONLY - {"metadata", "prediction", "prompt_cache_key"})
        | {"function_call", "functions", "logit_bias", "user"},
        ranges={"temperature": (0, 1.5)},
        words={"service_tier": {"default": "standard_only", **dict.fromkeys(("flex", "scale", "priority", "fast"))}},
        developer=False,
        names=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Mistral's fields, and its order of the messages."""
        changes = drop(body, ("reasoning_effort",)) if _NOT_HYBRID.search(str(body["model"])) else []
        changes += super().fit(body)
        if body.get("temperature") == 0 and "top_p" in body:
            changes += clamp(body, "top_p", 1, 1)  # else a 400: greedy sampling takes no other
        if body.get("tools"):
            body["tools"] = [_tool(tool) for tool in body["tools"]]
        else:
            body.pop("parallel_tool_calls", None)
        body["messages"] = _messages(body["messages"])
        return changes


def _messages(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered: list[dict[str, Any]] = []
    for message in messages:
        if message.get("role") == "user" and ordered and ordered[-1].get("role") == "tool":
            ordered.append(_BRIDGE)
        ordered.append(_message(message))
    return ordered


def _message(message: dict[str, Any]) -> dict[str, Any]:
    """One message: a call of tools has no null beside it, and only what Mistral knows."""
    kept = {key: value for key, value in message.items() if key not in {"refusal", "annotations", "audio"}}
    if kept.get("role") == "assistant" and kept.get("content") is None:
        kept["content"] = ""
    if isinstance(kept.get("content"), list):
        kept["content"] = [_part(part) if isinstance(part, dict) else part for part in kept["content"]]
    return kept


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A file as Mistral takes it: as the address of a document, of the web or of the data itself."""
    media = read_media(part) if part.get("type") == "file" else None
    if media is None:
        return part
    if media.file_id:
        return {"type": "file", "file_id": media.file_id}
    url = media.url or f"data:{media.media_type or 'application/pdf'};base64,{media.data}"
    named = {"document_name": media.filename} if media.filename else {}
    return {"type": "document_url", "document_url": url, **named}


def _tool(tool: Any) -> Any:
    """A tool with the parameters that Mistral wants even where there are none."""
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or function.get("parameters") is not None:
        return tool
    return {**tool, "function": {**function, "parameters": {"type": "object", "properties": {}}}}
