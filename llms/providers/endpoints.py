"""The endpoints beside chat completions, by their path after `/v1/`, and which vendor answers at which.

A server that nothing is known of gets whatever it is asked for and may refuse it. Sources: the vendors' API references,
2026-08. Embeddings are translated (see `embeddings`), the others pass as they are.
"""

EMBEDDINGS = "embeddings"
COMPLETIONS = "completions"
RESPONSES = "responses"
MODERATIONS = "moderations"
IMAGES = "images/generations"
SPEECH = "audio/speech"
TRANSCRIPTIONS = "audio/transcriptions"

OPENAI = frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES, MODERATIONS, IMAGES, SPEECH, TRANSCRIPTIONS})
"""What OpenAI itself has."""

BY_VENDOR: dict[str, frozenset[str]] = {
    "airefinery": OPENAI - {COMPLETIONS, RESPONSES},
    "alibaba": frozenset({EMBEDDINGS, COMPLETIONS}),
    "azure": OPENAI - {MODERATIONS},
    "cerebras": frozenset({COMPLETIONS}),
    "deepseek": frozenset(),
    "fireworks": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES}),
    "groq": frozenset({RESPONSES, SPEECH, TRANSCRIPTIONS}),
    "huggingface": frozenset({RESPONSES}),
    "llamacpp": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES}),
    "lmstudio": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES}),
    "mistral": frozenset({EMBEDDINGS, MODERATIONS, TRANSCRIPTIONS}),
    "moonshot": frozenset(),
    "nvidia": frozenset({EMBEDDINGS, COMPLETIONS}),
    "ollama": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES}),
    "openrouter": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES}),
    "perplexity": frozenset(),
    "together": frozenset({EMBEDDINGS, COMPLETIONS, IMAGES, SPEECH, TRANSCRIPTIONS}),
    "vllm": frozenset({EMBEDDINGS, COMPLETIONS, RESPONSES, TRANSCRIPTIONS}),
    "xai": frozenset({COMPLETIONS, RESPONSES, IMAGES}),
    "zai": frozenset({IMAGES, TRANSCRIPTIONS}),
}
"""By the name of a preset, which mostly is its type too: where it is less than the dialect could tell."""
