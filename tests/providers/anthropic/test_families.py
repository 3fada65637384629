"""Which family a model is of, by its name."""

import pytest

from llms.providers.anthropic.families import OTHER, family_of


@pytest.mark.parametrize(
    ("model", "max_tokens", "thinking"),
    [
        ("claude-2.1", 4096, "none"),
        ("claude-instant-1.2", 4096, "none"),
        ("claude-3-haiku-20240307", 4096, "none"),
        ("claude-3-opus-latest", 4096, "none"),
        ("claude-3-5-haiku-20241022", 8192, "none"),
        ("claude-3.5-sonnet", 8192, "none"),
        ("claude-3-7-sonnet-20250219", 64_000, "budget"),
        ("claude-sonnet-4-20250514", 64_000, "budget"),
        ("claude-4-opus-20250514", 32_000, "budget"),
        ("claude-opus-4-0", 32_000, "budget"),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", 32_000, "budget"),
        ("claude-opus-4@20250514", 32_000, "budget"),
        ("claude-haiku-4-5-20251001", 64_000, "budget"),
        ("anthropic/claude-sonnet-4.5", 64_000, "budget"),
        ("Claude-Opus-4-6", 128_000, "adaptive"),
        ("claude-opus-4-8[1m]", 128_000, "adaptive"),
        ("claude-sonnet-5", 128_000, "adaptive"),
        ("claude-fable-5-1", 128_000, "adaptive"),
        ("claude-mythos-preview", 128_000, "adaptive"),
        ("claude-haiku-6", 64_000, "adaptive"),
        ("claude-something-7", 128_000, "adaptive"),
        ("deepseek-chat", 8192, "budget"),
    ],
)
def test_a_name_leads_to_its_family(model: str, max_tokens: int, thinking: str) -> None:
    family = family_of(model)
    assert (family.max_tokens, family.thinking) == (max_tokens, thinking)


def test_another_makers_model_is_not_taken_for_one_of_claude() -> None:
    assert family_of("kimi-k2") is OTHER


@pytest.mark.parametrize(
    ("model", "sampling", "forced", "schemas"),
    [
        ("claude-opus-4-0", True, True, False),
        ("claude-opus-4-1", True, True, True),
        ("claude-opus-4-6", True, True, True),
        ("claude-opus-4-7", False, True, True),
        ("claude-opus-5", False, True, True),
        ("claude-opus-5-5", False, False, True),
        ("claude-fable-5", False, True, True),
        ("claude-fable-5-1", False, False, True),
        ("claude-haiku-5-5", False, True, True),
    ],
)
def test_newer_families_take_less_and_more(model: str, sampling: bool, forced: bool, schemas: bool) -> None:
    family = family_of(model)
    assert (family.takes_sampling, family.takes_forced_tools, family.takes_schemas) == (sampling, forced, schemas)
