"""Reasoning between tags, told apart from the text whatever the cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.streaming.think import ThinkSplitter, split_think

ANSWERS = {
    "<think>hm</think>yes": ("hm", "yes"),
    "<think>\nhm\n</think>\n\nyes": ("\nhm\n", "yes"),
    "\n <think>hm</think> yes </think> no": ("hm", "yes </think> no"),
    "<think>a < b </thin </think>": ("a < b </thin ", ""),
    "<think></think>yes": ("", "yes"),
    "<think>never closed </thi": ("never closed </thi", ""),
    "plain": ("", "plain"),
    "  plain <think>not at the beginning</think>": ("", "  plain <think>not at the beginning</think>"),
    "<thinking>another tag</thinking>": ("", "<thinking>another tag</thinking>"),
    "<thi": ("", "<thi"),
    " \n": ("", " \n"),
    "": ("", ""),
}


def in_pieces(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    told = [*map(splitter.feed, pieces), splitter.flush()]
    return "".join(reasoning for reasoning, _ in told), "".join(text for _, text in told)


@pytest.mark.parametrize(("answer", "told"), ANSWERS.items())
def test_an_answer_is_its_reasoning_and_its_text(answer: str, told: tuple[str, str]) -> None:
    assert split_think(answer) == told


@pytest.mark.parametrize(("answer", "told"), ANSWERS.items())
def test_the_cut_of_the_deltas_does_not_matter(answer: str, told: tuple[str, str]) -> None:
    assert in_pieces(list(answer)) == told
    for cut in range(len(answer)):
        assert in_pieces([answer[:cut], answer[cut:]]) == told


@given(st.lists(st.text(alphabet="<think/> \na", max_size=6), max_size=12))
def test_pieces_say_what_the_whole_says(pieces: list[str]) -> None:
    assert in_pieces(pieces) == split_think("".join(pieces))


def test_what_is_no_tag_is_told_at_once() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<b") == ("", "<b")
    assert splitter.is_settled
    assert splitter.feed("<think>") == ("", "<think>")


def test_reasoning_is_told_as_it_comes() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<think>one") == ("one", "")
    assert splitter.feed(" two <") == (" two ", "")
    assert splitter.feed("3") == ("<3", "")
