"""The store on SQLAlchemy Core: one code path for SQLite and PostgreSQL."""

import asyncio
import functools
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, create_engine, delete, event, func, insert, select
from sqlalchemy.engine import RowMapping, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from llms.errors import ConfigError, Problem, StoreRefused, StoreUnavailable
from llms.store.fitting import fitted
from llms.store.rows import Axis, CallRow, Totals
from llms.store.schema import bring_up
from llms.store.tables import calls

_SYNC = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_ASYNC = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg_async"}
_PATIENCE_S = 5.0
_AT_ONCE = 250 if sqlite3.sqlite_version_info >= (3, 32) else 40
"""Rows to a statement: before 3.32, SQLite took 999 parameters at most."""
_REFUSALS = (DataError, IntegrityError, OverflowError, UnicodeError)
"""What is wrong with the values: asking again is no use. The last two are of drivers that never got to ask."""
_KEPT = [calls.c[field] for field in CallRow._fields]


async def open_store(url: str) -> "SqlStore":
    """The store at `url` (`sqlite:///path`, `postgresql://user:password@host/name`), at this version's schema.

    Raises `ConfigError` that says what is wrong, without the password.
    """
    address = _address(url)
    try:
        # Alembic reads files and waits for locks: it has a thread, and a connection that waits in it.
        return SqlStore(await asyncio.to_thread(_open, address))
    except ImportError as error:
        raise _refused(address, f"needs the package {error.name}: pip install 'llms-gateway[postgres]'") from error
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise _refused(address, f"cannot be opened: {' '.join(str(cause).split())}") from error


def _open(address: URL) -> AsyncEngine:
    """An engine for the loop, on a database that is up to date."""
    _bring_up(address)
    engine = create_async_engine(address.set(drivername=_ASYNC[address.get_backend_name()]), pool_pre_ping=True)
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _bring_up(address: URL) -> None:
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        with engine.connect() as connection:
            if address.get_backend_name() == "sqlite":
                _let_readers_in(connection)
            with connection.begin():
                bring_up(connection)
    finally:
        engine.dispose()


