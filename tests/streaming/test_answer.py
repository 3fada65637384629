"""A whole answer leaves in the shape strict clients want, whatever came in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from llms.errors import GatewayError, Malformed, Unavailable
from llms.streaming.answer import shape_completion
from tests.fakes.openai_wire import USAGE, completion

CALL = {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}


def shaped(body: Any) -> dict[str, Any]:
    return shape_completion(json.loads(json.dumps(body)), model="asked-for")


def with_message(**message: Any) -> dict[str, Any]:
    """An answer whose message is this and nothing else."""
    return {**completion(), "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def message_of(body: Any) -> dict[str, Any]:
    message: dict[str, Any] = shaped(body)["choices"][0]["message"]
    return message


def test_an_answer_in_order_passes_unchanged() -> None:
    assert shaped(completion("Hello.")) == completion("Hello.")
    calls = completion(None, tool_calls=[CALL])
    assert shaped(calls) == calls


@pytest.mark.parametrize(
    "names",
    [
        {"id": None, "created": None, "model": None},
        {"id": "", "created": 0, "model": ""},
        {"id": 7, "created": "x", "model": 1},
    ],
)
def test_missing_names_are_made_up(names: dict[str, Any]) -> None:
    answer = shaped({**completion(), **names, "object": "text_completion"})
    assert answer["id"].startswith("chatcmpl-")
    assert answer["created"] > 1_700_000_000
    assert (answer["model"], answer["object"]) == ("asked-for", "chat.completion")


@pytest.mark.parametrize("tier", ["on_demand", "", None, ["default"]])
def test_a_service_tier_outside_the_enum_goes(tier: object) -> None:
    assert "service_tier" not in shaped({**completion(), "service_tier": tier})


def test_a_service_tier_of_the_enum_stays() -> None:
    assert shaped({**completion(), "service_tier": "priority"})["service_tier"] == "priority"


@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {}, {"choices": None}, {"choices": []}, {"choices": {"0": {}}}, {"choices": ["x"]}]
)
def test_what_holds_no_choices_is_malformed(body: object) -> None:
    with pytest.raises(Malformed, match="choice"):
        shaped(body)


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("stop", "stop"),
        ("", "stop"),
        (None, "stop"),
        ("eos", "stop"),
        ("max_tokens", "length"),
        ("SAFETY", "content_filter"),
    ],
)
def test_the_finish_reason_is_one_of_five(native: str | None, reason: str) -> None:
    body = completion()
    body["choices"][0]["finish_reason"] = native
    assert shaped(body)["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize("native", ["stop", "", None, "tool_use"])
def test_the_finish_reason_after_tool_calls_says_so(native: str | None) -> None:
    body = completion(None, tool_calls=[CALL])
    body["choices"][0]["finish_reason"] = native
    assert shaped(body)["choices"][0]["finish_reason"] == "tool_calls"


def test_an_answer_that_ended_with_a_failure_is_one() -> None:
    body = completion()
    body["choices"][0]["finish_reason"] = "error"
    with pytest.raises(Unavailable):
        shaped(body)


def test_a_choice_without_a_message_has_an_empty_one() -> None:
    body = {**completion(), "choices": [{"finish_reason": "content_filter", "content_filter_results": {"hate": {}}}]}
    choice = shaped(body)["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": None, "refusal": None}
    assert (choice["index"], choice["finish_reason"]) == (0, "content_filter")
    assert choice["content_filter_results"] == {"hate": {}}


def test_choices_without_an_index_are_numbered() -> None:
    body = {**completion(), "choices": [{"message": {"content": word}} for word in "ab"]}
    assert [choice["index"] for choice in shaped(body)["choices"]] == [0, 1]


def test_a_delta_beside_the_message_goes() -> None:
    body = completion()
    body["choices"][0]["delta"] = {"role": "assistant", "content": ""}
    assert "delta" not in shaped(body)["choices"][0]


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab", None),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}],
            "a",
            "hm",
        ),
        ({"answer": 42}, '{"answer":42}', None),
        (None, None, None),
        ("", "", None),
    ],
)
def test_content_is_a_text(content: object, text: str | None, reasoning: str | None) -> None:
    message = message_of(with_message(content=content))
    assert (message["content"], message.get("reasoning_content")) == (text, reasoning)


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning": "hm"},
        {"reasoning_content": "hm"},
        {"reasoning": "hm", "reasoning_content": "hm"},
        {"reasoning": None, "reasoning_content": "hm"},
    ],
)
def test_reasoning_has_one_name(fields: dict[str, Any]) -> None:
    message = message_of(with_message(content="a", **fields))
    assert message["reasoning_content"] == "hm"
    assert "reasoning" not in message


@pytest.mark.parametrize("empty", ["", None, {"text": "x"}])
def test_reasoning_that_is_no_text_leaves_no_key(empty: object) -> None:
    assert "reasoning_content" not in message_of(with_message(content="a", reasoning_content=empty))


def test_the_role_is_the_assistants() -> None:
    assert message_of(with_message(content="a"))["role"] == "assistant"
    assert message_of(with_message(role="", content="a"))["role"] == "assistant"


@pytest.mark.parametrize("arguments", [{"a": 1}, '{"a":1}'])
def test_arguments_are_a_text(arguments: object) -> None:
    call = {"id": "call_a", "index": 0, "function": {"name": "f", "arguments": arguments}}
    assert message_of(with_message(content="", tool_calls=[call]))["tool_calls"] == [CALL]


@pytest.mark.parametrize(
    "function",
    [{"name": "f", "arguments": ""}, {"name": "f", "arguments": None}, {"name": "f", "arguments": {}}, {"name": "f"}],
)
def test_no_arguments_are_the_empty_object(function: dict[str, Any]) -> None:
    calls = message_of(with_message(tool_calls=[{"id": "a", "function": function}]))["tool_calls"]
    assert calls[0]["function"] == {"name": "f", "arguments": "{}"}


@pytest.mark.parametrize("call_id", ["0", "", None, 0, 7])
def test_calls_under_one_id_get_their_own(call_id: object) -> None:
    calls = [{"id": call_id, "function": {"name": name, "arguments": "{}"}} for name in "fg"]
    found = message_of(with_message(tool_calls=calls))["tool_calls"]
    assert len({call["id"] for call in found}) == 2
    assert all(isinstance(call["id"], str) and call["id"] for call in found)


@pytest.mark.parametrize("empty", [None, [], ""])
def test_no_tool_calls_leave_no_key(empty: object) -> None:
    message = message_of(with_message(content="a", tool_calls=empty, function_call=empty, audio=empty))
    assert message == {"role": "assistant", "content": "a", "refusal": None}


@pytest.mark.parametrize("calls", [["x"], [None], 7, "text"])
def test_tool_calls_that_are_none_are_malformed(calls: object) -> None:
    with pytest.raises(Malformed, match="tool call"):
        shaped(with_message(content=None, tool_calls=calls))


@pytest.mark.parametrize("function", [None, "f", [], {"name": None, "arguments": None}])
def test_a_call_without_a_function_still_has_the_shape(function: object) -> None:
    call = message_of(with_message(tool_calls=[{"id": "a", "function": function}]))["tool_calls"][0]
    assert call == {"id": "a", "type": "function", "function": {"name": "", "arguments": "{}"}}


def test_a_custom_tool_keeps_its_kind() -> None:
    call = {"id": "a", "type": "custom", "custom": {"name": "shell", "input": "ls"}}
    assert message_of(with_message(tool_calls=[call]))["tool_calls"] == [call]


def test_empty_parts_for_everything_there_could_be_go() -> None:
    call = {**CALL, "type": "function", "custom": {"name": "", "input": ""}}
    message = message_of(
        with_message(
            content="a",
            tool_calls=[call],
            function_call={"name": "", "arguments": ""},
            audio={"id": "", "data": "", "expires_at": 0, "transcript": ""},
        )
    )
    assert message == {"role": "assistant", "content": "a", "refusal": None, "tool_calls": [CALL]}


def test_annotations_of_other_kinds_stand_under_a_name_of_their_own() -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1}}
    file = {"type": "file", "file": {"hash": "x"}}
    message = message_of(with_message(content="a", annotations=[citation, file]))
    assert (message["annotations"], message["vendor_annotations"]) == ([citation], [file])
    assert message_of(with_message(content="a", annotations=[]))["annotations"] == []
    assert "annotations" not in message_of(with_message(content="a", annotations=[file]))


@pytest.mark.parametrize("place", ["body", "choice"])
def test_usage_is_found_and_made_whole(place: str) -> None:
    body = completion()
    raw = {**{key: float(count) for key, count in body.pop("usage").items()}, "cost": 0.5, "extra": None}
    (body if place == "body" else body["choices"][0])["usage"] = raw
    answer = shaped(body)
    assert answer["usage"] == {**USAGE, "cost": 0.5}
    assert "usage" not in answer["choices"][0]


@pytest.mark.parametrize("raw", [None, {}, {"prompt_tokens": None}])
def test_usage_that_counts_nothing_goes(raw: object) -> None:
    assert "usage" not in shaped({**completion(), "usage": raw})


def test_what_vendors_add_stays() -> None:
    body = {**completion(), "citations": ["x"], "time_info": {"total": 0.1}}
    body["choices"][0]["message"]["reasoning_details"] = [{"type": "x"}]
    answer = shaped(body)
    assert (answer["citations"], answer["time_info"]) == (["x"], {"total": 0.1})
    assert answer["choices"][0]["message"]["reasoning_details"] == [{"type": "x"}]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.fixed_dictionaries(
        {
            "choices": st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "index": anything,
                        "finish_reason": anything,
                        "message": st.fixed_dictionaries(
                            {},
                            optional={
                                "role": anything,
                                "content": anything,
                                "refusal": st.none() | st.text(max_size=3),
                                "reasoning": anything,
                                "tool_calls": st.lists(
                                    st.fixed_dictionaries({}, optional={"id": anything, "function": anything}),
                                    max_size=2,
                                ),
                            },
                        ),
                    },
                ),
                min_size=1,
                max_size=2,
            )
        },
        optional={"id": anything, "created": anything, "model": anything, "service_tier": anything, "usage": anything},
    )
)
def test_whatever_comes_it_is_strictly_valid_or_an_error_of_ours(body: dict[str, Any]) -> None:
    try:
        answer = shaped(body)
    except GatewayError:
        return
    ChatCompletion.model_validate_json(json.dumps(answer), strict=True)
