"""What was measured, as people and scrapers ask for it."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from llms.store.opening import OpeningStore
from tests.fakes.openai_wire import answered, completion, refused, sse, streamed, text_chunks
from tests.fakes.upstream import Gate, Upstream
from tests.server.conftest import CANARY, Serve, Site

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "metrics.md"


async def kept(serve: Serve, folder: Path, **sections: Any) -> Site:
    """A gateway that keeps a history."""
    site = await serve(**sections)
    site.gateway.measuring.start(OpeningStore(f"sqlite:///{folder / 'llms.db'}"))
    return site


async def test_a_finished_call_is_in_the_report(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello", "world"))))
    await site.chat(stream=True)
    for path in ("/metrics/performance", "/api/metrics/performance"):
        told = (await site.ask(path)).json
        assert told["calls"] == 1
        assert told["ttft"]["p95"] > 0
        assert told["latency"]["p95"] > 0
        assert told["errors"]["rate"] == 0
        assert told["tokens"]["total"] > 0
        assert set(told["models"]) == {"mine/big"}
        assert told["phase1_compliance"]["overall_passing"] is True


async def test_counts_that_can_be_none_spoil_no_answer(site: Site, upstream: Upstream) -> None:
    odd = {"prompt_tokens": -1, "completion_tokens": 10**25, "cost": -5}
    upstream.script(answered({**completion("Hello"), "usage": odd}))
    answer = await site.chat()
    assert answer.status == 200
    told = (await site.ask("/metrics/performance")).json
    assert (told["calls"], told["errors"]["count"], told["tokens"]["total"], told["cost_usd"]) == (1, 0, 0, 0)


async def test_the_report_is_over_the_last_calls_that_are_asked_for(site: Site, upstream: Upstream) -> None:
    upstream.script(*(answered(completion()) for _ in range(3)))
    for _ in range(3):
        await site.chat()
    assert (await site.ask("/metrics/performance?last_n=2")).json["calls"] == 2


@pytest.mark.parametrize("count", ["0", "-1", "many", "99999999", "1.5", "²"])
async def test_a_count_that_is_none_is_a_400(site: Site, count: str) -> None:
    answer = await site.ask(f"/metrics/performance?last_n={count}")
    assert answer.status == 400
    assert answer.error["param"] == "last_n"


async def test_a_scraper_reads_every_series(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello"))))
    await site.chat(stream=True)
    answer = await site.ask("/metrics", headers={"Accept": "text/plain"})
    families = {family.name: family for family in text_string_to_metric_families(answer.body.decode())}
    [finished] = [each for each in families["llms_requests"].samples if each.name == "llms_requests_total"]
    assert (finished.labels["provider"], finished.labels["outcome"], finished.value) == ("mine", "finished", 1)
    assert "llms_requests_in_flight" in families
    assert "llms_time_to_first_token_seconds" in families
    openmetrics = await site.ask("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.body.endswith(b"# EOF\n")


async def test_the_series_are_those_of_the_documentation(site: Site, upstream: Upstream) -> None:
    upstream.script(refused(500), streamed(*sse(*text_chunks("Hello"))))
    await site.chat(stream=True, headers={"x-llms-retries": "0"})
    await site.chat(stream=True)
    site.gateway.measuring.metrics.lagged(0.0)
    for _ in range(5):
        site.gateway.learned.targets.of("mine/big").failed("timeout", time.monotonic(), time.monotonic())
    exposed = (await site.ask("/metrics", headers={"Accept": "text/plain"})).body.decode()
    labels = {
        re.sub("_(bucket|count|sum)$", "", sample.name): set(sample.labels) - {"le"}
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }
    documented = re.findall(r"^\| `(llms_\w+)` \|([^|]*)\|", DOCUMENTATION.read_text(), re.MULTILINE)
    assert labels == {name: set(re.findall(r"\w+", told)) for name, told in documented}


async def test_the_upstreams_key_is_in_none_of_it(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    site = await kept(serve, tmp_path)
    upstream.script(refused(401, f"bad key {CANARY}"))
    await site.chat(headers={"x-request-id": "r-1"})
    for path in ("/metrics", "/metrics/performance", "/api/calls", "/api/calls/r-1", "/api/usage?by=key", "/health"):
        assert CANARY not in (await site.ask(path)).body.decode()


async def test_usage_is_summed_from_the_history(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    site = await kept(serve, tmp_path)
    upstream.script(answered(completion()), answered(completion()))
    await site.chat()
    await site.chat(model="mine/org/small")
    told = (await site.ask("/api/usage?by=model")).json
    assert [(each["model"], each["calls"]) for each in told["data"]] == [("big", 1), ("org/small", 1)]
    assert told["dropped"] == 0


async def test_a_key_sees_what_it_used_itself(serve: Serve, upstream: Upstream, tmp_path: Path) -> None:
    site = await kept(serve, tmp_path, auth={"keys": {"alice": "key-alice", "bob": "key-bob"}})
    upstream.script(answered(completion()))
    await site.chat(headers={"Authorization": "Bearer key-alice", "x-request-id": "r-1"})
    for name, seen in (("alice", 1), ("bob", 0)):
        headers = {"Authorization": f"Bearer key-{name}"}
        told = (await site.ask("/api/usage?by=key", headers=headers)).json
        assert sum(each["calls"] for each in told["data"]) == seen
        assert len((await site.ask("/api/calls", headers=headers)).json["recent"]) == seen
        assert (await site.ask("/api/calls/r-1", headers=headers)).status == (200 if seen else 404)


@pytest.mark.parametrize("path", ["/metrics", "/metrics/performance", "/api/calls", "/api/calls/x", "/api/usage"])
async def test_none_of_it_is_told_without_a_key(serve: Serve, path: str) -> None:
    site = await serve(auth={"keys": {"alice": "key-alice"}})
    assert (await site.ask(path)).status == 401


async def test_no_history_is_a_clear_404(site: Site) -> None:
    answer = await site.ask("/api/usage")
    assert (answer.status, answer.error["code"]) == (404, "history_disabled")


async def test_a_history_that_is_away_is_a_503_and_calls_go_on(
    serve: Serve, upstream: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "in-the-way").write_text("")
    site = await kept(serve, tmp_path / "in-the-way")
    upstream.script(answered(completion()))
    assert (await site.chat(headers={"x-request-id": "r-1"})).status == 200
    answer = await site.ask("/api/usage")
    assert (answer.status, answer.error["code"]) == (503, "history_unavailable")
    assert (await site.ask("/api/calls/unknown")).status == 404


@pytest.mark.parametrize("query", ["by=colour", "from=yesterday", "to=2026-13-01", "from=2026-02-02&to=2026-01-01"])
async def test_a_period_that_cannot_be_meant_is_a_400(serve: Serve, tmp_path: Path, query: str) -> None:
    site = await kept(serve, tmp_path)
    assert (await site.ask(f"/api/usage?{query}")).status == 400


async def test_a_call_in_flight_is_listed_and_can_be_ended_from_there(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*sse(*text_chunks("Hello", "there"))[:3], gate))
    async with site.open_chat(stream=True, headers={"x-request-id": "r-1"}) as response:
        await response.content.readany()
        [running] = (await site.ask("/api/calls")).json["data"]
        assert (running["id"], running["status"], running["provider"]) == ("r-1", "running", "mine")
        assert running["age_ms"] >= running["ttft_ms"] > 0
        assert running["tokens"]["completion"] > 0
        assert (await site.ask("/api/calls/r-1")).json["status"] == "running"
        assert (await site.ask("/api/calls/r-1/cancel", method="POST")).json["status"] == "cancelled"
    await site.idle()
    told = (await site.ask("/api/calls/r-1")).json
    assert told["status"] == "cancelled"
    assert told["tokens"]["estimated"] is True
    assert told["cancel_ms"] < 1000
    assert (await site.ask("/api/calls")).json["data"] == []


async def test_a_call_in_flight_tells_the_way_it_has_come(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    gate = Gate()
    upstream.script(refused(503), streamed(*sse(*text_chunks("Hello", "there"))[:3], gate))
    async with site.open_chat(model="fast", stream=True, headers={"x-request-id": "r-1"}) as response:
        await response.content.readany()
        running = (await site.ask("/api/calls/r-1")).json
        assert (await site.ask("/api/calls")).json["data"][0]["attempts"] == running["attempts"]
    first, second = running["attempts"]
    assert (first["model"], first["kind"], first["error"]) == ("big", "first", "upstream_error")
    assert (second["model"], second["kind"], second["duration_ms"]) == ("org/small", "fallback", None)
    assert [each["route"] for each in running["decision"]["candidates"]] == ["mine/big", "mine/org/small"]
    assert running["translation"] == []


async def test_the_whole_record_of_a_call_is_told(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello"))))
    await site.chat(stream=True, headers={"x-request-id": "r-1"})
    told = (await site.ask("/api/calls/r-1")).json
    assert (told["status"], told["requested"], told["model"]) == ("finished", "mine/big", "big")
    [only] = told["attempts"]
    assert (only["kind"], only["error"]) == ("first", None)
    assert only["duration_ms"] >= only["ttft_ms"] > 0


async def test_a_call_that_memory_forgot_is_found_in_the_history(
    serve: Serve, upstream: Upstream, tmp_path: Path
) -> None:
    site = await kept(serve, tmp_path)
    upstream.script(answered(completion()))
    await site.chat(headers={"x-request-id": "r-1"})
    before = (await site.ask("/api/calls/r-1")).json
    assert site.gateway.measuring.history is not None
    await site.gateway.measuring.history.flush()
    site.gateway.measuring.recent.__init__()  # type: ignore[misc]  # forget everything
    assert (await site.ask("/api/calls/r-1")).json == before


async def test_an_unknown_call_is_a_404(site: Site) -> None:
    answer = await site.ask("/api/calls/nobody")
    assert (answer.status, answer.error["param"]) == (404, "request_id")


async def test_health_tells_how_the_last_calls_went(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    await site.chat()
    told = (await site.ask("/health")).json["performance"]
    assert (told["calls"], told["error_rate"]) == (1, 0)
    assert told["latency_p95"] > 0


async def test_the_streams_in_flight_are_counted(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*sse(*text_chunks("Hello"))[:2], gate))
    async with site.open_chat(stream=True) as response:
        await response.content.readany()
        assert (await site.ask("/api/stream/status")).json["active_streams"] == 1
    await site.idle()
