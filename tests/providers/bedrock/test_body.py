"""The body of a Converse request: what each field of OpenAI's becomes. botocore checks every body."""

from typing import Any

import pytest

from tests.fakes.converse import ADD, CLAUDE_3_7, CLAUDE_4_6, HELLO, LOOP, SPEC, TURN, asked, body, sent


def test_a_plain_request_is_only_its_message() -> None:
    assert sent(asked()) == ({"messages": [TURN]}, [])


def test_tools_of_converse_stay_what_they_are() -> None:
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
