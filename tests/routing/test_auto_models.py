"""Who serves a need where the configuration does not say."""

import pytest

from llms.routing.auto import NEEDS, Need
from llms.routing.auto_models import _KNOWN_FOR, _PREFERRED, defaults

THREE = {"perplexity": "perplexity", "openai": "openai", "gemini": "google"}


@pytest.mark.parametrize(
    ("need", "first"),
    [("fresh", "perplexity/sonar"), ("general", "openai/gpt-6-luna"), ("creative", "gemini/gemini-flash-latest")],
)
def test_each_need_has_its_vendor(need: Need, first: str) -> None:
    assert defaults(need, THREE, {})[0] == first


def test_the_vendor_counts_not_the_name_of_the_provider() -> None:
    assert defaults("fresh", {"searcher": "perplexity"}, {}) == ("searcher/sonar",)


def test_nobody_serves_what_nobody_is_known_for() -> None:
    assert defaults("fresh", {"openai": "openai"}, {}) == ()


def test_everybody_serves_what_is_general() -> None:
    known = {"mine": ["text-embedding-1", "whisper-1", "big", "small"], "local": []}
    assert defaults("general", {"perplexity": "perplexity", "mine": "", "local": ""}, known) == (
        "perplexity/sonar",
        "mine/big",
    )


def test_a_model_that_the_provider_does_not_list_is_not_asked_for() -> None:
    assert defaults("general", {"openai": "openai"}, {"openai": ["tts-1", "gpt-99"]}) == ("openai/gpt-99",)
    assert defaults("general", {"openai": "openai"}, {"openai": ["gpt-6-luna-2026-09-22", "x"]}) == (
        "openai/gpt-6-luna",
    )


def test_every_vendor_that_is_preferred_is_known_for_it() -> None:
    missing = [(need, vendor) for need in NEEDS for vendor in _PREFERRED[need] if need not in _KNOWN_FOR[vendor]]
    assert missing == []
