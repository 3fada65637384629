"""Whatever a dialect yields leaves as chunks that no strict client trips over: one test per recorded quirk."""

from typing import Any

import pytest

from llms.errors import Malformed, Unavailable
from llms.streaming.fold import fold
from llms.streaming.shape import finish_reason, has_substance, split_content
from tests.fakes.openai_wire import USAGE, choice, chunk, text_chunks, tool_chunks
from tests.streaming.shaping import deltas, finishes, shaped, text_of

END = chunk(choice({}, "stop"))


def test_a_stream_in_order_passes_unchanged() -> None:
    chunks = text_chunks("Hello", " there", usage=None)
    first = chunk(choice({"role": "assistant", "content": ""}))  # the null refusal says nothing
    assert shaped(*chunks) == [first, *chunks[1:]]


def test_the_usage_comes_last_in_a_chunk_without_choices() -> None:
    assert shaped(*text_chunks("Hello"))[-1] == chunk(usage=USAGE)


# Names


def test_id_created_and_model_of_the_first_chunk_stand_on_all() -> None:
    start = chunk(choice({"role": "assistant"}), id="one", created=1, model="m")
    other = chunk(choice({"content": "a"}), id="two", created=2, model="n")
    bare = {"choices": [choice({}, "stop")]}
    out = shaped(start, other, bare, chunk(usage=USAGE, id="three"))
    assert {(each["id"], each["created"], each["model"], each["object"]) for each in out} == {
        ("one", 1, "m", "chat.completion.chunk")
    }


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"id": "", "created": 0, "model": ""},
        {"id": None, "created": None, "model": None},
        {"id": 7, "created": "x"},
    ],
    ids=["missing", "empty", "null", "of another type"],
)
def test_missing_names_are_made_up_once(names: dict[str, Any]) -> None:
    out = shaped(
        *[{**names, "choices": [choice({"content": word})]} for word in "ab"], {"choices": [choice({}, "stop")]}
    )
    assert len({each["id"] for each in out}) == 1
    assert out[0]["id"].startswith("chatcmpl-")
    assert out[0]["created"] > 1_700_000_000
    assert out[0]["model"] == "asked-for"


def test_a_filter_chunk_without_names_does_not_name_the_stream() -> None:
    out = shaped({"id": "", "model": "", "choices": [], "prompt_filter_results": [1]}, *text_chunks("a"))
    assert {each["id"] for each in out} == {"chatcmpl-fake1"}


@pytest.mark.parametrize("wrong", ["", "text_completion", None])
def test_the_object_is_always_the_same(wrong: str | None) -> None:
    assert {each["object"] for each in shaped(chunk(choice({"content": "a"}), object=wrong), END)} == {
        "chat.completion.chunk"
    }


@pytest.mark.parametrize("tier", ["on_demand", "", None, "fast", 7, ["default"]])
def test_a_service_tier_outside_the_enum_goes(tier: object) -> None:
    assert all("service_tier" not in each for each in shaped(chunk(choice({"content": "a"}), service_tier=tier), END))


def test_a_service_tier_of_the_enum_stays() -> None:
    assert shaped(chunk(choice({"content": "a"}), service_tier="flex"), END)[0]["service_tier"] == "flex"


@pytest.mark.parametrize("padding", ["obfuscation", "p"])
def test_padding_is_dropped(padding: str) -> None:
    out = shaped(
        chunk(choice({"content": "a"}), **{padding: "xyz"}), chunk(choice({"content": "b", padding: "x"})), END
    )
    assert all(padding not in each for each in out)
    assert all(padding not in delta for delta in deltas(out))


# Roles and content


def test_a_role_in_every_chunk_leaves_once() -> None:
    out = shaped(*[chunk(choice({"role": "assistant", "content": word})) for word in "abc"], END)
    assert [delta.get("role") for delta in deltas(out)] == ["assistant", None, None, None]
    assert text_of(out) == "abc"


@pytest.mark.parametrize("delta", [{"content": "a"}, {"role": "", "content": "a"}, {"role": None, "content": "a"}])
def test_a_role_that_never_comes_is_given(delta: dict[str, Any]) -> None:
    assert deltas(shaped(chunk(choice(delta)), END))[0] == {"role": "assistant", "content": "a"}


