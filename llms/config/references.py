"""References to environment variables in text: `${NAME}`, `${NAME:-default}`, and, as a whole value, `$NAME` or
`os.environ/NAME`. Two dollar signs stand for one.

Knows text only. A variable that is empty counts as not set, as it does for `:-` in a shell. What a reference gives is
not looked at again.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from llms.config.outline import Path
from llms.errors import LlmsError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = re.compile(rf"(?:\$|os\.environ/)({_NAME})")
_PIECE = re.compile(rf"\$\$|\$\{{({_NAME})(?::-([^{{}}$]*))?\}}|\$\{{")


class Unresolved(LlmsError):
    """A reference that leads nowhere, or is not written like one."""


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """`text` with its references replaced. Raises `Unresolved`."""
    if whole := _WHOLE.fullmatch(text):
        return _variable(whole[1], None, environ)
    return _PIECE.sub(lambda piece: _replaced(piece, environ), text)


def resolve_all(value: Any, environ: Mapping[str, str], report: Callable[[Path, str], None], path: Path = ()) -> Any:
    """A copy of `value` with the references in its texts replaced; `report` hears of those that lead nowhere."""
    if isinstance(value, dict):
        return {key: resolve_all(item, environ, report, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve_all(item, environ, report, (*path, position)) for position, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return resolve(value, environ)
    except Unresolved as error:
        report(path, str(error))
        return value


def _replaced(piece: re.Match[str], environ: Mapping[str, str]) -> str:
    if piece[0] == "$$":
        return "$"
    if not piece[1]:
        raise Unresolved("a reference is written ${NAME} or ${NAME:-default}; write $$ for a dollar sign")
    return _variable(piece[1], piece[2], environ)


def _variable(name: str, default: str | None, environ: Mapping[str, str]) -> str:
    value = environ.get(name) or default
    if value is not None:
        return value
    if not name.isupper():
        # Variables are named in capitals; what is not may be a secret that begins with a dollar sign.
        raise Unresolved("the environment variable it names is not set; write $$ for a dollar sign")
    state = "empty" if name in environ else "not set"
    raise Unresolved(f"the environment variable {name} is {state}; set it, or write ${{{name}:-default}}")
