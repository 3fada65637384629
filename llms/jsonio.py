"""The only JSON door of the package: orjson in, orjson out.

Bytes are the currency of the wire, so `dumps` gives bytes. Nothing else in the package imports a JSON library, which
keeps the choice of one, and the handling of what it cannot encode, in this file.
"""

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson

JSONDecodeError = orjson.JSONDecodeError


class TooDeep(ValueError):
    """Lists and objects inside each other, more of them than can be written: `loads` takes 1024, `dumps` 254."""


loads = orjson.loads
"""Parse bytes or str; raises `JSONDecodeError` (a `ValueError`) on bad input."""


def dumps(value: Any) -> bytes:
    """Encode to compact UTF-8 bytes; a dataclass as the object of its fields. Lone surrogates, which orjson refuses,
    become U+FFFD. Raises `TooDeep`.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return _dumps_freely(value, 0)


def dumps_each(values: Iterable[Any]) -> list[bytes]:
    """Each value encoded as by `dumps`, at less cost per value."""
    values = list(values)
    try:
        return list(map(orjson.dumps, values))
    except TypeError:
        return list(map(dumps, values))


def dumps_pretty(value: Any) -> bytes:
    """Encode with two-space indentation, for people. It writes whatever `dumps` writes."""
    return _dumps_freely(value, orjson.OPT_INDENT_2)


def _dumps_freely(value: Any, option: int) -> bytes:
    try:
        return orjson.dumps(_encodable(value), default=str, option=option)
    except (TypeError, RecursionError):  # everything else has been made encodable
        raise TooDeep("lists and objects are nested too deeply") from None


def _encodable(value: Any) -> Any:
    """Copy `value`, replacing what orjson refuses: lone surrogates, non-string keys, integers over 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_encodable(str(key)): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _encodable(asdict(value))
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return float(value)
    return value
