from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Llms

SETTINGS = """
server: {port: 9000}
providers:
  mine: {base_url: "http://127.0.0.1:1/v1", api_key: topsecret, headers: {x-team: topsecret}, models: [big]}
models: {fast: mine/big}
auth: {keys: {ci: topsecret}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "llms.yaml"
    path.write_text(SETTINGS)
    return path


def test_the_file_in_use(llms: Llms, file: Path) -> None:
    result = llms("config", "path")
    assert (result.exit_code, result.stdout) == (0, f"{file}\n")


def test_without_a_file_the_places_it_may_be_at(llms: Llms, tmp_path: Path) -> None:
    result = llms("config", "path")
    assert result.exit_code == 1
    places = [tmp_path / "llms.yaml", tmp_path / ".llms" / "llms.yaml", tmp_path / ".llms" / "llms.json"]
    assert result.stdout.splitlines() == list(map(str, places))


def test_what_is_in_force_is_yaml_without_secrets(llms: Llms, file: Path) -> None:
    result = llms("config", "show")
    assert result.exit_code == 0
    assert "topsecret" not in result.output
    shown = yaml.safe_load(result.stdout)
    assert shown["server"]["port"] == 9000
    assert shown["server"]["host"] == "127.0.0.1"
    assert shown["providers"]["mine"]["api_key"] == "***"
    assert shown["models"]["fast"]["routes"] == ["mine/big"]
    assert str(file.name) in result.stdout.splitlines()[0]


def test_providers_the_environment_adds_are_named(llms: Llms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMS_DISCOVER", "true")
    monkeypatch.setenv("GROQ_API_KEY", "gsk_secret")
    last = llms("config", "show").stdout.splitlines()[-1]
    assert last.endswith(": groq")


def test_a_valid_file(llms: Llms, file: Path) -> None:
    result = llms("config", "check")
    assert (result.exit_code, result.stdout) == (0, "llms.yaml: valid\n")


def test_a_file_whose_routes_lead_to_what_the_environment_adds(
    llms: Llms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMS_DISCOVER", "true")
    monkeypatch.setenv("GROQ_API_KEY", "gsk_secret")
    (tmp_path / "llms.yaml").write_text("models: {fast: groq/x}")
    result = llms("config", "check")
    assert (result.exit_code, result.stdout) == (0, "llms.yaml: valid\n"), result.output


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("colour: blue", "colour"),
        ("providers: {mine: {type: nothing}}", "providers.mine"),
        ("models: {fast: nobody/x}", "models.fast"),
        ("providers: {groq: {}}", "GROQ_API_KEY"),
    ],
)
def test_a_file_that_is_not(llms: Llms, tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "other.yaml").write_text(line)
    result = llms("config", "check", "--config", "other.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    (told,) = result.stderr.splitlines()
    assert told.startswith("llms: other.yaml: ")
    assert problem in told
