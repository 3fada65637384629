"""The wheel as a user gets it: built from a clean tree, installed without checkout or Node.js, started."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from llms.version import VERSION

CHECKOUT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 30

# The first test of a worker pays for the build and for the installation of every dependency.
pytestmark = [pytest.mark.package, pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git would commit."""
    tree, dist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT)
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, tree / name)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", dist, tree)
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and its run-time dependencies."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", environment)
    commands = environment / "bin"
    run(commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return commands


def test_the_wheel_holds_what_is_no_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    here = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "llms/server/templates").iterdir()}
    assert here
    assert names >= here | {"llms/py.typed"}


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    folders = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert folders == {"llms", f"llms_gateway-{VERSION}.dist-info"}


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
    environment = {"PATH": f"{commands}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(home)}
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


@pytest.mark.e2e
def test_the_page_keeps_its_own_policy_in_a_browser(installed: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium on this machine: .ci/system-packages installs it on Debian")
    complaints: list[str] = []
    with serving(installed, tmp_path) as (_, address), sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(address, wait_until="load")
        assert page.title()
    assert complaints == []
