"""Every recording that the gateway rightly retells with a difference, and why: the one list of exceptions.

A recording that is not here must come out as it says by itself. An entry overrides the reading of the recording.
"""

from dataclasses import dataclass, field

from tests.contract.recordings import Recording, Told, read


@dataclass(frozen=True, slots=True)
class Difference:
    """What is expected instead of what the recording says; `why` is for people."""

    why: str
    finish: dict[int, str] = field(default_factory=dict)


_ALWAYS_STOP = "OpenAI says stop after calls it was forced to make; clients of every provider look for tool_calls"
_NO_REASON = "Snowflake gives no finish reason; its end mark with the usage is one"

DIFFERENCES: dict[str, Difference] = {
    "openai-json-tools-02": Difference(_ALWAYS_STOP, finish={0: "tool_calls"}),
    "snowflake-json-text-01": Difference(_NO_REASON, finish={0: "tool_calls"}),
    "snowflake-stream-text-01": Difference(_NO_REASON, finish={0: "stop"}),
    "together-json-text-01": Difference("eos is not one of the finish reasons that clients know", finish={0: "stop"}),
}


def expected(recording: Recording) -> Told:
    """What the gateway's answer must say for this recording."""
    told = read(recording)
    difference = DIFFERENCES.get(recording.id)
    if difference is None:
        return told
    for index, reason in difference.finish.items():
        told.choice(index).finish = reason
    return told
