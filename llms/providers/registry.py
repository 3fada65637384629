"""From a provider's type to its class: built-ins and third parties enter through the same door, an import string.

A package adds a dialect with an entry point in the group `llms.providers`; nothing is scanned or imported before a
configuration names it.
"""

import difflib
import functools
import importlib
from importlib.metadata import entry_points

from llms.errors import ConfigError, Problem
from llms.providers.base import Provider

BUILT_IN = {
    "openai": "llms.providers.openai:OpenAiProvider",
    "anthropic": "llms.providers.anthropic:AnthropicProvider",
    "azure": "llms.providers.azure:AzureProvider",
    "airefinery": "llms.providers.airefinery:AirRefineryProvider",
    "bedrock": "llms.providers.bedrock:BedrockProvider",
    "cohere": "llms.providers.cohere:CohereProvider",
    "google": "llms.providers.google:GoogleProvider",
    "ollama": "llms.providers.ollama:OllamaProvider",
    "openrouter": "llms.providers.openrouter:OpenRouterProvider",
    "perplexity": "llms.providers.perplexity:PerplexityProvider",
    "groq": "llms.providers.groq:GroqProvider",
    "mistral": "llms.providers.mistral:MistralProvider",
    "deepseek": "llms.providers.deepseek:DeepSeekProvider",
    "xai": "llms.providers.xai:XaiProvider",
    "together": "llms.providers.hosts:TogetherProvider",
    "fireworks": "llms.providers.hosts:FireworksProvider",
    "cerebras": "llms.providers.cerebras:CerebrasProvider",
    "huggingface": "llms.providers.hosts:HuggingFaceProvider",
    "moonshot": "llms.providers.moonshot:MoonshotProvider",
    "zai": "llms.providers.zai:ZaiProvider",
    "alibaba": "llms.providers.alibaba:AlibabaProvider",
    "nvidia": "llms.providers.hosts:NvidiaProvider",
    "selfhosted": "llms.providers.hosts:SelfHostedProvider",
    "demo": "llms.providers.demo:DemoProvider",
    "chaos": "llms.providers.chaos:ChaosProvider",
}
"""Type name to `module:Class`."""

ENTRY_POINT_GROUP = "llms.providers"


def types() -> list[str]:
    """Every type name a configuration may use."""
    return sorted({*BUILT_IN, *_entry_points()})


def resolve(type_name: str, *, path: str = "type") -> type[Provider]:
    """The class for a type name. Raises `ConfigError`, about `path`, where there is none or it is no provider."""
    target = BUILT_IN.get(type_name) or _entry_points().get(type_name)
    if target is None:
        near = difflib.get_close_matches(type_name, types(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it may be {', '.join(types())}"
        raise ConfigError([Problem(path, f"there is no provider type {type_name!r}; {hint}")])
    module, _, attribute = target.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError([Problem(path, f"the provider type {type_name!r} cannot be loaded: {error}")]) from error
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigError([Problem(path, f"{target} is not a provider class")])
    return found


@functools.cache
def _entry_points() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