class SqlStore:
    """Rows in a database; see `llms.store.rows.Store` for what each method promises."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        compiled = insert(calls).compile(dialect=engine.dialect, column_keys=CallRow._fields)
        self._insertion = str(compiled).partition("VALUES")[0]
        self._place = "?" if engine.dialect.paramstyle == "qmark" else "%s"

    async def append(self, rows: Sequence[CallRow]) -> None:
        """Insert all rows in one transaction; where the database takes one of them not, all of them made to fit.

        They are not looked at before: nearly always they do fit. Raises `StoreRefused` where that does not help.
        """
        try:
            await self._insert(rows)
        except StoreRefused:
            await self._insert(await asyncio.to_thread(lambda: [fitted(row) for row in rows]))

    async def _insert(self, rows: Sequence[CallRow]) -> None:
        """They go to the driver as they are, many to a statement.

        By way of SQLAlchemy's parameters each would cost twice as much. And SQLite's driver lets go of the interpreter
        for every statement: a statement per row made its thread and the event loop wait for each other, which took more
        time than all the writing.
        """
        async with self._begun() as connection:
            for first in range(0, len(rows), _AT_ONCE):
                some = rows[first : first + _AT_ONCE]
                statement = _statement(self._insertion, self._place, len(some))
                await connection.exec_driver_sql(statement, tuple(itertools.chain.from_iterable(some)))

    async def find(self, call_id: str, key: str | None = None) -> CallRow | None:
        """The last call with this id."""
        query = select(*_KEPT).where(calls.c.id == call_id).order_by(calls.c.number.desc()).limit(1)
        if key is not None:
            query = query.where(calls.c.key == key)
        async with self._connected() as connection:
            found = (await connection.execute(query)).mappings().first()
        return CallRow(**found) if found is not None else None

    async def totals(self, by: Sequence[Axis], *, since: float, until: float, key: str | None = None) -> list[Totals]:
        """Sums per group, which the database makes."""
        axes = [calls.c[axis] for axis in by]
        query = select(*axes, *_SUMS).where(calls.c.at >= since, calls.c.at < until).group_by(*axes).order_by(*axes)
        if key is not None:
            query = query.where(calls.c.key == key)
        async with self._connected() as connection:
            found = (await connection.execute(query)).mappings().all()
        return [_totals(row, by) for row in found if row["calls"]]

    async def prune(self, before: float, limit: int) -> int:
        """Delete in one short transaction, so that nobody waits long for the database."""
        oldest = select(calls.c.number).where(calls.c.at < before).order_by(calls.c.at).limit(limit)
        async with self._begun() as connection:
            return (await connection.execute(delete(calls).where(calls.c.number.in_(oldest)))).rowcount

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that is committed, or taken back. Raises `StoreUnavailable`."""
        with _told_apart():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read on. Raises `StoreUnavailable`."""
        with _told_apart():
            async with self._engine.connect() as connection:
                yield connection

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


@functools.lru_cache
def _statement(insertion: str, place: str, rows: int) -> str:
    values = f"({', '.join([place] * len(CallRow._fields))})"
    return f"{insertion}VALUES {', '.join([values] * rows)}"


@contextmanager
def _told_apart() -> Iterator[None]:
    """What drivers raise becomes one of two errors, without the statement and its values."""
    try:
        yield
    except _REFUSALS as error:
        cause = getattr(error, "orig", None) or error
        raise StoreRefused(f"the history of calls takes no such values: {' '.join(str(cause).split())}") from error
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"the history of calls cannot be reached: {' '.join(str(cause).split())}") from error


def _sum(expression: Any, name: str) -> Any:
    return func.coalesce(func.sum(expression), 0).label(name)


_SUMS = [
    func.count().label("calls"),
    _sum(case((calls.c.outcome == "failed", 1), else_=0), "errors"),
    _sum(case((calls.c.outcome.in_(("cancelled", "disconnected")), 1), else_=0), "cancelled"),
    _sum(calls.c.prompt_tokens, "prompt_tokens"),
    _sum(calls.c.completion_tokens, "completion_tokens"),
    _sum(calls.c.cached_tokens, "cached_tokens"),
    _sum(calls.c.reasoning_tokens, "reasoning_tokens"),
    _sum(case((calls.c.estimated, 1), else_=0), "estimated"),
    _sum(calls.c.cost_usd, "cost_usd"),
    func.count(calls.c.cost_usd).label("priced"),
    _sum(calls.c.ttft_ms, "ttft_sum_ms"),
    func.count(calls.c.ttft_ms).label("ttft_count"),
    _sum(calls.c.duration_ms, "duration_sum_ms"),
]
_FRACTIONS = frozenset({"cost_usd", "ttft_sum_ms", "duration_sum_ms"})


def _totals(row: RowMapping, by: Sequence[Axis]) -> Totals:
    # PostgreSQL sums whole numbers into decimals.
    sums: dict[str, Any] = {each.name: (float if each.name in _FRACTIONS else int)(row[each.name]) for each in _SUMS}
    return Totals(group={axis: row[axis] for axis in by}, **sums)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        backend = address.get_backend_name() if address.drivername != "postgres" else "postgres"
    except (ArgumentError, ValueError):
        raise ConfigError([Problem("store.url", "is not a database's URL")]) from None
    if backend not in _SYNC:
        raise ConfigError([Problem("store.url", f"{backend!r} is not known: give sqlite:/// or postgresql://")])
    return address.set(drivername=_SYNC[backend])


def _refused(address: URL, why: str) -> ConfigError:
    told = address.render_as_string(hide_password=True)
    return ConfigError([Problem("store.url", f"{told} {why}")])


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Patience with another writer, and commits that survive the process without waiting for the disk."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _let_readers_in(connection: Connection) -> None:
    """Switch the file to a write-ahead log, which it remembers. SQLite does not wait its turn for that, so we do."""
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)  # noqa: TID251  in a thread of its own
        else:
            connection.rollback()
            return
