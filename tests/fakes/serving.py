"""`llms serve` as a process of its own: started with a configuration file, asked over HTTP, ended by signals.

Its output goes to a file, so a full pipe can never hold it up and a failed test can show what it said.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CHECKOUT = Path(__file__).resolve().parent.parent.parent
START_WITHIN_S = 15.0
STOP_WITHIN_S = 10.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configuration(port: int, upstream_url: str, **server: Any) -> dict[str, Any]:
    """A configuration with one provider, `mine`, that lists the models `big` and `small`; it is asked once."""
    mine = {"type": "openai", "base_url": upstream_url, "api_key": "upstream-key", "models": ["big", "small"]}
    listening = {"host": "127.0.0.1", "port": port, "drain_s": 5, **server}
    return {"server": listening, "providers": {"mine": mine}, "resilience": {"retries": 0}}


@dataclass(slots=True)
class Finished:
    """A run of the command that has ended."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        """The lines of its output that are not empty."""
        return [line for line in self.output.splitlines() if line.strip()]


@dataclass(slots=True)
class Serving:
    """A gateway process that answers."""

    process: asyncio.subprocess.Process
    url: str
    output_file: Path
    started_within_s: float

    @property
    def chat_url(self) -> str:
        """Where chats are posted to."""
        return f"{self.url}/v1/chat/completions"

    @property
    def output(self) -> str:
        """All it has said so far."""
        return self.output_file.read_text()

    @property
    def open_files(self) -> int:
        """How many file descriptors the process holds."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    async def settled(self) -> None:
        """Wait until what loads beside the first calls is there: from then on memory grows by what calls hold."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/api/usage") as response:
            assert response.status == 200

    @property
    def resident_mb(self) -> float:
        """The process's resident memory in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)

    async def ended(self, within_s: float = STOP_WITHIN_S) -> int:
        """Wait for the process to end; gives its exit code."""
        try:
            async with asyncio.timeout(within_s):
                return await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"the gateway did not stop within {within_s} s; it said:\n{self.output}") from None

    async def stop(self) -> int:
        """Ask the process to end as a supervisor does, and give its exit code."""
        if self.process.returncode is None:
            self.signal(signal.SIGTERM)
        try:
            return await self.ended()
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()


async def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Finished:
    """Run `llms` with these arguments in `folder` until it ends by itself."""
    output_file = folder / "output.txt"
    process = await _start(arguments, folder, output_file, environment)
    try:
        async with asyncio.timeout(START_WITHIN_S):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError(f"`llms {' '.join(arguments)}` did not end:\n{output_file.read_text()}") from None
    return Finished(code, output_file.read_text())


async def serve(settings: Mapping[str, Any], folder: Path) -> Serving:
    """Start `llms serve` with these settings and wait until `/health` answers."""
    file = folder / f"llms-{settings['server']['port']}.json"
    file.write_text(json.dumps(settings))
    url = f"http://127.0.0.1:{settings['server']['port']}"
    output_file = folder / f"output-{settings['server']['port']}.txt"
    started = time.monotonic()
    process = await _start(["serve", "--config", str(file)], folder, output_file)
    try:
        await _answers(process, url, output_file)
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    return Serving(process, url, output_file, time.monotonic() - started)


async def _start(
    arguments: Sequence[str], folder: Path, output_file: Path, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    known = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(CHECKOUT), **(environment or {})}
    with output_file.open("wb") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "llms",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env=known,
        )


async def _answers(process: asyncio.subprocess.Process, url: str, output_file: Path) -> None:
    """Ask for `/health` until it answers; a start has no event to wait for."""
    deadline = time.monotonic() + START_WITHIN_S
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            assert process.returncode is None, f"the gateway ended at once:\n{output_file.read_text()}"
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get(f"{url}/health") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.02)
    raise AssertionError(f"/health did not answer within {START_WITHIN_S} s:\n{output_file.read_text()}")
