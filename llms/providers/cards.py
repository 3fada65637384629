"""What vendors say of their models in their lists, told in one way: `context_window`, `modalities` and `pricing`.

Every vendor has keys of its own for these. What they said stays beside ours, but for a `pricing` of theirs, which moves
to `vendor_pricing`. Seen in the lists of OpenRouter, Groq, Mistral, Google, Anthropic, Together, DeepInfra, Vercel,
Venice, xAI, GitHub, Moonshot, vLLM, llama.cpp, LM Studio, Cohere and Ollama; 2026-08.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from llms.types import ModelCard

DESCRIPTIONS = ("context_window", "modalities", "pricing")
"""Our keys."""

_CONTEXT = (
    "context_window",
    "context_length",
    "max_context_length",
    "max_model_len",
    "inputTokenLimit",
    "input_token_limit",
    "max_input_tokens",
    "max_prompt_length",
    "context_size",
    "top_provider.context_length",
    "metadata.context_length",
    "meta.n_ctx",
    "meta.n_ctx_train",
    "details.context_length",
    "model_spec.availableContextTokens",
    "capabilities.limits.max_context_window_tokens",
)
_INPUT = ("input_modalities", "architecture.input_modalities", "modalities.input")
_OUTPUT = ("output_modalities", "architecture.output_modalities", "modalities.output")
_SIGHT = (
    "capabilities.vision",
    "capabilities.image_input.supported",
    "capabilities.supports.vision",
    "model_spec.capabilities.supportsVision",
    "supports_image_in",
)
_HEARING = ("capabilities.audio", "capabilities.audio_input.supported")
_PRICES = ("pricing", "metadata.pricing", "model_spec.pricing")
_PRICE_OF = {
    "prompt": ("prompt", "input", "input_tokens", "input.usd"),
    "completion": ("completion", "output", "output_tokens", "output.usd"),
    "cached_prompt": ("cached_prompt", "input_cache_read", "cached_input", "cache_read_tokens", "cache_input.usd"),
}
_PER_MILLION = 1_000_000


def described(card: ModelCard) -> ModelCard:
    """The card, with those of our keys that can be told from the vendor's.

    `context_window` counts tokens, `modalities` lists `input` and `output`, `pricing` is in US dollars per million
    tokens: `prompt`, `completion`, and `cached_prompt` where it differs.
    """
    extra = card.extra
    kept = {key: value for key, value in extra.items() if key != "pricing"}
    if (context := _context(extra)) is not None:
        kept["context_window"] = context
    if modalities := _modalities(extra):
        kept["modalities"] = modalities
    prices = _prices(extra)
    if prices:
        kept["pricing"] = prices
    if "pricing" in extra and extra["pricing"] != prices:
        kept["vendor_pricing"] = extra["pricing"]
    return replace(card, extra=kept)


def _context(extra: Mapping[str, Any]) -> int | None:
    return next((each for each in _at(extra, _CONTEXT) if isinstance(each, int) and each > 0), None)


def _modalities(extra: Mapping[str, Any]) -> dict[str, list[str]]:
    """Lists where the vendor gives them; else what it says that a chat model can take beside text."""
    lists = {
        side: next(([str(each).lower() for each in found] for found in _at(extra, keys) if isinstance(found, list)), [])
        for side, keys in (("input", _INPUT), ("output", _OUTPUT))
    }
    if not lists["input"]:
        senses = [*(["image"] if _sees(extra) else []), *(["audio"] if True in _at(extra, _HEARING) else [])]
        lists["input"] = ["text", *senses] if senses else []
    return {side: found for side, found in lists.items() if found}


def _sees(extra: Mapping[str, Any]) -> bool:
    """Whether a model takes images, by a flag or by a word in a list."""
    words = [word for key in ("features", "capabilities") if isinstance(extra.get(key), list) for word in extra[key]]
    return True in _at(extra, _SIGHT) or "vision" in words or extra.get("type") == "vlm"


def _prices(extra: Mapping[str, Any]) -> dict[str, float]:
    """Prices per million tokens. A text is a price per token (OpenRouter's habit), a number is one per million."""
    told = next((found for found in _at(extra, _PRICES) if isinstance(found, Mapping)), None)
    if told is None:
        return {}
    prices: dict[str, float] = {}
    for name, keys in _PRICE_OF.items():
        price = next((each for each in map(_per_million, _at(told, keys)) if each is not None), None)
        if price is not None:
            prices[name] = price
    if "prompt" not in prices and "completion" not in prices:
        return {}
    if not any(prices.values()) and any(map(_per_million, _at(told, ("hourly", "image", "request")))):
        return {}  # sold by another measure
    if prices.get("cached_prompt") == prices.get("prompt"):
        prices.pop("cached_prompt", None)
    return prices


def _per_million(price: Any) -> float | None:
    if isinstance(price, bool) or not isinstance(price, str | int | float):
        return None
    try:
        dollars = float(price) * (_PER_MILLION if isinstance(price, str) else 1)
    except ValueError:
        return None
    return round(dollars, 6) if 0 <= dollars < 1e6 else None  # OpenRouter says -1 for "it depends"


def _at(extra: Mapping[str, Any], paths: Iterable[str]) -> list[Any]:
    """What stands at these dotted paths, in their order; what is not there is left out."""
    there = []
    for path in paths:
        found: Any = extra
        for key in path.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if found is not None:
            there.append(found)
    return there
