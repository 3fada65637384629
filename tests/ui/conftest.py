"""A browser in front of the installed gateway, with a scripted provider behind it.

One gateway, one provider and one browser serve all tests of a module; each test gets a fresh profile, so that nothing
is stored yet. `LLMS_INSTALLED` names the `bin` folder of an environment to drive instead of a wheel made for the tests.
"""

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.fakes.installation import Installation
from tests.ui.chat_page import LIMIT_MS, ChatPage
from tests.ui.stage import Stage
from tests.ui.watch import Watch

Visit = Callable[..., ChatPage]

DESKTOP = {"width": 1280, "height": 800}
_INSTALLED = os.environ.get("LLMS_INSTALLED")

expect.set_options(timeout=LIMIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser, and the first test of a worker may have to wait for the wheel."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def commands(request: pytest.FixtureRequest) -> Path:
    """The `bin` folder of the environment under test."""
    if _INSTALLED:
        return Path(_INSTALLED).resolve()
    installed: Path = request.getfixturevalue("installed")
    return installed


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine: .ci/system-packages installs it on Debian")
    return found


@pytest.fixture(scope="module")
def stage_of_module() -> Iterator[Stage]:
    stage = Stage()
    stage.open()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def gateway_of_module(
    commands: Path, stage_of_module: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    settings = {
        "providers": {"mine": {"type": "openai", "base_url": stage_of_module.url, "api_key": "k"}},
        "models": {"fast": ["mine/scripted"], "spare": ["mine/broken", "mine/scripted"]},
        # What fails is told at once.
        "resilience": {"retries": 0, "max_wait": 0, "breaker_failures": 0},
        "server": {"drain_s": 1},
    }
    gateway = Installation(commands, tmp_path_factory.mktemp("home"), settings)
    gateway.start()
    yield gateway
    gateway.kill()


@pytest.fixture(scope="module")
def stranger() -> Iterator[socket.socket]:
    """Where the browser ends up at any address below `.example`. Nobody should ever connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def browser(chromium: str, stranger: socket.socket) -> Iterator[Browser]:
    # Names of other machines lead nowhere: Chromium has errands of its own.
    names = f"MAP *.example 127.0.0.1:{stranger.getsockname()[1]}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", f"--host-resolver-rules={names}"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield running
        running.close()


@pytest.fixture
def stage(stage_of_module: Stage) -> Stage:
    """The provider, with nothing scripted."""
    stage_of_module.reset()
    return stage_of_module


@pytest.fixture
def gateway(gateway_of_module: Installation) -> Installation:
    """The gateway; one that the test before has ended is started again."""
    if not gateway_of_module.is_running:
        gateway_of_module.start()
    return gateway_of_module


@pytest.fixture
def visit(browser: Browser, gateway: Installation, stage: Stage, stranger: socket.socket) -> Iterator[Visit]:
    """Opens the page in a fresh profile, watched.

    `stored` are settings that it finds in that profile; other keyword arguments are those of a browser context.
    """
    watches: list[Watch] = []

    def _visit(
        path: str = "/", *, address: str = gateway.url, stored: dict[str, Any] | None = None, **options: Any
    ) -> ChatPage:
        origin = "/".join(address.split("/")[:3])
        profile = {"origin": origin, "localStorage": [{"name": "llms.settings", "value": json.dumps(stored or {})}]}
        context = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-US", "storage_state": {"origins": [profile]}, **options}
        )
        context.set_default_timeout(LIMIT_MS)
        watches.append(Watch(context, origin))
        return ChatPage(context.new_page(), address, watches[-1]).open(path)

    yield _visit
    for context in browser.contexts:
        context.close()
    for watch in watches:
        watch.verify()
    with pytest.raises(BlockingIOError):
        stranger.accept()


@pytest.fixture
def chat(visit: Visit) -> ChatPage:
    """The page in a new profile, on a desktop."""
    return visit()
