"""A real process and a collector's side of the wire: what arrives is OTLP, and says what happened."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.fakes import serving
from tests.fakes.openai_wire import answered, completion
from tests.fakes.upstream import Upstream

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Collector:
    """Takes in what a collector takes in, and decodes it as one does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.metrics: set[str] = set()
        self.bodies = b""
        self.url = ""

    async def traces(self, request: web.Request) -> web.Response:
        self.bodies += (body := await request.read())
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return web.Response(content_type="application/x-protobuf")

    async def points(self, request: web.Request) -> web.Response:
        self.bodies += (body := await request.read())
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            self.metrics |= {metric.name for scope in resource.scope_metrics for metric in scope.metrics}
        return web.Response(content_type="application/x-protobuf")


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    taking = Collector()
    app = web.Application()
    app.add_routes([web.post("/v1/traces", taking.traces), web.post("/v1/metrics", taking.points)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taking.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield taking
    await runner.cleanup()


async def test_a_collector_is_told_of_every_call(
    collector: Collector, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    upstream.script(*(answered(completion("secret answer")) for _ in range(200)))
    gateway = await serving.serve(serving.configuration(serving.free_port(), upstream.url), tmp_path)
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    chat = {"model": "mine/big", "messages": [{"role": "user", "content": "secret words"}]}
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        # Calls before the SDK has been loaded are not told of: go on until one is.
        while not collector.spans:
            async with session.post(f"{gateway.url}/v1/chat/completions", json=chat, headers=headers) as response:
                assert response.status == 200
            await asyncio.sleep(0.2)
    assert await gateway.stop() == 0
    calls = [span for span in collector.spans if span.kind == Span.SPAN_KIND_SERVER]
    assert {span.name for span in calls} == {"chat mine/big"}
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert "gen_ai.client.operation.duration" in collector.metrics
    assert b"secret" not in collector.bodies
