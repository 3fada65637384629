"""What a call costs, in US dollars: from what the provider says, from its list of models, else from genai-prices.

`genai_prices` knows tiers, caches and more, and takes 0.2 ms for each answer: as much as all the rest of a small
request. So its prices are looked up once per model; plain ones become four factors, and only what these cannot say
(a tier that is reached; sound, reasoning and what a cache keeps for an hour, where they have prices of their own) is
asked again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llms.metrics.tokens import Tokens
from llms.types import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

_APART: Mapping[str, str] = {
    "cache_write_1h_mtok": "written_1h",
    "input_audio_mtok": "heard",
    "output_audio_mtok": "spoken",
    "output_reasoning_mtok": "reasoning",
}
"""The tokens that some models have another price for, by the name of that price. What is no token at all (searches,
hours, pages) stands in no usage, and is left out of every sum alike.
"""
_REMEMBERED = 2000
_FRESH_S = 3600.0
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per token of each kind, and per request. `below` is the prompt from which on they do not hold, `apart`
    are the kinds of `Tokens` that they do not hold for.
    """

    prompt: float
    completion: float
    cached: float
    written: float
    request: float = 0.0
    below: float = float("inf")
    apart: tuple[str, ...] = ()
    exact: "ModelPrice | None" = None
    """Who knows better, beyond what these factors can say."""

    def cost_usd(self, tokens: Tokens) -> float:
        """The price of these tokens."""
        if self.exact is not None and (tokens.prompt > self.below or any(getattr(tokens, each) for each in self.apart)):
            try:
                return _asked(self.exact, tokens)
            except ValueError:  # counts that contradict each other, as providers may tell them: the plain price is near
                pass
        fresh = tokens.prompt - tokens.cached - tokens.written
        return (
            max(0, fresh) * self.prompt
            + tokens.cached * self.cached
            + tokens.written * self.written
            + tokens.completion * self.completion
            + self.request
        )


class Prices:
    """The prices of the models of one gateway.

    `addresses` gives each provider's base URL, by which its vendor is known; `listed` what providers say of models in
    their own lists, in dollars per million tokens: `prompt`, `completion`, `cached_prompt`.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        listed: Callable[[str, str], Mapping[str, float] | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = addresses
        self._listed = listed
        self._clock = clock
        self._rates: dict[tuple[str, str], tuple[float, Rates | None]] = {}

    def cost_usd(self, provider: str, model: str, tokens: Tokens, usage: Usage | None = None) -> float | None:
        """The price of one call; None where no price is known."""
        if usage is not None and (charged := _charged(usage.get("cost"))) is not None:
            return charged
        rates = self.rates(provider, model)
        return None if rates is None else rates.cost_usd(tokens)

    def rates(self, provider: str, model: str) -> Rates | None:
        """What a model's tokens cost; None where nobody says. Prices change by the day and by the hour: so do these."""
        known = self._rates.get((provider, model))
        now = self._clock()
        if known is not None and now < known[0]:
            return known[1]
        if len(self._rates) >= _REMEMBERED:
            self._rates.clear()  # names come from requests
        rates = self._looked_up(provider, model)
        self._rates[(provider, model)] = (now + _FRESH_S, rates)
        return rates

    def _looked_up(self, provider: str, model: str) -> Rates | None:
        listed = self._listed(provider, model)
        if listed and ("prompt" in listed or "completion" in listed):
            prompt = listed.get("prompt", 0.0) / _MILLION
            cached = listed.get("cached_prompt", listed.get("prompt", 0.0)) / _MILLION
            return Rates(prompt, listed.get("completion", 0.0) / _MILLION, cached, prompt)
        price = _price_of(model, provider, self._addresses.get(provider, ""))
        return None if price is None else _rates(price)


def _charged(cost: Any) -> float | None:
    """What the provider says it takes: a number (OpenRouter), or a sum with its parts (Perplexity)."""
    total = cost.get("total_cost") if isinstance(cost, dict) else cost
    return float(total) if isinstance(total, int | float) and total >= 0 else None


def _price_of(model: str, provider: str, address: str) -> "ModelPrice | None":
    """The price list of a model: its vendor is told by the address, else by the provider's name."""
    found = _found(model, None, address) if address else None
    return found or _found(model, provider, None)


def _found(model: str, provider: str | None, address: str | None) -> "ModelPrice | None":
    from datetime import UTC, datetime

    from genai_prices import data_snapshot

    try:
        info: ModelInfo = data_snapshot.get_snapshot().find_provider_model(model, None, provider, address)[1]
    except LookupError:
        return None
    return info.get_prices(datetime.fromtimestamp(time.time(), UTC))


def _rates(price: "ModelPrice") -> Rates:
    given = {name: each for name, each in vars(price).items() if each is not None and not name.startswith("_")}
    below = min((each.tiers[0].start for each in given.values() if getattr(each, "tiers", None)), default=None)
    apart = tuple(kind for name, kind in _APART.items() if name in given)

    def each(name: str, per: int, default: float = 0.0) -> float:
        found: Any = given.get(name)
        return default if found is None else float(getattr(found, "base", found)) / per

    prompt = each("input_mtok", _MILLION)
    return Rates(
        prompt=prompt,
        completion=each("output_mtok", _MILLION),
        cached=each("cache_read_mtok", _MILLION, prompt),
        written=each("cache_write_mtok", _MILLION, prompt),
        request=each("requests_kcount", 1000),
        below=float("inf") if below is None else float(below),
        apart=apart,
        exact=price if apart or below is not None else None,
    )


def _asked(price: "ModelPrice", tokens: Tokens) -> float:
    from genai_prices import Usage as PricedUsage

    apart = {
        "cache_write_1h_tokens": tokens.written_1h,
        "input_audio_tokens": tokens.heard,
        "output_audio_tokens": tokens.spoken,
        "output_reasoning_tokens": tokens.reasoning,
    }
    if tokens.heard:  # how much of what was cached is sound nobody tells: as little as can be
        heard_before = max(0, tokens.cached + tokens.heard - tokens.prompt)
        apart |= {"cache_audio_read_tokens": heard_before, "cache_audio_write_tokens": 0}
    usage = PricedUsage(
        input_tokens=tokens.prompt,
        output_tokens=tokens.completion,
        cache_read_tokens=tokens.cached,
        cache_write_tokens=tokens.written,
        **{name: count for name, count in apart.items() if count or name.startswith("cache_audio")},
    )
    return float(price.calc_price(usage)["total_price"])
