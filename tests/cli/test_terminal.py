import pytest

from llms.cli.terminal import columns, complain, harmless


@pytest.mark.parametrize("attack", ["\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\r", "\x08", "\x7f"])
def test_control_characters_never_reach_a_terminal(attack: str) -> None:
    assert all(character.isprintable() for character in harmless(f"a{attack}b"))


def test_tabs_line_ends_and_letters_do() -> None:
    assert harmless("ä\t🙂\n") == "ä\t🙂\n"


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("first\r\n\x1b[31msecond")
    assert capsys.readouterr() == ("", "llms: first [31msecond\n")


def test_cells_stand_below_each_other() -> None:
    assert list(columns([["a", "b"], ["long\nname", "c"]])) == ["a          b", "long name  c"]


def test_no_rows_are_no_lines() -> None:
    assert list(columns([])) == []
