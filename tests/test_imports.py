"""What importing costs, and that each module can be the first one imported."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import llms

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "llms"
CPU_LIMIT_S = 4  # ten times the promise: a busy machine is not what this test is about

MODULES = sorted(
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.name != "__main__.py"
)


def is_package(module: str) -> bool:
    return (CHECKOUT / Path(*module.split(".")) / "__init__.py").is_file()


def in_a_new_interpreter(code: str) -> list[str]:
    """The words that `code` prints in an interpreter which imported nothing before."""
    child = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return child.stdout.split()


def test_importing_the_package_loads_no_server_and_no_provider() -> None:
    loaded = in_a_new_interpreter("import sys, llms; print(*sys.modules)")
    heavy = ("aiohttp", "pydantic", "rich", "yaml", "jinja2", "uvloop", "click", "llms.server", "llms.providers.")
    assert [name for name in loaded if name.startswith(heavy)] == []


def test_the_providers_load_without_the_server() -> None:
    loaded = in_a_new_interpreter("import sys, llms.providers.registry; print(*sys.modules)")
    assert "aiohttp.web" not in loaded
    assert "llms.providers.demo" not in loaded


def test_every_public_name_is_there_when_asked_for() -> None:
    assert all(getattr(llms, name) is not None for name in llms.__all__)


@pytest.mark.parametrize("package", [name for name in MODULES if is_package(name)])
def test_a_public_name_is_not_hidden_by_a_module_of_the_same_name(package: str) -> None:
    modules = {name: importlib.import_module(name) for name in MODULES if name.startswith(package)}
    public = getattr(modules[package], "__all__", [])
    assert [name for name in public if isinstance(getattr(modules[package], name), ModuleType)] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = llms.no_such_name


@pytest.mark.slow
def test_importing_the_package_is_quick() -> None:
    (seconds,) = in_a_new_interpreter(
        "import time; start = time.process_time(); import llms; print(time.process_time() - start)"
    )
    assert float(seconds) < CPU_LIMIT_S


EACH_MODULE_FIRST = """
import importlib, sys
for module in sys.argv[1:]:
    for loaded in [name for name in sys.modules if name.partition(".")[0] == "llms"]:
        del sys.modules[loaded]
    print(module, flush=True)
    importlib.import_module(module)
"""


@pytest.mark.slow
def test_each_module_can_be_imported_first() -> None:
    command = [sys.executable, "-c", EACH_MODULE_FIRST, *MODULES]
    child = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert child.stdout.split() == MODULES, child.stderr
    assert child.returncode == 0, child.stderr
