"""A store that opens itself: at its first use, once, and again where the database was away."""

import asyncio
from pathlib import Path

import pytest

from llms.errors import StoreUnavailable
from llms.store.opening import OpeningStore
from tests.store.conftest import row


async def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "llms.db"
    store = OpeningStore(f"sqlite:///{file}")
    assert not file.exists()
    await asyncio.gather(*(store.append([row(str(number))]) for number in range(5)))
    [total] = await store.totals([], since=0, until=2e6)
    assert total.calls == 5
    found = await store.find("3")
    assert found is not None
    assert await store.prune(2e6, 10) == 5
    await store.close()


async def test_a_database_that_was_away_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "not-a-folder"
    folder.write_text("in the way")
    store = OpeningStore(f"sqlite:///{folder / 'llms.db'}")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await store.append([row()])
    folder.unlink()
    await store.append([row()])
    assert await store.find("r-1") is not None
    await store.close()


async def test_closing_what_was_never_opened_is_fine(tmp_path: Path) -> None:
    await OpeningStore(f"sqlite:///{tmp_path / 'llms.db'}").close()
