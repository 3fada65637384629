"""The command line inside the test's own process, in an empty folder and a home of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llms.cli.app import app
from llms.providers import registry

Llms = Callable[..., Result]


@pytest.fixture(autouse=True, scope="session")
def _entry_points_are_known() -> None:
    """Installed packages are searched for providers once in the life of a process, at its start."""
    registry.types()


@pytest.fixture
def llms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Llms:
    """Runs `llms` with these words; no server on this machine and no key is found."""
    monkeypatch.chdir(tmp_path)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("LLMS_DISCOVER", "false")

    def run(*words: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(words), input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run
