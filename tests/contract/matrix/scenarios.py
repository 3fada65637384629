"""What is asked and what a client of the openai SDK must see, once per feature; it holds whoever the vendor is.

A scenario takes a `Cell`: one provider, streaming or not. It knows no dialect. `ABSENT` are the checks for vendors that
do not have a feature: nothing is lost in silence.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import openai
import pytest

from tests.contract.matrix.wire import MESSAGE, SOURCE, Absent, Call, Emulated, Said, Wire
from tests.fakes.upstream import Gate, Reply, Request, Upstream

CLOSED_WITHIN_S = 1.0
USER = {"role": "user", "content": "Is it warm?"}
HELLO = Said(text=("Hello", " there."))
OSLO, ROME = Call("call_1", "weather", '{"city": "Oslo"}'), Call("call_2", "weather", '{"city": "Rome"}')
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Says how it is outside.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"degrees": {"type": "integer"}},
    "required": ["degrees"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel."""


@dataclass(slots=True)
class Seen:
    """An answer as a client saw it, whether it came at once or in pieces."""

    text: str = ""
    reasoning: str = ""
    refusal: str | None = None
    calls: list[Call] = field(default_factory=list)
    finish: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    translation: str = ""

    @property
    def changes(self) -> set[str]:
        """What was changed on the way to the vendor, as `action=field`."""
        told = (action.partition("=") for action in self.translation.split("; "))
        return {f"{action}={name}" for action, _, names in told for name in names.split(",")}

    def take(self, told: Mapping[str, Any]) -> None:
        """Add a message, or a delta."""
        self.text += told.get("content") or ""
        self.reasoning += told.get("reasoning_content") or ""
        if told.get("refusal"):
            self.refusal = (self.refusal or "") + told["refusal"]
        for position, piece in enumerate(told.get("tool_calls") or ()):
            self._take_call(piece.get("index", position), piece)
        if told.get("annotations"):
            self.extras["annotations"] = told["annotations"]

    def _take_call(self, index: int, piece: Mapping[str, Any]) -> None:
        assert index <= len(self.calls), "the indexes of calls leave none out"
        if index == len(self.calls):
            self.calls.append(Call("", "", ""))
        function, before = piece["function"], self.calls[index]
        self.calls[index] = Call(
            before.id + (piece.get("id") or ""),
            before.name + (function.get("name") or ""),
            before.arguments + (function.get("arguments") or ""),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One provider, asked in one way."""

    wire: Wire
    stream: bool
    upstream: Upstream
    client: openai.AsyncOpenAI
    how: Absent | Emulated | None = None

    @property
    def model(self) -> str:
        """The model, as a client names it."""
        return f"{self.wire.type}/{self.wire.model}"

    async def ask(self, said: Said, *messages: Mapping[str, Any], **fields: Any) -> Seen:
        """Have the vendor answer this, ask, and give what came."""
        return await self.ask_for(self.wire.reply(said, stream=self.stream), *messages, **fields)

    async def ask_for(self, reply: Reply, *messages: Mapping[str, Any], **fields: Any) -> Seen:
        """The same with any reply. Raises what the SDK raises."""
        self.upstream.script(reply)
        return await self.send(*messages, **fields)

    async def send(self, *messages: Mapping[str, Any], **fields: Any) -> Seen:
        """Ask, whatever the vendor will answer."""
        asked: dict[str, Any] = {"model": self.model, "messages": [*messages] or [USER], **fields}
        create = self.client.chat.completions.with_raw_response.create
        if self.stream:
            raw = await create(**asked, stream=True, stream_options={"include_usage": True})
            seen = Seen(translation=raw.headers.get("x-llms-translation", ""))
            async for chunk in raw.parse():
                _take_chunk(seen, chunk.model_dump())
            return seen
        raw = await create(**asked)
        seen = Seen(translation=raw.headers.get("x-llms-translation", ""))
        told = raw.parse().model_dump()
        (choice,) = told["choices"]
        seen.take(choice["message"])
        seen.finish, seen.usage = choice["finish_reason"], told["usage"]
        seen.extras |= {"citations": told.get("citations")}
        return seen

    @property
    def request(self) -> Request:
        """What the vendor was asked last."""
        return self.upstream.requests[-1]

    def settles(self, seen: Seen) -> None:
        """What is not the vendor's own way is told, and nothing else is."""
        if isinstance(self.how, Emulated):
            assert self.how.told in seen.changes
        else:
            assert seen.translation == ""


def _take_chunk(seen: Seen, chunk: dict[str, Any]) -> None:
    if chunk.get("usage"):
        seen.usage = chunk["usage"]
    seen.extras |= {key: chunk[key] for key in ("annotations", "citations") if chunk.get(key)}
    for choice in chunk["choices"]:
        seen.take(choice["delta"])
        assert seen.finish is None or not choice["finish_reason"], "one finish reason"
        seen.finish = choice["finish_reason"] or seen.finish


async def text(cell: Cell) -> None:
    """A text, its end, and the counts."""
    seen = await cell.ask(HELLO)
    assert (seen.text, seen.reasoning, seen.calls, seen.finish) == ("Hello there.", "", [], "stop")
    assert [seen.usage[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")] == [7, 3, 10]
    cell.settles(seen)


async def _called(cell: Cell, *calls: Call) -> None:
    seen = await cell.ask(Said(calls=calls, end="calls"), tools=[WEATHER])
    assert cell.wire.tools(cell.request.json) == ["weather"]
    assert [(call.name, call.parsed) for call in seen.calls] == [(call.name, call.parsed) for call in calls]
    assert len({call.id for call in seen.calls} - {""}) == len(calls)
    assert seen.finish == "tool_calls"
    cell.settles(seen)


async def tools(cell: Cell) -> None:
    """A tool is offered in the vendor's form, and its call comes back."""
    await _called(cell, OSLO)


async def parallel_tools(cell: Cell) -> None:
    """Two calls in one answer, told apart."""
    await _called(cell, OSLO, ROME)


async def tool_follow_up(cell: Cell) -> None:
    """Calls and their results go back in the vendor's form, each result with its call."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in (OSLO, ROME)
    ]
    results = [
        {"role": "tool", "tool_call_id": OSLO.id, "content": "3 degrees"},
        {"role": "tool", "tool_call_id": ROME.id, "content": "15 degrees"},
    ]
    turn = {"role": "assistant", "content": None, "tool_calls": calls}
    seen = await cell.ask(HELLO, USER, turn, *results, tools=[WEATHER])
    assert (seen.text, seen.finish) == ("Hello there.", "stop")
    if isinstance(cell.how, Emulated):
        told = json.dumps(cell.request.json)
        assert all(word in told for word in ("Oslo", "Rome", "3 degrees", "15 degrees"))
    else:
        called, answered = cell.wire.history(cell.request.json)
        assert len(called) == 2
        assert answered == [(called[0], "3 degrees"), (called[1], "15 degrees")]
    cell.settles(seen)


async def reasoning(cell: Cell) -> None:
    """Reasoning is told apart from the answer; where it is not told it is counted."""
    seen = await cell.ask(replace(HELLO, reasoning=("Well", " then.")))
    assert (seen.text, seen.finish) == ("Hello there.", "stop")
    if cell.wire.thinks_aloud:
        assert seen.reasoning == "Well then."
    else:
        assert seen.usage["completion_tokens_details"]["reasoning_tokens"] == 2
    cell.settles(seen)


async def structured(cell: Cell) -> None:
    """The schema is asked for in the vendor's form, or in words."""
    seen = await cell.ask(Said(text=('{"degrees": ', "3}")), response_format=FORMAT)
    assert json.loads(seen.text) == {"degrees": 3}
    if isinstance(cell.how, Emulated):
        told = json.dumps(cell.request.json["messages"])
        assert "degrees" in told
    else:
        wanted = cell.wire.schema(cell.request.json)
        assert wanted["properties"] == SCHEMA["properties"]
        assert wanted["required"] == SCHEMA["required"]
    cell.settles(seen)


async def length(cell: Cell) -> None:
    """An answer that was cut short says so."""
    seen = await cell.ask(replace(HELLO, end="length"))
    assert (seen.text, seen.finish) == ("Hello there.", "length")


async def refusal(cell: Cell) -> None:
    """An answer that the vendor held back is no good end."""
    reason, words = cell.wire.refused_as
    seen = await cell.ask(Said(text=("I will", " not."), end="refusal"))
    assert (seen.finish, seen.refusal) == (reason, words)
    assert seen.text == ("" if words else "I will not.")


async def citations(cell: Cell) -> None:
    """Sources come in OpenAI's form, with address and title."""
    seen = await cell.ask(replace(HELLO, cited=True))
    assert seen.text.startswith("Hello there.")
    (annotation,) = seen.extras["annotations"]
    assert annotation["type"] == "url_citation"
    place = annotation["url_citation"]
    assert (place["url"], place["title"]) == SOURCE
    assert 0 <= place["start_index"] < place["end_index"] <= len(seen.text)


async def cached_usage(cell: Cell) -> None:
    """What came from a cache is counted within the prompt, and by itself."""
    seen = await cell.ask(replace(HELLO, cached=4))
    assert (seen.usage["prompt_tokens"], seen.usage["completion_tokens"]) == (7, 3)
    assert seen.usage["prompt_tokens_details"]["cached_tokens"] == 4


async def images(cell: Cell) -> None:
    """A picture goes to the vendor in its form."""
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}},
    ]
    seen = await cell.ask(HELLO, {"role": "user", "content": parts})
    assert seen.text == "Hello there."
    assert cell.wire.images(cell.request.json) == [IMAGE]
    cell.settles(seen)


