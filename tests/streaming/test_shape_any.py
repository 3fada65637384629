"""Whatever liberties a provider takes, all rules hold for what leaves, and nothing that was said gets lost."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from llms.streaming.fold import fold
from tests.fakes.openai_wire import USAGE, choice, chunk
from tests.streaming.shaping import deltas, shaped, text_of

words = st.text(max_size=6)
VENDOR = st.dictionaries(st.sampled_from(["citations", "x_vendor", "provider"]), st.integers() | words, max_size=2)


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A stream of one or two choices with text, reasoning and tool calls, told with a provider's liberties."""
    chunks: list[dict[str, Any]] = []
    repeats_role = draw(st.booleans())
    count = draw(st.integers(1, 2))
    for index in range(count):
        for _ in range(draw(st.integers(1, 4))):
            delta: dict[str, Any] = {"role": "assistant"} if repeats_role else {}
            kind = draw(st.sampled_from(["content", "reasoning", "reasoning_content"]))
            delta[kind] = draw(words)
            chunks.append(chunk(choice(delta, draw(st.sampled_from([None, ""])), index=index), **draw(VENDOR)))
        calls = draw(st.integers(0, 2))
        for call in range(calls):
            function = {"name": "f", "arguments": draw(st.sampled_from(["", "{}", '{"a":1}', None]))}
            piece = {"index": call, "id": f"c{call}", "type": "function", "function": function}
            chunks.append(chunk(choice({"tool_calls": [piece]}, index=index)))
        chunks.append(chunk(choice({}, draw(st.sampled_from(["stop", "eos", "length"])), index=index)))
    if draw(st.booleans()):
        chunks.insert(draw(st.integers(0, len(chunks))), chunk(**draw(VENDOR)))
    if draw(st.booleans()):
        chunks.append(chunk(usage=USAGE))
    return chunks


@given(streams())
def test_any_stream_obeys_the_rules(chunks: list[dict[str, Any]]) -> None:
    out = shaped(*chunks)
    for each in out:
        ChatCompletionChunk.model_validate(each, strict=True)
    assert len({(each["id"], each["created"], each["model"]) for each in out}) == 1
    for index in {each["index"] for told in out for each in told["choices"]}:
        own = [each for told in out for each in told["choices"] if each["index"] == index]
        assert ["role" in each["delta"] for each in own] == [True] + [False] * (len(own) - 1)
        assert [bool(each["finish_reason"]) for each in own] == [False] * (len(own) - 1) + [True]
        pieces = [piece for each in own for piece in each["delta"].get("tool_calls", ())]
        firsts = [piece["index"] for piece in pieces if "id" in piece]
        assert firsts == list(range(len(firsts)))
        for position in firsts:
            json.loads("".join(piece["function"]["arguments"] for piece in pieces if piece["index"] == position))
    assert all("usage" not in each for each in out[:-1])


@given(streams())
def test_nothing_that_is_said_gets_lost(chunks: list[dict[str, Any]]) -> None:
    out = shaped(*chunks)
    assert text_of(out) == text_of(chunks)
    told = "".join(delta.get("reasoning") or delta.get("reasoning_content") or "" for delta in deltas(chunks))
    assert "".join(delta.get("reasoning_content", "") for delta in deltas(out)) == told
    folded = fold(out)  # type: ignore[arg-type]
    assert ("usage" in folded) == ("usage" in chunks[-1])
    kept = chunks if "usage" in chunks[-1] else chunks[: max(i for i, each in enumerate(chunks) if each["choices"]) + 1]
    for key in ("citations", "x_vendor", "provider"):
        assert [each[key] for each in out if key in each][-1:] == [each[key] for each in kept if key in each][-1:]


@given(streams())
def test_shaping_twice_changes_nothing(chunks: list[dict[str, Any]]) -> None:
    once = shaped(*chunks)
    assert shaped(*once) == once
