"""Token counts as clients expect them: whole numbers under OpenAI's names, vendor extras kept beside them.

Providers send counts as null in early chunks (Databricks), as floats, without a total, or leave the details null.
"""

from collections.abc import Iterable
from typing import Any, cast

from llms.types import Usage

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")

_ELSEWHERE = {
    "cached_tokens": ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", "cache_read_input_tokens"),
    "cache_write_tokens": ("cache_creation_input_tokens",),
}
"""What Together and Moonshot, DeepSeek, Mistral, and those in front of Anthropic call them, beside the counts."""

_NAMES_ELSEWHERE = frozenset(name for names in _ELSEWHERE.values() for name in names)


def clean_usage(raw: Any) -> Usage | None:
    """`raw` with whole counts and no nulls; None where it counts nothing."""
    if not isinstance(raw, dict):
        return None
    usage = _counts(raw, _COUNTS)
    if "prompt_tokens" not in usage and "completion_tokens" not in usage:
        return None
    prompt = usage.setdefault("prompt_tokens", 0)
    completion = usage.setdefault("completion_tokens", 0)
    usage.setdefault("total_tokens", prompt + completion)
    if not _NAMES_ELSEWHERE.isdisjoint(raw):
        _add_details(raw, usage)
    for key in _DETAILS:
        if key in usage:
            details = usage[key]
            if isinstance(details, dict):
                usage[key] = _counts(details, [name for name in details if name.endswith("_tokens")])
            else:
                del usage[key]
    return cast(Usage, usage)


def count_reasoning(usage: Any) -> None:
    """Count the reasoning among the completion's tokens, in place, where the total shows that it was left out (xAI)."""
    if not isinstance(usage, dict):
        return
    details = usage.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    counts = [*(usage.get(name) for name in _COUNTS), reasoning]
    if not all(type(count) is int for count in counts):
        return
    prompt, completion, total, thought = cast(list[int], counts)
    if total == prompt + completion + thought:
        usage["completion_tokens"] = completion + thought


def _add_details(raw: dict[str, Any], usage: dict[str, Any]) -> None:
    """Give tokens read from a cache and written to it their usual place, from where other vendors have them."""
    for place, names in _ELSEWHERE.items():
        count = next((raw[name] for name in names if type(raw.get(name)) is int), None)
        details = usage.get("prompt_tokens_details")
        if count is not None and not (isinstance(details, dict) and place in details):
            usage["prompt_tokens_details"] = {**(details if isinstance(details, dict) else {}), place: count}


def _counts(raw: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """`raw` without nulls, what stands under `names` as whole numbers; what is no number there is left out."""
    counts = {key: value for key, value in raw.items() if value is not None}
    for name in names:
        count = counts.get(name)
        if type(count) is int:
            continue
        if isinstance(count, float):
            counts[name] = int(count)
        else:
            counts.pop(name, None)
    return counts
