from typing import Any, cast

import pytest

from llms import jsonio
from llms.cli.display import JsonLines, PlainText
from llms.types import Chunk


def chunk(delta: dict[str, Any], finish: str | None = None, *, index: int = 0) -> Chunk:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return cast(Chunk, {"id": "x", "created": 1, "model": "m", "choices": [choice]})


def test_text_is_written_as_it_comes_and_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainText() as display:
        display.chunk(chunk({"content": "Hel"}))
        assert capsys.readouterr().out == "Hel"
        display.chunk(chunk({"content": "lo"}, "stop"))
    assert capsys.readouterr().out == "lo\n"


def test_an_answer_that_ends_its_line_gets_no_second_end(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainText() as display:
        display.chunk(chunk({"content": "a\n"}, "stop"))
    assert capsys.readouterr().out == "a\n"


def test_a_pipe_gets_the_text_untouched_a_terminal_gets_it_harmless(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlainText() as display:
        display.text("\x1b[2Ja")
    assert capsys.readouterr().out == "\x1b[2Ja\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with PlainText() as display:
        display.text("\x1b[2Ja")
    assert capsys.readouterr().out == "[2Ja\n"


def test_reasoning_and_other_choices_are_no_part_of_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainText() as display:
        display.chunk(chunk({"reasoning_content": "hm"}))
        display.chunk(chunk({"content": "other"}, index=1))
        display.chunk(chunk({"content": "a"}, "stop"))
    assert capsys.readouterr().out == "a\n"


def test_tool_calls_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainText() as display:
        for arguments in ('{"city"', ': "Bern"}'):
            call = {"index": 0, "id": "1", "function": {"arguments": arguments}}
            display.chunk(chunk({"tool_calls": [call]}))
        named = {"index": 0, "type": "function", "function": {"name": "weather"}}
        display.chunk(chunk({"tool_calls": [named]}, "tool_calls"))
    assert capsys.readouterr().out == 'weather({"city": "Bern"})\n'


def test_a_cut_answer_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainText() as display:
        display.chunk(chunk({"content": "a"}, "length"))
    assert "cut off" in capsys.readouterr().err


def test_a_failure_still_ends_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    display = PlainText()
    display.chunk(chunk({"content": "a"}, "length"))
    display.__exit__(KeyError, KeyError(), None)
    assert capsys.readouterr() == ("a\n", "")


def test_a_whole_answer_is_shown_like_a_stream(capsys: pytest.CaptureFixture[str]) -> None:
    message = {"role": "assistant", "content": "Hello"}
    completion = {"id": "x", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    with PlainText() as display:
        display.completion(completion)
    assert capsys.readouterr().out == "Hello\n"


def test_json_lines_are_what_came(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    first = chunk({"content": "ä\n"})
    with JsonLines() as display:
        display.chunk(first)
        display.completion({"id": "y"})
    assert [jsonio.loads(line) for line in capsysbinary.readouterr().out.splitlines()] == [first, {"id": "y"}]
