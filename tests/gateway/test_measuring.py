"""What is measured of a gateway: who is told, when it is kept, and what stands in the summary."""

import asyncio
from pathlib import Path

import pytest

from llms import tasks
from llms.config import Config
from llms.gateway.measuring import Measuring, store_for, wants_telemetry
from llms.metrics.pricing import Prices
from llms.store.opening import OpeningStore
from tests.metrics.records import record


def measuring(**sections: object) -> Measuring:
    return Measuring(Config.model_validate(sections), Prices({}, lambda provider, model: None))


async def test_a_call_reaches_memory_prometheus_and_the_history(tmp_path: Path) -> None:
    measured = measuring()
    store = OpeningStore(f"sqlite:///{tmp_path / 'llms.db'}")
    measured.start(store)
    measured.finished(record("r-1"))
    assert measured.recent.find("r-1") is not None
    assert b"llms_requests_total{" in measured.metrics.exposition("text/plain")[0]
    assert measured.history is not None
    await measured.history.flush()
    assert await store.find("r-1") is not None
    await measured.close()


async def test_closing_leaves_nothing_running() -> None:
    before = tasks.running()
    measured = measuring()
    measured.start(None)
    await measured.close()
    async with asyncio.timeout(10):
        while tasks.running() - before:
            await asyncio.wait(tasks.running() - before)


async def test_targets_are_those_of_the_configuration() -> None:
    measured = measuring(metrics={"targets": {"ttft_p95": 0.1}})
    measured.finished(record(ttft_s=0.5))
    check = measured.performance()["phase1_compliance"]["ttft_p95"]
    assert check == {"target": 0.1, "actual": 0.5, "passing": False}


async def test_the_summary_is_over_the_last_calls() -> None:
    measured = measuring()
    for number in range(150):
        measured.finished(record(str(number), outcome="failed" if number < 50 else "finished", error="idle"))
    assert (measured.summary()["calls"], measured.summary()["error_rate"]) == (100, 0)


@pytest.mark.parametrize(
    ("settings", "home", "kept"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"enabled": False}, True, False),
        ({"url": "sqlite:////var/lib/llms.db"}, False, True),
    ],
)
def test_a_history_is_kept_where_there_is_a_place(
    settings: dict[str, object], home: bool, kept: bool, tmp_path: Path
) -> None:
    config = Config.model_validate({"store": settings})
    assert (store_for(config, tmp_path if home else None) is not None) is kept


@pytest.mark.parametrize(
    ("asked", "environ", "wanted"),
    [
        (None, {}, False),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        (False, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, False),
        (True, {}, True),
    ],
)
def test_telemetry_is_sent_where_there_is_a_collector(
    asked: bool | None, environ: dict[str, str], wanted: bool
) -> None:
    config = Config.model_validate({"metrics": {"opentelemetry": asked}})
    assert wants_telemetry(config, environ) is wanted
