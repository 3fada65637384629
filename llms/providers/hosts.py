"""Hosts of open models, theirs and one's own: OpenAI's dialect, with reasoning that may stand in the text.

They differ in the fields they take, which is data. Source: the hosts' API references, 2026-08.
"""

from typing import ClassVar

from llms.providers.parameters import OPENAI_ONLY, Parameters
from llms.providers.tagged import TaggedProvider


class TogetherProvider(TaggedProvider):
    """Together AI."""

    type: ClassVar[str] = "together"
    default_base_url: ClassVar[str] = "https://api.together.xyz/v1"
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=OPENAI_ONLY | {"parallel_tool_calls", "service_tier", "user"},
        developer=False,
    )


class FireworksProvider(TaggedProvider):
    """Fireworks AI: fields it does not know are refused."""

    type: ClassVar[str] = "fireworks"
    default_base_url: ClassVar[str] = "https://api.fireworks.ai/inference/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=OPENAI_ONLY - {"metadata", "prediction", "prompt_cache_key"},
        developer=False,
    )


class HuggingFaceProvider(TaggedProvider):
    """Hugging Face's router, in front of many hosts: what only some of them take is left out."""

    type: ClassVar[str] = "huggingface"
    default_base_url: ClassVar[str] = "https://router.huggingface.co/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    parameters: ClassVar[Parameters | None] = Parameters(dropped=OPENAI_ONLY | {"service_tier"}, developer=False)


class NvidiaProvider(TaggedProvider):
    """NVIDIA's NIM: fields it does not know are refused."""

    type: ClassVar[str] = "nvidia"
    default_base_url: ClassVar[str] = "https://integrate.api.nvidia.com/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=OPENAI_ONLY | {"service_tier", "user"},
        developer=False,
    )


class SelfHostedProvider(TaggedProvider):
    """A model server of one's own (vLLM, llama.cpp, LM Studio): every field passes, the server knows best."""

    type: ClassVar[str] = "selfhosted"
