"""Alibaba Cloud (Qwen), compatible mode: OpenAI's dialect with thinking that is switched on and given a budget.

Source: Model Studio documentation, OpenAI compatibility and deep thinking, 2026-08.
"""

from typing import Any, ClassVar

from llms.providers.effort import BUDGETS
from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters


class AlibabaProvider(OpenAiProvider):
    """The chat completions of Model Studio (DashScope)."""

    type: ClassVar[str] = "alibaba"
    default_base_url: ClassVar[str] = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=(OPENAI_ONLY - {"audio", "modalities"}) | {"frequency_penalty", "logit_bias", "service_tier", "user"},
        ranges={"temperature": (0, 1.99)},
        words={"tool_choice": {"required": None}},
        developer=False,
        names=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Qwen's fields; an effort becomes thinking with a budget of tokens."""
        changes = super().fit(body)
        effort = body.pop("reasoning_effort", None)
        if effort is not None and "enable_thinking" not in body:
            body["enable_thinking"] = effort != "none"
            if effort in BUDGETS:
                body.setdefault("thinking_budget", BUDGETS[effort])
                changes.append(("emulated", "reasoning_effort"))
        return changes
