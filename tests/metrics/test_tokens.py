"""Token counts: as told, or estimated from what was delivered."""

from typing import Any

import pytest

from llms.metrics.tokens import Tokens, estimated, told


def test_what_the_provider_told_is_taken_over() -> None:
    tokens = told(
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {
                "cached_tokens": 80,
                "cache_write_tokens": 5,
                "audio_tokens": 3,
                "cache_write_1h_tokens": 2,
            },
            "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 4},
        }
    )
    assert tokens == Tokens(
        prompt=100, completion=50, cached=80, written=5, reasoning=30, written_1h=2, heard=3, spoken=4
    )


def test_counts_without_details_are_enough() -> None:
    assert told({"prompt_tokens": 7, "completion_tokens": 2}) == Tokens(prompt=7, completion=2)


@pytest.mark.parametrize("count", [-1, 10**25, None, "7", 1e400])
def test_a_count_that_can_be_none_counts_nothing(count: Any) -> None:
    details = {"cached_tokens": count, "reasoning_tokens": count}
    assert (
        told({"prompt_tokens": count, "completion_tokens": 2, "prompt_tokens_details": details}).prompt
        == told({"prompt_tokens": 1, "completion_tokens": count, "completion_tokens_details": details}).reasoning
        == told({"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": details}).cached
        == 0
    )


def test_an_answer_that_was_cut_off_is_estimated_and_says_so() -> None:
    chat = {"model": "m", "messages": [{"role": "user", "content": "x" * 400}]}
    assert estimated(chat, 41) == Tokens(prompt=100, completion=11, estimated=True)  # type: ignore[arg-type]


def test_parts_images_and_tools_count_too() -> None:
    parts = [{"type": "text", "text": "x" * 40}, {"type": "image_url", "image_url": {"url": "data:" + "y" * 9999}}]
    chat = {"model": "m", "messages": [{"role": "user", "content": parts}], "tools": [{"name": "t"}]}
    tokens = estimated(chat, 0)  # type: ignore[arg-type]
    assert 775 < tokens.prompt < 900


def test_a_request_of_another_endpoint_is_estimated_too() -> None:
    assert estimated({"model": "m", "input": "x" * 8}, 0).prompt == 2  # type: ignore[typeddict-item, typeddict-unknown-key]
