"""What a request becomes, for the tests of this folder."""

import json
from typing import Any

from llms.providers.anthropic import AnthropicProvider

SONNET_4_5 = "claude-sonnet-4-5"
HELLO: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]


def asked(
    *messages: dict[str, Any], model: str = SONNET_4_5, options: dict[str, Any] | None = None, **keys: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body that goes upstream, and what became of fields that could not go as they were: field to action."""
    provider = AnthropicProvider("http://far", "key", options=options)
    request = provider.request({"model": model, "messages": list(messages) or HELLO, **keys}, stream=False)  # type: ignore[typeddict-item]
    assert request.body is not None
    return json.loads(request.body), {field: action for action, field in request.changes}


def body(*messages: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The body that goes upstream, of a request that is told whole."""
    told, changes = asked(*messages, **keys)
    assert changes == {}
    return told


def function(name: str = "look", **keys: Any) -> dict[str, Any]:
    """A tool in OpenAI's form."""
    return {"type": "function", "function": {"name": name, **keys}}


def call(call_id: str, name: str = "look", arguments: str = "{}") -> dict[str, Any]:
    """A tool call in OpenAI's form."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
