import pytest

from llms import jsonio
from llms.providers.scripted.draft import DONE, Draft, ToolCall, paced, sent, sse, words_of
from llms.providers.scripted.transport import Pause
from llms.streaming.fold import fold
from llms.streaming.shape import StreamShape
from llms.types import Chunk, Completion

DRAFTS = {
    "words": Draft("m", ["Hello", " there"], prompt_tokens=3),
    "nothing": Draft("m", []),
    "reasoning": Draft("m", ["Hello"], reasoning=["Let", " me"]),
    "length": Draft("m", ["Hel"], finish_reason="length"),
    "calls": Draft(
        "m",
        None,
        calls=[ToolCall("call_1", "f", '{"city":"Zürich","units":"metric"}'), ToolCall("call_2", "g", "{}")],
        finish_reason="tool_calls",
    ),
    "alternatives": Draft("m", ["a", " b"], reasoning=["c"], alternatives=3),
}
every_draft = pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS.keys())


def shaped(draft: Draft) -> list[Chunk]:
    shape = StreamShape("m")
    chunks = [chunk for chunk in map(shape.feed, draft.chunks()) if chunk is not None]
    return [*chunks, *shape.finish(done=True)]


def without_names(completion: Completion) -> Completion:
    return {key: value for key, value in completion.items() if key not in {"id", "created"}}


@pytest.mark.parametrize("text", ["", " ", "a", " a b\n\nc  ", "\n- ü 你好\t\u2028x\r\n", "```py\n  x = 1\n```"])
def test_words_add_up_to_the_text(text: str) -> None:
    assert "".join(words_of(text)) == text


@every_draft
def test_the_chunks_add_up_to_the_completion(draft: Draft) -> None:
    assert without_names(fold(shaped(draft))) == without_names(draft.completion())


@every_draft
def test_a_right_stream_leaves_the_shape_as_it_came(draft: Draft) -> None:
    chunks = list(draft.chunks())
    assert [chunk["choices"] for chunk in shaped(draft)] == [chunk["choices"] for chunk in chunks]


def test_words_are_counted_as_tokens() -> None:
    assert DRAFTS["alternatives"].usage() == {
        "prompt_tokens": 0,
        "completion_tokens": 9,
        "total_tokens": 9,
        "completion_tokens_details": {"reasoning_tokens": 3},
    }


def test_a_stream_ends_with_the_mark() -> None:
    draft = DRAFTS["words"]
    body = b"".join(step for step in sent(draft, stream=True).steps if isinstance(step, bytes))
    assert body.count(b"\n\n") == 6
    assert body.endswith(DONE)


def test_a_whole_answer_takes_as_long_as_its_words() -> None:
    pause, body = sent(DRAFTS["words"], stream=False, gap_s=0.5, first_s=2).steps
    assert pause == Pause(2 + 0.5 * 4)
    assert isinstance(body, bytes)
    assert jsonio.loads(body)["object"] == "chat.completion"


def test_a_pace_puts_a_pause_after_each_piece() -> None:
    assert list(paced([b"a", b"b"], 0.1)) == [b"a", Pause(0.1), b"b", Pause(0.1)]


def test_without_a_pace_pieces_come_as_large_as_a_network_has_them() -> None:
    pieces = [bytes(1000)] * 40
    steps = list(paced(pieces, 0))
    assert b"".join(step for step in steps if isinstance(step, bytes)) == b"".join(pieces)
    assert len(steps) == 3


def test_an_event_is_one_line_of_data() -> None:
    assert sse({"id": "ü\n"}) == 'data: {"id":"ü\\n"}\n\n'.encode()