def test_every_choice_has_a_role_of_its_own() -> None:
    first = [chunk(choice({"role": "assistant", "content": f"{index}"}, index=index)) for index in (0, 1)]
    more = [chunk(choice({"role": "assistant", "content": "x"}, index=index)) for index in (0, 1)]
    ends = [chunk(choice({}, "stop", index=index)) for index in (0, 1)]
    out = shaped(*first, *more, *ends)
    assert [(each["index"], each["delta"].get("role")) for told in out for each in told["choices"]] == [
        (0, "assistant"),
        (1, "assistant"),
        (0, None),
        (1, None),
        (0, None),
        (1, None),
    ]


def test_choices_that_come_together_stay_together() -> None:
    both = chunk(choice({"content": "a"}), choice({"content": "b"}, index=1))
    ends = chunk(choice({}, "stop"), choice({}, "length", index=1))
    out = shaped(both, ends)
    assert [len(each["choices"]) for each in out] == [2, 2]
    assert finishes(out) == ["stop", "length"]


@pytest.mark.parametrize("index", [None, "0", "absent"])
def test_a_choice_without_an_index_is_the_first(index: object) -> None:
    bare = {"delta": {"content": "a"}, **({} if index == "absent" else {"index": index})}
    assert [each["choices"][0]["index"] for each in shaped(chunk(bare), END)] == [0, 0]


@pytest.mark.parametrize("delta", [None, "absent", "text", []])
def test_a_choice_without_a_delta_has_an_empty_one(delta: object) -> None:
    bare = {"index": 0, "finish_reason": None, **({} if delta == "absent" else {"delta": delta})}
    out = shaped(chunk(choice({"content": "a"})), chunk(bare), END)
    assert deltas(out) == [{"role": "assistant", "content": "a"}, {}, {}]


@pytest.mark.parametrize("choices", [{"0": {}}, "choices", 7, [None], ["text"], [[]]])
def test_choices_that_are_none_are_malformed(choices: Any) -> None:
    with pytest.raises(Malformed):
        shaped({"choices": choices})


CONTENTS: dict[str, tuple[Any, str | None, str]] = {
    "a text": ("a", "a", ""),
    "null": (None, None, ""),
    "text parts": ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab", ""),
    "bare texts": (["a", "b"], "ab", ""),
    "thinking": ([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}], None, "hm"),
    "thinking as a text": ([{"type": "thinking", "thinking": "hm", "closed": True}], None, "hm"),
    "thinking and text": (
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}],
        "a",
        "hm",
    ),
    "thinking of nothing": ([{"type": "thinking", "thinking": None}], None, ""),
    "unknown parts": ([{"type": "reference", "reference_ids": [1]}, 7, None], "", ""),
    "an empty list": ([], "", ""),
    "an object (Cloudflare)": ({"answer": 42}, '{"answer":42}', ""),
}


@pytest.mark.parametrize(("content", "text", "reasoning"), CONTENTS.values(), ids=CONTENTS)
def test_content_is_a_text(content: Any, text: str | None, reasoning: str) -> None:
    found_text, found_reasoning = split_content(content)
    assert (found_text or None, found_reasoning) == (text or None, reasoning)
    out = shaped(chunk(choice({"content": "x"})), chunk(choice({"content": content})), END)
    assert text_of(out) == "x" + (text or "")
    assert "".join(delta.get("reasoning_content", "") for delta in deltas(out)) == reasoning


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"reasoning": "hm", "reasoning_content": "hm"},
        {"reasoning": None, "reasoning_content": "hm", "content": None},
        {"reasoning": "hm", "reasoning_content": "", "content": ""},
    ],
)
def test_reasoning_leaves_under_one_name(delta: dict[str, Any]) -> None:
    out = shaped(chunk(choice({"role": "assistant"})), chunk(choice(delta)), END)
    assert "".join(each.get("reasoning_content", "") for each in deltas(out)) == "hm"
    assert all("reasoning" not in each for told in out for each in (told, *deltas([told])))
    assert text_of(out) == ""


def test_a_refusal_passes() -> None:
    assert deltas(shaped(chunk(choice({"role": "assistant", "refusal": "no"})), END))[0]["refusal"] == "no"


@pytest.mark.parametrize("delta", [{"content": "a"}, {"role": "assistant", "content": "a"}])
def test_the_text_so_far_beside_a_delta_is_dropped(delta: dict[str, Any]) -> None:
    cumulative = {**choice(delta), "message": {"role": "assistant", "content": "all so far"}}
    out = shaped(chunk({**cumulative}), chunk({**cumulative}), END)
    assert all("message" not in each for told in out for each in told["choices"])
    assert text_of(out) == "aa"


