"""Records for tests, of which a test says what it cares about."""

from typing import Any

from llms.metrics.record import CallRecord
from llms.types import Attempt


def record(call_id: str = "r-1", **changes: Any) -> CallRecord:
    """A finished call to openai/gpt-4o-mini that took 2 s."""
    base: dict[str, Any] = {
        "id": call_id,
        "principal": "anonymous",
        "requested": "fast",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "stream": True,
        "outcome": "finished",
        "error": None,
        "attempts": 1,
        "ttft_s": 0.5,
        "duration_s": 2.0,
        "usage": None,
        "started_at": 1_763_683_200.0,
    }
    return CallRecord(**{**base, **changes})


def attempt(kind: str = "first", **changes: Any) -> Attempt:
    """A try of openai/gpt-4o-mini."""
    base: dict[str, Any] = {"provider": "openai", "model": "gpt-4o-mini", "kind": kind, "started": 100.0}
    return Attempt(**{**base, **changes})
