"""Builds the measured page with the UI's own tools, serves it under the UI's policy, and weighs the UI's entry.

Knows Vite's command line and how the page names its files. It must not know what is measured.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_UI = REPOSITORY / "ui"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
    "trusted-types llms-worker"
)


def build_page(folder: Path) -> None:
    """Builds the page that holds the renderer alone."""
    _vite("build", "--config", str(REPOSITORY / "bench/ui/page/vite.config.js"), "--outDir", str(folder))


def build_ui(folder: Path) -> None:
    """Builds the whole UI, as the package holds it."""
    _vite("build", "--outDir", str(folder), "--emptyOutDir")


def _vite(*words: str) -> None:
    vite = _UI / "node_modules/.bin/vite"
    done = subprocess.run([vite, *words], cwd=_UI, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", _POLICY)
        super().end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: requests are not what is measured."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder on loopback, and yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Weight:
    """What a browser must load before the page shows: gzipped bytes, and files with the page itself."""

    js: int
    css: int
    files: int


def weigh(folder: Path) -> Weight:
    """Weighs what the built page names, and so a browser loads at once."""
    named: list[str] = re.findall(r'(?:src|href)="\{\{ base \}\}([^"]+)"', (folder / "index.html").read_text())
    js, css = (sum(_zipped(folder / name) for name in named if name.endswith(suffix)) for suffix in (".js", ".css"))
    return Weight(js, css, len(named) + 1)


def _zipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))
