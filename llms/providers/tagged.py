"""OpenAI's dialect where models may write their reasoning into the text, between tags: the base of such vendors.

The reasoning leaves as `reasoning_content`, whatever the cut between deltas. Knows nothing else of any vendor.
"""

from collections.abc import Iterable
from typing import Any

from llms.providers.base import Memo
from llms.providers.openai import OpenAiProvider, choices_of
from llms.streaming.sse import Event
from llms.streaming.think import ThinkSplitter, split_think
from llms.types import Chat, Completion


class TaggedProvider(OpenAiProvider):
    """Anything that speaks `/chat/completions` and may answer `<think>…</think>` first."""

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk, the reasoning told apart from the text."""
        chunks = super().chunks(event, memo)
        splitters: dict[int, ThinkSplitter] = memo.notes.setdefault("think", {})
        for chunk in chunks:
            choices = chunk.get("choices")
            for choice in choices if type(choices) is list else ():
                if type(choice) is dict:
                    index = choice.get("index")
                    splitter = splitters.get(index) if type(index) is int else None
                    if splitter is None or not splitter.is_settled:  # else nothing is left to do, chunk after chunk
                        split_choice(choice, splitters)
        return chunks

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer, the reasoning told apart from the text."""
        for choice in choices_of(body):
            split_message(choice)
        return body


def split_choice(choice: dict[str, Any], splitters: dict[int, ThinkSplitter]) -> None:
    """Tell the reasoning in a choice's delta apart, in place; `splitters` say where each choice stands, by index."""
    index = choice.get("index")
    splitter = splitters.setdefault(index if type(index) is int else 0, ThinkSplitter())
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        return
    content = delta.get("content")
    is_text = isinstance(content, str)
    reasoning, text = splitter.feed(content) if isinstance(content, str) and content else ("", "")
    if choice.get("finish_reason") or delta.get("tool_calls"):
        rest, more = splitter.flush()
        reasoning, text = reasoning + rest, text + more
    if is_text or text:
        delta["content"] = text
    if reasoning:
        delta["reasoning_content"] = (delta.get("reasoning_content") or "") + reasoning


def split_message(choice: dict[str, Any]) -> None:
    """Tell the reasoning in a whole choice's message apart, in place."""
    message = choice.get("message")
    if isinstance(message, dict) and isinstance(message.get("content"), str):
        reasoning, message["content"] = split_think(message["content"])
        if reasoning:
            message["reasoning_content"] = (message.get("reasoning_content") or "") + reasoning
