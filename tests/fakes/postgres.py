"""A PostgreSQL to test against: the one of this machine, else one of our own, started from Debian's binaries."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.fakes.serving import free_port

_USUAL = "postgresql://postgres@127.0.0.1:5432"
_FOLDERS = "/usr/lib/postgresql"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a server, without a database. Skips the test where there is none and none can be started."""
    if _answers(_USUAL):
        yield _USUAL
        return
    binaries = sorted(Path(_FOLDERS).glob("*/bin")) if os.name == "posix" else []
    if not binaries:
        pytest.skip("there is no PostgreSQL on this machine (Debian's package: postgresql)")
    port = free_port()
    data = folder / "data"
    _as_nobody(folder, binaries[-1] / "initdb", "-A", "trust", "-U", "postgres", "-D", str(data))
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    _as_nobody(
        folder, binaries[-1] / "pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start"
    )
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        _as_nobody(folder, binaries[-1] / "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


@contextmanager
def database(url: str) -> Iterator[str]:
    """The URL of an empty database on a server, which is dropped in the end."""
    name = f"llms_test_{uuid.uuid4().hex}"
    _execute(url, f"CREATE DATABASE {name}")
    try:
        yield f"{url}/{name}"
    finally:
        _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _execute(url: str, statement: LiteralString) -> None:
    with psycopg.connect(f"{url}/postgres", autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


def _as_nobody(folder: Path, *command: str | Path) -> None:
    """Run a command as a user that PostgreSQL accepts: not as root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words]
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
