"""Where other vendors count cached tokens and reasoning, and where clients look for them."""

from typing import Any

import pytest

from llms.streaming.usage import clean_usage, count_reasoning

COUNTS = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}


@pytest.mark.parametrize(
    ("counted", "details"),
    [
        ({"cached_tokens": 4}, {"cached_tokens": 4}),
        ({"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6}, {"cached_tokens": 4}),
        ({"num_cached_tokens": 4}, {"cached_tokens": 4}),
        (
            {"cache_read_input_tokens": 4, "cache_creation_input_tokens": 0},
            {"cached_tokens": 4, "cache_write_tokens": 0},
        ),
        ({"cached_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}, {"cached_tokens": 4}),
        ({"cached_tokens": 4, "prompt_tokens_details": None}, {"cached_tokens": 4}),
        ({"cached_tokens": 4, "prompt_tokens_details": {"audio_tokens": 1}}, {"audio_tokens": 1, "cached_tokens": 4}),
    ],
)
def test_cached_tokens_have_their_usual_place(counted: dict[str, Any], details: dict[str, int]) -> None:
    usage = clean_usage({**COUNTS, **counted})
    assert usage is not None
    assert usage["prompt_tokens_details"] == details


@pytest.mark.parametrize("counted", [{}, {"cached_tokens": None}, {"cached_tokens": "4"}])
def test_what_is_not_counted_has_no_place(counted: dict[str, Any]) -> None:
    assert "prompt_tokens_details" not in (clean_usage({**COUNTS, **counted}) or {})


@pytest.mark.parametrize(
    ("usage", "completion"),
    [
        ({**COUNTS, "total_tokens": 15, "completion_tokens_details": {"reasoning_tokens": 3}}, 5),
        ({**COUNTS, "completion_tokens_details": {"reasoning_tokens": 2}}, 2),
        ({**COUNTS, "total_tokens": 15, "completion_tokens_details": {}}, 2),
        ({**COUNTS, "total_tokens": 15, "completion_tokens_details": None}, 2),
        ({**COUNTS, "total_tokens": None, "completion_tokens_details": {"reasoning_tokens": 2}}, 2),
    ],
)
def test_reasoning_is_counted_where_the_total_shows_that_it_was_not(usage: dict[str, Any], completion: int) -> None:
    count_reasoning(usage)
    assert usage["completion_tokens"] == completion


def test_no_usage_is_none() -> None:
    count_reasoning(None)
