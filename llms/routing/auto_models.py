"""What well-known vendors are good at, where the configuration does not say: the defaults behind the model `auto`.

Model names age. Where a vendor has a name that moves on by itself it is taken, and where a provider's list of models is
known and does not hold the name, a model of that list stands in. Names of 2026-11, from the vendors' own pages.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from llms.routing.auto import Need

_KNOWN_FOR: Mapping[str, Mapping[Need, str]] = {
    "perplexity": {"fresh": "sonar"},
    "openai": {
        "general": "gpt-6-luna",
        "cheap": "gpt-6-luna",
        "code": "gpt-6.1-sol",
        "creative": "gpt-6.1-sol",
        "images": "gpt-6-luna",
        "long": "gpt-6-luna",
    },
    "anthropic": {
        "general": "claude-sonnet-5-5",
        "cheap": "claude-haiku-5-5",
        "code": "claude-sonnet-5-5",
        "creative": "claude-sonnet-5-5",
        "images": "claude-sonnet-5-5",
        "long": "claude-sonnet-5-5",
    },
    "google": {
        "general": "gemini-flash-latest",
        "cheap": "gemini-flash-lite-latest",
        "code": "gemini-pro-latest",
        "creative": "gemini-flash-latest",
        "images": "gemini-flash-latest",
        "long": "gemini-flash-latest",
    },
    "mistral": {
        "general": "mistral-medium-latest",
        "cheap": "mistral-small-latest",
        "code": "codestral-latest",
        "creative": "mistral-medium-latest",
        "images": "mistral-medium-latest",
    },
    "deepseek": {"general": "deepseek-v4-flash", "cheap": "deepseek-v4-flash", "code": "deepseek-v4-pro"},
    "xai": {"general": "grok-4.7", "code": "grok-code-fast-1", "creative": "grok-4.7"},
    "moonshot": {"general": "kimi-k3", "code": "kimi-k3", "creative": "kimi-k3", "long": "kimi-k3"},
    "groq": {"general": "openai/gpt-oss-120b", "cheap": "openai/gpt-oss-120b"},
    "cerebras": {"general": "gpt-oss-120b", "cheap": "gpt-oss-120b"},
    "cohere": {"general": "command-a-03-2025"},
    "openrouter": {
        "fresh": "perplexity/sonar",
        "general": "openrouter/auto",
        "code": "openrouter/auto",
        "creative": "openrouter/auto",
        "images": "openrouter/auto",
    },
}

_PREFERRED: Mapping[Need, tuple[str, ...]] = {
    "fresh": ("perplexity", "openrouter"),
    "code": ("anthropic", "openai", "google", "deepseek", "moonshot", "mistral", "xai", "openrouter"),
    "creative": ("google", "anthropic", "openai", "moonshot", "xai", "mistral", "openrouter"),
    "images": ("google", "openai", "anthropic", "mistral", "openrouter"),
    "long": ("google", "openai", "anthropic", "moonshot"),
    "cheap": ("openai", "google", "anthropic", "groq", "cerebras", "mistral", "deepseek"),
    "general": ("openai", "anthropic", "google", "mistral", "deepseek", "xai", "moonshot", "openrouter"),
}

_DOES_NOT_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcri|audio|realtime|live|image|sora|rerank|speech|guard|veo|ocr|search",
    re.IGNORECASE,
)


def defaults(need: Need, vendors: Mapping[str, str], known: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The routes for a need. `vendors` has the vendor of each provider by its name, `known` the models it lists.

    Whoever is not known for anything serves what is general, after those who are.
    """
    routes = [
        route
        for vendor in _PREFERRED[need]
        for provider, its_vendor in vendors.items()
        if its_vendor == vendor and (route := _route(provider, _KNOWN_FOR[vendor].get(need), known.get(provider, ())))
    ]
    if need == "general":
        others = [provider for provider, vendor in vendors.items() if vendor not in _PREFERRED["general"]]
        routes += filter(None, (_route(each, _any_of(vendors[each]), known.get(each, ())) for each in others))
    return tuple(routes)


def _route(provider: str, model: str | None, listed: Collection[str]) -> str:
    """The route to `model`, or to what stands in for it; empty where there is nothing."""
    if model is None or (listed and not any(each.startswith(model) for each in listed)):
        model = _first_that_chats(listed)
    return f"{provider}/{model}" if model else ""


def _any_of(vendor: str) -> str | None:
    named = _KNOWN_FOR.get(vendor, {})
    return named.get("general") or next(iter(named.values()), None)


def _first_that_chats(models: Iterable[str]) -> str:
    return next((model for model in models if not _DOES_NOT_CHAT.search(model)), "")
