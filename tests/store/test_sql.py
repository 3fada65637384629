"""The store: rows come back as they went in, sums are exact, and a database of any age is brought up to date."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from llms.errors import ConfigError, StoreRefused
from llms.store.sql import SqlStore, open_store
from tests.store.conftest import row


async def test_a_row_comes_back_as_it_went_in(store: SqlStore) -> None:
    sent = row("r-1", error="rate_limit_exceeded", cost_usd=None, detail='{"tries":[]}', stream=False)
    await store.append([sent])
    assert await store.find("r-1") == sent


async def test_the_last_call_with_an_id_is_found(store: SqlStore) -> None:
    await store.append([row("same", model="first"), row("same", model="second")])
    found = await store.find("same")
    assert found is not None
    assert found.model == "second"


async def test_a_key_sees_its_own_calls_only(store: SqlStore) -> None:
    await store.append([row("r-1", key="alice")])
    assert await store.find("r-1", key="bob") is None
    assert await store.find("r-1", key="alice") is not None
    assert await store.totals([], since=0, until=2e6, key="bob") == []


async def test_sums_are_exact(store: SqlStore) -> None:
    await store.append(
        [
            row("a", prompt_tokens=2**40, cost_usd=0.5),
            row("b", prompt_tokens=2**40, cost_usd=None, estimated=True, ttft_ms=None, outcome="failed"),
            row("c", outcome="cancelled"),
            row("d", outcome="disconnected"),
        ]
    )
    [total] = await store.totals([], since=0, until=2e6)
    assert (total.calls, total.errors, total.cancelled, total.estimated) == (4, 1, 2, 1)
    assert total.prompt_tokens == 2**41 + 20
    assert (total.cost_usd, total.priced) == (1.0, 3)
    assert (total.ttft_sum_ms, total.ttft_count) == (360.0, 3)


async def test_usage_is_summed_by_what_is_asked_for(store: SqlStore) -> None:
    await store.append(
        [
            row("a", day="2026-11-20", model="x"),
            row("b", day="2026-11-20", model="x"),
            row("c", day="2026-11-20", model="y"),
            row("d", day="2026-11-21", model="x"),
        ]
    )
    totals = await store.totals(["day", "model"], since=0, until=2e6)
    assert [(each.group["day"], each.group["model"], each.calls) for each in totals] == [
        ("2026-11-20", "x", 2),
        ("2026-11-20", "y", 1),
        ("2026-11-21", "x", 1),
    ]


async def test_a_period_includes_its_start_and_not_its_end(store: SqlStore) -> None:
    await store.append([row(str(at), at=float(at)) for at in (9, 10, 19, 20)])
    [total] = await store.totals([], since=10, until=20)
    assert total.calls == 2


async def test_pruning_takes_the_oldest_and_no_more_than_allowed(store: SqlStore) -> None:
    await store.append([row(str(at), at=float(at)) for at in range(10)])
    assert await store.prune(before=8, limit=5) == 5
    assert await store.find("4") is None
    assert await store.find("5") is not None
    assert await store.prune(before=8, limit=5) == 3
    assert await store.prune(before=8, limit=5) == 0
    assert await store.find("8") is not None


async def test_what_was_kept_is_there_after_a_restart(url: str) -> None:
    first = await open_store(url)
    await first.append([row("r-1")])
    await first.close()
    second = await open_store(url)
    assert await second.find("r-1") is not None
    await second.close()


async def test_stores_that_are_opened_at_once_agree(url: str) -> None:
    stores = await asyncio.gather(*(open_store(url) for _ in range(4)))
    await asyncio.gather(*(each.append([row(str(number))]) for number, each in enumerate(stores)))
    [total] = await stores[0].totals([], since=0, until=2e6)
    assert total.calls == 4
    await asyncio.gather(*(each.close() for each in stores))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a database's URL"),
        ("mysql://root@127.0.0.1/x", "'mysql' is not known"),
        ("postgresql://someone:sesame@127.0.0.1:1/none", "cannot be opened"),
        ("sqlite:////proc/nowhere/llms.db", "cannot be opened"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_one_clear_line(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        await open_store(url)
    assert "sesame" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'llms.db'}")
    await store.append([row("r-1")])
    writer = sqlite3.connect(tmp_path / "llms.db")
    writer.execute("BEGIN IMMEDIATE")
    assert await store.find("r-1") is not None
    writer.rollback()
    writer.close()
    await store.close()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"requested": "demo/a\0b"}, {"requested": "demo/ab"}),
        ({"error": "e" * 300}, {"error": "e" * 256}),
        ({"model": "m\ud800"}, {"model": "m?"}),
        ({"prompt_tokens": 10**20}, {"prompt_tokens": 2**31 - 1}),
    ],
)
async def test_a_row_that_does_not_fit_keeps_no_other_out(
    store: SqlStore, sent: dict[str, object], kept: dict[str, object]
) -> None:
    await store.append([row("before"), row("odd", **sent), row("behind")])
    assert await store.find("before") == row("before")
    assert await store.find("behind") is not None
    found = await store.find("odd")
    # SQLite takes more than PostgreSQL, and keeps what it took.
    assert found in (row("odd", **kept), row("odd", **sent))


async def test_values_that_no_fitting_helps_are_refused(store: SqlStore) -> None:
    with pytest.raises(StoreRefused):
        await store.append([row("odd", day=None)])
    assert await store.find("odd") is None