async def errors(cell: Cell) -> None:
    """A refusal keeps its status and the vendor's words."""
    for status, kind in ((429, openai.RateLimitError), (400, openai.BadRequestError)):
        failure = await _failed(cell, cell.wire.failure(status))
        assert type(failure) is kind
        assert MESSAGE in str(failure)


async def midstream_error(cell: Cell) -> None:
    """A failure after the first words is a failure; one in an answer that is awaited whole is a status."""
    if cell.stream:
        failure = await _failed(cell, cell.wire.streaming(*cell.wire.opening(HELLO), cell.wire.broken()))
        assert MESSAGE in str(failure)
    else:
        cut = json.dumps(cell.wire.whole(HELLO)).encode()[:20]
        failure = await _failed(cell, Reply((cut,), end="fin"))
        assert isinstance(failure, openai.APIStatusError)
        assert failure.status_code >= 500


async def _failed(cell: Cell, reply: Reply, **fields: Any) -> openai.APIError:
    try:
        seen = await cell.ask_for(reply, **fields)
    except openai.APIError as failure:
        return failure
    raise AssertionError(f"no failure, but {seen}")


async def cancel(cell: Cell) -> None:
    """The cancel call ends the exchange with the vendor while it is silent."""
    silence, call_id = Gate(), f"cancel-{cell.wire.type}-{cell.stream}"
    parts = cell.wire.opening(HELLO) if cell.stream else [json.dumps(cell.wire.whole(HELLO)).encode()[:20]]
    headers = {"content-type": cell.wire.stream_type if cell.stream else "application/json"}
    number = cell.upstream.next_number()
    asking = _failed(cell, Reply((*parts, silence), headers=headers), extra_headers={"x-request-id": call_id})
    async with asyncio.TaskGroup() as group:
        group.create_task(asking)
        await silence.reached()
        asked = time.monotonic()
        url = f"{cell.client.base_url}chat/completions/{call_id}/cancel"
        async with aiohttp.ClientSession() as session, session.post(url) as response:
            assert (await response.json())["status"] == "cancelled"
        assert await cell.upstream.closed(number) - asked < CLOSED_WITHIN_S


