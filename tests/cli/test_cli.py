import subprocess
import sys
from pathlib import Path

import pytest

from llms.version import VERSION

CHECKOUT = Path(__file__).resolve().parent.parent.parent

LOADED = "import sys\nfrom llms.cli.app import app\napp.main({words!r}, standalone_mode=False)\nprint(*sys.modules)"
HEAVY = (
    "aiohttp",
    "pydantic",
    "rich",
    "yaml",
    "jinja2",
    "uvloop",
    "llms.gateway",
    "llms.server",
    "llms.config",
)


@pytest.mark.process
def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "llms", "--version"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == f"llms {VERSION}\n"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["serve", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(words: list[str]) -> None:
    code = LOADED.format(words=words)
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert [name for name in loaded if name.startswith(HEAVY)] == []
