import asyncio
import time

import pytest

from llms.errors import Malformed, Rejected, TimedOut, Unavailable
from llms.providers.scripted.transport import FOREVER, Answer, Cut, Pause, ScriptedTransport, Step, json_answer
from llms.providers.transport import Request, read_all
from llms.types import Timeouts

REQUEST = Request("/chat/completions", body=b"{}")
PATIENT = Timeouts(first_token_s=60, idle_s=60)


def playing(*steps: Step) -> ScriptedTransport:
    return ScriptedTransport("far", lambda request: Answer(steps))


async def pieces_of(transport: ScriptedTransport, timeouts: Timeouts = PATIENT) -> list[bytes]:
    async with transport.open(REQUEST, timeouts) as reply:
        pieces = []
        while piece := await reply.read():
            pieces.append(piece)
        return pieces


async def test_the_pieces_come_as_they_are_written() -> None:
    assert await pieces_of(playing(b"one", Pause(0.001), b"two", b"three")) == [b"one", b"two", b"three"]


async def test_an_empty_body_has_no_pieces() -> None:
    assert await pieces_of(playing()) == []


async def test_headers_are_found_without_regard_to_case() -> None:
    transport = ScriptedTransport("far", lambda request: json_answer({}, status=429, headers={"Retry-After": "2"}))
    async with transport.open(REQUEST, PATIENT) as reply:
        assert reply.status == 429
        assert reply.headers.get("retry-after") == reply.headers.get("RETRY-AFTER") == "2"
        assert reply.headers.get("content-type") == "application/json"


async def test_the_script_sees_the_request_when_the_exchange_is_entered() -> None:
    seen: list[Request] = []

    def script(request: Request) -> Answer:
        seen.append(request)
        return Answer()

    exchange = ScriptedTransport("far", script).open(REQUEST, PATIENT)
    assert seen == []
    async with exchange:
        assert seen == [REQUEST]


async def test_a_refusal_is_an_answer_with_its_status_and_body() -> None:
    def script(request: Request) -> Answer:
        raise Rejected("not like this", status=422, param="model")

    async with ScriptedTransport("far", script).open(REQUEST, PATIENT) as reply:
        assert reply.status == 422
        assert b'"not like this"' in await read_all(reply, 1000)


async def test_silence_from_the_start_is_a_missing_first_token() -> None:
    with pytest.raises(TimedOut, match=r"far gave no first token within 0.002 s") as raised:
        await pieces_of(playing(FOREVER), Timeouts(first_token_s=0.002, idle_s=0.001))
    assert raised.value.code == "first_token"


async def test_silence_later_is_idleness() -> None:
    with pytest.raises(TimedOut, match=r"far sent nothing for 0.001 s") as raised:
        await pieces_of(playing(b"one", FOREVER), Timeouts(first_token_s=60, idle_s=0.001))
    assert raised.value.code == "idle"


async def test_pauses_without_bytes_between_them_add_up() -> None:
    steps = [Pause(0.002)] * 4
    with pytest.raises(TimedOut):
        await pieces_of(playing(b"one", *steps, b"two"), Timeouts(first_token_s=60, idle_s=0.005))
    assert await pieces_of(playing(b"one", *steps[:2], b"two", *steps[:2], b"three"), Timeouts(None, 60, 0.005))


@pytest.mark.parametrize("timeouts", [Timeouts(), Timeouts(idle_s=0.001)])
async def test_without_its_timer_the_first_byte_may_take_forever(timeouts: Timeouts) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pieces_of(playing(FOREVER), timeouts), 0.02)


async def test_a_cut_before_the_first_byte_is_no_answer() -> None:
    transport = playing(Cut())
    with pytest.raises(Unavailable, match="far closed the connection without an answer"):
        await pieces_of(transport)
    assert transport.open_exchanges == 0


async def test_a_cut_later_breaks_the_answer_off() -> None:
    with pytest.raises(Malformed, match="far broke the answer off"):
        await pieces_of(playing(b"one", Cut()))


async def test_a_script_without_pauses_leaves_the_loop_to_others() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.get_running_loop().create_task(count())
    await pieces_of(playing(*[b"x"] * 100))
    counting.cancel()
    assert turns >= 100


@pytest.mark.parametrize("before", [(), (b"one",)], ids=["before the headers", "in the body"])
async def test_a_stalled_exchange_ends_at_once_when_cancelled(before: tuple[bytes, ...]) -> None:
    transport = playing(*before, FOREVER)
    waiting = asyncio.get_running_loop().create_task(pieces_of(transport))
    await asyncio.sleep(0.005)
    assert not waiting.done()
    started = time.perf_counter()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert time.perf_counter() - started < 1
    assert transport.open_exchanges == 0


async def test_an_exchange_left_early_is_closed() -> None:
    transport = playing(b"one", b"two")
    async with transport.open(REQUEST, PATIENT):
        assert transport.open_exchanges == 1
    assert transport.open_exchanges == 0
    await transport.close()
