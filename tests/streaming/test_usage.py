"""Token counts: whole numbers under OpenAI's names, whatever form they come in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import CompletionUsage

from llms.streaming.usage import clean_usage

CASES: dict[str, tuple[Any, dict[str, Any] | None]] = {
    "whole counts": (
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    ),
    "floats": (
        {"prompt_tokens": 7.0, "completion_tokens": 3.0, "total_tokens": 10.0},
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    ),
    "a null among counts (Databricks)": (
        {"prompt_tokens": 7, "completion_tokens": None, "total_tokens": None},
        {"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7},
    ),
    "nothing but nulls": ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, None),
    "no total": (
        {"prompt_tokens": 7, "completion_tokens": 3},
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    ),
    "a total that is more than the sum stays": (
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 99},
        {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 99},
    ),
    "counts that are no numbers": (
        {"prompt_tokens": "7", "completion_tokens": 3, "total_tokens": True},
        {"prompt_tokens": 0, "completion_tokens": 3, "total_tokens": 3},
    ),
    "vendor extras stay": (
        {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "cost": 0.25, "queue_time": 0.1, "tier": None},
        {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "cost": 0.25, "queue_time": 0.1},
    ),
    "details with nulls and floats": (
        {
            "prompt_tokens": 1,
            "completion_tokens": 1,
            "total_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": None, "audio_tokens": 2.0},
            "completion_tokens_details": None,
        },
        {
            "prompt_tokens": 1,
            "completion_tokens": 1,
            "total_tokens": 2,
            "prompt_tokens_details": {"audio_tokens": 2},
        },
    ),
    "details that are no object": (
        {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "prompt_tokens_details": [3]},
        {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    ),
    "an empty object": ({}, None),
    "null": (None, None),
    "a list": ([1, 2], None),
    "a total alone": ({"total_tokens": 5}, None),
}


@pytest.mark.parametrize(("raw", "clean"), CASES.values(), ids=CASES)
def test_counts_become_whole(raw: Any, clean: dict[str, Any] | None) -> None:
    assert clean_usage(raw) == clean


def test_the_original_is_left_alone() -> None:
    raw = {"prompt_tokens": 1.0, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": None}}
    clean_usage(raw)
    assert raw == {"prompt_tokens": 1.0, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": None}}


numbers = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3)
)
details = st.one_of(numbers, st.dictionaries(st.sampled_from(["cached_tokens", "audio_tokens", "x"]), numbers))
usages = st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "cost"]), numbers
) | st.fixed_dictionaries({"prompt_tokens": numbers, "prompt_tokens_details": details, "completion_tokens": numbers})


@given(usages)
def test_whatever_comes_the_counts_pass_strict_validation(raw: dict[str, Any]) -> None:
    clean = clean_usage(raw)
    if clean is not None:
        CompletionUsage.model_validate(clean, strict=True)
        assert clean_usage(clean) == clean
