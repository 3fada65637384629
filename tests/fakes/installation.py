"""The gateway as a person has it: the `llms` command of an environment, as a process that tests start, kill and start
again. For tests without an event loop of their own; `serving.py` is for those with one.
"""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.serving import free_port

START_LIMIT_S = 30
STOP_LIMIT_S = 10


class Installation:
    """A gateway that runs from `commands`, the `bin` folder of an environment, with `home` as its only folder.

    Without `settings` it finds no configuration at all. Its address stays the same over restarts.
    """

    def __init__(self, commands: Path, home: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "log"
        self._commands = commands
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        if settings is not None:
            (home / "llms.json").write_text(json.dumps(settings), "utf-8")

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        configured = ["--config", "llms.json"] if (self._home / "llms.json").is_file() else []
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._commands / "llms", "serve", *configured, "--port", str(self.port)],
                cwd=self._home,
                env={"PATH": str(self._commands), "HOME": str(self._home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        limit = time.monotonic() + START_LIMIT_S
        while self.is_running and time.monotonic() < limit:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return
            except urllib.error.URLError:
                time.sleep(0.02)
        self.kill()
        raise AssertionError(f"llms serve did not answer:\n{self.log.read_text('utf-8')}")

    def stop(self) -> int:
        """Ask it to end as a supervisor does; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
