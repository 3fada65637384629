"""Token counts as clients expect them: whole numbers under OpenAI's names, vendor extras kept beside them.

Providers send counts as null in early chunks (Databricks), as floats, without a total, or leave the details null.
"""

from collections.abc import Iterable
from typing import Any, cast

from llms.types import Usage

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


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
    for key in _DETAILS:
        if key in usage:
            details = usage[key]
            if isinstance(details, dict):
                usage[key] = _counts(details, [name for name in details if name.endswith("_tokens")])
            else:
                del usage[key]
    return cast(Usage, usage)


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
