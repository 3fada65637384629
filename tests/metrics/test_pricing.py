"""What a call costs: the provider's word, its list's, or the price list's; exact where the four factors are not."""

from collections.abc import Mapping

import pytest
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from llms.metrics.pricing import Prices
from llms.metrics.tokens import Tokens

MILLION = 1_000_000
OPENAI = {"openai": "https://api.openai.com/v1"}


def nothing_listed(provider: str, model: str) -> None:
    """No provider says what its models cost."""


def prices(addresses: Mapping[str, str] = OPENAI, listed: Mapping[str, float] | None = None) -> Prices:
    return Prices(addresses, lambda provider, model: listed)


@pytest.mark.parametrize(
    ("address", "vendor", "model"),
    [
        ("https://api.openai.com/v1", "openai", "gpt-4o-mini"),
        ("https://api.anthropic.com", "anthropic", "claude-sonnet-4-5"),
        ("https://generativelanguage.googleapis.com/v1beta", "google", "gemini-2.5-pro"),
        ("https://api.perplexity.ai", "perplexity", "sonar"),
        ("https://api.x.ai/v1", "x-ai", "grok-4"),
    ],
)
@pytest.mark.parametrize("prompt", [1_000, 300_000], ids=["base", "tier"])
def test_the_factors_say_what_the_price_list_says(address: str, vendor: str, model: str, prompt: int) -> None:
    tokens = Tokens(prompt=prompt, completion=500, cached=200)
    usage = PricedUsage(input_tokens=prompt, output_tokens=500, cache_read_tokens=200)
    expected = float(calc_price(usage, model, provider_id=vendor).total_price)
    assert prices({"mine": address}).cost_usd("mine", model, tokens) == pytest.approx(expected)


def test_a_vendor_behind_an_unknown_address_is_known_by_its_name() -> None:
    known = prices({"openai": "http://127.0.0.1:9/v1"}).cost_usd("openai", "gpt-4o-mini", Tokens(prompt=1_000_000))
    assert known == pytest.approx(0.15)


def test_an_unknown_model_costs_nobody_knows_what() -> None:
    assert prices().cost_usd("openai", "no-such-model", Tokens(prompt=5)) is None
    assert prices({"mine": "http://127.0.0.1:9"}).cost_usd("mine", "gpt-4o", Tokens(prompt=5)) is None


def test_what_a_provider_lists_goes_before_the_price_list() -> None:
    listed = {"prompt": 2.0, "completion": 4.0, "cached_prompt": 0.5}
    tokens = Tokens(prompt=1_000_000, completion=1_000_000, cached=500_000)
    cost = prices(listed=listed).cost_usd("openai", "gpt-4o-mini", tokens)
    assert cost == pytest.approx(1.0 + 0.25 + 4.0)


@pytest.mark.parametrize("cost", [0.25, {"total_cost": 0.25, "input_tokens_cost": 0.1}])
def test_what_the_provider_charged_goes_before_everything(cost: object) -> None:
    usage = {"prompt_tokens": 1, "cost": cost}
    assert prices().cost_usd("openai", "gpt-4o-mini", Tokens(prompt=1), usage) == 0.25  # type: ignore[arg-type]


def test_nobody_pays_us() -> None:
    usage = {"prompt_tokens": 1, "cost": -0.25}
    assert prices().cost_usd("openai", "gpt-4o-mini", Tokens(prompt=MILLION), usage) == 0.15  # type: ignore[arg-type]


def test_prices_are_asked_for_again_after_an_hour() -> None:
    now = [0.0]
    listed = {"prompt": 1.0}
    known = Prices(OPENAI, lambda provider, model: listed, clock=lambda: now[0])
    million = Tokens(prompt=1_000_000)
    assert known.cost_usd("openai", "m", million) == 1.0
    listed["prompt"] = 3.0
    assert known.cost_usd("openai", "m", million) == 1.0
    now[0] = 3601
    assert known.cost_usd("openai", "m", million) == 3.0


def test_names_that_requests_make_up_do_not_fill_the_memory() -> None:
    known = Prices({}, nothing_listed)
    for number in range(5000):
        known.rates("mine", f"model-{number}")
    assert len(known._rates) <= 2000


@pytest.mark.parametrize(
    ("address", "model", "tokens", "cost_usd"),
    [
        ("https://api.perplexity.ai", "sonar-deep-research", Tokens(completion=MILLION, reasoning=MILLION), 3.0),
        ("https://api.anthropic.com", "claude-haiku-4-5", Tokens(MILLION, written=MILLION, written_1h=MILLION), 2.0),
        (
            "https://generativelanguage.googleapis.com/v1beta",
            "gemini-2.5-flash",
            Tokens(2 * MILLION, heard=MILLION, cached=MILLION),
            1.03,
        ),
        ("https://api.openai.com/v1", "gpt-realtime-mini", Tokens(0, MILLION, spoken=MILLION), 20.0),
    ],
    ids=["reasoning", "an hour", "heard", "spoken"],
)
def test_tokens_with_a_price_of_their_own_are_priced_so(
    address: str, model: str, tokens: Tokens, cost_usd: float
) -> None:
    assert prices({"mine": address}).cost_usd("mine", model, tokens) == pytest.approx(cost_usd)


def test_counts_that_contradict_each_other_are_priced_all_the_same() -> None:
    odd = Tokens(prompt=10, completion=10, reasoning=MILLION)
    cost = prices({"mine": "https://api.perplexity.ai"}).cost_usd("mine", "sonar-deep-research", odd)
    assert cost == pytest.approx(10 * 2e-6 + 10 * 8e-6)
