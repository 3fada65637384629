"""The body of a Converse request: what each field and message of OpenAI's becomes. botocore checks every body."""

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from llms.errors import BadRequest
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
PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}

_DESCRIBED: Any = Loader().load_service_model("bedrock-runtime", "service-2")
_SHAPE: Any = ServiceModel(_DESCRIBED).operation_model("Converse").input_shape


def asked(*messages: dict[str, Any], model: str = NOVA, **fields: Any) -> Chat:
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
    return sent(asked(*messages, **fields))[0]


def user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of one message of the user."""
    (turn,) = body({"role": "user", "content": list(parts)})["messages"]
    blocks: list[dict[str, Any]] = turn["content"]
    return blocks


def test_a_plain_request_is_only_its_message() -> None:
    assert sent(asked()) == ({"messages": [TURN]}, [])


def test_the_systems_words_stand_apart() -> None:
    told, changes = sent(asked({"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HELLO))
    assert told == {"system": [{"text": "a"}, {"text": "b"}], "messages": [TURN]}
    assert changes == []
    assert sent(asked(HELLO, {"role": "system", "content": "late"}))[1] == ["emulated messages"]


def test_turns_alternate_and_empty_texts_are_none() -> None:
    answer = {"role": "assistant", "content": "yes"}
    assert body(HELLO, {"role": "user", "content": [{"type": "text", "text": " "}]}, HELLO, answer, answer)[
        "messages"
    ] == [
        {"role": "user", "content": [{"text": "hi"}, {"text": "hi"}]},
        {"role": "assistant", "content": [{"text": "yes"}, {"text": "yes"}]},
    ]


def test_results_of_tools_are_what_the_user_says() -> None:
    said = {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL, {**CALL, "id": "t2"}]}
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": "t1", "content": "4"},
        {"role": "tool", "tool_call_id": "t2", "content": [{"type": "text", "text": "no"}, PNG], "is_error": True},
    ]
    told = body(HELLO, said, *results, HELLO, tools=[ADD])
    use = {"name": "add", "input": {"x": 2}}
    image = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
    assert told["messages"][1]["content"] == [
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "t1", **use}},
        {"toolUse": {"toolUseId": "t2", **use}},
    ]
    assert told["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "4"}]}},
        {"toolResult": {"toolUseId": "t2", "content": [{"text": "no"}, image], "status": "error"}},
        {"text": "hi"},
    ]


def test_signed_thoughts_come_first_and_unsigned_ones_stay_away() -> None:
    thoughts = [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "AAAA"},
        {"type": "thinking", "thinking": "unsigned"},
        "broken",
    ]
    said = {"role": "assistant", "content": "yes", "thinking_blocks": thoughts}
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}
    closed = {"reasoningContent": {"redactedContent": "AAAA"}}
    thinking = {"type": "enabled", "budget_tokens": 1024}
    assert body(HELLO, said, model=CLAUDE_3_7, thinking=thinking)["messages"][1]["content"] == [
        thought,
        closed,
        {"text": "yes"},
    ]
    assert body(HELLO, said, model=CLAUDE_3_7)["messages"][1]["content"] == [{"text": "yes"}]


def test_documents_have_plain_names_of_their_own_and_a_text_beside_them() -> None:
    pdf = {"type": "file", "file": {"filename": "a_b.pdf", "file_data": "data:application/pdf;base64,AAAA"}}
    csv = {"type": "file", "file": {"filename": "a_b.pdf", "file_data": "data:text/csv;base64,AAAA"}}
    note = {"type": "file", "file": {"file_data": "data:text/x-python;base64,AAAA"}}
    blocks = user({"type": "text", "text": "look"}, pdf, csv, note)
    assert [block["document"]["name"] for block in blocks[1:]] == ["a-b-pdf", "a-b-pdf (2)", "document"]
    assert [block["document"]["format"] for block in blocks[1:]] == ["pdf", "csv", "txt"]
    told, changes = sent(asked({"role": "user", "content": [pdf]}))
    assert told["messages"][0]["content"][1] == {"text": "(a-b-pdf)"}
    assert changes == ["emulated messages[].content"]


def test_other_media_are_blocks_too() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}
    film = {"type": "file", "file": {"file_data": "data:video/mp4;base64,AAAA"}}
    source = {"source": {"bytes": "AAAA"}}
    assert user(sound, film) == [{"audio": {"format": "mp3", **source}}, {"video": {"format": "mp4", **source}}]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://far/a.png"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"file_data": "data:application/zip;base64,AAAA"}},
    ],
)
def test_what_converse_has_no_place_for_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Bedrock takes"):
        user(part)


def test_what_is_lost_of_messages_is_told() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "high"}}
    broken = {**CALL, "function": {"name": "add", "arguments": "{broken"}}
    chat = asked({"role": "user", "content": [image]}, {"role": "assistant", "tool_calls": [broken]}, tools=[ADD])
    assert sent(chat)[1] == ["dropped messages.image_url.detail", "emulated messages.tool_calls"]


def test_marks_for_the_cache_are_blocks() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    long = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    point = {"cachePoint": {"type": "default"}}
    told = body(
        {"role": "system", "content": "a", **mark},
        {"role": "user", "content": [{"type": "text", "text": "b", **long}]},
        tools=[{**ADD, **mark}],
    )
    assert told["system"] == [{"text": "a"}, point]
    assert told["messages"][0]["content"] == [{"text": "b"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    assert told["toolConfig"] == {"tools": [SPEC, point]}


def test_blocks_of_converse_stay_what_they_are() -> None:
    guarded = {"guardContent": {"text": {"text": "x", "qualifiers": ["query"]}}}
    point = {"cachePoint": {"type": "default"}}
    assert user({"type": "text", "text": "a"}, guarded, point) == [{"text": "a"}, guarded, point]
    system = {"systemTool": {"name": "nova_grounding"}}
    assert body(tools=[system])["toolConfig"] == {"tools": [system]}


def test_sampling_stands_in_the_inference_config() -> None:
    told, changes = sent(asked(max_tokens=5, temperature=2, top_p=0.5, stop="x", inferenceConfig={"maxTokens": 9}))
    assert told["inferenceConfig"] == {"maxTokens": 9, "temperature": 1, "topP": 0.5, "stopSequences": ["x"]}
    assert changes == ["clamped temperature"]


def test_what_only_converse_knows_passes_and_what_nobody_knows_goes_to_the_model() -> None:
    own: dict[str, Any] = {
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "requestMetadata": {"a": "b"},
        "performanceConfig": {"latency": "optimized"},
    }
    told, changes = sent(asked(**own, top_k=3, additionalModelRequestFields={"a": 1}))
    assert told == {"messages": [TURN], **own, "additionalModelRequestFields": {"a": 1, "top_k": 3}}
    assert changes == []


def test_what_converse_cannot_say_is_told() -> None:
    custom = {"type": "custom", "custom": {"name": "x"}}
    chat = asked(
        {**HELLO, "name": "bob"},
        n=2,
        seed=1,
        logprobs=True,
        user="me",
        response_format={"type": "json_object"},
        tools=[custom],
    )
    assert sorted(sent(chat)[1]) == [
        "clamped n",
        "dropped logprobs",
        "dropped messages[].name",
        "dropped response_format",
        "dropped seed",
        "dropped tools",
        "dropped user",
    ]


@pytest.mark.parametrize(
    ("tier", "told", "changes"),
    [
        ("auto", None, []),
        ("flex", {"type": "flex"}, []),
        ("priority", {"type": "priority"}, []),
        ("scale", None, ["dropped service_tier"]),
    ],
)
def test_tiers(tier: str, told: Any, changes: list[str]) -> None:
    got, changed = sent(asked(service_tier=tier))
    assert (got.get("serviceTier"), changed) == (told, changes)


def test_a_schema_is_a_text_format() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    text_format = body(response_format=schema)["outputConfig"]["textFormat"]
    assert text_format == {
        "type": "json_schema",
        "structure": {"jsonSchema": {"schema": '{"type":"object"}', "name": "x"}},
    }


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("auto", None),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "add"}}, {"tool": {"name": "add"}}),
    ],
)
def test_a_choice_of_tools(choice: Any, told: Any) -> None:
    expected = {"tools": [SPEC], **({"toolChoice": told} if told else {})}
    assert sent(asked(tools=[ADD], tool_choice=choice)) == ({"messages": [TURN], "toolConfig": expected}, [])


def test_no_choice_of_tools_offers_none_unless_the_conversation_used_some() -> None:
    assert sent(asked(tools=[ADD], tool_choice="none")) == ({"messages": [TURN]}, [])
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "emulated tools"),
        ({"tools": [ADD], "tool_choice": "none"}, "emulated tool_choice"),
    ]
    for fields, change in cases:
        told, changes = sent(asked(*LOOP, **fields))
        assert told["toolConfig"]["tools"][0]["toolSpec"]["name"] == "add"
        assert changes == [change]


def test_strict_tools_and_forced_ones_where_the_model_takes_them() -> None:
    strict = {"type": "function", "function": {"name": "add", "description": "d", "strict": True}}
    told, changes = sent(asked(tools=[strict], model=CLAUDE_4_6))
    assert told["toolConfig"]["tools"][0]["toolSpec"]["strict"] is True
    assert changes == []
    assert sent(asked(tools=[strict], model=CLAUDE_3_7))[1] == ["dropped tools[].function.strict"]
    told, changes = sent(asked(tools=[ADD], tool_choice="required", model="anthropic.claude-opus-5-5"))
    assert (told["toolConfig"], changes) == ({"tools": [SPEC]}, ["dropped tool_choice"])


ADAPTIVE = {"thinking": {"type": "adaptive", "display": "summarized"}}


@pytest.mark.parametrize(
    ("model", "effort", "extra", "level", "changes"),
    [
        (CLAUDE_3_7, "none", {"thinking": {"type": "disabled"}}, None, []),
        (CLAUDE_3_7, "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}}, None, []),
        (CLAUDE_4_6, "high", ADAPTIVE, "high", []),
        (CLAUDE_4_6, "minimal", ADAPTIVE, "low", ["clamped reasoning_effort"]),
        (CLAUDE_4_6, "xhigh", ADAPTIVE, "max", ["clamped reasoning_effort"]),
        ("anthropic.claude-fable-5", "none", None, "low", ["clamped reasoning_effort"]),
        ("anthropic.claude-3-haiku-20240307-v1:0", "high", None, None, ["dropped reasoning_effort"]),
        ("anthropic.claude-3-haiku-20240307-v1:0", "none", None, None, []),
        (
            "amazon.nova-2-lite-v1:0",
            "medium",
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
            None,
            [],
        ),
        ("amazon.nova-2-lite-v1:0", "none", {"reasoningConfig": {"type": "disabled"}}, None, []),
        ("openai.gpt-oss-120b-1:0", "max", {"reasoning_effort": "high"}, None, ["clamped reasoning_effort"]),
        ("openai.gpt-oss-120b-1:0", "none", {"reasoning_effort": "low"}, None, ["clamped reasoning_effort"]),
        ("meta.llama3-70b-instruct-v1:0", "high", None, None, ["dropped reasoning_effort"]),
    ],
)
def test_effort_in_the_words_of_each_maker(
    model: str, effort: str, extra: Any, level: str | None, changes: list[str]
) -> None:
    told, changed = sent(asked(model=model, reasoning_effort=effort))
    assert told.get("additionalModelRequestFields") == extra
    assert told.get("outputConfig", {}).get("effort") == level
    assert changed == changes


def test_thinking_itself_wins_over_the_effort() -> None:
    thinking = {"type": "enabled", "budget_tokens": 1500}
    told, changes = sent(asked(model=CLAUDE_3_7, thinking=thinking, reasoning_effort="high"))
    assert told["additionalModelRequestFields"] == {"thinking": thinking}
    assert changes == ["dropped reasoning_effort"]


@pytest.mark.parametrize(
    ("limit", "budget", "changes"),
    [(16_000, 10_000, []), (8000, 4000, ["clamped reasoning_effort"]), (1024, None, ["dropped reasoning_effort"])],
)
def test_a_budget_leaves_room_for_the_answer(limit: int, budget: int | None, changes: list[str]) -> None:
    told, changed = sent(asked(model=CLAUDE_3_7, reasoning_effort="medium", max_tokens=limit))
    assert told.get("additionalModelRequestFields", {}).get("thinking", {}).get("budget_tokens") == budget
    assert told["inferenceConfig"] == {"maxTokens": limit}
    assert changed == changes


def test_a_budget_gives_way_to_a_forced_call_and_to_a_lost_thread() -> None:
    forced = asked(model=CLAUDE_3_7, reasoning_effort="medium", tools=[ADD], tool_choice="required")
    assert sent(forced)[1] == ["dropped reasoning_effort"]
    assert sent(asked(*LOOP, model=CLAUDE_3_7, reasoning_effort="medium", tools=[ADD]))[1] == [
        "dropped reasoning_effort"
    ]


@pytest.mark.parametrize(
    ("model", "fields", "told", "changes"),
    [
        (CLAUDE_3_7, {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5, "topP": 0.5}, []),
        (CLAUDE_4_6, {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}, ["dropped top_p"]),
        (
            "anthropic.claude-opus-4-7",
            {"temperature": 0.5, "top_p": 0.5},
            None,
            ["dropped temperature", "dropped top_p"],
        ),
        (
            CLAUDE_3_7,
            {"temperature": 0.5, "top_p": 0.5, "thinking": {"type": "enabled", "budget_tokens": 1024}},
            {"topP": 0.95},
            ["dropped temperature", "clamped top_p"],
        ),
    ],
)
def test_claude_takes_less_of_the_sampling(model: str, fields: dict[str, Any], told: Any, changes: list[str]) -> None:
    got, changed = sent(asked(model=model, **fields))
    assert (got.get("inferenceConfig"), changed) == (told, changes)
