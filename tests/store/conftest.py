"""Every test of a store runs on each database there is."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from llms.store.rows import CallRow
from llms.store.sql import SqlStore, open_store
from tests.fakes.postgres import database, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server; its folder is one that other users may enter."""
    with tempfile.TemporaryDirectory(prefix="llms-postgres-") as folder:
        Path(folder).chmod(0o755)
        with server(Path(folder)) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deep' / 'llms.db'}"
        return
    with database(request.getfixturevalue("postgres")) as empty:
        yield empty


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    """An open store."""
    opened = await open_store(url)
    yield opened
    await opened.close()


def row(call_id: str = "r-1", **changes: Any) -> CallRow:
    """A finished call, of which a test says what it cares about."""
    base = CallRow(
        id=call_id,
        at=1_000_000.0,
        day="1970-01-12",
        key="anonymous",
        requested="fast",
        provider="openai",
        model="gpt-4o-mini",
        stream=True,
        outcome="finished",
        error=None,
        attempts=1,
        retries=0,
        fallbacks=0,
        ttft_ms=120.0,
        duration_ms=900.0,
        prompt_tokens=10,
        completion_tokens=20,
        cached_tokens=4,
        reasoning_tokens=5,
        estimated=False,
        cost_usd=0.25,
        detail="{}",
    )
    return base._replace(**changes)
