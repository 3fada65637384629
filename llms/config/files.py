"""Configuration files: where they are looked for, and what text stands in them.

Knows YAML and JSON, not the schema. Keys given twice are problems, as one of the two would be ignored in silence.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from llms import jsonio
from llms.config import outline
from llms.errors import ConfigError, Problem

# The C parser is ten times as fast, and not in every build of PyYAML.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"


def environment() -> Mapping[str, str]:
    """The variables of this process: everybody else is given them."""
    return os.environ


def home(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the user's own files: `LLMS_HOME`, else `~/.llms`."""
    variables = environment() if environ is None else environ
    if named := variables.get("LLMS_HOME"):
        return Path(named).expanduser()
    return Path.home() / ".llms"


def home_or_none(environ: Mapping[str, str]) -> Path | None:
    """The folder of the user's own files; None for a service's account that has no home."""
    try:
        return home(environ)
    except RuntimeError:
        return None


def named_file(environ: Mapping[str, str]) -> Path | None:
    """The file that `LLMS_CONFIG` names, whether or not it exists."""
    named = environ.get("LLMS_CONFIG")
    return Path(named).expanduser() if named else None


def find_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """The configuration file that is used when none is named on the command line; None where there is none."""
    variables = environment() if environ is None else environ
    return named_file(variables) or next((file for file in candidates(variables) if file.is_file()), None)


def candidates(environ: Mapping[str, str]) -> list[Path]:
    """Where a file is looked for, in this order."""
    here = Path("llms.yaml")
    folder = home_or_none(environ)
    return [here] if folder is None else [here, folder / "llms.yaml", folder / "llms.json"]


def read(file: Path) -> dict[str, Any]:
    """What the file holds; an empty one holds nothing. Raises `ConfigError`."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refused(file, f"cannot be read: {error.strerror or 'there is no such file'}") from None
    except UnicodeDecodeError:
        raise _refused(file, "is not UTF-8 text") from None
    held = _json(file, text) if file.suffix.lower() == ".json" else _yaml(file, text)
    if held is None:
        return {}
    if not isinstance(held, dict):
        raise _refused(file, f"must hold {outline.ROOT.allowed}")
    return held


def _json(file: Path, text: str) -> Any:
    if not text.strip():
        return None
    try:
        held = jsonio.loads(text)
    except jsonio.JSONDecodeError as error:
        raise _refused(file, f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    try:
        # JSON is YAML but for tabs, which stand in no JSON text: so its keys can be looked at as nodes.
        node = _composed(text.replace("\t", " "))
    except yaml.YAMLError:
        return held
    _check(file, node)
    return held


def _yaml(file: Path, text: str) -> Any:
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _refused(file, f"is not YAML: {place}{_unquoted(error.problem or '')}") from None
    except yaml.YAMLError:
        raise _refused(file, "is not YAML: it holds characters that text does not have") from None
    _check(file, node)
    if node is None:
        return None
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError):
        raise _refused(file, "holds a YAML tag or value that has no place in a configuration") from None
    finally:
        loader.dispose()


def _unquoted(problem: str) -> str:
    """What the parser says, without what it quotes: `*secret` looks like the name of an alias to it."""
    return re.sub(r"""\s*(['"])[\w!-]{2,}\1""", "", problem)


def _composed(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _check(file: Path, node: yaml.Node | None) -> None:
    problems = [] if node is None else [Problem(path, message, str(file)) for path, message in _faults(node, (), ())]
    if problems:
        raise ConfigError(problems)


def _faults(node: yaml.Node, path: outline.Path, above: tuple[yaml.Node, ...]) -> Iterator[tuple[str, str]]:
    """Keys given twice, and nodes that hold themselves."""
    if any(node is one for one in above):
        yield outline.written(path), "holds itself"
        return
    above = (*above, node)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _faults(item, (*path, position), above)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value) if isinstance(key, yaml.ScalarNode) else "", key.start_mark.line + 1
        if key.tag != _MERGE and name in lines:
            yield outline.written((*path, name)), f"is given twice, in lines {lines[name]} and {line}: keep one"
        lines[name] = line
        yield from _faults(value, (*path, name), above)


def _refused(file: Path, message: str) -> ConfigError:
    return ConfigError([Problem("", message, str(file))])
