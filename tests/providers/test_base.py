"""The one loop that owns an exchange: streams, whole answers, and every way in which they fail."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

import pytest

from llms.errors import AccessDenied, BadRequest, Malformed, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.providers.base import Memo, Provider
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import (
    FOREVER,
    JSON_TYPE,
    STREAM_TYPE,
    Answer,
    Cut,
    ScriptedTransport,
    Step,
    json_answer,
)
from llms.providers.transport import Exchange, Request
from llms.streaming.fold import fold
from llms.streaming.sse import Event
from llms.types import Chat, Chunk, Secret, Terms, Timeouts
from tests.fakes.openai_wire import DONE, USAGE, chunk, completion, event, sse, text_chunks
from tests.fakes.upstream import bytewise

CHAT: Chat = {"model": "big", "messages": [{"role": "user", "content": "hi"}]}
HELLO = sse(*text_chunks("Hello", " there."))


class Far:
    """A provider with a far end that gives one answer, and what it was asked."""

    def __init__(self, answer: Answer | Callable[[Request], Answer], **settings: Any) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self.transport = ScriptedTransport("far", self._play)
        self.provider = OpenAiProvider(
            settings.pop("base_url", "http://far/v1"), "key", name="mine", transport=self.transport, **settings
        )

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._answer(request) if callable(self._answer) else self._answer

    def stream(self, **timers: float) -> AsyncGenerator[Chunk, None]:
        return self.provider.chat(CHAT, True, terms=Terms(Timeouts(**timers)))

    async def chunks(self, **timers: float) -> list[Chunk]:
        return [each async for each in self.stream(**timers)]

    async def failure(self, *, stream: bool = True) -> UpstreamError:
        with pytest.raises(UpstreamError) as raised:
            await (self.chunks() if stream else self.provider.chat(CHAT))
        assert self.transport.open_exchanges == 0
        return raised.value


def streaming(*steps: Step, content_type: str = STREAM_TYPE) -> Answer:
    return Answer(steps, content_type=content_type)


async def test_a_stream_is_its_chunks_with_the_usage_last() -> None:
    far = Far(streaming(*HELLO))
    chunks = await far.chunks()
    assert fold(chunks) == completion("Hello there.")
    assert chunks[-1] == chunk(usage=USAGE)
    assert far.transport.open_exchanges == 0


@pytest.mark.parametrize("pieces", [(b"".join(HELLO),), bytewise(b"".join(HELLO))], ids=["one read", "single bytes"])
async def test_the_cut_of_the_reads_does_not_matter(pieces: Iterable[bytes]) -> None:
    assert await Far(streaming(*pieces)).chunks() == await Far(streaming(*HELLO)).chunks()


async def test_a_whole_answer_is_its_completion() -> None:
    far = Far(json_answer(completion("Hello there.")))
    assert await far.provider.chat(CHAT) == completion("Hello there.")
    assert far.transport.open_exchanges == 0


@pytest.mark.parametrize("padding", [b"\n         \n\n   \n", b" "])
async def test_blanks_before_a_whole_answer_are_skipped(padding: bytes) -> None:
    far = Far(Answer((padding, padding, json.dumps(completion()).encode()), content_type=JSON_TYPE))
    assert await far.provider.chat(CHAT) == completion()


async def test_nothing_is_sent_before_the_first_chunk_is_asked_for() -> None:
    far = Far(streaming(*HELLO))
    await far.stream().aclose()
    assert far.requests == []


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_a_whole_answer_to_a_stream_request_is_streamed(content_type: str) -> None:
    body = json.dumps(completion("Hello there.")).encode()
    chunks = await Far(Answer((body[:20], body[20:]), content_type=content_type)).chunks()
    assert fold(chunks) == completion("Hello there.")
    assert chunks[-1] == chunk(usage=USAGE)


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/event-stream;charset=UTF-8", "text/plain", ""])
async def test_a_stream_by_any_other_name_is_a_stream(content_type: str) -> None:
    assert fold(await Far(streaming(*HELLO, content_type=content_type)).chunks()) == completion("Hello there.")


async def test_a_finished_stream_needs_no_end_mark() -> None:
    assert fold(await Far(streaming(*HELLO[:-1])).chunks()) == completion("Hello there.")


async def test_a_last_event_without_its_blank_line_counts() -> None:
    body = b"".join(sse(*text_chunks("a", usage=None), done=False)).rstrip(b"\n")
    assert fold(await Far(streaming(body)).chunks())["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("together", [True, False], ids=["in the same read", "in a later read"])
@pytest.mark.parametrize("rest", [event({"error": {"message": "late"}}), DONE, b"data: {broken", b"data: x\n\n"])
async def test_what_follows_the_end_mark_means_nothing(rest: bytes, together: bool) -> None:
    steps = (b"".join((*HELLO, rest)),) if together else (*HELLO, rest)
    assert fold(await Far(streaming(*steps)).chunks()) == completion("Hello there.")


async def test_the_end_mark_ends_a_stream_whose_body_goes_on() -> None:
    assert fold(await Far(streaming(*HELLO, FOREVER)).chunks()) == completion("Hello there.")


@pytest.mark.parametrize("length", range(len(HELLO) - 2))
@pytest.mark.parametrize("how", ["eof", "cut"])
async def test_a_stream_that_breaks_off_is_malformed(length: int, how: str) -> None:
    far = Far(streaming(b": hello\n\n", *HELLO[:length], *((Cut(),) if how == "cut" else ())))
    failure = await far.failure()
    assert isinstance(failure, Malformed)
    assert failure.route == "mine/big"


async def test_a_stream_cut_inside_an_event_is_malformed() -> None:
    assert isinstance(await Far(streaming(*HELLO[:2], HELLO[2][:30])).failure(), Malformed)


@pytest.mark.parametrize("body", [b"", b"\n\n", b": ping\n\n", DONE, b"<html>busy</html>"])
async def test_a_stream_of_nothing_is_malformed(body: bytes) -> None:
    assert isinstance(await Far(streaming(body)).failure(), Malformed)


ERRORS = {
    "an error event": event({"error": {"message": "overloaded", "type": "overloaded_error"}}),
    "a named error event": b'event: error\ndata: {"message": "overloaded", "code": 529}\n\n',
    "an error field": b'error: {"message": "overloaded", "code": 503}\n\n',
    "an error in words": b"error: overloaded\n\n",
    "an error object": event({"object": "error", "message": "overloaded", "code": 503}),
    "an error that is a text": event({"error": "overloaded"}),
    "an error beside choices": event({**chunk(), "error": {"message": "overloaded", "code": 502}}),
    "an error after the end": sse(*text_chunks("a"), done=False)[-2] + event({"error": {"message": "overloaded"}}),
}


@pytest.mark.parametrize("position", [0, 1, 3])
@pytest.mark.parametrize("told", ERRORS.values(), ids=ERRORS)
async def test_an_error_inside_a_stream_is_raised_where_it_stands(told: bytes, position: int) -> None:
    far = Far(streaming(*HELLO[:position], told, *HELLO[position:]))
    seen: list[Chunk] = []

    async def watch() -> None:
        async for each in far.stream():
            seen.append(each)  # noqa: PERF401  what came before the error counts

    with pytest.raises(Unavailable, match="overloaded") as raised:
        await watch()
    assert raised.value.message.startswith("mine/big: ")
    assert len(seen) >= position
    assert far.transport.open_exchanges == 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("status", "kind", "shown"),
    [
        (400, Rejected, 400),
        (404, Rejected, 404),
        (401, AccessDenied, 502),
        (429, RateLimited, 429),
        (500, Unavailable, 502),
        (503, Unavailable, 503),
        (504, TimedOut, 504),
        (302, Unavailable, 502),
    ],
)
async def test_a_bad_status_is_its_error(stream: bool, status: int, kind: type[UpstreamError], shown: int) -> None:
    body = {"error": {"message": "no"}}
    failure = await Far(json_answer(body, status=status, headers={"retry-after": "7"})).failure(stream=stream)
    assert (type(failure), failure.status, failure.retry_after_s) == (kind, shown, 7.0)
    assert failure.route == "mine/big"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_good_status_with_an_error_inside_is_an_error(stream: bool) -> None:
    body = {"error": {"message": "slow down", "code": 429}}
    assert isinstance(await Far(json_answer(body)).failure(stream=stream), RateLimited)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", b'"text"', b"null", b"{}", b'{"choices":[]}'])
async def test_a_good_status_without_an_answer_is_malformed(body: bytes, stream: bool) -> None:
    failure = await Far(Answer((body,), content_type=JSON_TYPE)).failure(stream=stream)
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_web_page_is_told_from_a_stream_that_broke_off(stream: bool) -> None:
    failure = await Far(Answer((b"<html>Welcome</html>",), content_type="text/html; charset=utf-8")).failure(
        stream=stream
    )
    assert isinstance(failure, Malformed)
    assert "base_url" in failure.message


async def test_a_stream_that_is_called_a_page_is_read_all_the_same() -> None:
    far = Far(Answer(tuple(HELLO), content_type="text/html"))
    assert (await far.chunks())[-1]["usage"]


async def test_an_error_of_any_length_keeps_its_status() -> None:
    far = Far(Answer((b"<p>busy</p>" * 100_000,), status=503, content_type="text/html"))
    failure = await far.failure()
    assert failure.status == 503
    assert len(failure.message) < 2100


async def test_an_error_whose_text_breaks_off_keeps_its_status() -> None:
    far = Far(Answer((b'{"error": ', Cut()), status=429, content_type=JSON_TYPE, headers={"retry-after": "3"}))
    failure = await far.failure()
    assert (failure.status, failure.retry_after_s) == (429, 3.0)


async def test_an_event_beyond_the_limit_is_malformed() -> None:
    failure = await Far(streaming(b"data: " + b"x" * 5000), max_event_bytes=1000).failure()
    assert isinstance(failure, Malformed)
    assert "1000 bytes" in failure.message


async def test_closing_early_leaves_nothing_open() -> None:
    far = Far(streaming(*HELLO[:2], FOREVER))
    chunks = far.stream()
    await anext(chunks)
    assert far.transport.open_exchanges == 1
    await chunks.aclose()
    assert far.transport.open_exchanges == 0


async def test_cancelling_leaves_nothing_open() -> None:
    far = Far(streaming(*HELLO[:2], FOREVER))
    task = asyncio.create_task(far.chunks())
    while not far.transport.open_exchanges:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert far.transport.open_exchanges == 0


async def test_a_chunk_comes_as_soon_as_its_event_does() -> None:
    chunks = Far(streaming(*HELLO[:2], FOREVER)).stream()
    assert [(await anext(chunks))["choices"][0]["delta"].get("content") for _ in range(2)] == ["", "Hello"]
    await chunks.aclose()


# Timers


async def test_the_timer_of_the_call_comes_first() -> None:
    far = Far(streaming(HELLO[0], FOREVER), timeouts=Timeouts(idle_s=60))
    with pytest.raises(TimedOut, match=r"0\.001 s"):
        await far.chunks(idle_s=0.001)


async def test_the_timer_of_the_provider_comes_second() -> None:
    far = Far(streaming(HELLO[0], FOREVER), timeouts=Timeouts(idle_s=0.002))
    with pytest.raises(TimedOut, match=r"0\.002 s"):
        await far.chunks(first_token_s=9)


def test_the_defaults_come_last() -> None:
    provider = OpenAiProvider(timeouts=Timeouts(idle_s=7))
    assert provider.limits(stream=True) == Timeouts(connect_s=10, first_token_s=30, idle_s=7)
    assert provider.limits(stream=False) == Timeouts(connect_s=10, first_token_s=600, idle_s=7)


# Either way as an iterator


async def test_replies_are_chunks_or_the_one_completion() -> None:
    chunks = [each async for each in Far(streaming(*HELLO)).provider.replies(CHAT, stream=True, terms=Terms())]
    assert fold(chunks) == completion("Hello there.")
    far = Far(json_answer(completion()))
    assert [each async for each in far.provider.replies(CHAT, stream=False, terms=Terms())] == [completion()]


# Models


async def test_models_are_those_the_provider_lists() -> None:
    far = Far(json_answer({"data": [{"id": "a", "created": 7, "owned_by": "them", "context_length": 100}]}))
    [card] = await far.provider.list_models()
    assert (card.id, card.created, card.owned_by, dict(card.extra)) == ("a", 7, "them", {"context_length": 100})
    assert (far.requests[0].method, far.requests[0].url) == ("GET", "http://far/v1/models")


async def test_a_list_that_is_refused_is_an_error() -> None:
    with pytest.raises(AccessDenied):
        await Far(json_answer({}, status=403)).provider.list_models()


class Echo(Provider):
    """A dialect without a list of models, whose events may stand for many chunks or none."""

    type = "echo"
    default_base_url = "http://echo"

    def request(self, chat: Chat, *, stream: bool) -> Request:
        return Request(self.base_url, self.headers(), b"")

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        for letter in event.data.decode():
            memo.notes["said"] = memo.notes.get("said", "") + letter
            yield {"choices": [{"delta": {"content": letter}}]}
        if event.name == "end":
            yield {"choices": [{"finish_reason": "end_turn"}], "said": memo.notes["said"]}

    def completion(self, body: dict[str, Any], chat: Chat) -> dict[str, Any]:
        return {"choices": [{"message": {"content": body["text"]}}]}


def echo(answer: Answer, **settings: Any) -> Echo:
    return Echo(transport=ScriptedTransport("far", lambda _: answer), **settings)


async def test_a_dialect_only_translates() -> None:
    stream = streaming(b"data: ab\n\nevent: end\ndata: c\n\n")
    answer = fold([each async for each in echo(stream).chat(CHAT, True)])
    assert (answer["choices"][0]["message"]["content"], answer["said"]) == ("abc", "abc")
    assert (answer["model"], answer["choices"][0]["finish_reason"]) == ("big", "stop")
    whole = await echo(json_answer({"text": "abc"})).chat(CHAT)
    assert (whole["choices"][0]["message"]["content"], whole["model"]) == ("abc", "big")


async def test_streams_do_not_share_their_memory() -> None:
    provider = echo(streaming(b"event: end\ndata: c\n\n"))
    for _ in range(2):
        assert fold([each async for each in provider.chat(CHAT, True)])["said"] == "c"


async def test_without_a_list_the_configured_models_are_listed() -> None:
    provider = echo(streaming(), models=["a", "b"], name="mine")
    assert [(card.id, card.owned_by) for card in await provider.list_models()] == [("a", "mine"), ("b", "mine")]


# What a provider is made of


def test_settings_are_read_in_their_several_forms() -> None:
    listed = OpenAiProvider("http://far/v1/", "key", ["a", "b"])
    assert (listed.base_url, listed.models, listed.name) == ("http://far/v1", {"a": "a", "b": "b"}, "openai")
    mapped = OpenAiProvider(api_key=Secret("key"), models={"a": "a-2026"}, name="mine")
    assert (mapped.base_url, mapped.models, mapped.name) == ("https://api.openai.com/v1", {"a": "a-2026"}, "mine")
    assert listed.api_key == mapped.api_key == Secret("key")


def test_headers_carry_the_key_and_what_is_configured() -> None:
    provider = OpenAiProvider(api_key="key", headers={"x-team": "blue"})
    assert provider.headers() == {
        "Content-Type": "application/json",
        "Authorization": "Bearer key",
        "x-team": "blue",
    }
    assert "Authorization" not in OpenAiProvider().headers()
    assert OpenAiProvider(api_key="key", headers={"Authorization": "Basic x"}).headers()["Authorization"] == "Basic x"


def test_the_key_does_not_show() -> None:
    provider = OpenAiProvider(api_key="sk-canary")
    assert "canary" not in repr(provider.__dict__["api_key"])


async def test_a_provider_closes_only_a_transport_of_its_own() -> None:
    class Closing:
        closed = False

        def open(self, request: Request, timeouts: Timeouts) -> Exchange:
            raise NotImplementedError

        async def close(self) -> None:
            self.closed = True

    shared = Closing()
    await OpenAiProvider(transport=shared).close()
    assert not shared.closed
    own = OpenAiProvider()
    own.transport = Closing()
    await own.close()
    assert own.transport.closed


async def test_a_vendor_that_quotes_the_gateways_key_is_not_quoted() -> None:
    far = Far(json_answer({"error": {"message": "no quota left for barekey-0123456789"}}, status=500))
    far.provider.api_key = Secret("barekey-0123456789")
    with pytest.raises(Unavailable) as failed:
        await far.chunks()
    assert "barekey" not in str(failed.value) + failed.value.message
    assert "no quota left" in failed.value.message


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("error", [TypeError, AttributeError, KeyError, IndexError, ValueError])
async def test_a_field_of_a_wrong_type_is_the_requests_fault(
    caplog: pytest.LogCaptureFixture, error: type[Exception], stream: bool
) -> None:
    class Particular(OpenAiProvider):
        def request(self, chat: Chat, *, stream: bool) -> Request:
            raise error("canary")

    provider = Particular("http://far/v1", name="mine")
    with pytest.raises(BadRequest, match="mine") as raised:
        async for _ in provider.replies(CHAT, stream=stream, terms=Terms()):
            pass
    assert raised.value.code == "invalid_type"
    [record] = caplog.records
    told = f"{record.getMessage()} {record.__dict__['fields']} {record.exc_text}"
    assert error.__name__ in told
    assert "test_base.py:" in told
    assert "canary" not in told + str(raised.value)
    await provider.close()
