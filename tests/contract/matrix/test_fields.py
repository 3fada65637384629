"""No field of a request is lost in silence, whoever the vendor is: it goes there, or it is told what became of it.

And an answer is the same whether it comes in pieces or at once.
"""

from typing import Any

import openai
import pytest

from tests.contract.matrix.providers import WIRES
from tests.contract.matrix.scenarios import HELLO, OSLO, ROME, WEATHER, Cell, Seen
from tests.contract.matrix.wire import Said, Wire
from tests.fakes.upstream import Upstream

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIELDS: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "frequency_penalty": 0.5,
    "logit_bias": {"17": -5},
    "logprobs": True,
    "max_completion_tokens": 99,
    "max_tokens": 98,
    "metadata": {"trace": "x"},
    "modalities": ["text", "audio"],
    "n": 2,
    "prediction": {"type": "content", "content": "words"},
    "presence_penalty": 0.5,
    "prompt_cache_key": "key-of-the-client",
    "reasoning_effort": "high",
    "response_format": {"type": "json_object"},
    "safety_identifier": "person-of-the-client",
    "seed": 5,
    "service_tier": "flex",
    "stop": ["END"],
    "store": True,
    "temperature": 0.25,
    "top_p": 0.5,
    "user": "person-of-the-client",
    "verbosity": "low",
    "web_search_options": {"search_context_size": "low"},
}
TOOL_FIELDS: dict[str, Any] = {
    "parallel_tool_calls": False,
    "tool_choice": "required",
    "tool_choice of one": {"type": "function", "function": {"name": "weather"}},
    "tool_choice of none": "none",
}
ANSWERS = {
    "everything at once": Said(text=HELLO.text, reasoning=("Well", " then."), cached=4),
    "calls": Said(text=HELLO.text, calls=(OSLO, ROME), end="calls"),
    "cited": Said(text=HELLO.text, cited=True),
    "cut short": Said(text=HELLO.text, end="length"),
    "held back": Said(text=HELLO.text, end="refusal"),
}


@pytest.mark.parametrize("field", [*FIELDS, *TOOL_FIELDS])
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.type)
async def test_no_field_is_lost_in_silence(
    wire: Wire, field: str, vendors: Upstream, client: openai.AsyncOpenAI
) -> None:
    cell = Cell(wire, False, vendors, client)
    plain: dict[str, Any] = {"tools": [WEATHER]} if field in TOOL_FIELDS else {}
    await cell.ask(HELLO, **plain)
    without = cell.request.json
    name = field.partition(" ")[0]
    seen = await cell.ask(HELLO, **plain, extra_body={name: {**FIELDS, **TOOL_FIELDS}[field]})
    told = {change.partition("=")[2] for change in seen.changes}
    assert cell.request.json != without or name in told


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.type)
async def test_a_stream_says_what_the_whole_answer_says(
    wire: Wire, answer: str, vendors: Upstream, client: openai.AsyncOpenAI
) -> None:
    said = ANSWERS[answer]
    streamed = await Cell(wire, True, vendors, client).ask(said)
    whole = await Cell(wire, False, vendors, client).ask(said)
    assert _lasting(streamed) == _lasting(whole)


def _lasting(seen: Seen) -> dict[str, Any]:
    """What an answer says, without the ids that are made anew each time."""
    return {
        "text": seen.text,
        "reasoning": seen.reasoning,
        "refusal": seen.refusal,
        "calls": [(call.name, call.parsed) for call in seen.calls],
        "finish": seen.finish,
        "usage": seen.usage,
        "extras": {key: value for key, value in seen.extras.items() if value},
    }
