import pytest

from llms.cli import reference


def test_the_page_is_what_the_commands_say() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "run `make docs`"


def test_every_command_and_option_is_on_it() -> None:
    page = reference.page()
    for words in (
        "## llms serve",
        "## llms chat",
        "## llms check",
        "## llms models",
        "## llms config show",
        "--no-stream",
    ):
        assert words in page


def test_a_page_that_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "page", lambda: "something else")
    monkeypatch.setattr("sys.argv", ["reference", "--check"])
    assert reference.main() == 1
