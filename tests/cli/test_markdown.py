import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from llms.cli.markdown import Answer, Blocks, MarkdownDisplay


def console(*, height: int = 20) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=60, height=height, color_system=None)


def written(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def printed_for_good(text: str) -> list[str]:
    """What stays on the screen, where nothing was drawn while it came."""
    screen = console()
    display = MarkdownDisplay(screen)
    display._live.start = lambda *_, **__: None  # type: ignore[method-assign]
    with display:
        display.text(text)
    return [line.rstrip() for line in written(screen).splitlines()]


@given(st.lists(st.text("ab \n`-1.#>|", max_size=6), max_size=30))
def test_no_text_is_lost_however_it_comes(pieces: list[str]) -> None:
    blocks = Blocks()
    ended = [block for piece in pieces for block in blocks.add(piece)]
    assert "\n".join([*ended, blocks.rest]).split() == "".join(pieces).split()


@given(st.text("ab \n`-1.#>|", max_size=60), st.integers(1, 7))
def test_blocks_end_at_the_same_places_however_the_text_comes(text: str, size: int) -> None:
    def ends(pieces: list[str]) -> list[str]:
        blocks = Blocks()
        return [block for piece in pieces for block in blocks.add(piece)]

    assert ends([text[start : start + size] for start in range(0, len(text), size)]) == ends([text])


def test_a_block_has_ended_when_the_next_one_begins() -> None:
    blocks = Blocks()
    assert blocks.add("one\n\n") == []
    assert blocks.add("two") == []
    assert blocks.add("\n") == ["one\n"]
    assert blocks.rest == "two\n"


@pytest.mark.parametrize("whole", ["```\na\n\nb\n", "- a\n\n- b\n", "1. a\n\n   more\n\n2. b\n", "~~~~\n~~~\n\na\n"])
def test_code_and_lists_stay_in_one_piece(whole: str) -> None:
    blocks = Blocks()
    assert blocks.add(whole) == []
    assert blocks.rest == whole


def test_what_is_drawn_again_is_bounded_and_stays_code() -> None:
    blocks = Blocks()
    blocks.add("```python\n" + "".join(f"line {number}\n" for number in range(1000)))
    lines = blocks.window(5).splitlines()
    assert lines[0] == "```python"
    assert lines[-1] == "line 999"
    assert len(lines) <= 6


def test_markdown_is_formatted() -> None:
    lines = printed_for_good("Some **bold** words.\n\n- one\n- two\n\n```sh\nllms serve\n```\n\nThe end.")
    assert lines == ["Some bold words.", "", " • one", " • two", "", " llms serve", "", "The end."]


def test_tags_are_text() -> None:
    assert printed_for_good("a <think>b</think>\n\n<div>c</div>") == ["a <think>b</think>", "", "<div>c</div>"]


def test_control_characters_are_left_out() -> None:
    assert printed_for_good("a\x1b]0;x\x07b") == ["a]0;xb"]


def test_a_growing_block_is_drawn_and_the_thoughts_vanish() -> None:
    screen = console()
    with MarkdownDisplay(screen) as display:
        display.thought("let me see")
        display._live.refresh()
        assert "let me see" in written(screen)
        display.text("The *answer*")
        before = len(written(screen))
        display._live.refresh()
        assert "The answer" in written(screen)[before:]
        assert "let me see" not in written(screen)[before:]
    assert written(screen).rstrip().endswith("The answer")


def test_a_block_higher_than_the_terminal_shows_its_end() -> None:
    screen = console(height=6)
    with MarkdownDisplay(screen) as display:
        display.text("".join(f"- item {number}\n" for number in range(50)))
        before = len(written(screen))
        display._live.refresh()
        drawn = written(screen)[before:]
        assert "item 49" in drawn
        assert "item 40" not in drawn


def test_html_stays_out_of_the_parser() -> None:
    assert all(token.type != "html_block" for token in Answer("<div>a</div>").parsed)
