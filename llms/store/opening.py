"""A store that opens itself when it is first used, so that a server answers before its database does.

What opens databases takes a quarter of a second to load: that happens in a thread, and only here. A database that is
away is tried again at the next use.
"""

import asyncio
from collections.abc import Sequence

from llms.errors import ConfigError, StoreUnavailable
from llms.store.rows import Axis, CallRow, Store, Totals


class OpeningStore:
    """The store at `url`; see `llms.store.rows.Store` for what each method promises.

    Every method raises `StoreUnavailable` where the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._opening = asyncio.Lock()

    async def append(self, rows: Sequence[CallRow]) -> None:
        """Keep these calls."""
        await (await self._opened()).append(rows)

    async def find(self, call_id: str, key: str | None = None) -> CallRow | None:
        """The last call with this id."""
        return await (await self._opened()).find(call_id, key)

    async def totals(self, by: Sequence[Axis], *, since: float, until: float, key: str | None = None) -> list[Totals]:
        """Sums per group."""
        return await (await self._opened()).totals(by, since=since, until=until, key=key)

    async def prune(self, before: float, limit: int) -> int:
        """Delete the oldest calls."""
        return await (await self._opened()).prune(before, limit)

    async def close(self) -> None:
        """Let go of the database, if it was opened."""
        async with self._opening:
            if self._store is not None:
                await self._store.close()

    async def _opened(self) -> Store:
        if self._store is not None:
            return self._store
        async with self._opening:
            if self._store is None:
                self._store = await _open(self._url)
            return self._store


async def _open(url: str) -> Store:
    try:
        await asyncio.to_thread(__import__, "llms.store.sql")
        from llms.store.sql import open_store

        return await open_store(url)
    except ConfigError as error:
        raise StoreUnavailable(str(error)) from error
