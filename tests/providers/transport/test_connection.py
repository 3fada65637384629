"""One connection, without a network: what bytes mean however they are cut, and what becomes of the socket."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.providers.transport.connection import HELD_AT_MOST, OVERHEAD_AT_MOST
from llms.providers.transport.interface import DRAIN_BYTES
from llms.providers.transport.outcomes import Ending
from tests.fakes.upstream import bytewise, split_at
from tests.providers.transport.fakes import Held

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Long: %b\r\n\r\n" % (b"v" * 300)
ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHi there.",
    "chunked": CHUNKED + b"3\r\nHi \r\n6;x=y\r\nthere.\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"9\r\nHi there.\r\n0\r\nX-Check: 1\r\nServer: late\r\n\r\n",
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nServer: early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHi there.",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 9\n\nHi there.",
    "spaces after a size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9 \r\nHi there.\r\n0\r\n\r\n",
}
WHOLE = ANSWERS["length"]


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_read_byte_by_byte(name: str) -> None:
    held = Held()
    assert held.hear(bytewise(ANSWERS[name])) == b"Hi there."
    assert (held.connection.status, held.connection.ending) == (200, Ending.WHOLE)
    assert b"server" not in held.connection.fields, "neither an interim answer's headers nor trailers are the answer's"
    held.connection.leave(calmly=True)
    assert held.kept


@pytest.mark.parametrize("name", ANSWERS)
@given(cuts=st.lists(st.integers(0, 420), max_size=12), ends=st.sampled_from(["", "HTTP/1.1 200 OK\r\n", "x"]))
def test_no_split_changes_what_is_read(name: str, cuts: list[int], ends: str) -> None:
    async def read() -> None:
        held = Held()
        data = ANSWERS[name] + ends.encode()
        assert held.hear(split_at(data, cuts)) == b"Hi there."
        assert held.connection.ending is Ending.WHOLE
        held.connection.leave(calmly=True)
        assert held.kept is (not ends), "bytes that nobody asked for make a connection useless"

    asyncio.run(read())


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=5), head=st.booleans())
def test_no_bytes_break_a_connection(data: bytes, cuts: list[int], head: bool) -> None:
    async def read() -> None:
        held = Held()
        held.hear([CHUNKED] if head else [])
        held.hear(split_at(data, cuts))
        held.connection.eof_received()
        held.connection.connection_lost(None)
        assert held.connection.ending is not None
        assert held.wire.aborted

    asyncio.run(read())


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_answers_without_a_body_end_with_their_head(status: bytes) -> None:
    held = Held()
    held.hear([b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"])
    assert held.connection.ending is Ending.WHOLE
    held.connection.leave(calmly=True)
    assert held.kept


async def test_the_answer_to_head_has_no_body_and_costs_the_connection() -> None:
    held = Held(bodiless=True)
    assert held.hear([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHi there."]) == b""
    assert (held.connection.answered, held.connection.ending) == (True, Ending.WHOLE)
    held.connection.leave(calmly=True)
    assert held.wire.aborted


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    held = Held()
    assert held.hear([b"HTTP/1.1 200 OK\r\n\r\nHi ", b"there."]) == b"Hi there."
    held.connection.eof_received()
    assert held.connection.ending is Ending.WHOLE
    held.connection.leave(calmly=True)
    assert held.wire.aborted


async def test_a_body_without_a_length_that_is_reset_is_broken_off() -> None:
    held = Held()
    held.hear([b"HTTP/1.1 200 OK\r\n\r\nHi "])
    held.connection.connection_lost(ConnectionResetError())
    assert held.connection.ending is Ending.BROKEN_OFF


@pytest.mark.parametrize("head", [CHUNKED, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
async def test_a_body_that_is_cut_is_broken_off_and_what_came_can_be_taken(head: bytes) -> None:
    held = Held()
    held.connection.data_received(head + b"3\r\nHi ")
    held.connection.eof_received()
    assert held.connection.ending is Ending.BROKEN_OFF
    assert b"Hi " in held.connection.take()


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        CHUNKED + b"zz\r\n",
    ],
)
async def test_what_is_not_http_closes_the_connection(data: bytes) -> None:
    held = Held()
    held.hear([data])
    assert held.connection.ending is Ending.NOT_HTTP
    assert held.wire.aborted


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n", b"HTTP/1.0 200 OK\r\n"])
async def test_a_far_end_that_closes_is_believed(answer: bytes) -> None:
    held = Held()
    held.hear([answer + b"Content-Length: 0\r\n\r\n"])
    held.connection.leave(calmly=True)
    assert held.wire.aborted


async def test_a_connection_whose_request_is_not_sent_yet_is_not_kept() -> None:
    held = Held()
    held.hear([b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"])
    held.wire.unsent = 1
    held.connection.leave(calmly=True)
    assert held.wire.aborted


async def test_a_second_answer_is_nobodys() -> None:
    held = Held()
    assert held.hear([WHOLE + WHOLE]) == b"Hi there."
    held.connection.leave(calmly=True)
    assert held.wire.aborted


# What is held


@pytest.mark.parametrize(
    "flood",
    [b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 9000, b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * 70_000],
    ids=["many headers", "one header"],
)
@pytest.mark.parametrize("ended", [True, False])
async def test_a_head_has_a_limit(flood: bytes, ended: bool) -> None:
    held = Held()
    held.hear(split_at(flood, range(0, len(flood), 8192)))
    assert held.connection.ending is Ending.OVERSIZED_HEAD
    assert held.wire.aborted
    if ended and b"Endless" in flood:
        held = Held()
        held.hear([flood + b"\r\nContent-Length: 0\r\n\r\n"])
        assert held.connection.ending is Ending.OVERSIZED_HEAD


async def test_trailers_have_a_limit() -> None:
    held = Held()
    held.hear([CHUNKED, b"3\r\nHi \r\n0\r\n"])
    held.hear([b"X-More: " + b"x" * 8000 + b"\r\n"] * (OVERHEAD_AT_MOST // 8000 + 1))
    assert held.connection.ending is Ending.OVERSIZED_HEAD


async def test_a_head_with_much_of_the_body_behind_it_is_within_its_limit() -> None:
    held = Held()
    body = b"x" * (2 * OVERHEAD_AT_MOST)
    assert held.hear([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)]) == body


async def test_reading_stops_while_too_much_waits_and_goes_on_when_it_is_taken() -> None:
    held = Held()
    connection = held.connection
    connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    sent = 0
    while held.wire.reading:
        connection.data_received(b"x" * 16384)
        sent += 16384
    assert HELD_AT_MOST < sent <= HELD_AT_MOST + 16384
    assert connection.take() == b"x" * sent
    assert held.wire.reading


async def test_a_reader_that_waits_gets_the_next_bytes_without_a_stop() -> None:
    held = Held()
    held.hear([b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"])
    news = held.connection.news()
    held.connection.data_received(b"x" * (HELD_AT_MOST * 2))
    assert news.done()
    assert held.wire.reading


# Leaving


async def test_a_body_left_calmly_is_read_out_and_the_connection_kept() -> None:
    held = Held()
    held.hear([CHUNKED + b"3\r\nHi \r\n"])
    held.connection.leave(calmly=True)
    assert not held.kept
    held.connection.data_received(b"0\r\n")
    held.connection.data_received(b"\r\n")
    assert held.kept


@pytest.mark.parametrize("rest", [b"3\r\nmore\r\n", b"%x\r\n" % (DRAIN_BYTES * 2) + b"x" * (DRAIN_BYTES + 1)])
async def test_a_body_that_does_not_end_soon_costs_the_connection(rest: bytes) -> None:
    held = Held()
    held.hear([CHUNKED + b"3\r\nHi \r\n"])
    held.connection.leave(calmly=True)
    held.connection.data_received(rest)
    assert held.wire.aborted


@pytest.mark.parametrize("end", ["eof", "reset"])
async def test_a_far_end_that_goes_while_being_read_out_is_let_go(end: str) -> None:
    held = Held()
    held.hear([CHUNKED + b"3\r\nHi \r\n"])
    held.connection.leave(calmly=True)
    if end == "eof":
        held.connection.eof_received()
    else:
        held.connection.connection_lost(ConnectionResetError())
    assert held.wire.aborted


async def test_a_body_left_with_reading_stopped_is_read_out() -> None:
    held = Held()
    held.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 190_000)
    assert not held.wire.reading
    held.connection.leave(calmly=True)
    held.connection.data_received(b"x" * 10_000)
    assert held.kept


@pytest.mark.parametrize("calmly", [True, False])
async def test_an_unanswered_exchange_is_left_by_closing(calmly: bool) -> None:
    held = Held()
    held.connection.leave(calmly=calmly)
    assert held.wire.aborted
    held.connection.data_received(WHOLE)
    held.connection.connection_lost(None)
    assert held.keeper.told == ["opened", "dropped", "closed"]


@pytest.mark.parametrize("sign", ["bytes", "eof", "lost"])
async def test_an_idle_connection_serves_no_more_after_any_sign_of_the_far_end(sign: str) -> None:
    held = Held()
    held.hear([WHOLE])
    held.connection.leave(calmly=True)
    assert held.kept
    if sign == "bytes":
        held.connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n")
    elif sign == "eof":
        held.connection.eof_received()
    else:
        held.connection.connection_lost(None)
    assert held.keeper.told[2] == "dropped"
    assert held.connection.closing


async def test_what_waits_learns_of_an_abort() -> None:
    held = Held()
    news = held.connection.news()
    held.connection.abort()
    assert news.done()
    assert held.connection.ending is Ending.UNANSWERED


async def test_a_waiter_that_was_cancelled_is_not_disturbed() -> None:
    held = Held()
    news = held.connection.news()
    news.cancel()
    held.connection.data_received(WHOLE)
    with contextlib.suppress(asyncio.CancelledError):
        await news
    assert held.connection.ending is Ending.WHOLE


# Silence


async def silence_ends(held: Held) -> None:
    while held.connection.ending is None:
        await asyncio.sleep(0.001)


async def test_silence_is_measured_from_the_last_byte() -> None:
    held = Held(first_byte_s=0.05)
    started = asyncio.get_running_loop().time()
    await asyncio.sleep(0.03)
    held.hear([b"HTTP/1.1 200 OK\r\n"])
    await silence_ends(held)
    assert asyncio.get_running_loop().time() - started >= 0.075
    assert held.connection.ending is Ending.SILENT
    assert held.wire.aborted


async def test_no_silence_is_measured_while_reading_is_stopped() -> None:
    held = Held(idle_s=0.01)
    held.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 190_000)
    await asyncio.sleep(0.03)
    assert held.connection.ending is None
    held.connection.take()
    await silence_ends(held)
    assert held.connection.ending is Ending.SILENT


async def test_a_body_read_out_has_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llms.providers.transport.connection.DRAIN_S", 0.01)
    held = Held(idle_s=60)
    held.hear([CHUNKED + b"3\r\nHi \r\n"])
    held.connection.leave(calmly=True)
    while not held.wire.aborted:
        held.connection.data_received(b"1\r\nx\r\n")
        await asyncio.sleep(0.002)


async def test_one_timer_serves_many_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    set_timers: list[float] = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def count(delay: float, *arguments: object) -> asyncio.TimerHandle:
        set_timers.append(delay)
        return call_later(delay, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "call_later", count)
    held = Held(first_byte_s=30, idle_s=60)
    for _ in range(5):
        held.hear([WHOLE])
        held.connection.leave(calmly=True)
        held.connection.begin([], 30, 60, bodiless=False)
    assert set_timers == [30]
    held.connection.begin([], 10, 60, bodiless=False)
    assert set_timers == [30, 10]
    held.connection.abort()
