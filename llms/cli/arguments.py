"""What the words of `llms chat` add up to: the request. Pure: strings and dicts in, a request out."""

import math
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

import click

from llms import jsonio
from llms.types import Chat

_TEXTS = frozenset(
    {"stop", "user", "model", "prompt_cache_key", "reasoning_effort", "safety_identifier", "service_tier", "verbosity"}
)
"""Fields of the API that hold text: `stop=1` means the text."""

_LISTS = frozenset({"stop", "modalities", "include"})
"""Fields that may hold a list of texts: a comma separates its items."""

_WORDS = {"true": True, "false": False, "null": None}
_SYSTEM_ROLES = frozenset({"system", "developer"})


def read_arguments(text: str) -> dict[str, Any]:
    """The request fields in `temperature=0.2&stop=a,b`, written as in a URL. Raises `UsageError`.

    Values are numbers, true, false and null where they look like it, JSON where they begin like it, else text; a name
    given more than once makes a list.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    except ValueError:
        raise click.UsageError("--args must look like temperature=0.2&top_p=1, encoded as in a URL") from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name == "messages":
            raise click.UsageError("--args cannot hold messages: give a prompt, or a whole request with --chat")
        read = _value(name, value)
        if name in fields:
            before = fields[name] if isinstance(fields[name], list) else [fields[name]]
            read = [*before, *(read if isinstance(read, list) else [read])]
        fields[name] = read
    return fields


def read_template(raw: bytes, source: str) -> dict[str, Any]:
    """A whole request, as JSON. Raises `UsageError`."""
    try:
        template = jsonio.loads(raw)
    except jsonio.JSONDecodeError as error:
        raise click.UsageError(
            f"{source} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    messages = template.get("messages", []) if isinstance(template, dict) else None
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise click.UsageError(f"{source} must hold a request: an object whose messages are a list of objects")
    return cast(dict[str, Any], template)


def compose(
    prompt: str,
    *,
    system: str | None = None,
    model: str | None = None,
    template: Mapping[str, Any] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Chat:
    """The request: the template, its last user message saying `prompt` and its system message `system` where given.

    Its `model` may be missing: the caller chooses one. Raises `UsageError` where nothing is asked.
    """
    chat: dict[str, Any] = {**(template or {}), **(fields or {})}
    messages = [dict(message) for message in chat.get("messages") or ()]
    if prompt:
        _say(prompt, messages)
    if not messages:
        raise click.UsageError('give a prompt, as in `llms "why is it so?"`, or pipe one in')
    if system is not None:
        if messages[0].get("role") in _SYSTEM_ROLES:
            messages[0]["content"] = system
        else:
            messages.insert(0, {"role": "system", "content": system})
    chat["messages"] = messages
    if model:
        chat["model"] = model
    return cast(Chat, chat)


def _say(prompt: str, messages: list[dict[str, Any]]) -> None:
    """Put the prompt in place of what the last message of the user says; images and files beside it stay."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            others = [part for part in content if _is_no_text(part)] if isinstance(content, list) else []
            message["content"] = [{"type": "text", "text": prompt}, *others] if others else prompt
            return
    messages.append({"role": "user", "content": prompt})


def _is_no_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") != "text"


def _value(name: str, text: str) -> Any:
    if text[:1] in {"[", "{"}:
        try:
            return jsonio.loads(text)
        except jsonio.JSONDecodeError as error:
            raise click.UsageError(f"--args: the value of {name} is not JSON: {error.msg}") from None
    if name in _LISTS and "," in text:
        return text.split(",")
    if name in _TEXTS:
        return text
    return _WORDS[text] if text in _WORDS else _number(text)


def _number(text: str) -> Any:
    """The number that `text` is written as, else the text; infinity is none that JSON knows."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) and "_" not in text else text
    return text
