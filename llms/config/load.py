"""From files, variables and flags to one validated `Config`, or to everything that is wrong with them.

Knows the order: defaults, then the file, then the environment, then the flags. Nothing is written, and nothing that was
read is quoted in a problem.
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from llms.config import files, legacy, outline
from llms.config.problems import located
from llms.config.references import resolve_all
from llms.config.schema import Config
from llms.config.values import is_loopback
from llms.config.variables import Change, changes
from llms.errors import ConfigError, Problem

_FLAGS = "command line"


def load(
    path: Path | None = None, *, environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Config:
    """The configuration. Raises `ConfigError` with every problem found, a line each.

    `path` names a file, which must exist; without it `find_file` looks for one. `environ` holds the variables, those of
    the process if not given. `flags` maps dotted paths to values, as in `{"server.port": 9000}`; None means not given.
    """
    variables = files.environment() if environ is None else environ
    file = path or files.find_file(variables)
    asked_for = path is not None or file == files.named_file(variables)
    problems: list[Problem] = []
    given, notes = _from_file(file, variables, problems, asked_for=asked_for) if file else ({}, [])
    set_by_environment, faults, hints = changes(variables, given)
    set_by_flags = [
        Change(tuple(dotted.split(".")), value, _FLAGS) for dotted, value in (flags or {}).items() if value is not None
    ]
    made = [*set_by_environment, *set_by_flags]
    problems += filter(None, (_put(given, change) for change in made))
    config = _validated(given, made, str(file or ""), problems)
    if config is not None:
        problems += [
            Problem(fault.path, fault.message, _source(tuple(fault.path.split(".")), made, str(file or "")))
            for fault in check_exposure(config)
        ]
    if problems or faults or config is None:
        raise ConfigError([*problems, *faults])
    return config.found(file, (*notes, *hints))


def check_exposure(config: Config) -> list[Problem]:
    """Whether other machines could use the gateway without a key."""
    if is_loopback(config.server.host) or config.auth.keys:
        return []
    message = (
        "other machines could use the gateway without a key: listen on 127.0.0.1, or set auth.keys (LLMS_API_KEYS) to "
        "one or more keys"
    )
    return [Problem("server.host", message)]


def _from_file(
    file: Path, environ: Mapping[str, str], problems: list[Problem], *, asked_for: bool
) -> tuple[dict[str, Any], list[str]]:
    """What the file holds, its references replaced, and what to tell the user about it."""
    held = files.read(file)
    if file.suffix.lower() == ".json" and legacy.is_legacy(held):
        if not legacy.is_too_new(held):
            return legacy.convert(held, environ)
        reason = "is a file of another program called llms, of a version that cannot be read here"
        if asked_for:
            raise ConfigError([Problem("", reason, str(file))])
        return {}, [f"{file} {reason}: it is left alone"]
    resolved = resolve_all(
        held, environ, lambda path, message: problems.append(Problem(outline.written(path), message, str(file)))
    )
    return resolved, []


def _put(tree: dict[str, Any], change: Change) -> Problem | None:
    """Set one value in a tree of mappings, or say what stands in its way."""
    *sections, last = map(str, change.path)
    for depth, section in enumerate(sections, start=1):
        below = tree.get(section)
        if below is not None and not isinstance(below, Mapping):
            place = outline.written(change.path[:depth])
            return Problem(place, "must be written as a mapping for a part of it to be set", change.source)
        tree[section] = dict(below or {})
        tree = tree[section]
    tree[last] = copy.copy(change.value)
    return None


def _validated(given: dict[str, Any], made: Sequence[Change], file: str, problems: list[Problem]) -> Config | None:
    """The configuration, or None and more problems; a place with a problem does not get a second one."""
    try:
        return Config.model_validate(given)
    except ValidationError as error:
        known = {problem.path for problem in problems}
        problems += [
            Problem(where, message, _source(path, made, file))
            for path, message in located(error, given)
            if (where := outline.written(path)) not in known
        ]
        return None


def _source(path: outline.Path, made: Sequence[Change], file: str) -> str:
    """Who set what stands at `path`: the last change at or above it, else the file."""
    setters = [change.source for change in made if path[: len(change.path)] == change.path]
    return setters[-1] if setters else file
