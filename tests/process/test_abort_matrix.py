"""Whoever the vendor is: a client that leaves, or a cancel call, ends the exchange with it at once, wherever it stands.

One gateway process with a provider of each type; the vendor is silent from the moment that the client goes. The mark is
100 ms; a shared machine is given ten times that.
"""

import json
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio
from typing_extensions import override

from tests.contract.matrix.providers import WIRES, configuration
from tests.contract.matrix.scenarios import HELLO
from tests.contract.matrix.wire import Wire
from tests.fakes import serving
from tests.fakes.raw_client import RawCall
from tests.fakes.serving import Serving
from tests.fakes.upstream import Gate, Reply, Request, Upstream, within

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOSED_WITHIN_S = 1.0


class Vendors(Upstream):
    """The far end of all providers. A gateway that starts asks for lists of models: that gets a 404, whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []
        """What was asked beside lists."""

    @override
    def answer_to(self, request: Request) -> Reply:
        if request.method == "GET":
            return Reply(status=404, framing="close")
        self.asked.append(request)
        return super().answer_to(request)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vendors() -> AsyncIterator[Vendors]:
    async with Vendors() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everyone(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    """The one process; in the end it must have kept nothing open, and stop cleanly."""
    settings = serving.configuration(serving.free_port(), vendors.url)
    settings["providers"] = configuration(f"http://127.0.0.1:{vendors.port}")
    gateway = await serving.serve(settings, tmp_path_factory.mktemp("everyone"))
    try:
        yield gateway
        await vendors.all_closed()
    finally:
        assert await gateway.stop() == 0, gateway.output
    assert "Traceback" not in gateway.output


def _before_the_headers(wire: Wire, stream: bool, silence: Gate) -> Reply:
    return Reply(before=(silence,))


def _before_the_first_chunk(wire: Wire, stream: bool, silence: Gate) -> Reply:
    return Reply((silence,), headers={"content-type": wire.stream_type if stream else "application/json"})


def _in_the_body(wire: Wire, stream: bool, silence: Gate) -> Reply:
    if stream:
        return wire.streaming(*wire.opening(HELLO), silence)
    return Reply((json.dumps(wire.whole(HELLO)).encode()[:40], silence), framing="length", length=4096)


MOMENTS = [_before_the_headers, _before_the_first_chunk, _in_the_body]
Moment = Callable[[Wire, bool, Gate], Reply]


@pytest.mark.parametrize("ended_by", ["leaving", "cancel"])
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__.strip("_"))
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.type)
async def test_the_vendor_sees_its_socket_closed(
    wire: Wire,
    stream: bool,
    moment: Moment,
    ended_by: str,
    everyone: Serving,
    vendors: Vendors,
    record_property: Callable[[str, object], None],
) -> None:
    silence, before = Gate(), len(vendors.asked)
    vendors.script(moment(wire, stream, silence))
    body = {"model": f"{wire.type}/{wire.model}", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
    call_id = f"abort-{before}"
    async with RawCall(everyone.chat_url, body, headers={"x-request-id": call_id}) as call:
        await silence.reached()
        if stream and moment is _in_the_body:
            assert await call.head() == 200
            await call.until(HELLO.text[0].encode())
        ended = time.monotonic()
        if ended_by == "leaving":
            call.leave()
        else:
            await _cancel(everyone, call_id)
        (request,) = vendors.asked[before:]
        took = await within(request.connection.closed(), "the socket stayed open") - ended
    record_property("closed_after_ms", round(took * 1000, 2))
    assert took < CLOSED_WITHIN_S
    assert len(vendors.asked) == before + 1, "nobody asks again for someone who is gone"


async def _cancel(gateway: Serving, call_id: str) -> None:
    url = f"{gateway.chat_url}/{call_id}/cancel"
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        assert (await response.json())["status"] == "cancelled"
