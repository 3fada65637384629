"""A loop of tool calls through the plain OpenAI SDK, on a model that thinks: the client knows nothing of thinking.

The far end is a fake of Anthropic's API that does what the real one does where thinking is on: every turn with calls
that comes back must begin with the thinking blocks it was given out with, signature and all; else it answers 400.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from aiohttp import web

from llms.config import Config
from llms.gateway import build
from llms.providers.scripted.transport import Answer, json_answer
from llms.providers.transport import Request
from llms.server.app import create_app
from tests.fakes.far import FarEnds, streaming
from tests.providers.anthropic.events import MESSAGE, block, ended, sse, started, text, thinking, used

QUESTION = {"role": "user", "content": "Where is it warmer, in Oslo or in Rome? And in Lima?"}
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "weather", "parameters": {"properties": {"city": {"type": "string"}}}}}
]
WEATHER = {"Oslo": "3 degrees", "Rome": "15 degrees", "Lima": "21 degrees"}
HIDDEN = {"type": "redacted_thinking", "data": "aGlkZGVu"}


def use(call_id: str, city: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "weather", "input": {"city": city}}


def thought(text: str, signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


STEPS: list[list[dict[str, Any]]] = [
    [thought("Two cities first.", "sig-1"), use("toolu_1", "Oslo"), use("toolu_2", "Rome")],
    [thought("Now Lima.", "sig-2"), HIDDEN, {"type": "text", "text": "One more."}, use("toolu_3", "Lima")],
    [thought("I know all.", "sig-3"), {"type": "text", "text": "In Lima."}],
]
"""What the model does, request by request."""

THOUGHTS = {
    each["id"]: [part for part in step if part["type"].endswith("thinking")]
    for step in STEPS
    for each in step
    if each["type"] == "tool_use"
}


def anthropic_api(request: Request) -> Answer:
    """The next step; a 400 where the thoughts of the steps before it are not there."""
    body = json.loads(request.body or b"")
    answers = [turn["content"] for turn in body["messages"] if turn["role"] == "assistant"]
    if "thinking" in body:
        for position, content in enumerate(answers):
            calls = [part["id"] for part in content if part["type"] == "tool_use"]
            wanted = THOUGHTS[calls[0]] if calls else []
            if content[: len(wanted)] != wanted:
                return _refused(f"messages.{2 * position + 1}.content.0.type: Expected `thinking`, found `tool_use`")
    step = STEPS[len(answers) % len(STEPS)]
    reason = "tool_use" if step[-1]["type"] == "tool_use" else "end_turn"
    if not body.get("stream"):
        return json_answer({**MESSAGE, "content": step, "stop_reason": reason})
    return streaming(
        sse(started(), *(event for at, part in enumerate(step) for event in _told(at, part))), *_end(reason)
    )


def _told(at: int, part: dict[str, Any]) -> list[dict[str, Any]]:
    if part["type"] == "thinking":
        return thinking(at, *part["thinking"].partition(" "), signature=part["signature"])
    if part["type"] == "tool_use":
        return used(at, part["id"], part["name"], "", *json.dumps(part["input"]).partition(":"))
    return text(at, part["text"]) if part["type"] == "text" else block(at, part)


def _end(reason: str) -> list[bytes]:
    return [sse(event) for event in ended(reason)]


def _refused(message: str) -> Answer:
    return json_answer({"type": "error", "error": {"type": "invalid_request_error", "message": message}}, status=400)


@asynccontextmanager
async def gateway(far: FarEnds) -> AsyncIterator[openai.AsyncOpenAI]:
    """A gateway in front of the fake, and the SDK pointed at it."""
    config = {"providers": {"claude": {"type": "anthropic", "base_url": "http://far", "api_key": "key"}}}
    built = await build(Config.model_validate(config), transport=far.transport)
    runner = web.AppRunner(create_app(built), handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        async with openai.AsyncOpenAI(base_url=f"http://{host}:{port}/v1", api_key="x", max_retries=0) as client:
            yield client
    finally:
        await runner.cleanup()
        await built.close()
        await asyncio.sleep(0)


async def answer(client: openai.AsyncOpenAI, model: str, messages: list[Any], *, stream: bool) -> dict[str, Any]:
    """The next message, rebuilt as plain clients do: from the fields that OpenAI documents, and no others."""
    asked: dict[str, Any] = {"model": model, "messages": messages, "tools": TOOLS, "reasoning_effort": "medium"}
    if not stream:
        message = (await client.chat.completions.create(**asked)).choices[0].message
        calls = [
            (call.id, call.function.name, call.function.arguments)
            for call in message.tool_calls or ()
            if call.type == "function"
        ]
        return _plain(message.content, calls)
    content = ""
    pieces: list[list[str]] = []
    async for chunk in await client.chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            content += choice.delta.content or ""
            for piece in choice.delta.tool_calls or ():
                if piece.index == len(pieces):
                    pieces.append(["", "", ""])
                function = piece.function
                added = (piece.id, function.name if function else None, function.arguments if function else None)
                pieces[piece.index] = [
                    before + (more or "") for before, more in zip(pieces[piece.index], added, strict=True)
                ]
    return _plain(content or None, [(call[0], call[1], call[2]) for call in pieces])


def _plain(content: str | None, calls: list[tuple[str, str, str]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call_id, name, arguments in calls
        ]
    return message


async def loop(client: openai.AsyncOpenAI, model: str, messages: list[Any], *, stream: bool) -> str:
    """Ask, run the tools, ask again, until there is an answer."""
    while True:
        message = await answer(client, model, messages, stream=stream)
        messages.append(message)
        if "tool_calls" not in message:
            return str(message["content"])
        for call in message["tool_calls"]:
            city = json.loads(call["function"]["arguments"])["city"]
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": WEATHER[city]})


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-6"], ids=["budget", "adaptive"])
async def test_a_tool_loop_keeps_its_thoughts_though_the_client_drops_them(model: str, stream: bool) -> None:
    far = FarEnds({"far": anthropic_api})
    messages: list[Any] = [QUESTION]
    async with gateway(far) as client:
        assert await loop(client, f"claude/{model}", messages, stream=stream) == "In Lima."
        messages.append({"role": "user", "content": "Are you sure?"})
        assert await loop(client, f"claude/{model}", messages, stream=stream) == "In Lima."
    sent = [json.loads(request.body or b"") for request in far.requests]
    assert len(sent) == 6
    assert all(body["thinking"]["type"] in {"enabled", "adaptive"} for body in sent)
    assert [turn["content"] for turn in sent[2]["messages"] if turn["role"] == "assistant"] == STEPS[:2]
    results = sent[1]["messages"][-1]["content"]
    assert [(part["type"], part["tool_use_id"]) for part in results] == [
        ("tool_result", "toolu_1"),
        ("tool_result", "toolu_2"),
    ]


async def test_the_fake_refuses_where_the_thoughts_are_lost() -> None:
    messages: list[Any] = [QUESTION]
    async with gateway(FarEnds({"far": anthropic_api})) as client:
        messages.append(await answer(client, "claude/claude-opus-4-6", messages, stream=False))
    messages += [{"role": "tool", "tool_call_id": f"toolu_{number}", "content": "?"} for number in (1, 2)]
    async with gateway(FarEnds({"far": anthropic_api})) as another:
        with pytest.raises(openai.BadRequestError, match="Expected `thinking`"):
            await answer(another, "claude/claude-opus-4-6", messages, stream=False)


async def test_a_model_with_a_budget_goes_on_without_thinking_where_the_thoughts_are_lost() -> None:
    messages: list[Any] = [QUESTION]
    async with gateway(FarEnds({"far": anthropic_api})) as client:
        messages.append(await answer(client, "claude/claude-sonnet-4-5", messages, stream=False))
    messages += [{"role": "tool", "tool_call_id": f"toolu_{number}", "content": "?"} for number in (1, 2)]
    far = FarEnds({"far": anthropic_api})
    async with gateway(far) as another:
        told = await another.chat.completions.with_raw_response.create(
            model="claude/claude-sonnet-4-5", messages=messages, tools=TOOLS, reasoning_effort="medium"
        )
    assert told.headers["x-llms-translation"] == "dropped=reasoning_effort"
    assert "thinking" not in json.loads(far.requests[-1].body or b"")
