"""Token counts as clients expect them: whole numbers under OpenAI's names, vendor extras kept beside them.

Providers send counts as null in early chunks (Databricks), as floats, without a total, or leave the details null.
"""

from typing import Any, cast

from llms.types import Usage

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def clean_usage(raw: Any) -> Usage | None:
    """`raw` with whole counts and no nulls; None where it counts nothing."""
    if not isinstance(raw, dict):
        return None
    usage: dict[str, Any] = {key: value for key, value in raw.items() if value is not None}
    for key in _COUNTS:
        _whole(usage, key)
    if "prompt_tokens" not in usage and "completion_tokens" not in usage:
        return None
    usage.setdefault("prompt_tokens", 0)
    usage.setdefault("completion_tokens", 0)
    usage.setdefault("total_tokens", usage["prompt_tokens"] + usage["completion_tokens"])
    for key in _DETAILS:
        if key in usage:
            _clean_details(usage, key)
    return cast(Usage, usage)


def _clean_details(usage: dict[str, Any], key: str) -> None:
    details = usage[key]
    if not isinstance(details, dict):
        del usage[key]
        return
    details = {name: count for name, count in details.items() if count is not None}
    for name in list(details):
        if name.endswith("_tokens"):
            _whole(details, name)
    usage[key] = details


def _whole(counts: dict[str, Any], key: str) -> None:
    """Make `counts[key]` an int, or remove it where it is no number."""
    count = counts.get(key)
    if isinstance(count, bool) or not isinstance(count, int | float):
        counts.pop(key, None)
    else:
        counts[key] = int(count)
