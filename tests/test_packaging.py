"""The wheel as a user gets it: built from a clean tree, installed without checkout or Node.js, started."""

import http.client
import re
import shutil
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from llms.version import VERSION
from tests.fakes.distributions import CHECKOUT, Distributions, run
from tests.fakes.installation import Installation

BROWSER_LIMIT_S = 20
UI = "llms/_ui/"

# What a browser loads before the page can be used: with gzip, as any of them takes it over plain HTTP.
MOST_REQUESTS = 6
MOST_BYTES = {".js": 100_000, ".css": 15_000}
MOST_BYTES_OF_THE_WHEEL = 8_000_000

# The first test of a worker pays for the build and for the installation of every dependency.
pytestmark = [pytest.mark.package, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def sdist(distributions: Distributions) -> Path:
    return distributions.sdist()


@pytest.fixture(scope="session")
def wheel(distributions: Distributions) -> Path:
    return distributions.wheel()


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
    assert names >= {"index.html", "sandbox.html"}
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


def test_the_installed_gateway_serves_its_page_and_stops_cleanly(installed: Path, tmp_path: Path) -> None:
    gateway = Installation(installed, tmp_path)
    gateway.start()
    try:
        with urllib.request.urlopen(gateway.url, timeout=5) as page:
            assert page.status == 200
            assert page.headers.get_content_type() == "text/html"
            assert "default-src" in page.headers["Content-Security-Policy"]
            assert b"<html" in page.read()
    finally:
        code = gateway.stop()
    assert code == 0


@contextmanager
def browsing(commands: Path, home: Path) -> Iterator[tuple[Page, str]]:
    """A page of a browser, and the address of a gateway that runs for it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium on this machine: .ci/system-packages installs it on Debian")
    gateway = Installation(commands, home)
    gateway.start()
    try:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
            page.set_default_timeout(BROWSER_LIMIT_S * 1000)
            yield page, gateway.url
    finally:
        gateway.kill()


def complaints_of(page: Page) -> list[str]:
    """What goes wrong on a page, from now on: errors, breaches of the policy, answers that are none."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(error.message))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    return complaints


def open_views(page: Page, address: str) -> None:
    """Open a view at each depth, and wait until it shows."""
    for view in ("/", "/c/some-thread"):
        page.goto(address + view, wait_until="load")
        page.locator("#app > *").first.wait_for(state="attached")
        # What is fetched while the page is idle is not to be cut off by the next view.
        page.wait_for_load_state("networkidle")
    assert page.title()


@pytest.mark.e2e
def test_the_page_keeps_its_own_policy_in_a_browser(installed: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    with browsing(installed, tmp_path) as (page, address):
        complaints = complaints_of(page)
        page.on("request", lambda request: asked.append(request.url))
        open_views(page, address)
    assert complaints == []
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


@contextmanager
def below(path: str, address: str) -> Iterator[str]:
    """The address of a proxy that has the gateway below a path, and nothing anywhere else."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{path}/"):
                self.send_error(404)
                return
            inner = http.client.HTTPConnection(address.removeprefix("http://"), timeout=BROWSER_LIMIT_S)
            inner.request("GET", self.path.removeprefix(path), headers=dict(self.headers))
            answer = inner.getresponse()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.read())
            inner.close()

    with serving_on_a_thread(Proxy) as outer:
        yield outer + path


@pytest.mark.e2e
def test_the_page_works_below_any_path(installed: Path, tmp_path: Path) -> None:
    with browsing(installed, tmp_path) as (page, address), below("/tools/llms", address) as outer:
        complaints = complaints_of(page)
        open_views(page, outer)
        assert complaints == []


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

    with serving_on_a_thread(Recorder) as address:
        yield address, asked


@contextmanager
def serving_on_a_thread(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a small server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
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
