"""Z.ai (GLM): OpenAI's dialect with thinking that is on or off, and JSON without a schema.

Source: Z.ai API reference, chat completion, 2026-08.
"""

from typing import Any, ClassVar

from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters
from llms.providers.prompted import prompt_schema
from llms.providers.thinking import switch


class ZaiProvider(OpenAiProvider):
    """The chat completions of Z.ai; `base_url` includes `/api/paas/v4`."""

    type: ClassVar[str] = "zai"
    default_base_url: ClassVar[str] = "https://api.z.ai/api/paas/v4"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens", "user": "user_id"},
        dropped=OPENAI_ONLY
        | {"frequency_penalty", "logit_bias", "logprobs", "n", "parallel_tool_calls", "presence_penalty"}
        | {"seed", "service_tier", "top_logprobs"},
        ranges={"temperature": (0, 1)},
        developer=False,
        names=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Z.ai's fields; of stop sequences it takes one."""
        changes = super().fit(body) + switch(body) + prompt_schema(body)
        stop = body.get("stop")
        if isinstance(stop, str):
            body["stop"] = [stop]
        elif isinstance(stop, list) and len(stop) > 1:
            body["stop"] = stop[:1]
            changes.append(("clamped", "stop"))
        return changes
