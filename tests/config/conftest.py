from collections.abc import Callable
from pathlib import Path

import pytest

from llms.config import load
from llms.errors import ConfigError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into an empty current folder, and gives its relative path."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "llms.yaml") -> Path:
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.fixture
def problems(write: Write) -> Callable[..., list[str]]:
    """The lines that a file's text is refused with."""

    def problems(text: str, name: str = "llms.yaml", **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            load(write(text, name), environ=environ)
        return str(refused.value).splitlines()

    return problems
