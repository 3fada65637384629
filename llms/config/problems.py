"""From what pydantic says is wrong to lines that people understand.

Knows the schema's outline. A line names the place and what is allowed there; it never quotes a value, as any value may
be a secret that went to the wrong place.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from llms.config.outline import Path, Shape, shape_at
from llms.config.values import PROBLEM, TAGS

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (Mapping, "a mapping"),
    ((list, tuple), "a list"),
    (type(None), "empty"),
)


def located(error: ValidationError, given: Any) -> list[tuple[Path, str]]:
    """Path and message of each thing wrong with `given`; what follows from another problem is left out."""
    problems: dict[Path, str] = {}
    for detail in error.errors(include_url=False):
        path = _as_given(detail["loc"], given)
        problems.setdefault(path, _message(detail["type"], detail["loc"], detail.get("ctx", {}), detail["input"]))
    return [
        (path, message)
        for path, message in problems.items()
        if not any(other != path and other[: len(path)] == path for other in problems)
    ]


def near(word: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    """`did you mean port?`, or nothing where nothing is near."""
    found = difflib.get_close_matches(word, list(words), n=2, cutoff=cutoff)
    return f"did you mean {' or '.join(found)}?" if found else ""


def unknown(word: str, shape: Shape) -> str:
    """What to say of a key that a section does not have."""
    fields = sorted(shape.fields or ())
    hint = near(word.lower(), fields)
    allowed = f"llowed {'is' if len(fields) == 1 else 'are'} {', '.join(fields)}"
    return f"is not known here; {hint} A{allowed}" if hint else f"is not known here; a{allowed}"


def _message(kind: str, path: Path, details: Mapping[str, Any], value: Any) -> str:
    if kind == PROBLEM:
        return str(details["message"])
    if kind == "extra_forbidden":
        return unknown(str(path[-1]), shape_at(path[:-1]))
    allowed = shape_at(path).allowed
    if kind == "missing":
        return f"is missing: it must be {allowed}"
    if path[-1:] == ("[key]",):
        return f"is not a name that can stand here: it must be {allowed}"
    if not kind.endswith("_type"):
        return f"must be {allowed}"
    found = next((name for types, name in _KINDS if isinstance(value, types)), "")
    hint = ": put it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""
    return f"must be {allowed}, not {found}{hint}" if found else f"must be {allowed}"


def _as_given(path: Path, given: Any) -> Path:
    """The path in the user's own words: without the steps that only exist after a short form was spelled out."""
    steps: list[str | int] = []
    value = given
    for position, segment in enumerate(path):
        last = position == len(path) - 1
        if isinstance(value, Mapping) and segment in value:
            steps.append(str(segment))
            value = value[segment]
        elif isinstance(value, list | tuple) and isinstance(segment, int):
            steps.append(segment)
            value = value[segment] if segment < len(value) else None
        elif isinstance(value, Mapping) and last and segment not in {"[key]", *TAGS}:
            steps.append(segment)
    return tuple(steps)
