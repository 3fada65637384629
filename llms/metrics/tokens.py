"""How many tokens a call used: as the provider told it, else estimated from what was delivered.

An answer that was cut off tells no usage, but its tokens were made and are paid for: they are estimated from the
characters that arrived, at four to a token, which is what tokenizers give for English text within a quarter.
"""

from typing import Any, NamedTuple

from llms.types import Chat, Usage

_CHARACTERS_PER_TOKEN = 4
_MOST = 1_000_000_000
_IMAGE_TOKENS = 765
"""What OpenAI counts for an image of 1024 x 1024 pixels; another number would be no better."""


class Tokens(NamedTuple):
    """Counts of one call. `cached`, `written` and `heard` are among the prompt's tokens, `reasoning` and `spoken` among
    the completion's, `written_1h` among those written to a cache: the ones it keeps for an hour.
    """

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    estimated: bool = False
    written_1h: int = 0
    heard: int = 0
    spoken: int = 0


NO_TOKENS = Tokens()


def told(usage: Usage) -> Tokens:
    """The counts in a usage of OpenAI's shape, as `llms.streaming.usage` leaves it."""
    prompt = usage.get("prompt_tokens_details")
    completion = usage.get("completion_tokens_details")
    asked, answered = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if not prompt and not completion:
        return Tokens(asked, answered)
    prompt, completion = prompt or {}, completion or {}
    return Tokens(
        prompt=asked,
        completion=answered,
        cached=_count(prompt.get("cached_tokens")),
        written=_count(prompt.get("cache_write_tokens")),
        reasoning=_count(completion.get("reasoning_tokens")),
        written_1h=_count(prompt.get("cache_write_1h_tokens")),
        heard=_count(prompt.get("audio_tokens")),
        spoken=_count(completion.get("audio_tokens")),
    )


def _count(told: Any) -> int:
    """A count as it may be summed up: what is below nothing (`-1` for "not known"), or absurd, is none."""
    return told if type(told) is int and 0 <= told <= _MOST else 0


def estimated(chat: Chat, delivered: int) -> Tokens:
    """A guess from a request and the number of characters that were delivered in answer to it."""
    return Tokens(prompt=_prompt(chat), completion=-(-delivered // _CHARACTERS_PER_TOKEN), estimated=True)


def _prompt(chat: Chat) -> int:
    """A guess at the tokens of a request: messages, their parts, and the declared tools."""
    characters = images = 0
    for message in chat.get("messages") or ():
        content = message.get("content")
        if isinstance(content, str):
            characters += len(content)
        elif isinstance(content, list):
            for part in content:
                text = part.get("text") if isinstance(part, dict) else part
                characters += len(text) if isinstance(text, str) else 0
                images += isinstance(part, dict) and part.get("type") == "image_url"
    prompt = chat.get("input") or chat.get("prompt")  # of the endpoints that are no chats
    characters += len(prompt) if isinstance(prompt, str) else 0
    tools = chat.get("tools")
    characters += len(str(tools)) if tools else 0
    return -(-characters // _CHARACTERS_PER_TOKEN) + images * _IMAGE_TOKENS
