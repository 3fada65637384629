"""Rows that every database takes: what clients and providers make up may be longer or larger than a column is.

Requests name models, providers name errors and count tokens. PostgreSQL refuses texts that are too long for their
column and the character NUL, both drivers refuse numbers beyond 64 bits; one such row would keep a whole batch out.
"""

from typing import Any

from sqlalchemy import Integer, String

from llms.store.rows import CallRow
from llms.store.tables import calls

_MOST = 2**31 - 1
_COLUMNS = [calls.c[field].type for field in CallRow._fields]


def fitted(row: CallRow) -> CallRow:
    """The row with texts cut to what their columns hold, without NUL, and numbers of a size that can be summed up."""
    return CallRow._make(map(_fitted, row, _COLUMNS))


def _fitted(value: Any, column: Any) -> Any:
    if isinstance(value, str):
        text = value.replace("\0", "").encode("utf-8", "replace").decode()
        return text[: column.length] if isinstance(column, String) else text
    if isinstance(value, int) and isinstance(column, Integer):
        return max(-_MOST, min(_MOST, value))
    return value
