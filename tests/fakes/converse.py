"""Requests to Bedrock's Converse as the provider makes them; botocore checks every body."""

import json
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from llms.providers.bedrock import BedrockProvider
from llms.types import Chat

HELLO = {"role": "user", "content": "hi"}
TURN = {"role": "user", "content": [{"text": "hi"}]}
CALL = {"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"x": 2}'}}
LOOP: list[dict[str, Any]] = [
    HELLO,
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "t1", "content": "4"},
]
SPEC = {"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}
ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
CLAUDE_3_7 = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
CLAUDE_4_6 = "anthropic.claude-opus-4-6-v1"
NOVA = "amazon.nova-lite-v1:0"
_DESCRIBED: Any = Loader().load_service_model("bedrock-runtime", "service-2")
_SHAPE: Any = ServiceModel(_DESCRIBED).operation_model("Converse").input_shape


def asked(*messages: dict[str, Any], model: str = NOVA, **fields: Any) -> Chat:
    """What a client asks for."""
    chat: Chat = {"model": model, "messages": list(messages) or [HELLO], **fields}  # type: ignore[typeddict-item]
    return chat


def sent(chat: Chat, **settings: Any) -> tuple[dict[str, Any], list[str]]:
    """The body that goes to Bedrock, and what was changed on the way."""
    request = BedrockProvider("http://far", "key", **settings).request(chat, stream=False)
    assert request.body is not None
    body = json.loads(request.body)
    validate_parameters({"modelId": chat["model"], **body}, _SHAPE)
    return body, [f"{action} {field}" for action, field in request.changes]


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The body alone."""
    return sent(asked(*messages, **fields))[0]


def user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of one message of the user."""
    (turn,) = body({"role": "user", "content": list(parts)})["messages"]
    blocks: list[dict[str, Any]] = turn["content"]
    return blocks
