"""Every recording that the gateway rightly retells with a difference, and why: the one list of exceptions.

A recording that is not here must come out as it says by itself. An entry overrides the reading of the recording.
"""

import re
from dataclasses import dataclass, field

from tests.contract.recordings import Recording, Told, read


@dataclass(frozen=True, slots=True)
class Difference:
    """What is expected instead of what the recording says; `why` is for people."""

    why: str
    finish: dict[int, str] = field(default_factory=dict)
    counts_reasoning: bool = False
    """The completion's tokens are the rest of the total."""
    tagged_reasoning: bool = False
    """The text begins with reasoning between tags."""


_ALWAYS_STOP = "OpenAI says stop after calls it was forced to make; clients of every provider look for tool_calls"
_NO_REASON = "Snowflake gives no finish reason; its end mark with the usage is one"
_NOT_COUNTED = "xAI does not count reasoning among the completion's tokens, only in the total; everybody else does"

DIFFERENCES: dict[str, Difference] = {
    "huggingface-stream-reasoning-01": Difference("reasoning is no text of the answer", tagged_reasoning=True),
    "openai-json-tools-02": Difference(_ALWAYS_STOP, finish={0: "tool_calls"}),
    "snowflake-json-text-01": Difference(_NO_REASON, finish={0: "tool_calls"}),
    "snowflake-stream-text-01": Difference(_NO_REASON, finish={0: "stop"}),
    "together-json-text-01": Difference("eos is not one of the finish reasons that clients know", finish={0: "stop"}),
    **{
        f"xai-{case}": Difference(_NOT_COUNTED, counts_reasoning=True)
        for case in (
            "json-cache-usage-01",
            "json-reasoning-02",
            "json-tool-followup-01",
            "json-tools-03",
            "stream-cache-usage-01",
            "stream-parallel-tools-01",
            "stream-reasoning-01",
            "stream-tool-followup-01",
            "stream-tool-followup-02",
            "stream-tools-01",
        )
    },
}


def expected(recording: Recording) -> Told:
    """What the gateway's answer must say for this recording."""
    told = read(recording)
    difference = DIFFERENCES.get(recording.id)
    if difference is None:
        return told
    for index, reason in difference.finish.items():
        told.choice(index).finish = reason
    if difference.counts_reasoning and told.usage is not None:
        told.usage["completion_tokens"] = told.usage["total_tokens"] - told.usage["prompt_tokens"]
    if difference.tagged_reasoning:
        for choice in told.choices.values():
            tagged = re.fullmatch(r"\s*<think>(.*?)(?:</think>\s*(.*))?", choice.text, re.DOTALL)
            assert tagged is not None
            choice.reasoning, choice.text = tagged[1], tagged[2] or ""
    return told


BEYOND_THE_SDK: dict[str, str] = {
    "anthropic-stream-server-tools-03": "blocks are missing in the recording, and the SDK counts on their numbers",
    "anthropic-stream-tools-04": "a proxy spliced two streams, and the SDK adds the second's arguments to the first's",
}
"""Streams that the vendor's own SDK fails at, or reads wrongly, and the gateway does not; and why."""
