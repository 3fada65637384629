"""The arguments of a function call that Vertex AI sends in pieces: a path into the object, and what to put there.

Source: Vertex AI, `streamFunctionCallArguments`, 2026-04, and recordings.
"""

import re
from typing import Any

_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d+)\]|\[(['"])(.*?)\3\]""")
_MAX_POSITION = 10_000
_VALUES = ("stringValue", "numberValue", "boolValue")


class PartialArguments:
    """The object as far as it is known. Texts under the same path add up as long as they are to be continued."""

    __slots__ = ("_continued", "value")

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self._continued = ""

    def add(self, piece: dict[str, Any]) -> None:
        """Take in one `partialArgs` entry: `{jsonPath, stringValue | numberValue | boolValue | nullValue}`."""
        path = str(piece.get("jsonPath") or "")
        steps = _steps(path)
        if not steps:
            return
        value = next((piece[key] for key in _VALUES if key in piece), None)
        if path == self._continued and isinstance(value, str):
            before = _at(self.value, steps)
            value = before + value if isinstance(before, str) else value
        _put(self.value, steps, _whole(value))
        self._continued = path if piece.get("willContinue") else ""


def _whole(value: Any) -> Any:
    """Numbers come as doubles: 3.0 is meant as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _steps(path: str) -> list[str | int]:
    return [int(found[2]) if found[2] else found[1] or found[4] or "" for found in _STEP.finditer(path)]


def _at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _put(target: Any, steps: list[str | int], value: Any) -> None:
    """Set the value at a path, making the objects and lists on the way."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        new: Any = value if following is None else ([] if isinstance(following, int) else {})
        if isinstance(target, list):
            if not isinstance(step, int) or step > _MAX_POSITION:
                return
            target.extend([None] * (step + 1 - len(target)))
            if following is None or not isinstance(target[step], type(new)):
                target[step] = new
            target = target[step]
        else:
            if following is None or not isinstance(target.get(str(step)), type(new)):
                target[str(step)] = new
            target = target[str(step)]
