"""The rows of the matrix, in the order of the page: every provider type but those that only play a part."""

from llms.providers.registry import BUILT_IN
from tests.contract.matrix.wire import Wire
from tests.contract.matrix.wires import openai
from tests.contract.matrix.wires.anthropic import AnthropicWire
from tests.contract.matrix.wires.bedrock import BedrockWire
from tests.contract.matrix.wires.cohere import CohereWire
from tests.contract.matrix.wires.google import GoogleWire
from tests.contract.matrix.wires.ollama import OllamaWire

WIRES: tuple[Wire, ...] = (
    openai.OpenAiWire(),
    openai.AzureWire(),
    AnthropicWire(),
    GoogleWire(),
    BedrockWire(),
    CohereWire(),
    OllamaWire(),
    openai.PerplexityWire(),
    openai.OpenRouterWire(),
    openai.MistralWire(),
    openai.GroqWire(),
    openai.DeepSeekWire(),
    openai.XaiWire(),
    openai.TogetherWire(),
    openai.FireworksWire(),
    openai.CerebrasWire(),
    openai.HuggingFaceWire(),
    openai.MoonshotWire(),
    openai.ZaiWire(),
    openai.AlibabaWire(),
    openai.NvidiaWire(),
    openai.AirRefineryWire(),
    openai.SelfHostedWire(),
)

PLAYERS = frozenset({"demo", "chaos"})
"""Types without a vendor."""

EXPECTED = frozenset(BUILT_IN) - PLAYERS


def configuration(upstream_url: str) -> dict[str, dict[str, str]]:
    """A provider of each type, named after it, all of which are the server at `upstream_url`, given without a path."""
    return {
        wire.type: {"type": wire.type, "base_url": upstream_url + wire.address, "api_key": "upstream-key"}
        for wire in WIRES
    }
