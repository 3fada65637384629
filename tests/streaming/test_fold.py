"""Chunks added up to one answer, and one answer told as chunks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from llms.streaming.fold import Fold, explode, fold
from llms.streaming.shape import StreamShape
from llms.types import Chunk
from tests.fakes.openai_wire import USAGE, choice, chunk, completion, text_chunks, tool_chunks


def folded(*chunks: dict[str, Any]) -> dict[str, Any]:
    return fold(chunks)  # type: ignore[arg-type]


def test_text_adds_up() -> None:
    assert folded(*text_chunks("Hello", " there.")) == completion("Hello there.")


def test_an_answer_can_be_read_while_it_grows() -> None:
    growing = Fold()
    for each in text_chunks("Hel", "lo", "!")[:3]:
        growing.add(each)  # type: ignore[arg-type]
    assert [growing.completion()["choices"][0]["message"]["content"] for _ in range(2)] == ["Hello", "Hello"]
    growing.add(text_chunks("!")[1])  # type: ignore[arg-type]
    assert growing.completion()["choices"][0]["message"]["content"] == "Hello!"


def test_what_stands_beside_a_piece_of_text_is_not_lost() -> None:
    filtered = {"index": 0, "delta": {"content": "a"}, "finish_reason": None, "content_filter_results": {"hate": {}}}
    answer = folded(chunk(choice({"content": "a"})), chunk(filtered), chunk(choice({"content": "b"}), seen=1))
    assert answer["choices"][0]["content_filter_results"] == {"hate": {}}
    assert answer["choices"][0]["message"]["content"] == "aab"
    assert answer["seen"] == 1


def test_tool_calls_add_up() -> None:
    answer = folded(*tool_chunks(("call_a", "weather", '{"city":"Rome"}'), ("call_b", "now", "{}")))
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [
            {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}},
            {"id": "call_b", "type": "function", "function": {"name": "now", "arguments": "{}"}},
        ],
    }
    assert answer["choices"][0]["finish_reason"] == "tool_calls"


def test_reasoning_and_refusals_add_up() -> None:
    deltas: list[dict[str, Any]] = [
        {"reasoning_content": "h"},
        {"reasoning_content": "m"},
        {"refusal": "n"},
        {"refusal": "o"},
    ]
    message = folded(*[chunk(choice(delta)) for delta in deltas])["choices"][0]["message"]
    assert (message["reasoning_content"], message["refusal"], message["content"]) == ("hm", "no", None)


def test_choices_are_told_apart_and_put_in_order() -> None:
    chunks = [chunk(choice({"content": word}, index=index)) for index, word in [(1, "b"), (0, "a"), (1, "B"), (0, "A")]]
    answer = folded(*chunks, chunk(choice({}, "length", index=1)), chunk(choice({}, "stop")))
    found = [(each["index"], each["message"]["content"], each["finish_reason"]) for each in answer["choices"]]
    assert found == [(0, "aA", "stop"), (1, "bB", "length")]


def test_an_answer_that_has_not_ended_has_no_finish_reason() -> None:
    assert folded(chunk(choice({"content": "a"})))["choices"][0]["finish_reason"] is None


def test_no_chunks_make_an_answer_without_choices() -> None:
    assert folded()["choices"] == []
    assert "usage" not in folded()


def test_the_answer_so_far_can_be_read_in_between() -> None:
    so_far = Fold()
    for word in "ab":
        so_far.add({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
        so_far.completion()
    assert so_far.completion()["choices"][0]["message"]["content"] == "ab"


def test_log_probabilities_are_joined() -> None:
    chunks = [
        chunk({**choice({"content": word}), "logprobs": {"content": [{"token": word}], "refusal": None}})
        for word in "ab"
    ]
    answer = folded(*chunks, chunk(choice({}, "stop")))
    assert answer["choices"][0]["logprobs"] == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}


def test_audio_and_legacy_calls_add_up() -> None:
    deltas: list[dict[str, Any]] = [
        {"audio": {"id": "a", "data": "AA", "transcript": "he"}, "function_call": {"name": "f", "arguments": "{"}},
        {"audio": {"id": "a", "data": "BB", "transcript": "y", "expires_at": 7}, "function_call": {"arguments": "}"}},
    ]
    message = folded(*[chunk(choice(delta)) for delta in deltas])["choices"][0]["message"]
    assert message["audio"] == {"id": "a", "data": "AABB", "transcript": "hey", "expires_at": 7}
    assert message["function_call"] == {"name": "f", "arguments": "{}"}


def test_the_last_extra_stands_except_lists_that_come_in_parts() -> None:
    first = chunk(choice({"content": "a"}), provider="x", citations=["1"], annotations=[{"n": 1}])
    second = chunk(choice({}, "stop"), provider="y", citations=["1", "2"], annotations=[{"n": 2}])
    answer = folded(first, second)
    assert (answer["provider"], answer["citations"]) == ("y", ["1", "2"])
    assert answer["choices"][0]["message"]["annotations"] == [{"n": 1}, {"n": 2}]


def test_folding_leaves_the_chunks_alone() -> None:
    chunks = [*tool_chunks(("call_a", "f", '{"a":1}')), chunk(annotations=[{"n": 1}]), chunk(annotations=[{"n": 2}])]
    copies = [dict(each) for each in chunks]
    assert folded(*chunks) == folded(*chunks)
    assert chunks == copies


def test_extras_of_a_choice_stay() -> None:
    ending = {**choice({}, "stop"), "stop_reason": 7}
    assert folded(chunk(choice({"content": "a"})), chunk(ending))["choices"][0]["stop_reason"] == 7


TOKEN = {"token": "a", "logprob": -0.5, "bytes": None, "top_logprobs": []}

texts = st.text(max_size=8)
calls = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["f", "g"]), "arguments": st.sampled_from(["{}", '{"a":1}', '{"b":"c"}'])}
    ),
    max_size=2,
)


@st.composite
def completions(draw: st.DrawFn) -> dict[str, Any]:
    """Well-formed answers with whatever an answer may hold."""
    answer = completion()
    answer["choices"] = []
    for index in range(draw(st.integers(1, 2))):
        message: dict[str, Any] = {
            "role": "assistant",
            "content": draw(st.none() | texts),
            "refusal": draw(st.none() | texts.filter(bool)),
        }
        if reasoning := draw(texts):
            message["reasoning_content"] = reasoning
        if functions := draw(calls):
            message["tool_calls"] = [
                {"id": f"call_{index}_{position}", "type": "function", "function": function}
                for position, function in enumerate(functions)
            ]
        logprobs = draw(st.sampled_from([None, {"content": [TOKEN], "refusal": None}]))
        reason = draw(st.sampled_from(["stop", "length", "tool_calls"]))
        answer["choices"].append({"index": index, "message": message, "logprobs": logprobs, "finish_reason": reason})
    if draw(st.booleans()):
        del answer["usage"]
    return {**answer, **draw(st.dictionaries(st.sampled_from(["citations", "system_fingerprint"]), texts, max_size=2))}


@given(completions())
def test_an_answer_told_in_chunks_folds_to_itself(answer: dict[str, Any]) -> None:
    assert folded(*explode(answer)) == answer


def normal(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer up to what chunks cannot say: an empty content is none where there is something else to say."""
    for each in answer["choices"]:
        each["message"]["content"] = each["message"]["content"] or None
        if each["finish_reason"] == "stop" and each["message"].get("tool_calls"):
            each["finish_reason"] = "tool_calls"
    return answer


@given(completions())
def test_an_answer_told_in_chunks_is_a_stream_in_shape(answer: dict[str, Any]) -> None:
    shape = StreamShape(answer["model"])
    out: list[Chunk] = [told for each in explode(answer) if (told := shape.feed(each)) is not None]
    again = fold([*out, *shape.finish(done=True)])
    ChatCompletion.model_validate(again)
    assert normal(again) == normal(answer)


@pytest.mark.parametrize("message", [{}, {"content": None}, None])
def test_an_empty_message_is_told(message: dict[str, Any] | None) -> None:
    answer = {**completion(), "choices": [{"index": 0, "message": message, "finish_reason": "content_filter"}]}
    assert folded(*explode(answer))["choices"][0]["finish_reason"] == "content_filter"
    assert folded(*explode(answer))["usage"] == USAGE
