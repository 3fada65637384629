"""The fields of a request, as each family of models takes them."""

import re
from typing import Any

import pytest

from llms.errors import BadRequest
from tests.providers.anthropic.asking import asked, body

ADAPTIVE = {"type": "adaptive", "display": "summarized"}


def test_the_length_of_the_answer_is_always_given() -> None:
    assert body()["max_tokens"] == 64_000
    assert body(model="claude-3-haiku-20240307")["max_tokens"] == 4096
    assert body(max_tokens=7)["max_tokens"] == 7
    assert body(max_completion_tokens=8, max_tokens=7)["max_tokens"] == 8
    assert body(options={"max_tokens": 9})["max_tokens"] == 9


def test_the_length_of_the_answer_is_kept_within_what_the_model_can() -> None:
    told, changes = asked(max_tokens=100_000)
    assert told["max_tokens"] == 64_000
    assert changes == {"max_tokens": "clamped"}
    assert body(max_tokens=100_000, model="another")["max_tokens"] == 100_000
    with pytest.raises(BadRequest):
        asked(max_tokens="many")


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("claude-opus-4-6", "low", {"thinking": ADAPTIVE, "output_config": {"effort": "low"}}),
        ("claude-sonnet-5", "xhigh", {"thinking": ADAPTIVE, "output_config": {"effort": "xhigh"}}),
        ("claude-sonnet-5", "max", {"thinking": ADAPTIVE, "output_config": {"effort": "max"}}),
        ("claude-sonnet-5", "none", {"thinking": {"type": "disabled"}}),
        ("claude-opus-4-8", "none", {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-4-5", "minimal", {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        ("claude-sonnet-4-5", "medium", {"thinking": {"type": "enabled", "budget_tokens": 10_000}}),
        ("claude-3-7-sonnet-latest", "none", {"thinking": {"type": "disabled"}}),
        ("claude-3-haiku-20240307", "none", {}),
    ],
)
def test_effort_is_told_as_the_family_takes_it(model: str, effort: str, told: dict[str, Any]) -> None:
    got = body(model=model, reasoning_effort=effort)
    assert {key: got[key] for key in ("thinking", "output_config") if key in got} == told
    assert body(model=model, reasoning={"effort": effort}) == got


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("claude-opus-4-6", "xhigh", {"thinking": ADAPTIVE, "output_config": {"effort": "max"}}),
        ("claude-opus-5", "minimal", {"thinking": ADAPTIVE, "output_config": {"effort": "low"}}),
        ("claude-fable-5", "none", {"output_config": {"effort": "low"}}),
        ("claude-opus-5-5", "none", {"output_config": {"effort": "low"}}),
        ("claude-sonnet-5-5", "none", {"thinking": {"type": "between_tools"}}),
        ("claude-opus-4-1", "xhigh", {"thinking": {"type": "enabled", "budget_tokens": 16_000}}),
    ],
)
def test_an_effort_the_family_does_not_know_becomes_its_neighbour(
    model: str, effort: str, told: dict[str, Any]
) -> None:
    got, changes = asked(model=model, reasoning_effort=effort)
    assert {key: got[key] for key in ("thinking", "output_config") if key in got} == told
    assert changes == {"reasoning_effort": "clamped"}


def test_a_model_that_cannot_think_is_not_told_to() -> None:
    told, changes = asked(model="claude-3-5-haiku-latest", reasoning_effort="high")
    assert "thinking" not in told
    assert changes == {"reasoning_effort": "dropped"}


def test_a_budget_leaves_room_for_the_answer() -> None:
    told, changes = asked(reasoning_effort="high", max_tokens=4000)
    assert (told["max_tokens"], told["thinking"]["budget_tokens"]) == (4000, 2000)
    assert changes == {"reasoning_effort": "clamped"}
    told, changes = asked(reasoning_effort="high", max_tokens=1024)
    assert "thinking" not in told
    assert changes == {"reasoning_effort": "dropped"}
    told = body(model="another", reasoning_effort="high")
    assert told["max_tokens"] > told["thinking"]["budget_tokens"]


def test_anthropics_own_words_for_thinking_come_first() -> None:
    native = {"type": "enabled", "budget_tokens": 3000}
    told, changes = asked(thinking=native, reasoning_effort="low")
    assert told["thinking"] == native
    assert changes == {"reasoning_effort": "dropped"}
    told = body(thinking={"type": "adaptive"}, reasoning_effort="high", model="claude-opus-5")
    assert (told["thinking"], told["output_config"]) == ({"type": "adaptive"}, {"effort": "high"})
    assert body(output_config={"effort": "max"}, reasoning_effort="low", model="claude-opus-5")["output_config"] == {
        "effort": "max"
    }


