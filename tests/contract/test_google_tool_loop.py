"""A tool loop of several steps with a plain OpenAI client on a Gemini 3, which refuses calls without their signature.

The client sends back what OpenAI's API defines and nothing else; the signatures are the gateway's to remember.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from aiohttp import web

from llms.config import load
from llms.gateway import build
from llms.server.app import create_app
from tests.fakes.upstream import Reply, Request, Upstream

STEPS: list[list[tuple[str, dict[str, Any]]]] = [
    [("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"})],
    [("flights", {"to": "Rome"})],
    [("book", {"flight": "X1"})],
]
"""What the model calls, step by step, before it answers."""

TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {"x": {}}}}}
    for name in ("weather", "flights", "book")
]
SIGNATURES = ["c3RlcC0w", "c3RlcC0x", "c3RlcC0y"]
ESCAPE = "skip_thought_signature_validator"


class Gemini3:
    """The far end: its answer depends on what it is sent, and it sees to the signatures."""

    def __init__(self, *, takes_escape: bool = False) -> None:
        self.takes_escape = takes_escape
        self.seen: list[Request] = []

    def answer(self, request: Request) -> Reply:
        """The next step of the loop, or a refusal."""
        self.seen.append(request)
        contents = request.json["contents"]
        asked = [content for content in contents if content["role"] == "model"]
        for step, content in enumerate(asked):
            first = content["parts"][0]
            allowed = {SIGNATURES[step], ESCAPE} if self.takes_escape else {SIGNATURES[step]}
            if first.get("thoughtSignature") not in allowed or any(
                "thoughtSignature" in p for p in content["parts"][1:]
            ):
                return self._refusal(f"Function call is missing a thought_signature in functionCall parts: step {step}")
            answers = contents[contents.index(content) + 1]["parts"]
            if [part["functionResponse"]["name"] for part in answers] != [name for name, _ in STEPS[step]]:
                return self._refusal("every call wants its response")
        return self._step(len(asked), stream="alt=sse" in request.path)

    def _refusal(self, message: str) -> Reply:
        error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
        return Reply((json.dumps({"error": error}).encode(),), status=400)

    def _step(self, step: int, *, stream: bool) -> Reply:
        if step == len(STEPS):
            parts: list[dict[str, Any]] = [{"text": "Booked."}]
        else:
            parts = [{"functionCall": {"name": name, "args": arguments}} for name, arguments in STEPS[step]]
            parts[0]["thoughtSignature"] = SIGNATURES[step]
        body = {
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7},
            "modelVersion": "gemini-3-pro",
            "responseId": f"step-{step}",
        }
        raw = json.dumps(body).encode()
        if stream:
            return Reply((b"data: " + raw + b"\r\n\r\n",), headers={"content-type": "text/event-stream"})
        return Reply((raw,))


@asynccontextmanager
async def client_of(far: Gemini3, folder: Path) -> AsyncIterator[openai.AsyncOpenAI]:
    """A plain client of a gateway in front of `far`."""
    async with Upstream() as upstream:
        upstream.always(far.answer)
        file = folder / "llms.json"
        base_url = f"{upstream.url.removesuffix('/v1')}/v1beta"
        file.write_text(json.dumps({"providers": {"google": {"base_url": base_url, "api_key": "canary-key"}}}))
        gateway = await build(await asyncio.to_thread(load, file, environ={}), environ={})
        runner = web.AppRunner(create_app(gateway), handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            async with openai.AsyncOpenAI(base_url=f"http://{host}:{port}/v1", api_key="any", max_retries=0) as client:
                yield client
        finally:
            await runner.cleanup()
            await gateway.close()
            await asyncio.sleep(0)


async def step_taken(client: openai.AsyncOpenAI, messages: list[Any], *, stream: bool) -> dict[str, Any]:
    """One request, and the answer as a message of OpenAI's fields only."""
    model = "google/gemini-3-pro-preview"
    if stream:
        async with client.chat.completions.stream(model=model, messages=messages, tools=TOOLS) as events:
            message = (await events.get_final_completion()).choices[0].message
    else:
        answer = await client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
        message = answer.choices[0].message  # type: ignore[assignment]
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.function.name, "arguments": call.function.arguments},
        }
        for call in message.tool_calls or ()
    ]
    return {"role": "assistant", "content": message.content, **({"tool_calls": calls} if calls else {})}


def results_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A result for each call of a message, the last first: order is the gateway's to mend."""
    return [{"role": "tool", "tool_call_id": call["id"], "content": "fine"} for call in reversed(message["tool_calls"])]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_plain_client_gets_through_a_loop_that_wants_signatures(tmp_path: Path, stream: bool) -> None:
    far = Gemini3()
    messages: list[dict[str, Any]] = [{"role": "user", "content": "To the sun, please."}]
    async with client_of(far, tmp_path) as client:
        for step in STEPS:
            message = await step_taken(client, messages, stream=stream)
            told = [
                (call["function"]["name"], json.loads(call["function"]["arguments"])) for call in message["tool_calls"]
            ]
            assert told == step
            messages += [message, *results_of(message)]
        last = await step_taken(client, messages, stream=stream)
    assert last == {"role": "assistant", "content": "Booked."}
    assert len(far.seen) == len(STEPS) + 1
    assert all(request.headers["x-goog-api-key"] == "canary-key" for request in far.seen)
    assert not any("canary-key" in request.path for request in far.seen)


async def test_calls_whose_signature_nobody_knows_get_googles_own_way_out(tmp_path: Path) -> None:
    """Another vendor made the calls, or the gateway has been started anew."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "To the sun, please."}]
    for number, step in enumerate(STEPS):
        calls = [
            {"id": f"c{number}{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for at, (name, arguments) in enumerate(step)
        ]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        messages += [message, *results_of(message)]
    async with client_of(Gemini3(takes_escape=True), tmp_path) as client:
        assert (await step_taken(client, messages, stream=True))["content"] == "Booked."
    async with client_of(Gemini3(), tmp_path) as client:
        with pytest.raises(openai.BadRequestError, match="thought_signature"):
            await step_taken(client, messages, stream=True)
