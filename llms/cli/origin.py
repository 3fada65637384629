"""Where a provider comes from, and which ones could be added: in words, never with a secret."""

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from llms.config import Config
    from llms.gateway import Gateway
    from llms.providers.base import Provider
    from llms.providers.presets import Preset

BUILT_IN = ("demo", "chaos")
"""Providers that are always there, and need nothing."""


def origin(provider: "Provider", config: "Config", environ: Mapping[str, str]) -> str:
    """Why there is this provider: `llms.yaml`, `key from GROQ_API_KEY`, `found at http://127.0.0.1:11434`."""
    from llms.providers.presets import plain_url

    if provider.name in config.providers:
        where = config.source.name if config.source else "the environment"
        variable = "" if config.providers[provider.name].api_key else key_variable(provider.name, environ)
        return f"from {where}, key from {variable}" if variable else f"from {where}"
    if provider.name in BUILT_IN:
        return "built in, needs no key"
    variable = key_variable(provider.name, environ)
    preset = _preset(provider.name)
    if variable and not (preset and preset.local_port):
        return f"key from {variable}"
    return f"found at {plain_url(provider.base_url)}"


def key_variable(name: str, environ: Mapping[str, str]) -> str:
    """The variable that holds the key of the provider with this name; empty where none does."""
    preset = _preset(name)
    return next((variable for variable in (preset.env if preset else ()) if environ.get(variable)), "")


def addable(gateway: "Gateway") -> list["Preset"]:
    """The known vendors that want a key, and are not among the providers."""
    from llms.providers.presets import missing

    return missing(gateway.providers)


def variables_of(preset: "Preset") -> str:
    """The variables to set for a vendor: any that holds its key, and its address where it has no usual one."""
    keys = " or ".join(preset.env)
    return keys if preset.base_url else f"{keys}, and {' or '.join(preset.base_url_env)}"


def discovers(config: "Config") -> bool:
    """Whether a key in the environment is enough to add a provider to this configuration."""
    return bool(config.discover) or (config.discover is None and not config.providers)


def unknown_provider(name: str, gateway: "Gateway") -> click.UsageError:
    """The complaint about a provider that is not there, with what would make it be there."""
    from llms.providers.presets import PRESETS

    preset = _preset(name)
    if preset and preset.env and not preset.keyless:
        page = f" (from {preset.keys_page})" if preset.keys_page else ""
        return click.UsageError(f"{name} has no key: {how_to_give_a_key(preset, gateway.config)}{page}")
    if preset and preset.local_port:
        return click.UsageError(f"{name} is not running: nothing that looks like it answers at {preset.base_url}")
    near = difflib.get_close_matches(name, [*gateway.providers, *PRESETS], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(gateway.providers)}"
    return click.UsageError(f"there is no provider {name!r}: {hint}")


def how_to_give_a_key(preset: "Preset", config: "Config") -> str:
    """What to do for a known vendor to be used."""
    variables = variables_of(preset)
    if discovers(config):
        return f"set {variables}"
    where = config.source.name if config.source else "the configuration"
    return f"set {variables}, and add `{preset.name}: {{}}` under `providers` in {where}"


def _preset(name: str) -> "Preset | None":
    from llms.providers.presets import preset_for

    return preset_for(name)
