from pathlib import Path

import click
import pytest

from llms.cli.app import understood
from llms.version import VERSION
from tests.cli.conftest import Llms

COMMANDS = ["serve", "chat", "check", "models", "config", "ls"]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("", "--help"),
        ("help", "--help"),
        ("help serve", "serve --help"),
        ("serve --port 9000", "serve --port 9000"),
        ("ls openai", "ls openai"),
        ("--serve 9000", "serve --port 9000"),
        ("--serve=9000 --verbose", "serve --verbose --port 9000"),
        ("--config my.json --serve 9000 --verbose", "serve --config my.json --verbose --port 9000"),
        ("--serve", "serve --port"),
        ("--list", "models"),
        ("--check groq", "check groq"),
        ("--config my.yaml serve --port 1", "serve --config my.yaml --port 1"),
        ("--config my.yaml hello there", "chat --config my.yaml hello there"),
        ("-m demo/guide hello", "chat -m demo/guide hello"),
        ("hello", "chat hello"),
        ("why is it so", "chat why is it so"),
        ("-", "chat -"),
        ("hello -- --serve", "chat hello -- --serve"),
        ("chat serve", "chat serve"),
    ],
)
def test_words_mean_a_command(words: str, meaning: str) -> None:
    assert understood(words.split(), COMMANDS) == meaning.split()


def test_a_prompt_of_several_words_is_one_even_if_it_begins_like_a_command() -> None:
    assert understood(["serves you right"], COMMANDS) == ["chat", "serves you right"]


@pytest.mark.parametrize(("typo", "meant"), [("servee", "serve"), ("model", "models"), ("checks", "check")])
def test_a_misspelt_command_is_not_sent_to_a_model(typo: str, meant: str) -> None:
    with pytest.raises(click.UsageError, match=f"did you mean `llms {meant}`"):
        understood([typo], COMMANDS)


def test_alone_it_prints_where_to_begin(llms: Llms) -> None:
    result = llms()
    assert result.exit_code == 0
    steps = [line.split()[1] for line in result.output.splitlines() if line.startswith("    llms ")]
    assert steps == ["serve", '"why', "check"]


def test_version(llms: Llms) -> None:
    assert llms("--version").output == f"llms {VERSION}\n"


def test_a_wrong_option_is_one_line(llms: Llms) -> None:
    result = llms("serve", "--prot", "1")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("llms: ")
    assert len(result.stderr.splitlines()) == 1


def test_every_problem_of_a_configuration_is_a_line(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "llms.yaml").write_text("server: {port: many, colour: blue}")
    result = llms("models")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("llms: llms.yaml: server.") for line in lines)


def test_an_unknown_model_says_how_to_find_one(llms: Llms) -> None:
    result = llms("-m", "nobody/nothing", "hello there")
    assert result.exit_code == 1
    assert result.stderr == "llms: there is no model 'nobody/nothing' here: `llms models` lists what there is\n"


def test_a_nearly_right_model_is_named(llms: Llms) -> None:
    assert "did you mean demo/guide?" in llms("-m", "guied", "hello there").stderr


def test_ctrl_c_is_told_and_has_its_exit_code(llms: Llms, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("llms.cli.models.read_config", interrupted)
    result = llms("models")
    assert result.exit_code == 130
    assert result.stderr == "canceled\n"


def test_a_pipe_that_nobody_reads_is_no_traceback(llms: Llms, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("llms.cli.models.read_config", unread)
    result = llms("models")
    assert result.exit_code == 1
    assert result.output == ""