Scenario = Callable[[Cell], Awaitable[None]]
SCENARIOS: dict[str, Scenario] = {
    "text": text,
    "tools": tools,
    "parallel tools": parallel_tools,
    "tool follow-up": tool_follow_up,
    "reasoning": reasoning,
    "structured": structured,
    "length": length,
    "refusal": refusal,
    "citations": citations,
    "cached usage": cached_usage,
    "images": images,
    "errors": errors,
    "mid-stream error": midstream_error,
    "cancel": cancel,
}
"""The columns of the page, in its order."""


async def no_tools(cell: Cell) -> None:
    """Tools that cannot be offered are told as dropped; a strict client gets a 400."""
    await _dropped(cell, "tools", [WEATHER])


async def no_citations(cell: Cell) -> None:
    """A search that is asked for in OpenAI's words is told as dropped; a strict client gets a 400."""
    await _dropped(cell, "web_search_options", {"search_context_size": "low"})


async def _dropped(cell: Cell, name: str, value: Any) -> None:
    fields = {name: value}
    if name != "tools":
        fields = {"extra_body": fields}
    seen = await cell.ask(HELLO, **fields)
    assert seen.text == "Hello there."
    assert f"dropped={name}" in seen.changes
    before = len(cell.upstream.requests)
    with pytest.raises(openai.BadRequestError, match=name):
        await cell.send(**fields, extra_headers={"x-llms-strict": "true"})
    assert len(cell.upstream.requests) == before, "a request that is refused never leaves"


async def no_refusal(cell: Cell) -> None:
    """What the vendor gives as text is text."""
    seen = await cell.ask(Said(text=("I will", " not."), end="refusal"))
    assert (seen.text, seen.finish, seen.refusal) == ("I will not.", "stop", None)


async def no_cached_usage(cell: Cell) -> None:
    """What the vendor does not count is not made up."""
    seen = await cell.ask(replace(HELLO, cached=4))
    assert seen.usage["prompt_tokens"] == 7
    assert not (seen.usage.get("prompt_tokens_details") or {}).get("cached_tokens")


ABSENT: dict[str, Scenario] = {
    "tools": no_tools,
    "parallel tools": no_tools,
    "citations": no_citations,
    "refusal": no_refusal,
    "cached usage": no_cached_usage,
}