# The end


REASONS = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "function_call",
    "eos": "stop",
    "STOP": "stop",
    "end_turn": "stop",
    "COMPLETE": "stop",
    "max_tokens": "length",
    "MAX_TOKENS": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "sensitive": "content_filter",
    "tool_use": "tool_calls",
    "SAFETY": "content_filter",
    "refusal": "content_filter",
    "whatever": "stop",
}


@pytest.mark.parametrize(("native", "reason"), REASONS.items())
def test_every_word_for_the_end_is_one_of_five(native: str, reason: str) -> None:
    assert finishes(shaped(chunk(choice({"content": "a"})), chunk(choice({}, native)))) == [reason]


@pytest.mark.parametrize("native", ["", None, 0, False])
def test_no_word_is_no_end(native: Any) -> None:
    assert finish_reason(native, has_tool_calls=True) is None
    out = shaped(chunk(choice({"content": "a"}, native)), chunk(choice({"content": "b"}, native)), END)
    assert [each["choices"][0]["finish_reason"] for each in out] == [None, None, "stop"]


def test_an_end_given_as_a_number_is_an_end() -> None:
    assert finish_reason(1, has_tool_calls=False) == "stop"
    assert finish_reason(1, has_tool_calls=True) == "tool_calls"


def test_a_finish_reason_whose_key_is_missing_is_null() -> None:
    bare = {"index": 0, "delta": {"content": "a"}}
    assert [each["choices"][0]["finish_reason"] for each in shaped(chunk(bare), chunk({**bare}), END)] == [
        None,
        None,
        "stop",
    ]


@pytest.mark.parametrize("word", ["error", "ERROR", "insufficient_system_resource", "network_error"])
def test_a_failure_told_as_a_finish_reason_is_a_failure(word: str) -> None:
    with pytest.raises(Unavailable, match=word):
        shaped(chunk(choice({"content": "a"})), chunk(choice({}, word)))


def test_a_second_finish_reason_is_dropped() -> None:
    out = shaped(
        chunk(choice({"content": "a"})), END, chunk(choice({"content": ""}, "stop")), chunk(choice({}, "length"))
    )
    assert finishes(out) == ["stop"]
    assert len(out) == 2


def test_what_comes_after_the_finish_reason_makes_no_empty_chunks() -> None:
    out = shaped(
        chunk(choice({"content": "a"})), END, chunk(choice({}), usage=USAGE), chunk(choice({"role": "assistant"}))
    )
    assert [bool(each["choices"]) for each in out] == [True, True, False]


def test_content_after_the_finish_reason_is_not_lost() -> None:
    assert text_of(shaped(chunk(choice({"content": "a"})), END, chunk(choice({"content": "b"}, "stop")))) == "ab"


def test_a_finish_reason_beside_content_keeps_both() -> None:
    out = shaped(chunk(choice({"role": "assistant", "content": "all"}, "stop")))
    assert (text_of(out), finishes(out)) == ("all", ["stop"])


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("chunks", [[], [chunk(choice({"content": "a"}))], [chunk(usage=USAGE)]])
def test_a_stream_without_an_end_is_malformed(chunks: list[dict[str, Any]], done: bool) -> None:
    with pytest.raises(Malformed, match="finish reason"):
        shaped(*chunks, done=done)


def test_one_choice_of_two_without_an_end_is_malformed() -> None:
    with pytest.raises(Malformed):
        shaped(chunk(choice({"content": "a"}), choice({"content": "b"}, index=1)), END)


def test_an_end_without_an_end_mark_is_an_end() -> None:
    assert finishes(shaped(chunk(choice({"content": "a"})), END, done=False)) == ["stop"]


def test_an_end_mark_with_usage_stands_for_a_finish_reason() -> None:
    empty = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": "", "service_tier": ""}
    said = {"index": 0, "delta": {"content": "a", "tool_calls": None, "refusal": ""}, "finish_reason": ""}
    out = shaped({**empty, "choices": [said]}, {**empty, "choices": [], "usage": USAGE})
    assert finishes(out) == ["stop"]
    assert out[-1]["usage"] == USAGE
    assert len({each["id"] for each in out}) == 1


