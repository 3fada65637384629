"""`llms usage`: the history in a table, in JSON, and in clear words where there is none."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from llms.cli.app import app
from llms.store.sql import open_store
from tests.store.conftest import row

NOW = 1_763_683_200.0  # 2025-11-21


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a history of three calls."""

    async def fill() -> None:
        store = await open_store(f"sqlite:///{tmp_path / 'llms.db'}")
        day = {"at": NOW, "day": "2025-11-21"}
        await store.append(
            [
                row("a", **day, cost_usd=0.25),
                row("b", **day, model="other", cost_usd=None, estimated=True),
                row("c", **day, outcome="failed", error="idle", cost_usd=0.0),
            ]
        )
        await store.close()

    monkeypatch.setenv("LLMS_HOME", str(tmp_path))
    asyncio.run(fill())
    return tmp_path


def ask(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["usage", *words], standalone_mode=False)
    assert result.exception is None, result.output
    return result.return_value, result.output


PERIOD = ("--from", "2025-11-01", "--to", "2025-11-30")


@pytest.mark.usefixtures("home")
def test_usage_is_a_table_with_a_total() -> None:
    code, output = ask("--by", "day,model", *PERIOD)
    lines = [line.split() for line in output.splitlines()]
    assert code == 0
    assert lines[0] == ["DAY", "MODEL", "CALLS", "ERRORS", "PROMPT", "ANSWER", "CACHED", "COST", "$"]
    assert lines[1] == ["2025-11-21", "gpt-4o-mini", "2", "1", "20", "40", "8", "0.2500"]
    assert lines[2] == ["2025-11-21", "other", "1", "0", "~10", "~20", "~4", "0.0000+"]
    assert lines[3] == ["total", "3", "1", "~30", "~60", "~12", "0.2500+"]


@pytest.mark.usefixtures("home")
def test_usage_is_what_the_api_answers_in_json() -> None:
    _, output = ask("--json", "--by", "provider", *PERIOD)
    told = json.loads(output)
    assert (told["by"], told["from"], told["to"]) == (["provider"], "2025-11-01", "2025-11-30")
    assert [(each["provider"], each["calls"]) for each in told["data"]] == [("openai", 3)]


@pytest.mark.usefixtures("home")
def test_a_period_without_calls_is_said() -> None:
    assert ask("--from", "2020-01-01", "--to", "2020-01-02")[1] == "No calls from 2020-01-01 to 2020-01-02.\n"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "colour"], "'by' must be one or more of day, model, provider, key"),
        (["--from", "yesterday"], "'from' must be a day, such as 2026-11-21"),
        (["--from", "2026-02-02", "--to", "2026-01-01"], "'from' lies after 'to'"),
    ],
)
def test_what_cannot_be_meant_is_one_line(words: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["usage", *words], standalone_mode=False)
    assert result.return_value not in (0, None)
    assert said in result.output
    assert len(result.output.splitlines()) == 1


def test_no_history_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMS_HOME", str(tmp_path))
    monkeypatch.setenv("LLMS_STORE__ENABLED", "false")
    code, output = ask()
    assert code == 1
    assert "no history is kept" in output


def test_a_history_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLMS_HOME", str(tmp_path))
    monkeypatch.setenv("LLMS_STORE__URL", "postgresql://someone:sesame@127.0.0.1:1/none")
    result = CliRunner().invoke(app, ["usage"], standalone_mode=False)
    assert result.return_value == 1
    assert "cannot be opened" in result.output
    assert "sesame" not in result.output