@pytest.mark.parametrize(
    ("keys", "told", "changes"),
    [
        ({"temperature": 0.7}, {"temperature": 0.7}, {}),
        ({"temperature": 1.7}, {"temperature": 1}, {"temperature": "clamped"}),
        ({"top_p": 0.5, "top_k": 5}, {"top_p": 0.5, "top_k": 5}, {}),
        ({"temperature": 0.7, "top_p": 0.5}, {"temperature": 0.7}, {"top_p": "dropped"}),
        ({"temperature": 0.7, "top_p": 1}, {"temperature": 0.7}, {}),
        (
            {"temperature": 0.7, "top_p": 0.5, "model": "claude-sonnet-4-0"},
            {"temperature": 0.7, "top_p": 0.5},
            {},
        ),
        ({"temperature": 1, "top_p": 1, "model": "claude-opus-4-7"}, {}, {}),
        (
            {"temperature": 0.2, "top_p": 0.5, "top_k": 3, "model": "claude-sonnet-5"},
            {},
            {"temperature": "dropped", "top_p": "dropped", "top_k": "dropped"},
        ),
        ({"temperature": 1, "reasoning_effort": "low"}, {"temperature": 1}, {}),
        ({"temperature": 0.2, "reasoning_effort": "low"}, {}, {"temperature": "dropped"}),
        ({"top_p": 0.97, "reasoning_effort": "low"}, {"top_p": 0.97}, {}),
        (
            {"top_p": 0.5, "top_k": 3, "reasoning_effort": "low"},
            {},
            {"top_p": "dropped", "top_k": "dropped"},
        ),
    ],
)
def test_sampling_goes_as_far_as_the_family_takes_it(
    keys: dict[str, Any], told: dict[str, Any], changes: dict[str, str]
) -> None:
    got, noted = asked(**keys)
    assert {key: got[key] for key in ("temperature", "top_p", "top_k") if key in got} == told
    assert noted == changes


def test_stop_sequences_of_blanks_are_refused_upstream_and_not_sent() -> None:
    assert body(stop="END")["stop_sequences"] == ["END"]
    assert body(stop=["a"], stop_sequences=["b"])["stop_sequences"] == ["a", "b"]
    told, changes = asked(stop=["\n", "END", ""])
    assert told["stop_sequences"] == ["END"]
    assert changes == {"stop": "dropped"}
    assert "stop_sequences" not in asked(stop="\n\n")[0]


@pytest.mark.parametrize(
    ("keys", "metadata", "changes"),
    [
        ({"user": "u1"}, {"user_id": "u1"}, {}),
        ({"safety_identifier": "s1"}, {"user_id": "s1"}, {}),
        ({"user": "u1", "metadata": {"user_id": "m1"}}, {"user_id": "m1"}, {}),
        ({"user": "u1", "metadata": {"team": "blue"}}, {"user_id": "u1"}, {"metadata": "dropped"}),
        ({"metadata": {}}, None, {}),
    ],
)
def test_the_user_is_told(keys: dict[str, Any], metadata: Any, changes: dict[str, str]) -> None:
    got, noted = asked(**keys)
    assert got.get("metadata") == metadata
    assert noted == changes


@pytest.mark.parametrize("user", ["ann@example.com", "+49 171 1234567", "x" * 257])
def test_a_user_known_by_an_address_becomes_a_digest(user: str) -> None:
    got, noted = asked(user=user)
    assert re.fullmatch(r"[0-9a-f]{64}", got["metadata"]["user_id"])
    assert got == asked(user=user)[0]
    assert noted == {"user": "emulated"}


@pytest.mark.parametrize(
    ("tier", "told"), [("auto", "auto"), ("default", "standard_only"), ("priority", "auto"), ("standard_only",) * 2]
)
def test_the_service_tier_is_told_in_anthropics_words(tier: str, told: str) -> None:
    assert body(service_tier=tier)["service_tier"] == told


def test_what_has_no_place_is_noted() -> None:
    lost: dict[str, Any] = {
        "frequency_penalty": 1,
        "logit_bias": {"1": 2},
        "logprobs": True,
        "prediction": {"type": "content", "content": "x"},
        "presence_penalty": 1,
        "prompt_cache_key": "k",
        "seed": 7,
        "service_tier": "flex",
        "store": True,
        "verbosity": "low",
        "web_search_options": {"search_context_size": "low"},
    }
    told, changes = asked(**lost)
    assert told == body()
    assert changes == dict.fromkeys(lost, "dropped")
    assert asked(n=2)[1] == {"n": "clamped"}


def test_what_says_nothing_is_not_noted() -> None:
    nothing: dict[str, Any] = {
        "frequency_penalty": 0,
        "logprobs": False,
        "n": 1,
        "seed": None,
        "stream_options": {"include_usage": True},
    }
    assert body(**nothing) == body()


def test_anthropics_own_fields_pass() -> None:
    native: dict[str, Any] = {
        "cache_control": {"type": "ephemeral"},
        "container": "c1",
        "context_management": {"edits": []},
        "inference_geo": "eu",
        "mcp_servers": [{"type": "url", "url": "https://a.example", "name": "a"}],
    }
    told = body(**native)
    assert {key: told[key] for key in native} == native


def test_a_native_system_prompt_comes_first() -> None:
    system = {"role": "system", "content": "Second."}
    user = {"role": "user", "content": "hi"}
    assert body(system, user, system="First.")["system"] == "First.\n\nSecond."
    marked = [{"type": "text", "text": "First.", "cache_control": {"type": "ephemeral"}}]
    assert body(user, system=marked)["system"] == marked
