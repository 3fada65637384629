"""What is measured against what: the command line of each target, and a process of it, started and ended.

Knows how to configure each one to answer like OpenAI from a given upstream, one worker, its own defaults otherwise. It
must not know any scenario. Files of a run live in a temporary folder; output of a target goes to a file there.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import cpu
from bench.dialects import ADDRESSES

REPOSITORY = Path(__file__).resolve().parent.parent
_START_LIMIT_S = 30.0
_NGINX = """\
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 16m;
  client_body_buffer_size 256k;
  keepalive_requests 10000000;
  upstream provider {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location = /health {{ return 200 ok; }}
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""
_GATEWAY = """\
server: {{port: {port}}}
providers:
  mine: {{type: openai, base_url: "http://127.0.0.1:{upstream}/v1", api_key: x, models: [{models}]}}
{dialects}"""


class StartError(Exception):
    """A target did not come up; the message says why, with the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a target is to run: its own empty `folder`, the port to listen on, the upstream's port, the model names."""

    folder: Path
    port: int
    upstream: int
    models: Sequence[str]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that answers. `prefix` goes before model names; `measured` is false for the upstream itself.

    `translates` is true for what understands the dialects of other vendors than OpenAI.
    """

    name: str
    title: str
    command: Callable[[Site], list[str]]
    prefix: str = ""
    missing: Callable[[], str] = lambda: ""
    measured: bool = True
    translates: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A target that answers, `start_s` seconds after its process was made."""

    target: Target
    port: int
    pid: int
    start_s: float
    idle_mb: float


def _nginx(site: Site) -> list[str]:
    user = "user root;\n" if os.geteuid() == 0 else ""  # its worker must reach a folder that only we may enter
    text = _NGINX.format(user=user, folder=site.folder, port=site.port, upstream=site.upstream)
    (site.folder / "nginx.conf").write_text(text)
    return ["nginx", "-p", str(site.folder), "-e", "stderr", "-c", str(site.folder / "nginx.conf")]


def _gateway(site: Site) -> list[str]:
    dialects = "".join(
        f'  {name}: {{base_url: "http://127.0.0.1:{site.upstream}{address}", api_key: x}}\n'
        for name, address in ADDRESSES.items()
    )
    models = ", ".join(sorted(set(site.models)))
    text = _GATEWAY.format(port=site.port, upstream=site.upstream, models=models, dialects=dialects)
    (site.folder / "bench.yaml").write_text(text)
    return [sys.executable, "-m", "llms", "serve", "--config", str(site.folder / "bench.yaml")]


def _passthrough(loop: str) -> Callable[[Site], list[str]]:
    module = [sys.executable, "-m", "bench.passthrough"]
    return lambda site: [*module, str(site.port), f"http://127.0.0.1:{site.upstream}", loop]


UPSTREAM = Target(
    "direct",
    "no gateway",
    lambda site: [sys.executable, "-m", "bench.upstream", str(site.port)],
    measured=False,
)
YARDSTICK = "passthrough"
"""The target that ratios are told against."""
TARGETS = (
    Target("nginx", "nginx", _nginx, missing=lambda: "" if shutil.which("nginx") else "nginx is not installed"),
    Target(YARDSTICK, "bare aiohttp pass-through, uvloop", _passthrough("uvloop")),
    Target("passthrough-asyncio", "bare aiohttp pass-through, asyncio", _passthrough("asyncio")),
    Target("gateway", "llms serve", _gateway, prefix="mine/", translates=True),
)
"""In the order they take turns."""


@contextmanager
def running(target: Target, folder: Path, upstream: int = 0, models: Sequence[str] = ()) -> Iterator[Running]:
    """Run `target` in `folder`, which is made; end it and its children on the way out. Raises `StartError`."""
    folder.mkdir(parents=True)
    site = Site(folder, _free_port(), upstream, models)
    command = target.command(site)
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8"}
    environ["PYTHONPATH"] = str(REPOSITORY)
    with (folder / "output.log").open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _await_health(process, site)
            start_s = time.monotonic() - began
            yield Running(target, site.port, process.pid, start_s, cpu.rss_mb(process.pid))
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_health(process: subprocess.Popen[bytes], site: Site) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.005)
    said = " / ".join((site.folder / "output.log").read_text(errors="replace").splitlines()[-3:])
    why = "does not answer /health" if process.poll() is None else f"ended with code {process.returncode}"
    raise StartError(f"{why}; it said: {said or 'nothing'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
