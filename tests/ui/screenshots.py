"""Takes the pictures in `docs/images`: `python -m tests.ui.screenshots`, with the page built (`make ui`).

What is asked and answered is scripted, so that two runs show the same, but for the times measured.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, expect, sync_playwright

from tests.fakes.distributions import CHECKOUT
from tests.fakes.installation import Installation
from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.history import write_export
from tests.ui.stage import Stage
from tests.ui.watch import Watch

IMAGES = CHECKOUT / "docs" / "images"
MOST_BYTES = 150_000
# Text in grey alone makes smaller pictures.
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]
DESKTOP = {"width": 1280, "height": 800}
LOW = {"width": 1200, "height": 720}
PHONE = {"width": 390, "height": 844}
Scheme = Literal["light", "dark"]

CARDS = [
    {"id": "atlas-large", "context_length": 200_000, "pricing": {"prompt": "0.000003", "completion": "0.000015"}},
    {"id": "atlas-small", "context_length": 128_000, "pricing": {"prompt": "0.0000002", "completion": "0.0000008"}},
    {"id": "cartographer", "context_length": 64_000, "architecture": {"input_modalities": ["text", "image"]}},
    {"id": "surveyor-mini", "context_length": 32_000, "pricing": {"prompt": "0", "completion": "0"}},
]
QUESTION = "How does TCP slow start find the speed of a path?"
THOUGHTS = "The window doubles each round trip until a loss or the threshold; a small table makes that plain."
ANSWER = """It begins carefully and **doubles**: each acknowledged segment lets one more go, so the window grows \
from $w$ to $2w$ in every round trip, until a packet is lost or the threshold is reached.

| round trip | window | sent in all |
|---:|---:|---:|
| 1 | 10 segments | 14 kB |
| 2 | 20 segments | 43 kB |

```python
def on_ack(window: float, threshold: float) -> float:
    if window < threshold:
        return window + 1           # slow start
    return window + 1 / window      # congestion avoidance
```"""
FIRST = ANSWER.partition("\n\n|")[0]
SECOND = """Think of pouring water into a funnel you cannot see.

- **Slow start** pours twice as much each time, until some spills.
- **Congestion avoidance** then adds a drop at a time.

What spills tells how wide the funnel is."""
COLOURED = "() => document.querySelector('.assistant-text pre code span') || CSS.highlights?.size"
PAST = ["Rename a branch in git", "Packing list for Iceland", "Why is the sky blue?", "SQL: last row per group"]


def conversation(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.at_a_pace(ANSWER, thoughts=THOUGHTS))
    chat.ask_to_the_end(QUESTION)
    chat.page.wait_for_function(COLOURED)


def compare(chat: ChatPage, stage: Stage) -> None:
    stage.answer_model("atlas-large", answers.at_a_pace(FIRST))
    stage.answer_model("atlas-small", answers.at_a_pace(SECOND, gap_s=0.006))
    chat.page.get_by_role("button", name="Compare with another model").click()
    chat.pick("mine/atlas-small")
    chat.ask("Explain TCP slow start in a few sentences.")
    expect(chat.page.get_by_role("button", name="Go on with this one")).to_have_count(2)


def xray(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.at_a_pace(SECOND, thoughts=THOUGHTS))
    chat.ask_to_the_end(QUESTION)
    chat.act(chat.answer, "inspect")
    expect(chat.page.get_by_role("dialog", name="X-ray")).to_be_visible()


def models(chat: ChatPage, stage: Stage) -> None:
    conversation(chat, stage)
    chat.page.get_by_role("button", name="Model:").click()
    expect(chat.page.get_by_role("listbox", name="Choose a model").get_by_role("option").first).to_be_visible()


def settings(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name="Temporary chat").first.click()
    chat.open_settings()


def streaming(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.held_open(ANSWER.partition("```")[0], stage.door().gate))
    chat.ask(QUESTION)
    expect(chat.answer_text).to_contain_text("43 kB")


def welcome(chat: ChatPage, stage: Stage) -> None:
    expect(chat.page.get_by_role("main").get_by_role("heading").first).to_be_visible()


PICTURES: list[tuple[str, dict[str, int], Scheme, Callable[[ChatPage, Stage], None]]] = [
    ("chat-light", DESKTOP, "light", conversation),
    ("chat-dark", DESKTOP, "dark", conversation),
    ("compare-light", DESKTOP, "light", compare),
    ("compare-dark", DESKTOP, "dark", compare),
    ("xray-light", LOW, "light", xray),
    ("models-light", LOW, "light", models),
    ("settings-dark", LOW, "dark", settings),
    ("phone-light", PHONE, "light", conversation),
    ("phone-dark", PHONE, "dark", streaming),
    ("phone-welcome-light", PHONE, "light", welcome),
]


@contextmanager
def running(commands: Path) -> Iterator[tuple[Browser, Stage, Installation]]:
    """A browser, a scripted provider and the gateway between them."""
    stage = Stage(CARDS)
    stage.open()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        provider = {"type": "openai", "base_url": stage.url, "api_key": "none"}
        gateway = Installation(
            commands, Path(home), {"providers": {"mine": provider}, "models": {"large": ["mine/atlas-large"]}}
        )
        gateway.start()
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        try:
            yield browser, stage, gateway
        finally:
            browser.close()
            gateway.kill()
            stage.close()


def take(browser: Browser, stage: Stage, gateway: Installation, folder: Path) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as scratch:
        past = [
            write_export(Path(scratch), title, [(title, "As follows.")], id_=title, model="large") for title in PAST
        ]
        for name, size, scheme, prepare in PICTURES:
            stage.reset()
            options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "locale": "en-US"}
            context = browser.new_context(reduced_motion="reduce", has_touch=size is PHONE, **options)
            chat = ChatPage(context.new_page(), gateway.url, Watch(context, gateway.url)).open()
            if size is not PHONE:
                for file in past:
                    chat.bring_in(file)
                    chat.page.get_by_role("button", name="Dismiss").click()
                chat.page.get_by_role("link", name="New chat", exact=True).click()
            chat.wait_until_idle()
            prepare(chat, stage)
            chat.page.mouse.move(0, 0)
            file = folder / f"{name}.png"
            chat.page.screenshot(path=file)
            assert file.stat().st_size <= MOST_BYTES, f"{file} is too large: {file.stat().st_size} bytes"
            context.close()


def main() -> None:
    """Take the pictures with the gateway of this environment, or of the `bin` folder that is named."""
    commands = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sys.executable).parent
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running(commands) as (browser, stage, gateway):
        take(browser, stage, gateway, IMAGES)


if __name__ == "__main__":
    main()
