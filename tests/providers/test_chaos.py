import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from llms.errors import Malformed, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.providers.chaos import FAULTS, TEXT, ChaosProvider
from llms.providers.scripted.transport import ScriptedTransport
from llms.streaming.fold import fold
from llms.types import Chunk, Terms, Timeouts

CHECKOUT = Path(__file__).resolve().parents[2]
IMPATIENT = Timeouts(first_token_s=0.002, idle_s=0.002)
NO_TIMERS = Timeouts(first_token_s=3600, idle_s=3600)

FAILURES: list[tuple[str, type[UpstreamError], int, str]] = [
    ("stall", TimedOut, 504, "first_token"),
    ("stall?after=3", TimedOut, 504, "idle"),
    ("reset", Malformed, 502, "upstream_malformed"),
    ("reset?after=0", Unavailable, 502, "upstream_error"),
    ("reset?after=1000", Malformed, 502, "upstream_malformed"),
    ("truncated", Malformed, 502, "upstream_malformed"),
    ("truncated?after=0", Malformed, 502, "upstream_malformed"),
    ("silent-end", Malformed, 502, "upstream_malformed"),
    ("silent-end?after=0", Malformed, 502, "upstream_malformed"),
    ("error-200", Unavailable, 503, "upstream_error"),
    ("error-200?form=event", Unavailable, 503, "upstream_error"),
    ("error-mid", Unavailable, 503, "upstream_error"),
    ("rate-limit", RateLimited, 429, "rate_limit_exceeded"),
    ("500", Unavailable, 502, "upstream_error"),
    ("503", Unavailable, 503, "upstream_error"),
    ("529", Unavailable, 503, "upstream_error"),
    ("html", Malformed, 502, "upstream_malformed"),
]
RIGHT = [
    "split",
    "split?seed=2",
    "drip?gap_ms=0",
    "no-done",
    "duplicate-finish",
    "slow-start?first_ms=1",
    "keepalive",
    "role-every-chunk",
]
both_forms = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
every_failure = pytest.mark.parametrize(
    ("model", "kind", "status", "code"), FAILURES, ids=[model for model, *_ in FAILURES]
)


def streamed(model: str, timeouts: Timeouts = NO_TIMERS, **settings: Any) -> AsyncGenerator[Chunk, None]:
    return ChaosProvider(**settings).chat({"model": model, "messages": []}, True, terms=Terms(timeouts))


async def answered(model: str, *, stream: bool, timeouts: Timeouts = NO_TIMERS) -> dict[str, Any]:
    if stream:
        return fold([chunk async for chunk in streamed(model, timeouts)])
    return await ChaosProvider().chat({"model": model, "messages": []}, terms=Terms(timeouts))


async def before_failure(model: str) -> list[Chunk]:
    """The chunks that come before the stream fails."""
    chunks: list[Chunk] = []

    async def collect() -> None:
        async for chunk in streamed(model, IMPATIENT):
            chunks.append(chunk)  # noqa: PERF401 - those before the error count

    with pytest.raises(UpstreamError):
        await collect()
    return chunks


def text_in(chunks: list[Chunk]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


@both_forms
@every_failure
async def test_a_fault_fails_as_promised(
    model: str, kind: type[UpstreamError], status: int, code: str, stream: bool
) -> None:
    with pytest.raises(UpstreamError) as raised:
        await answered(model, stream=stream, timeouts=IMPATIENT)
    assert type(raised.value) is kind
    assert (raised.value.status, raised.value.code) == (status, code)
    assert raised.value.message.startswith(f"chaos/{model}: ")


@both_forms
@pytest.mark.parametrize("model", RIGHT)
async def test_what_is_hard_to_read_comes_through_right(model: str, stream: bool) -> None:
    answer = await answered(model, stream=stream)
    (choice,) = answer["choices"]
    text = choice["message"]["content"]
    assert text.startswith(TEXT)
    assert set(text.split()) == set(TEXT.split())
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == len(text.split())


@pytest.mark.parametrize("model", RIGHT)
async def test_a_right_stream_has_one_role_one_end_and_the_usage_last(model: str) -> None:
    *chunks, last = [chunk async for chunk in streamed(model)]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert sum("role" in choice["delta"] for choice in choices) == 1
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["stop"]
    assert last["choices"] == []
    assert last["usage"]


@both_forms
@pytest.mark.parametrize("form", ["same", "missing", "sparse"])
async def test_tool_calls_come_through_whatever_their_indexes(form: str, stream: bool) -> None:
    (choice,) = (await answered(f"tool-indexes?form={form}", stream=stream))["choices"]
    calls = [(call["id"], call["function"]) for call in choice["message"]["tool_calls"]]
    assert calls == [
        ("call_a", {"name": "chaos_a", "arguments": '{"text":"arguments of a"}'}),
        ("call_b", {"name": "chaos_b", "arguments": '{"text":"arguments of b"}'}),
    ]
    assert choice["finish_reason"] == "tool_calls"


@both_forms
async def test_an_event_of_megabytes_comes_through(stream: bool) -> None:
    (choice,) = (await answered("huge-event?size_mb=2", stream=stream))["choices"]
    assert choice["message"]["content"].count("x") >= 2 * 1024 * 1024


async def test_an_event_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Malformed, match="one event of the stream is larger than 65536 bytes"):
        async for _ in streamed("huge-event?size_mb=0.1", max_event_bytes=65536):
            pass


