"""The fields of a request as Google's settings: what is taken, clamped, told otherwise or lost."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.google.generation import GoogleModel
from llms.providers.google.settings import read_settings

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def read(model: str = "gemini-2.5-flash", **keys: Any) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    fields = Fields({}, {"model": model, "messages": [], **keys})  # type: ignore[typeddict-item]
    body = read_settings(fields, GoogleModel.named(model))
    return body, fields.changes


def config(model: str = "gemini-2.5-flash", **keys: Any) -> dict[str, Any]:
    found: dict[str, Any] = read(model, **keys)[0].get("generationConfig", {})
    return found


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({}, {}),
        ({"max_tokens": 5}, {"maxOutputTokens": 5}),
        ({"max_tokens": 5, "max_completion_tokens": 6}, {"maxOutputTokens": 6}),
        ({"temperature": 0.0, "top_p": 0.5, "top_k": 3}, {"temperature": 0.0, "topP": 0.5, "topK": 3}),
        ({"stop": "x"}, {"stopSequences": ["x"]}),
        ({"n": 1}, {}),
        ({"n": 3}, {"candidateCount": 3}),
        ({"seed": 7}, {"seed": 7}),
        ({"presence_penalty": 1, "frequency_penalty": -1}, {"presencePenalty": 1, "frequencyPenalty": -1}),
        ({"logprobs": True}, {"responseLogprobs": True}),
        ({"logprobs": True, "top_logprobs": 2}, {"responseLogprobs": True, "logprobs": 2}),
        ({"logprobs": False}, {}),
        ({"response_format": {"type": "text"}}, {}),
        ({"response_format": {"type": "json_object"}}, {"responseMimeType": "application/json"}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}},
            {"responseMimeType": "application/json", "responseSchema": SCHEMA},
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"schema": {**SCHEMA, "additionalProperties": False}},
                }
            },
            {"responseMimeType": "application/json", "responseJsonSchema": {**SCHEMA, "additionalProperties": False}},
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            {"responseMimeType": "application/json"},
        ),
        ({"modalities": ["text"]}, {}),
        ({"modalities": ["text", "image"]}, {"responseModalities": ["TEXT", "IMAGE"]}),
        (
            {"modalities": ["text", "audio"], "audio": {"voice": "Kore", "format": "pcm16"}},
            {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
            },
        ),
        ({"store": False, "parallel_tool_calls": True, "service_tier": "auto"}, {}),
    ],
)
def test_what_google_has_a_place_for(keys: dict[str, Any], wanted: dict[str, Any]) -> None:
    body, changes = read(**keys)
    assert body.get("generationConfig", {}) == wanted
    assert changes == ()


@pytest.mark.parametrize(
    ("keys", "wanted", "change"),
    [
        ({"temperature": 3}, {"temperature": 2}, ("clamped", "temperature")),
        ({"stop": list("abcdef")}, {"stopSequences": list("abcde")}, ("clamped", "stop")),
        (
            {"logprobs": True, "top_logprobs": 30},
            {"responseLogprobs": True, "logprobs": 20},
            ("clamped", "top_logprobs"),
        ),
        ({"logit_bias": {"5": 1}}, {}, ("dropped", "logit_bias")),
        ({"user": "u"}, {}, ("dropped", "user")),
        ({"parallel_tool_calls": False}, {}, ("dropped", "parallel_tool_calls")),
        (
            {"modalities": ["audio"], "audio": {"format": "mp3"}},
            {"responseModalities": ["AUDIO"]},
            ("dropped", "audio.format"),
        ),
        ({"audio": {"voice": "Kore"}}, {}, ("dropped", "audio")),
        ({"service_tier": "scale"}, {}, ("dropped", "service_tier")),
        ({"repetition_penalty": 2}, {}, ("dropped", "repetition_penalty")),
        ({"extra_body": {"google": {"wings": 2}}}, {}, ("dropped", "google.wings")),
        ({"extra_body": {"other": 1}}, {}, ("dropped", "extra_body")),
    ],
)
def test_what_is_lost_is_said(keys: dict[str, Any], wanted: dict[str, Any], change: tuple[str, str]) -> None:
    body, changes = read(**keys)
    assert body.get("generationConfig", {}) == wanted
    assert changes == (change,)


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "is_exact"),
    [
        ("gemini-3-flash-preview", "minimal", {"thinkingLevel": "MINIMAL", "includeThoughts": True}, True),
        ("gemini-3-flash-preview", "none", {"thinkingLevel": "MINIMAL", "includeThoughts": False}, False),
        ("gemini-3-flash-preview", "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}, True),
        ("gemini-3.8-flash", "minimal", {"thinkingLevel": "LOW", "includeThoughts": True}, False),
        ("gemini-3-pro-preview", "medium", {"thinkingLevel": "HIGH", "includeThoughts": True}, False),
        ("gemini-3.1-pro-preview", "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}, True),
        ("gemini-3.1-pro-preview", "none", {"thinkingLevel": "LOW", "includeThoughts": False}, False),
        ("gemini-3.1-pro-preview", "max", {"thinkingLevel": "HIGH", "includeThoughts": True}, False),
        ("gemini-flash-latest", "low", {"thinkingLevel": "LOW", "includeThoughts": True}, True),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0, "includeThoughts": False}, True),
        ("gemini-2.5-flash", "high", {"thinkingBudget": 16384, "includeThoughts": True}, True),
        ("gemini-2.5-flash", "xhigh", {"thinkingBudget": 24576, "includeThoughts": True}, False),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128, "includeThoughts": False}, False),
    ],
)
def test_effort_is_a_level_or_a_budget(model: str, effort: str, thinking: dict[str, Any], is_exact: bool) -> None:
    body, changes = read(model, reasoning_effort=effort)
    assert body["generationConfig"] == {"thinkingConfig": thinking}
    assert changes == (() if is_exact else (("clamped", "reasoning_effort"),))


def test_models_that_do_not_think_lose_the_effort() -> None:
    assert read("gemini-2.0-flash", reasoning_effort="low") == ({}, (("dropped", "reasoning_effort"),))
    assert read("gemma-3-27b-it", reasoning_effort="none") == ({}, ())


def test_googles_own_word_on_thinking_is_the_last() -> None:
    body, changes = read(reasoning_effort="low", thinking_config={"thinkingBudget": 7})
    assert body["generationConfig"] == {"thinkingConfig": {"thinkingBudget": 7}}
    assert changes == (("dropped", "reasoning_effort"),)


@pytest.mark.parametrize(
    "keys",
    [
        {"safety_settings": [1], "topK": 2, "cached_content": "c", "labels": {"a": "b"}},
        {"google": {"safetySettings": [1], "top_k": 2, "cachedContent": "c", "labels": {"a": "b"}}},
        {"extra_body": {"google": {"safety_settings": [1], "topK": 2, "cached_content": "c", "labels": {"a": "b"}}}},
    ],
    ids=["by-name", "google", "extra_body"],
)
def test_googles_own_fields_pass_in_each_of_three_ways(keys: dict[str, Any]) -> None:
    assert read(**keys) == (
        {"generationConfig": {"topK": 2}, "safetySettings": [1], "cachedContent": "c", "labels": {"a": "b"}},
        (),
    )


def test_a_whole_generation_config_wins() -> None:
    assert config(temperature=1, generation_config={"temperature": 0.5, "seed": 1}) == {"temperature": 0.5, "seed": 1}


@pytest.mark.parametrize(("tier", "wanted"), [("default", "standard"), ("flex", "flex"), ("priority", "priority")])
def test_service_tiers_have_googles_names(tier: str, wanted: str) -> None:
    assert read(service_tier=tier) == ({"serviceTier": wanted}, ())


@pytest.mark.parametrize(
    "keys",
    [{"response_format": {"type": "xml"}}, {"response_format": {"type": "json_schema"}}, {"reasoning_effort": "very"}],
)
def test_what_means_nothing_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**keys)