def test_an_end_mark_with_usage_after_a_tool_call_stands_for_tool_calls() -> None:
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "now", "arguments": ""}}
    out = shaped(chunk(choice({"tool_calls": [call]})), chunk(usage=USAGE))
    assert finishes(out) == ["tool_calls"]
    assert fold(out)["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"  # type: ignore[arg-type]


# Tool calls


def test_tool_calls_pass() -> None:
    out = shaped(*tool_chunks(("call_a", "weather", '{"city":"Rome"}'), ("call_b", "now", "{}")))
    calls = fold(out)["choices"][0]["message"]["tool_calls"]  # type: ignore[arg-type]
    assert [call["function"]["arguments"] for call in calls] == ['{"city":"Rome"}', "{}"]
    assert finishes(out) == ["tool_calls"]


@pytest.mark.parametrize("native", ["stop", "eos", "STOP"])
def test_a_normal_end_after_tool_calls_is_tool_calls(native: str) -> None:
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert finishes(shaped(chunk(choice({"tool_calls": [call]}, native)))) == ["tool_calls"]


@pytest.mark.parametrize("native", ["length", "content_filter"])
def test_an_early_end_after_tool_calls_stays(native: str) -> None:
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x'}}
    assert finishes(shaped(chunk(choice({"tool_calls": [call]})), chunk(choice({}, native)))) == [native]


@pytest.mark.parametrize("together", [True, False], ids=["in the chunk of the call", "in a chunk of its own"])
def test_a_call_without_arguments_gets_the_empty_object(together: bool) -> None:
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "now"}}
    end = [] if together else [chunk(choice({}, "tool_calls"))]
    out = shaped(chunk(choice({"tool_calls": [call]}, "tool_calls" if together else None)), *end)
    pieces = [piece for delta in deltas(out) for piece in delta.get("tool_calls", ())]
    assert "".join(piece["function"]["arguments"] for piece in pieces) == "{}"
    assert [piece.get("id") for piece in pieces] == ["a", None][: len(pieces)]


@pytest.mark.parametrize("calls", [None, [], ""])
def test_no_tool_calls_leave_no_key(calls: Any) -> None:
    assert all(
        "tool_calls" not in delta for delta in deltas(shaped(chunk(choice({"content": "a", "tool_calls": calls})), END))
    )


def test_empty_parts_for_everything_there_could_be_go() -> None:
    said = {"content": "a", "function_call": {"name": "", "arguments": ""}, "audio": {"id": "", "data": ""}}
    assert deltas(shaped(chunk(choice(said)), END))[0] == {"role": "assistant", "content": "a"}


def test_one_call_that_is_not_in_a_list_is_a_call() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert deltas(shaped(chunk(choice({"tool_calls": call}, "stop"))))[0]["tool_calls"][0]["index"] == 0


# Usage


USAGES: dict[str, list[dict[str, Any]]] = {
    "in the finish chunk": [chunk(choice({}, "stop"), usage=USAGE)],
    "in every chunk": [
        chunk(choice({"content": "b"}), usage={**USAGE, "completion_tokens": 1}),
        END,
        chunk(usage=USAGE),
    ],
    "twice": [END, chunk(usage=USAGE), chunk(usage=USAGE)],
    "with nulls first": [
        chunk(choice({"content": "b"}), usage={"prompt_tokens": 7, "completion_tokens": None, "total_tokens": None}),
        chunk(choice({}, "stop"), usage=USAGE),
    ],
    "as floats": [END, chunk(usage={key: float(count) for key, count in USAGE.items()})],
    "null, then given": [chunk(choice({}, "stop"), usage=None), chunk(usage=USAGE)],
    "inside the choice (Moonshot)": [chunk({**choice({}, "stop"), "usage": USAGE})],
    "inside a choice that only has content": [chunk({**choice({"content": "b"}), "usage": USAGE}), END],
    "inside the delta (Vercel)": [chunk(choice({"usage": USAGE}, "stop"))],
    "only in x_groq": [chunk(choice({}, "stop"), x_groq={"id": "req_1", "usage": USAGE})],
    "in x_groq and beside": [chunk(choice({}, "stop"), x_groq={"usage": USAGE}), chunk(usage=USAGE)],
    "after a repeated finish": [END, chunk(choice({"content": ""}, "stop"), usage=USAGE)],
}


