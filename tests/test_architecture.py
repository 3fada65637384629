"""The rules that no linter knows: who may import what of aiohttp, who may start tasks, how long things grow, and that
every module has its test.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "llms"
FUNCTION_LINES = 60
FILE_LINES = 500

# Modules whose behaviour is tested elsewhere, each with the place. A line leaves this table when its module gets a
# test of its own, and none is added for a module that decides anything.
TESTED_ELSEWHERE = {
    "__init__.py": "tests/test_imports.py",
    "providers/anthropic/answer.py": "tests/providers/anthropic/test_stream.py",
    # One contract for all transports, over real sockets
    "providers/transport/__init__.py": "tests/providers/transport/test_default.py",
    "providers/transport/interface.py": "tests/providers/transport/test_contract.py",
    "providers/transport/outcomes.py": "tests/providers/transport/test_contract.py",
    "providers/transport/pool.py": "tests/providers/transport/test_contract.py",
    # Shapes and steps without a decision in them
    "store/migrations/env.py": "tests/store/test_schema.py",
    "store/migrations/versions/v0001_calls.py": "tests/store/test_schema.py",
    "store/rows.py": "tests/store/test_sql.py",
}

SOURCES = sorted(PACKAGE.rglob("*.py"))
every_source = pytest.mark.parametrize("source", SOURCES, ids=[str(path.relative_to(CHECKOUT)) for path in SOURCES])

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed(source: Path) -> ast.Module:
    return ast.parse(source.read_text("utf-8"))


def name_of(source: Path) -> str:
    """The path below the package: `providers/base.py`."""
    return source.relative_to(PACKAGE).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def names_of_aiohttp(tree: ast.AST) -> set[str]:
    """What a module imports of aiohttp: `{"web"}`, `{"ClientSession"}`; `{"*"}` for the bare module."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            paths = [alias.name.partition(".") for alias in node.names]
            names.update(rest or "*" for package, _, rest in paths if package == "aiohttp")
        elif isinstance(node, ast.ImportFrom) and node.module == "aiohttp":
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiohttp."):
            names.add((node.module or "").removeprefix("aiohttp.").partition(".")[0])
    return names


@every_source
def test_the_server_alone_knows_aiohttps_web(source: Path) -> None:
    web = {name for name in names_of_aiohttp(parsed(source)) if name.startswith("web")}
    assert not web or name_of(source).startswith("server/")


@every_source
def test_the_providers_alone_know_aiohttps_client(source: Path) -> None:
    client = {name for name in names_of_aiohttp(parsed(source)) if not name.startswith("web")}
    place = name_of(source).partition("/")[0]
    assert not client or place in {"providers", "server"}
    if place == "server":
        assert not {name for name in client if name.lower().startswith("client") or name == "*"}


def task_group_names(tree: ast.AST) -> set[str]:
    """The names that `async with asyncio.TaskGroup() as name` binds."""
    items = [item for node in ast.walk(tree) if isinstance(node, ast.AsyncWith) for item in node.items]
    return {
        item.optional_vars.id
        for item in items
        if isinstance(item.optional_vars, ast.Name) and "TaskGroup" in ast.unparse(item.context_expr)
    }


def tasks_started(tree: ast.AST) -> list[str]:
    """The calls that start a task which nothing waits for."""
    groups = task_group_names(tree)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        ast.unparse(call)
        for call in calls
        if isinstance(call, ast.Attribute)
        and call.attr in {"create_task", "ensure_future"}
        and not (isinstance(call.value, ast.Name) and call.value.id in groups)
    ]


@every_source
def test_tasks_alone_starts_tasks(source: Path) -> None:
    assert name_of(source) == "tasks.py" or not tasks_started(parsed(source))


def yields_inside_a_timeout(tree: ast.AST) -> list[int]:
    """Lines of `yield` lexically inside `async with asyncio.timeout(...)`: it would cancel the consumer's body."""
    return [
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        and any(
            "timeout" in ast.unparse(item.context_expr.func)
            for item in node.items
            if isinstance(item.context_expr, ast.Call)
        )
        for inner in ast.walk(node)
        if isinstance(inner, ast.Yield | ast.YieldFrom)
    ]


@every_source
def test_no_generator_yields_inside_a_timeout(source: Path) -> None:
    assert yields_inside_a_timeout(parsed(source)) == []


@every_source
def test_a_module_says_what_it_knows(source: Path) -> None:
    assert ast.get_docstring(parsed(source))


@every_source
def test_functions_stay_short(source: Path) -> None:
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(parsed(source))}
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


@every_source
def test_files_stay_short(source: Path) -> None:
    assert len(source.read_text("utf-8").splitlines()) <= FILE_LINES


def test_every_package_is_a_folder_with_an_init() -> None:
    folders = {source.parent for source in SOURCES}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def decides_something(source: Path) -> bool:
    """Whether a module has code of its own, other than names it passes on."""
    return any(
        isinstance(node, Function | ast.ClassDef | ast.If | ast.For | ast.While | ast.Try)
        for node in parsed(source).body
    )


def test_of(source: Path) -> Path:
    """`llms/config/load.py` is tested in `tests/config/test_load.py`, `llms/config/__init__.py` in `test_config.py`."""
    folder = CHECKOUT / "tests" / source.relative_to(PACKAGE).parent
    if source.name == "__init__.py":
        return folder / f"test_{source.parent.name}.py"
    return folder / f"test_{source.stem.strip('_')}.py"


test_of.__test__ = False  # type: ignore[attr-defined]  # a function that finds tests, not one


def test_every_module_has_the_test_that_bears_its_name() -> None:
    without = {name_of(source) for source in SOURCES if decides_something(source) and not test_of(source).is_file()}
    untested, tested = sorted(without - TESTED_ELSEWHERE.keys()), sorted(TESTED_ELSEWHERE.keys() - without)
    assert not untested, f"these need a test of their own: {' '.join(untested)}"
    assert not tested, f"these have one now, take them out of the table: {' '.join(tested)}"


def test_what_is_tested_elsewhere_is_tested_there() -> None:
    assert [place for place in TESTED_ELSEWHERE.values() if not (CHECKOUT / place).exists()] == []


BREACHES: list[tuple[Any, str]] = [
    (names_of_aiohttp, "import aiohttp"),
    (names_of_aiohttp, "from aiohttp import web"),
    (names_of_aiohttp, "from aiohttp.web_response import Response"),
    (tasks_started, "asyncio.get_running_loop().create_task(work())"),
    (yields_inside_a_timeout, "async def f():\n async with asyncio.timeout(1):\n  yield 1"),
]


@pytest.mark.parametrize(("finder", "code"), BREACHES, ids=[code.splitlines()[0] for _, code in BREACHES])
def test_a_breach_is_found(finder: Any, code: str) -> None:
    assert finder(ast.parse(code))


def test_a_task_of_a_group_is_waited_for() -> None:
    code = "async def f():\n async with asyncio.TaskGroup() as group:\n  group.create_task(work())"
    assert tasks_started(ast.parse(code)) == []