@pytest.mark.parametrize("form", ["seconds", "ms", "date", "body", "none"])
@both_forms
async def test_a_rate_limit_says_when_to_come_back(form: str, stream: bool) -> None:
    with pytest.raises(RateLimited) as raised:
        await answered(f"rate-limit?form={form}&retry_s=30", stream=stream)
    if form == "none":
        assert raised.value.retry_after_s is None
    else:
        assert raised.value.retry_after_s == pytest.approx(30, abs=2 if form == "date" else 0.001)


@pytest.mark.parametrize("fault", ["stall", "reset", "truncated", "silent-end", "error-mid"])
async def test_a_fault_comes_after_as_many_events_as_asked(fault: str) -> None:
    assert len(await before_failure(f"{fault}?after=5")) == 5
    assert len(await before_failure(f"{fault}?after=100")) == 100


async def test_what_came_before_a_fault_is_right() -> None:
    assert TEXT.startswith(text_in(await before_failure("reset?after=9")))


async def test_the_seed_decides_where_the_cut_falls() -> None:
    lengths = {seed: len(await before_failure(f"reset?seed={seed}")) for seed in range(8)}
    assert len(set(lengths.values())) > 1
    assert lengths == {seed: len(await before_failure(f"reset?seed={seed}")) for seed in range(8)}


@both_forms
@pytest.mark.parametrize("model", ["stall", "stall?after=3", "slow-start", "drip?gap_ms=60000"])
async def test_a_wait_ends_at_once_when_cancelled(model: str, stream: bool) -> None:
    provider = ChaosProvider()
    transport = provider.transport
    assert isinstance(transport, ScriptedTransport)

    async def consume() -> None:
        async for _ in provider.replies({"model": model, "messages": []}, stream=stream, terms=Terms(NO_TIMERS)):
            pass

    waiting = asyncio.get_running_loop().create_task(consume())
    await asyncio.sleep(0.005)
    assert not waiting.done()
    started = time.perf_counter()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert time.perf_counter() - started < 1
    assert transport.open_exchanges == 0


@both_forms
async def test_a_fault_that_is_not_there_is_refused_with_those_that_are(stream: bool) -> None:
    with pytest.raises(Rejected, match="did you mean 'reset'") as raised:
        await answered("rset", stream=stream)
    assert (raised.value.status, raised.value.code, raised.value.param) == (404, "model_not_found", "model")
    assert all(name in str(raised.value) for name in FAULTS)


async def test_a_parameter_of_another_fault_is_refused() -> None:
    with pytest.raises(Rejected, match="size_mb is no parameter of reset; it has seed, gap_ms, after") as raised:
        await answered("reset?size_mb=3", stream=True)
    assert raised.value.status == 400


async def test_every_fault_is_listed_as_a_model() -> None:
    assert [card.id for card in await ChaosProvider().list_models()] == list(FAULTS)


def test_every_fault_is_tried_here() -> None:
    tried = {model.partition("?")[0] for model in [*RIGHT, *(model for model, *_ in FAILURES)]}
    assert set(FAULTS) == tried | {"tool-indexes", "huge-event"}


@pytest.mark.parametrize("name", FAULTS)
def test_the_documentation_has_a_row_for_every_fault(name: str) -> None:
    fault = FAULTS[name]
    text = (CHECKOUT / "docs" / "demo-and-chaos.md").read_text("utf-8")
    own = ", ".join(f"`{key}`" for key in fault.own)
    assert f"| `chaos/{name}` | {fault.purpose} | {own} | {fault.outcome} |" in text
