"""What axe finds in every main state of the page, in both themes, on a desktop and at the narrowest: nothing."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from build_backend.ui import ROOT, Ui
from tests.fakes.openai_wire import refused
from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.conftest import DESKTOP, Visit
from tests.ui.stage import Stage

NARROW = {"width": 320, "height": 640}
AXE = ROOT / "ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Colours fade over when the theme changes; what goes on for ever is not waited for.
UNTIL_PAINTED = """async () => {
  const passing = () => document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
  do {
    await Promise.allSettled(passing().map((each) => each.finished))
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  } while (passing().length)
}"""

TEXT = """# Findings

A paragraph with `code`, **weight**, a [link](https://example.com/) and a formula $a^2 + b^2$.

1. first
2. second

| name | value |
|---|---|
| speed | 12 |

```python
def speed() -> int:
    return 12
```

> Said by somebody.

- [x] done
- [ ] not done
"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker's source, from the packages that the checks of the page install."""
    if not AXE.is_file():
        Ui(ROOT).install(for_checks=True)
    return Path(AXE).read_text("utf-8")


def empty(chat: ChatPage, stage: Stage) -> None:
    """Nothing was asked yet."""


def waiting(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.waits(stage.door().gate, "Never."))
    chat.ask("Hello?")
    expect(chat.answer.locator(".waiting .time")).to_be_visible()


def reasoning(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.thinks("First this, then that.", "Never.", stage.door().gate))
    chat.ask("Why?")
    expect(chat.answer.locator(".reasoning")).to_contain_text("then that")


def streaming(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.held_open(TEXT, stage.door().gate))
    chat.ask("Tell me")
    expect(chat.answer_text).to_contain_text("not done")


def answered(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.thinks("First this, then that.", TEXT), answers.calls_tool("get_weather", '{"city":"Oslo"}'))
    chat.ask_to_the_end("Tell me")
    chat.ask_to_the_end("And the weather?")
    chat.act(chat.answer, "regenerate")
    expect(chat.answer).to_contain_text("2/2")
    chat.expect_done()


def stopped(chat: ChatPage, stage: Stage) -> None:
    streaming(chat, stage)
    chat.cancel_button.click()
    expect(chat.answer.locator(".error-status")).to_be_visible()


def cut_off(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("Once upon", finish="length"))
    chat.ask_to_the_end("Tell me a story")
    expect(chat.answer).to_contain_text("Cut off at the limit")


def halted(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("The beginning,", door.gate, " and the end."))
    chat.ask("Tell me")
    chat.page.get_by_role("button", name="Pause the display").click()
    door.open()
    expect(chat.page.get_by_role("button", name="Show the rest")).to_be_visible()


def queued(chat: ChatPage, stage: Stage) -> None:
    streaming(chat, stage)
    chat.input.fill("And then?")
    chat.input.press("Enter")
    expect(chat.page.get_by_role("region", name="Waiting to be sent")).to_be_visible()


def broken_off(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.breaks_off("Half of"))
    chat.ask("Tell me")
    expect(chat.answer.get_by_role("alert")).to_be_visible()


def offline(chat: ChatPage, stage: Stage) -> None:
    chat.watch.expect_complaint("net::ERR_")
    chat.wait_until_idle()
    chat.page.context.set_offline(True)
    chat.ask("Are you there?")
    expect(chat.prompts.last).to_contain_text("Will be sent")


def without_storage(chat: ChatPage, stage: Stage) -> None:
    chat.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    chat.reload()
    expect(chat.page.get_by_text("cannot save conversations")).to_be_visible()


def failed(chat: ChatPage, stage: Stage) -> None:
    chat.watch.expect_complaint("status of")
    stage.next(refused(500))
    chat.ask("Hello?")
    expect(chat.answer.get_by_role("alert")).to_be_visible()


def compared(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name="Compare with another model").click()
    chat.pick("mine/second")
    chat.ask("What do you think?")
    expect(chat.page.get_by_role("button", name="Go on with this one")).to_have_count(2)


def settings(chat: ChatPage, stage: Stage) -> None:
    panel = chat.open_settings()
    for heading in panel.get_by_role("heading", level=3).all()[1:]:
        heading.click()


def inspected(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("Hello")
    chat.act(chat.answer, "inspect")
    expect(chat.page.get_by_role("dialog", name="X-ray")).to_be_visible()


def instructed(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name="Instructions and parameters").click()
    expect(chat.page.get_by_role("textbox", name="Instructions")).to_be_visible()


def prompts(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name="Prompts", exact=True).click()
    chat.page.get_by_role("button", name="New prompt").click()
    expect(chat.page.get_by_label("Title")).to_be_visible()


def importing(chat: ChatPage, stage: Stage) -> None:
    dialog = chat.choose_import(ROOT / "ui/tests/stores/fixtures/open-webui.json")
    expect(dialog).to_contain_text("Weather in Oslo")


def models(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name=re.compile("^Model:")).click()
    expect(chat.page.get_by_role("dialog", name="Choose a model").get_by_role("option").last).to_be_attached()


def palette(chat: ChatPage, stage: Stage) -> None:
    chat.page.keyboard.press("Control+K")
    expect(chat.page.get_by_role("dialog", name="Commands")).to_be_visible()


def shortcuts(chat: ChatPage, stage: Stage) -> None:
    chat.page.keyboard.press("Control+/")
    expect(chat.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def search(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("All about owls")
    chat.page.goto(f"{chat.address}/recents?q=owls")
    expect(chat.page.get_by_role("main").get_by_role("listitem").first).to_contain_text("owls")


def usage(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("Hello")
    chat.page.goto(f"{chat.address}/analytics")
    expect(chat.page.get_by_role("main")).to_contain_text("By model")


def providers(chat: ChatPage, stage: Stage) -> None:
    chat.page.goto(f"{chat.address}/providers")
    expect(chat.page.get_by_role("main")).to_contain_text("mine")


STATES: list[Callable[[ChatPage, Stage], None]] = [
    empty,
    waiting,
    reasoning,
    streaming,
    halted,
    queued,
    answered,
    stopped,
    cut_off,
    failed,
    broken_off,
    offline,
    without_storage,
    compared,
    settings,
    inspected,
    instructed,
    models,
    prompts,
    importing,
    palette,
    shortcuts,
    search,
    usage,
    providers,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nobody_is_shut_out(visit: Visit, stage: Stage, axe: str, state: Callable[[ChatPage, Stage], None]) -> None:
    chat = visit(reduced_motion="reduce")
    state(chat, stage)
    found = []
    for theme in ("light", "dark", "contrast"):
        chat.page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        for size in (DESKTOP, NARROW):
            chat.page.set_viewport_size(size)  # type: ignore[arg-type]
            found += [f"{theme} at {size['width']}: {problem}" for problem in problems_of(chat, axe)]
        chat.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert not found, "\n".join(found)


def problems_of(chat: ChatPage, axe: str) -> list[str]:
    """What axe says against the page as it is now, one line for each element."""
    chat.page.evaluate(UNTIL_PAINTED)
    chat.page.evaluate(axe)
    run = "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })"
    result: dict[str, Any] = chat.page.evaluate(run, RULES)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
