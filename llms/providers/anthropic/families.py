"""What each family of Claude models takes: a table of facts, looked up by the name of a model.

Names come in several orders and with prefixes, dates and versions of other hosts around them (`claude-sonnet-4-5`,
`claude-3-7-sonnet-latest`, `us.anthropic.claude-opus-4-1-20250805-v1:0`): line and version are what counts. Sources:
Anthropic's model overview, migration guides and error pages, and answers of the API, 2026-05 to 2026-10.
"""

import functools
import re
from dataclasses import dataclass, replace
from typing import Literal

Thinking = Literal["none", "budget", "adaptive"]
"""How a family is told to think: not at all, with a budget in tokens, or as it sees fit (guided by an effort)."""

Quietest = Literal["disabled", "between_tools", "low"]
"""The least a family can be told to think: nothing, only between tool calls, or a low effort all the time."""


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one family have in common. `max_tokens` is the most they write in one answer."""

    max_tokens: int
    thinking: Thinking = "budget"
    quietest: Quietest = "disabled"
    thinks_unasked: bool = False
    takes_sampling: bool = True
    takes_both_samplings: bool = True
    """Whether temperature and top_p may be given together."""
    takes_forced_tools: bool = True
    takes_schemas: bool = True
    """Whether answers, and strict tools, can be held to a JSON schema."""
    takes_prefill: bool = True
    """Whether a conversation may end with the beginning of the answer."""
    takes_xhigh: bool = False
    known: bool = True


_CLAUDE_3 = Family(4096, thinking="none", takes_schemas=False)
_CLAUDE_3_5 = replace(_CLAUDE_3, max_tokens=8192)
_CLAUDE_4 = Family(64_000, takes_schemas=False)
_CLAUDE_4_5 = Family(64_000, takes_both_samplings=False)
_CLAUDE_4_6 = replace(_CLAUDE_4_5, max_tokens=128_000, thinking="adaptive", takes_prefill=False)
_CLAUDE_4_7 = replace(_CLAUDE_4_6, takes_sampling=False, takes_xhigh=True)
_CLAUDE_5 = replace(_CLAUDE_4_7, thinks_unasked=True)
_CLAUDE_5_5 = replace(_CLAUDE_5, takes_forced_tools=False)
_FABLE_5 = replace(_CLAUDE_5, quietest="low")
_FABLE_5_1 = replace(_CLAUDE_5_5, quietest="low")

_TABLE: dict[str, tuple[tuple[tuple[int, int], Family], ...]] = {
    "opus": (
        ((5, 5), replace(_CLAUDE_5_5, quietest="low")),
        ((5, 0), _CLAUDE_5),
        ((4, 7), _CLAUDE_4_7),
        ((4, 6), _CLAUDE_4_6),
        ((4, 5), _CLAUDE_4_5),
        ((4, 1), replace(_CLAUDE_4_5, max_tokens=32_000)),
        ((4, 0), replace(_CLAUDE_4, max_tokens=32_000)),
        ((0, 0), _CLAUDE_3),
    ),
    "sonnet": (
        ((5, 5), replace(_CLAUDE_5_5, quietest="between_tools")),
        ((5, 0), _CLAUDE_5),
        ((4, 6), _CLAUDE_4_6),
        ((4, 5), _CLAUDE_4_5),
        ((3, 7), _CLAUDE_4),
        ((3, 5), _CLAUDE_3_5),
        ((0, 0), _CLAUDE_3),
    ),
    "haiku": (
        ((5, 5), replace(_CLAUDE_5, max_tokens=64_000)),
        ((4, 5), _CLAUDE_4_5),
        ((3, 5), _CLAUDE_3_5),
        ((0, 0), _CLAUDE_3),
    ),
    "fable": (((5, 1), _FABLE_5_1), ((0, 0), _FABLE_5)),
    "mythos": (((5, 1), _FABLE_5_1), ((0, 0), _FABLE_5)),
}
"""Per line, the families from the newest down, each from its first version on."""

OTHER = Family(8192, takes_schemas=False, known=False)
"""Models of other makers behind the same API (DeepSeek's, Moonshot's): what the API always had."""

_NAME = re.compile(
    r"claude-(?:(?P<before>\d+)(?:[-.](?P<before_minor>\d{1,2}))?-)?(?P<line>[a-z]+)"
    r"(?:-(?P<after>\d{1,2})(?:[-.](?P<after_minor>\d{1,2})(?!\d))?(?!\d))?"
)


@functools.lru_cache(maxsize=256)
def family_of(model: str) -> Family:
    """The family of a model; a line nobody has heard of is taken for the newest, another maker's for `OTHER`."""
    found = _NAME.search(model.lower())
    if found is None:
        return _CLAUDE_3 if "claude" in model.lower() else OTHER
    version = (
        int(found["before"] or found["after"] or 0),
        int(found["before_minor"] or found["after_minor"] or 0),
    )
    rows = _TABLE.get(found["line"])
    if rows is None:
        return _CLAUDE_3 if found["line"] == "instant" else _CLAUDE_5_5
    return next(family for first, family in rows if version >= first)
