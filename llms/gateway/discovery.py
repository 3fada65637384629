"""Providers nobody had to configure: keys in the environment, model servers on this machine.

A local server is asked for its list of models on its usual loopback port, all at once and with little patience; what
answers must also look like the server that the port is known for, as ports are shared (vLLM's is ours too).
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from llms.config import ProviderConfig
from llms.errors import GatewayError
from llms.providers import registry
from llms.providers.presets import PRESETS, Preset
from llms.providers.transport import Transport
from llms.types import ModelCard, Timeouts

_PATIENCE_S = 0.3

_OWNERS = {"llamacpp": {"llamacpp", "llama.cpp"}, "vllm": {"vllm"}}
"""What these servers call the owner of their models. Ollama and LM Studio name the model's maker or `library`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model server that answered on this machine, and what it lists."""

    name: str
    settings: ProviderConfig
    cards: list[ModelCard]


def from_environment(environ: Mapping[str, str]) -> dict[str, ProviderConfig]:
    """The providers whose usual key variable is set to something; local ones are found by asking them."""
    return {
        name: ProviderConfig()
        for name, preset in PRESETS.items()
        if not preset.local_port
        and any(environ.get(variable) for variable in preset.env)
        and (preset.base_url or any(environ.get(variable) for variable in preset.base_url_env))
    }


async def local_servers(
    transport: Transport, *, taken: Collection[str] = (), environ: Mapping[str, str] | None = None
) -> list[Found]:
    """The model servers answering on this machine's usual ports, except those whose name is `taken`.

    A server is asked where its own variable in `environ` (`OLLAMA_HOST`) says that it is, if one does.
    """
    presets = [preset for preset in PRESETS.values() if preset.local_port and preset.name not in taken]
    variables = environ or {}
    answers = await asyncio.gather(*(_ask(preset, preset.address(variables), transport) for preset in presets))
    return [found for found in answers if found is not None]


async def _ask(preset: Preset, address: str, transport: Transport) -> Found | None:
    server = registry.resolve(preset.type)(address, name=preset.name, transport=transport)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            cards = await server.list_models(Timeouts(connect_s=_PATIENCE_S, first_token_s=1, idle_s=1))
    except (GatewayError, TimeoutError):
        return None
    owners = _OWNERS.get(preset.name)
    if owners and not (cards and all(card.owned_by.lower() in owners for card in cards)):
        return None
    return Found(preset.name, ProviderConfig(), cards)
