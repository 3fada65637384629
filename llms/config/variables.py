"""Settings from environment variables: `LLMS_SERVER__PORT`, and a few short forms.

Knows the schema's outline. A variable with two underscores in a row means a setting, and is an error if there is no
such setting. Other `LLMS_` variables may be anybody's: Kubernetes makes a set of them for a service called `llms`, of
which `LLMS_PORT=tcp://10.0.0.1:80` is not meant for us.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llms import jsonio
from llms.config.outline import ROOT, Path, Shape, shape_at, written
from llms.config.problems import near, unknown
from llms.errors import Problem

PREFIX = "LLMS_"
SHORT: dict[str, tuple[str, ...]] = {
    "LLMS_HOST": ("server", "host"),
    "LLMS_PORT": ("server", "port"),
    "LLMS_API_KEYS": ("auth", "keys"),
    "LLMS_DISCOVER": ("discover",),
}
"""Short forms; the general form of the same setting wins."""

NO_SETTINGS = ("LLMS_CONFIG", "LLMS_CORPUS", "LLMS_HOME")
"""Variables that are read elsewhere."""

_MADE_BY_KUBERNETES = re.compile(r"LLMS_(PORT_\d+_.*|SERVICE_.*)")


@dataclass(frozen=True, slots=True)
class Change:
    """A value for the setting at `path`, and where it comes from."""

    path: Path
    value: Any
    source: str


def changes(environ: Mapping[str, str], given: Mapping[str, Any]) -> tuple[list[Change], list[Problem], list[str]]:
    """What the variables set, what is wrong with them, and what to tell the user. `given` is what they change: names
    in it are found in spite of case and hyphens.
    """
    found: list[Change] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and environ[name]):
        text = environ[variable]
        if variable in SHORT and not re.match(r"(tcp|udp|sctp)://", text):
            found.insert(0, Change(SHORT[variable], _value(text, shape_at(SHORT[variable])), variable))
        elif "__" in variable:
            path, problem = _general(variable, given)
            if problem is None:
                found.append(Change(path, _value(text, shape_at(path)), variable))
            else:
                problems.append(problem)
        elif variable not in NO_SETTINGS and variable not in SHORT and not _MADE_BY_KUBERNETES.fullmatch(variable):
            notes += _note(variable)
    return found, problems, notes


def variable_for(path: tuple[str, ...]) -> str:
    """The variable of a setting, in its shortest form."""
    short = next((name for name, target in SHORT.items() if target == path), "")
    return short or PREFIX + "__".join(re.sub(r"[^\w<>]", "_", segment).upper() for segment in path)


def _general(variable: str, given: Mapping[str, Any]) -> tuple[Path, Problem | None]:
    """The setting that a variable of the general form means, or what is wrong with it."""
    shape = ROOT
    path: Path = ()
    here: Any = given
    for word in variable.removeprefix(PREFIX).lower().split("__"):
        if shape.fields is not None and word not in shape.fields:
            return path, Problem(written((*path, word)), unknown(word, shape), variable)
        if shape.fields is None and not shape.is_mapping:
            return path, Problem(written(path), "is one value: nothing can be set below it", variable)
        name = word if shape.fields is not None else _known_as(word, here)
        path, shape = (*path, name), shape.below(name)
        here = here.get(name) if isinstance(here, Mapping) else None
    return path, None


def _known_as(word: str, given: Any) -> str:
    """The name in `given` that `word`, in which there are only small letters and underscores, may mean."""
    names = [str(name) for name in given] if isinstance(given, Mapping) else []
    return next((name for name in names if re.sub(r"\W", "_", name).lower() == word), word)


def _value(text: str, shape: Shape) -> Any:
    """Text as it is; where more than one value may stand, a list with commas, or JSON."""
    several = shape.item is not None or shape.fields is not None
    if shape.is_json or (several and text.lstrip()[:1] in {"[", "{"}):
        try:
            return jsonio.loads(text)
        except jsonio.JSONDecodeError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()] if several else text


def _note(variable: str) -> list[str]:
    hint = near(variable, [*SHORT, *NO_SETTINGS], cutoff=0.8)
    return [f"the environment variable {variable} means nothing here; {hint}"] if hint else []