@pytest.mark.parametrize("chunks", USAGES.values(), ids=USAGES)
def test_usage_leaves_once_and_last(chunks: list[dict[str, Any]]) -> None:
    out = shaped(chunk(choice({"content": "a"})), *chunks)
    assert [each.get("usage") for each in out] == [*[None] * (len(out) - 1), USAGE]
    assert out[-1]["choices"] == []
    assert all("usage" not in each for told in out for each in told["choices"])


def test_no_usage_makes_no_chunk() -> None:
    assert all("usage" not in each for each in shaped(*text_chunks("a", usage=None)))


# What vendors add


def test_extras_of_a_chunk_stay() -> None:
    out = shaped(chunk(choice({"content": "a"}), citations=["x"], x_groq={"id": "r"}), END)
    assert (out[0]["citations"], out[0]["x_groq"]) == (["x"], {"id": "r"})


@pytest.mark.parametrize("extra", ["annotations", "reasoning_details", "citations", "token_id"])
def test_extras_of_a_delta_move_to_the_chunk(extra: str) -> None:
    value = [{"type": "x"}]
    out = shaped(chunk(choice({"role": "assistant", "content": "a", extra: value})), chunk(choice({extra: value})), END)
    assert [each.get(extra) for each in out] == [value, value, None]
    assert all(extra not in delta for delta in deltas(out))


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_extras_of_a_delta_go(empty: object) -> None:
    assert all("annotations" not in each for each in shaped(chunk(choice({"annotations": empty})), END))


@pytest.mark.parametrize("key", ["error", "service_tier", "id", "object", "model", "created", "choices"])
def test_an_extra_of_a_delta_never_takes_the_place_of_something_else(key: str) -> None:
    plain = shaped(chunk(choice({"content": "a"})), END)
    assert shaped(chunk(choice({"content": "a", key: "x"})), END) == plain


def test_extras_of_a_choice_stay() -> None:
    filtered = {**choice({"content": "a"}), "content_filter_results": {"hate": {"filtered": False}}, "stop_reason": 7}
    out = shaped(chunk(choice({"role": "assistant"})), chunk(filtered), END)
    assert out[1]["choices"] == [filtered]


def test_extras_of_a_chunk_without_choices_join_the_next_one() -> None:
    out = shaped(chunk(prompt_filter_results=[1], extra=None), *text_chunks("a"))
    assert out[0]["prompt_filter_results"] == [1]
    assert all("prompt_filter_results" not in each for each in out[1:])
    assert all("extra" not in each for each in out)


def test_extras_after_the_last_choice_join_the_usage() -> None:
    out = shaped(chunk(choice({"content": "a"})), END, chunk(citations=["x"]), chunk(usage=USAGE))
    assert out[-1]["citations"] == ["x"]


def test_extras_of_a_chunk_that_is_dropped_are_not() -> None:
    out = shaped(
        chunk(choice({"content": "a"})),
        END,
        chunk(held=1),
        chunk(choice({}, "stop"), citations=["x"]),
        chunk(usage=USAGE),
    )
    assert (out[-1]["held"], out[-1]["citations"]) == (1, ["x"])


def test_numbers_of_any_size_pass() -> None:
    out = shaped(chunk({**choice({"content": "a"}), "seed": 13_000_000_000_000_000_000}), END)
    assert out[0]["choices"][0]["seed"] == 13_000_000_000_000_000_000


SUBSTANCE: dict[str, tuple[dict[str, Any], bool]] = {
    "content": (choice({"content": "a"}), True),
    "reasoning": (choice({"reasoning_content": "a"}), True),
    "a refusal": (choice({"refusal": "a"}), True),
    "a tool call": (choice({"tool_calls": [{"index": 0}]}), True),
    "an end": (choice({}, "stop"), True),
    "a whole answer": ({"index": 0, "message": {"content": None}}, True),
    "a role": (choice({"role": "assistant", "content": ""}), False),
    "a null content": (choice({"role": "assistant", "content": None}), False),
    "nothing": (choice({}), False),
}


@pytest.mark.parametrize(("told", "meaningful"), SUBSTANCE.values(), ids=SUBSTANCE)
def test_substance_is_what_a_client_waits_for(told: Any, meaningful: bool) -> None:
    assert has_substance({"choices": [told]}) is meaningful


def test_a_chunk_without_choices_has_no_substance() -> None:
    assert not has_substance({"choices": [], "usage": {"prompt_tokens": 1}})
