"""Reads the `llms.json` of ServiceStack's llms, version 2, as a configuration of ours.

Knows both shapes (theirs as of version 2.0.30, November 2025); the file itself is never written. What has no
counterpart here is left out and said in a note. A provider whose key is not set is off, as it is there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llms.config.references import Unresolved, resolve

_GOOGLE = "https://generativelanguage.googleapis.com/v1beta"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a class of theirs is here. `base_url` replaces what the file says; `needs_key` ones are off without."""

    type: str
    base_url: str = ""
    needs_key: bool = True
    versioned: bool = True


_KINDS = {
    "OpenAiProvider": _Kind("openai"),
    "OllamaProvider": _Kind("ollama", needs_key=False, versioned=False),
    "GoogleProvider": _Kind("google", base_url=_GOOGLE),
    "GoogleOpenAiProvider": _Kind("openai", base_url=f"{_GOOGLE}/openai"),
    "AirRefineryProvider": _Kind("airefinery", versioned=False),
}

_REQUEST_OPTIONS = {
    "enable_thinking",
    "frequency_penalty",
    "max_completion_tokens",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "temperature",
    "top_logprobs",
    "top_p",
    "verbosity",
}
_GOOGLE_OPTIONS = {"safety_settings", "thinking_config"}
_CARRIED = {"api_key", "base_url", "enabled", "headers", "models", "type"}
_UNUSED = {
    "auth": "sign-in with GitHub: the gateway's own keys stand in auth.keys",
    "convert": "the conversion of images",
    "defaults": "templates of requests",
}


def is_legacy(held: Mapping[str, Any]) -> bool:
    """Whether what a JSON file holds was written for them, of whichever version."""
    providers = held.get("providers")
    settings = providers.values() if isinstance(providers, Mapping) else ()
    classes = (one.get("type") for one in settings if isinstance(one, Mapping))
    return "version" in held or "defaults" in held or any(isinstance(name, str) and name in _KINDS for name in classes)


def is_too_new(held: Mapping[str, Any]) -> bool:
    """Whether it is of version 3 or later, which keeps its models elsewhere."""
    version = held.get("version")
    return isinstance(version, int | float) and version >= 3


def convert(held: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The same as a configuration of ours, not yet validated, and notes on what was left out."""
    notes = [f"{name} is not used ({meaning})" for name, meaning in _UNUSED.items() if name in held]
    converted: dict[str, Any] = {}
    limits = held.get("limits")
    if isinstance(limits, Mapping) and isinstance(limits.get("client_max_size"), int):
        converted["server"] = {"max_body_mb": limits["client_max_size"] / (1024 * 1024)}
    providers = held.get("providers", {})
    if not isinstance(providers, Mapping):
        return {**converted, "providers": providers}, notes
    converted["providers"] = {
        name: _provider(name, settings, environ, notes) if isinstance(settings, Mapping) else settings
        for name, settings in providers.items()
    }
    converted["models"] = _public_models(converted["providers"])
    unused = sorted({key for one in providers.values() if isinstance(one, Mapping) for key in one} - _kept())
    if unused:
        notes.append(f"these settings of providers are not used: {', '.join(unused)}")
    return converted, notes


def _kept() -> set[str]:
    return _REQUEST_OPTIONS | _GOOGLE_OPTIONS | _CARRIED


def _options_of(kind: _Kind) -> set[str]:
    """The settings of a provider that are fields of every request to it."""
    return _REQUEST_OPTIONS | _GOOGLE_OPTIONS if kind.type == "google" else _REQUEST_OPTIONS


def _provider(name: str, settings: Mapping[str, Any], environ: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    kind = _KINDS.get(settings.get("type", "OpenAiProvider"))
    if kind is None:
        notes.append(f"the provider {name} is off: its type has no counterpart here")
        return {"enabled": False}
    enabled = settings.get("enabled", True)
    key, missing = _key(settings.get("api_key"), environ)
    if enabled is True and kind.needs_key and key is None:
        notes.append(f"the provider {name} is off: {missing}")
        enabled = False
    given = {
        "type": kind.type,
        "base_url": kind.base_url or _base_url(settings.get("base_url"), versioned=kind.versioned),
        "api_key": key,
        "models": settings.get("models"),
        "headers": _headers(settings.get("headers")),
        "enabled": enabled,
        "options": {option: settings[option] for option in settings if option in _options_of(kind)},
    }
    return {field: value for field, value in given.items() if value is not None}


def _key(given: Any, environ: Mapping[str, str]) -> tuple[Any, str]:
    """The key, or None and why there is none."""
    if not given:
        return None, "it has no api_key"
    if not isinstance(given, str):
        return given, ""
    try:
        return resolve(given, environ), ""
    except Unresolved as error:
        return None, str(error).partition(";")[0]


def _base_url(given: Any, *, versioned: bool) -> Any:
    """Theirs takes an address that does not end in a version for one of `/v1`."""
    if not isinstance(given, str) or not versioned or not given:
        return given or None
    address = given.rstrip("/")
    return address if re.search(r"/v\d+$", address) else f"{address}/v1"


def _headers(given: Any) -> Any:
    """Extra headers, without those that every request has anyway."""
    if not isinstance(given, Mapping):
        return given
    return {name: value for name, value in given.items() if str(name).lower() != "content-type"}


def _public_models(providers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Their model names are public ones, served by every provider that has them, in the order of the file."""
    routes: dict[str, list[str]] = {}
    for name, settings in providers.items():
        models = settings.get("models") if isinstance(settings, Mapping) and settings.get("enabled") else None
        for alias in models if isinstance(models, Mapping) else ():
            routes.setdefault(str(alias), []).append(f"{name}/{alias}")
    return routes
