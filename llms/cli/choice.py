"""Which model answers when none is named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llms.cli.origin import BUILT_IN
from llms.errors import GatewayError
from llms.types import ModelCard, Timeouts

if TYPE_CHECKING:
    from llms.gateway import Gateway
    from llms.providers.base import Provider

DEMO = "demo/guide"

_PATIENCE = Timeouts(connect_s=5, first_token_s=10, idle_s=10)

# Lists hold models of every kind, without a word about the kind: these words tell that one does not chat.
_DOES_NOT_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcri|audio|realtime|image|sora|rerank|speech|guard|veo|davinci|babbage|ocr",
    re.IGNORECASE,
)
# A model that nobody chose should not be a dear one.
_SMALL = re.compile(r"(?:^|[-_/.:])(?:mini|nano|small|lite|flash|haiku|instant)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model, and what to tell of the choice; nothing where the configuration made it."""

    model: str
    remark: str = ""


async def default_model(gateway: "Gateway") -> Chosen:
    """The first public name of the configuration, else a model of the first provider that has any, else the demo."""
    for name in gateway.config.models:
        return Chosen(name)
    providers = [
        provider
        for name, provider in gateway.providers.items()
        if name not in BUILT_IN or name in gateway.config.providers
    ]
    for provider in providers:
        if model := suitable(await _models_of(provider)):
            return Chosen(f"{provider.name}/{model}", f"{provider.name}/{model} answers; choose another with -m")
    if providers:
        return Chosen(DEMO, "no provider answers, so this is the demo; `llms check` says why")
    return Chosen(DEMO, "no provider is configured, so this is the demo; `llms check` says how to add one")


def suitable(models: Sequence[str]) -> str:
    """The first small model that chats, else the first that chats; empty where there is none."""
    chatting = [model for model in models if not _DOES_NOT_CHAT.search(model)]
    return next((model for model in chatting if _SMALL.search(model)), chatting[0] if chatting else "")


async def _models_of(provider: "Provider") -> list[str]:
    if provider.models:
        return list(provider.models)[:1]  # somebody wrote this list: the first is the first choice
    try:
        cards: list[ModelCard] = await provider.list_models(_PATIENCE)
    except GatewayError:
        return []
    return [card.id for card in cards]
