"""Rows for vendors whose dialect is one we have: a name, where it answers, which variable usually holds its key.

A vendor that needs more than a row gets a class. Addresses and variables are those of the vendors' own documentation,
2026-08; models are not listed, they age too fast.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider that needs no type and no base_url in a configuration.

    `env` are the variables that may hold the key, the first being the vendor's own; `base_url_env` those that may move
    the address. A `{region}` in the address is filled from `region_env`, else it is `region`. `local_port` marks a
    server on this machine, looked for at start. `keyless` ones work without a key.
    """

    name: str
    title: str
    base_url: str
    env: tuple[str, ...] = ()
    type: str = "openai"
    base_url_env: tuple[str, ...] = ()
    keyless: bool = False
    local_port: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    keys_page: str = ""
    region_env: tuple[str, ...] = ()
    region: str = ""

    def address(self, environ: Mapping[str, str]) -> str:
        """Where it answers: moved by the variables for that, else the usual address in the region they name."""
        moved = next((environ[name] for name in self.base_url_env if environ.get(name)), "")
        region = next((environ[name] for name in self.region_env if environ.get(name)), self.region)
        return moved or self.base_url.replace("{region}", region)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "openai",
            "OpenAI",
            "https://api.openai.com/v1",
            ("OPENAI_API_KEY",),
            base_url_env=("OPENAI_BASE_URL",),
            keys_page="platform.openai.com/api-keys",
        ),
        Preset(
            "anthropic",
            "Anthropic",
            "https://api.anthropic.com",
            ("ANTHROPIC_API_KEY",),
            type="anthropic",
            base_url_env=("ANTHROPIC_BASE_URL",),
            keys_page="console.anthropic.com",
        ),
        Preset(
            "azure",
            "Azure OpenAI",
            "",
            ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
            type="azure",
            base_url_env=("AZURE_OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"),
            keys_page="portal.azure.com",
        ),
        Preset(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            ("OPENROUTER_API_KEY",),
            type="openrouter",
            base_url_env=("OPENROUTER_BASE_URL",),
            keys_page="openrouter.ai/keys",
        ),
        Preset(
            "perplexity",
            "Perplexity",
            "https://api.perplexity.ai",
            ("PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITYAI_API_KEY"),
            type="perplexity",
            keys_page="perplexity.ai/settings/api",
        ),
        Preset(
            "google",
            "Google Gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            type="google",
            base_url_env=("GOOGLE_GEMINI_BASE_URL",),
            keys_page="aistudio.google.com/apikey",
        ),
        Preset(
            "groq",
            "Groq",
            "https://api.groq.com/openai/v1",
            ("GROQ_API_KEY",),
            type="groq",
            keys_page="console.groq.com/keys",
        ),
        Preset(
            "mistral",
            "Mistral",
            "https://api.mistral.ai/v1",
            ("MISTRAL_API_KEY",),
            type="mistral",
            keys_page="console.mistral.ai",
        ),
        Preset(
            "deepseek",
            "DeepSeek",
            "https://api.deepseek.com/v1",
            ("DEEPSEEK_API_KEY",),
            type="deepseek",
            keys_page="platform.deepseek.com/api_keys",
        ),
        Preset(
            "xai", "xAI", "https://api.x.ai/v1", ("XAI_API_KEY", "GROK_API_KEY"), type="xai", keys_page="console.x.ai"
        ),
        Preset(
            "together",
            "Together AI",
            "https://api.together.xyz/v1",
            ("TOGETHER_API_KEY", "TOGETHERAI_API_KEY"),
            type="together",
            keys_page="api.together.ai/settings/api-keys",
        ),
        Preset(
            "fireworks",
            "Fireworks AI",
            "https://api.fireworks.ai/inference/v1",
            ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
            type="fireworks",
            keys_page="fireworks.ai/account/api-keys",
        ),
        Preset(
            "cerebras",
            "Cerebras",
            "https://api.cerebras.ai/v1",
            ("CEREBRAS_API_KEY",),
            type="cerebras",
            keys_page="cloud.cerebras.ai",
        ),
        Preset(
            "huggingface",
            "Hugging Face",
            "https://router.huggingface.co/v1",
            ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
            type="huggingface",
            keys_page="huggingface.co/settings/tokens",
        ),
        Preset(
            "moonshot",
            "Moonshot AI",
            "https://api.moonshot.ai/v1",
            ("MOONSHOT_API_KEY",),
            type="moonshot",
            keys_page="platform.moonshot.ai/console/api-keys",
        ),
        Preset(
            "zai", "Z.ai", "https://api.z.ai/api/paas/v4", ("ZAI_API_KEY",), type="zai", keys_page="z.ai/manage-apikey"
        ),
        Preset(
            "alibaba",
            "Alibaba Cloud (Qwen)",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            ("DASHSCOPE_API_KEY", "ALIBABA_API_KEY"),
            type="alibaba",
            keys_page="modelstudio.console.alibabacloud.com",
        ),
        Preset(
            "nvidia",
            "NVIDIA",
            "https://integrate.api.nvidia.com/v1",
            ("NVIDIA_API_KEY",),
            type="nvidia",
            keys_page="build.nvidia.com",
        ),
        Preset(
            "bedrock",
            "Amazon Bedrock",
            "https://bedrock-runtime.{region}.amazonaws.com",
            ("AWS_BEARER_TOKEN_BEDROCK",),
            type="bedrock",
            base_url_env=("AWS_ENDPOINT_URL_BEDROCK_RUNTIME",),
            keys_page="console.aws.amazon.com/bedrock",
            region_env=("AWS_REGION", "AWS_DEFAULT_REGION"),
            region="us-east-1",
        ),
        Preset(
            "cohere",
            "Cohere",
            "https://api.cohere.com",
            ("COHERE_API_KEY", "CO_API_KEY"),
            type="cohere",
            base_url_env=("CO_API_URL",),
            keys_page="dashboard.cohere.com/api-keys",
        ),
        Preset(
            "airefinery",
            "AI Refinery",
            "https://api.airefinery.accenture.com",
            ("AIREFINERY_API_KEY", "AIR_API_KEY"),
            type="airefinery",
            base_url_env=("AIR_BASE_URL",),
            keys_page="sdk.airefinery.accenture.com",
        ),
        Preset(
            "ollama",
            "Ollama",
            "http://127.0.0.1:11434",
            ("OLLAMA_API_KEY",),
            type="ollama",
            base_url_env=("OLLAMA_HOST",),
            keyless=True,
            local_port=11434,
        ),
        Preset("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", type="selfhosted", keyless=True, local_port=1234),
        Preset("llamacpp", "llama.cpp", "http://127.0.0.1:8080/v1", type="selfhosted", keyless=True, local_port=8080),
        Preset(
            "vllm",
            "vLLM",
            "http://127.0.0.1:8000/v1",
            ("VLLM_API_KEY",),
            type="selfhosted",
            keyless=True,
            local_port=8000,
        ),
        Preset("demo", "Demo", "", type="demo", keyless=True),
        Preset("chaos", "Chaos", "", type="chaos", keyless=True),
    )
}

ALIASES = {
    "gemini": "google",
    "qwen": "alibaba",
    "dashscope": "alibaba",
    "grok": "xai",
    "z.ai": "zai",
    "hf": "huggingface",
}
"""Other names people know a preset by."""


def preset_for(name: str) -> Preset | None:
    """The row for a provider's name, also under a name people know it by."""
    return PRESETS.get(ALIASES.get(name, name))


def missing(names: Collection[str]) -> list[Preset]:
    """The vendors that want a key, and are not among the providers with these names."""
    there = {preset.name for name in names if (preset := preset_for(name))}
    return [preset for name, preset in PRESETS.items() if preset.env and not preset.keyless and name not in there]


def plain_url(url: str) -> str:
    """The address without what may be a secret: a user's name and password, a query."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
