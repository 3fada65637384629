"""A chunk that repeats the one before it is what reading it anew would have made of it, and nothing else is."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import GatewayError
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import STREAM_TYPE, Answer, ScriptedTransport
from llms.streaming.repeats import Repeats
from llms.streaming.sse import Event
from llms.types import Chunk
from tests.contract.recordings import Recording, recordings
from tests.fakes.openai_wire import choice, chunk, sse, text_chunks


class Watched:
    """What knows repeated chunks, with a count of those it knew."""

    def __init__(self) -> None:
        self.known = 0
        self._repeats = Repeats()

    def chunk_of(self, event: Event) -> Chunk | None:
        found = self._repeats.chunk_of(event)
        self.known += found is not None
        return found

    def learn(self, event: Event, told: Chunk) -> None:
        self._repeats.learn(event, told)


class Reader(OpenAiProvider):
    """The provider, which knows repeated chunks if something that knows them is given."""

    watched: Watched | None = None

    def repeats(self) -> Any:
        return self.watched


async def read(body: bytes, watched: Watched | None) -> tuple[list[str], str]:
    """The chunks as JSON, with their keys in the order they are sent in, and the error that ended them."""
    transport = ScriptedTransport("far", lambda _: Answer((body,), content_type=STREAM_TYPE))
    provider = Reader("http://far/v1", "key", transport=transport)
    provider.watched = watched
    told: list[str] = []
    try:
        async for each in provider.chat({"model": "big", "messages": []}, True):
            told.append(json.dumps({**each, "id": "", "created": 0}))
            for part in (each, each["choices"][0] if each["choices"] else {}):  # what becomes of it is its own affair
                for value in cast(dict[str, Any], part).values():
                    if isinstance(value, dict):
                        value.clear()
            each["usage"] = None
    except GatewayError as error:
        return told, str(error)
    return told, ""


async def known_of(*chunks: dict[str, Any]) -> int:
    """How many of these chunks were known, after making sure that what they say is what is read anew."""
    body, watched = b"".join(sse(*chunks)), Watched()
    assert await read(body, watched) == await read(body, None)
    return watched.known


async def test_a_text_is_read_once_and_then_known() -> None:
    assert await known_of(*text_chunks("a", " b", "\n", 'say "c" \\ d', "é\u2028😀", "f")) == 5


async def test_reasoning_is_known_too() -> None:
    thoughts = [chunk(choice({"reasoning_content": word, "content": None})) for word in ("hm", " so", " yes")]
    assert await known_of(*text_chunks("x")[:1], *thoughts, *text_chunks("a", "b", "c")[1:]) == 2 + 2


@pytest.mark.parametrize("key", ["obfuscation", "p", "padding"])
async def test_padding_may_differ(key: str) -> None:
    first, *words, finish, usage = text_chunks("a", "b", '"},"' + key + '":"', "d")
    padded = [{**each, key: "x" * number} for number, each in enumerate(words)]
    assert await known_of(first, *padded, finish, usage) == 3


async def test_what_comes_between_is_not_lost() -> None:
    first, a, b, c, d, finish, usage = text_chunks("a", "b", "c", "d")
    extras = {**chunk(), "note": "once"}
    assert await known_of(first, a, b, extras, c, d, finish, usage) == 1


async def test_nothing_is_known_of_another_kind() -> None:
    first, a, b, finish, usage = text_chunks("a", "b")
    empty = chunk(choice({"content": ""}))
    call = chunk(choice({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]}))
    assert await known_of(first, a, empty, b, call, finish, usage) == 0


async def test_an_end_that_is_told_with_a_text_is_told_once() -> None:
    first, a, b, c, *_ = text_chunks("a", "b", "c")
    ends = [chunk(choice({"content": word}, "stop")) for word in ("d", "e", "f")]
    assert await known_of(first, a, b, c, *ends) == 3  # the last says what the one before it said, after the end


async def test_reasoning_in_the_content_goes_before_reasoning_beside_it() -> None:
    said = [{"type": "thinking", "thinking": "t"}]
    both = [chunk(choice({"content": said, "reasoning_content": word})) for word in ("t", "one", "two")]
    assert await known_of(text_chunks("x")[0], *both, *text_chunks("a")[1:]) == 0


async def test_reasoning_by_another_name_leaves_the_text_known() -> None:
    thoughts = [chunk(choice({"reasoning": word})) for word in "abcdefgh"]
    assert await known_of(text_chunks("x")[0], *thoughts, *text_chunks("a", "b", "c")[1:]) == 2


async def test_what_is_nested_too_deeply_to_compare_is_read_anew() -> None:
    body = b"".join(sse(*({**each, "usage": 7} for each in text_chunks("a", "b")[:-1])))
    body = body.replace(b'"usage": 7', b'"usage": %b%b' % (b"[" * 1000, b"]" * 1000))
    assert await read(body, Watched()) == await read(body, None)


async def test_choices_that_take_turns_are_told_apart() -> None:
    turns = [chunk(choice({"content": f"{number}"}, index=number % 2)) for number in range(40)]
    ends = [chunk(choice({}, "stop", index=index)) for index in (0, 1)]
    assert await known_of(*turns, *ends) == 0


async def test_a_stream_that_never_repeats_is_soon_left_alone() -> None:
    watched = Watched()
    changing = [{**each, "id": f"{number}"} for number, each in enumerate(text_chunks(*"abcdefgh"))]
    await read(b"".join(sse(*changing)), watched)
    assert watched.known == 0
    again = text_chunks("i")[1]  # the next two would be alike
    await read(b"".join(sse(again, again)), watched)
    assert watched.known == 0


@pytest.mark.parametrize(
    "data",
    [
        b'{"id":"i","choices":[{"index":0,"delta":{"content":"a"}}],"content":"b"}',
        b'{"content":"a","id":"i","choices":[{"index":0,"delta":{"content":"a"}}]}',
        b'{"id":"i","choices":[{"index":0,"delta":{"content":"b","content":"a"}}]}',
        b'{"id":"i","choices":[{"index":0,"delta":{"content":"a"}}],"choices":[{"index":0,"delta":{"content":"a"}}]}',
        b'{"id":"\\"content\\":\\"a\\"","choices":[{"index":0,"delta":{"content":"a"}}]}',
        b'{"id":"i","choices":[{"index":0,"delta":{"content":"x","content":"a"}}]}',
        b'{"content":"\\u0061","id":"i","choices":[{"index":0,"delta":{"content":"a"}}]}',
        b'{"id":"i","choices":[{"index":0,"p":"b","delta":{"content":"a"},"p":"c"}],"p":"d"}',
    ],
)
@pytest.mark.parametrize(
    "text", [b'"z"', b'"\\u00e9\\"\\\\"', b'""', b"null", b"7", b'"a","b":"c"', b'"\\ud800"', b"{", b""]
)
async def test_it_is_told_rightly_where_a_text_stands(data: bytes, text: bytes) -> None:
    first = b"".join(sse(text_chunks("x")[0], done=False))
    other = b'"delta":{"content":%b}' % text
    events = [
        data,
        data,
        data.replace(b'"delta":{"content":"a"}', other),
        data.replace(b':"a"', b":%b" % text),
        data,
        data,
    ]
    events += [data.replace(b':"a"', b":%b" % text, 1), data, data.replace(b'"c"', b'"q"')]
    body = first + b"".join(b"data: %b\n\n" % each for each in events) + b"data: [DONE]\n\n"
    assert await read(body, Watched()) == await read(body, None)


_TEXTS = st.text(max_size=8)
_VALUES = st.none() | st.integers(0, 3) | _TEXTS
_CHUNKS = st.builds(
    lambda delta, finish, index, extra, padding: {
        **chunk({"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}),
        **({"extra": extra} if extra is not None else {}),
        **({"obfuscation": padding} if padding is not None else {}),
    },
    st.fixed_dictionaries({}, optional={"content": _TEXTS | st.none(), "reasoning_content": _TEXTS, "note": _VALUES}),
    st.sampled_from([None] * 5 + ["stop"]),
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([None, None, None, "a", [], {"deep": 1}]),
    st.none() | st.sampled_from(["x", "xy", '","']),
)


@given(st.lists(_CHUNKS, max_size=12), st.booleans())
async def test_whatever_comes_is_what_is_read_anew(chunks: list[dict[str, Any]], ascii_only: bool) -> None:
    body = b"".join(b"data: %b\n\n" % json.dumps(each, ensure_ascii=ascii_only).encode() for each in chunks)
    assert await read(body, Watched()) == await read(body, None)


STREAMS = [case for case in recordings() if case.mode == "stream"]


@pytest.mark.parametrize("case", STREAMS, ids=[case.id for case in STREAMS])
async def test_a_recorded_stream_is_what_is_read_anew(case: Recording) -> None:
    assert await read(case.body, Watched()) == await read(case.body, None)


async def test_recorded_streams_of_text_are_mostly_known(corpus: Any) -> None:
    """Skipped where the corpus is not."""
    known = 0
    for case in STREAMS:
        watched = Watched()
        await read(case.body, watched)
        known += watched.known
    assert known > 500
