"""Chats that are already there: brought in, taken out, found again, however long they are."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes.distributions import CHECKOUT
from tests.ui.chat_page import ChatPage
from tests.ui.conftest import Visit
from tests.ui.history import write_export

FIXTURES = CHECKOUT / "ui/tests/stores/fixtures"


@pytest.mark.parametrize(
    ("name", "title", "text"),
    [
        ("chatgpt.json", "Roman roads", "road"),
        ("librechat.json", "Fix my venv", "Create it first"),
        ("open-webui.json", "Weather in Oslo", "rain"),
        ("llmspy.json", "Describe this picture", "A dot"),
        ("llama-cpp.jsonl", "Lines", "hello"),
    ],
)
def test_chats_of_other_programs_are_brought_in_after_a_look_at_them(
    chat: ChatPage, name: str, title: str, text: str
) -> None:
    dialog = chat.choose_import(FIXTURES / name)
    expect(dialog).to_contain_text(title)
    dialog.get_by_role("button", name=re.compile("^Import ")).click()
    expect(dialog).to_be_hidden()
    thread = chat.threads.filter(has_text=title).first
    thread.get_by_role("link").click()
    expect(chat.page.get_by_role("log")).to_contain_text(re.compile(text, re.IGNORECASE))
    chat.reload()
    expect(chat.page.get_by_role("log")).to_contain_text(re.compile(text, re.IGNORECASE))


def test_a_file_that_is_no_export_is_refused_in_words(chat: ChatPage, tmp_path: Path) -> None:
    (tmp_path / "photo.json").write_text("not JSON at all")
    dialog = chat.choose_import(tmp_path / "photo.json")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(chat.threads).to_have_count(0)


def test_what_was_exported_can_be_brought_in_elsewhere(visit: Visit, tmp_path: Path) -> None:
    chat = visit()
    chat.ask_to_the_end("Remember this")
    panel = chat.open_settings()
    panel.get_by_role("heading", name="Your data").click()
    with chat.page.expect_download() as downloading:
        panel.get_by_role("button", name=re.compile("Export", re.IGNORECASE)).first.click()
    file = tmp_path / "export.json"
    downloading.value.save_as(file)
    assert json.loads(file.read_text())["format"] == "llms-threads"

    other = visit()
    other.bring_in(file)
    other.threads.first.get_by_role("link").click()
    expect(other.prompts).to_contain_text("Remember this")
    expect(other.answer_text).to_have_text("Hello.")


def test_a_chat_is_saved_as_markdown(chat: ChatPage) -> None:
    chat.ask_to_the_end("Remember this")
    chat.page.get_by_role("banner").get_by_role("button", name=re.compile("^Actions for")).click()
    with chat.page.expect_download() as downloading:
        chat.page.get_by_role("menuitem", name="Save as Markdown").click()
    text = Path(downloading.value.path()).read_text()
    assert "Remember this" in text
    assert "Hello." in text


def test_a_search_over_all_texts_leads_to_the_message(chat: ChatPage, tmp_path: Path) -> None:
    turns = [(f"Question {n}", f"Answer {n}, at some length. " * 5) for n in range(60)]
    turns[10] = ("And this?", "Here hides the xylophone.")
    chat.bring_in(write_export(tmp_path, "A long talk", turns))
    chat.page.get_by_role("link", name="Search", exact=True).click()
    chat.page.get_by_role("searchbox", name="Search titles and messages").fill("xylophone")
    hit = chat.page.get_by_role("main").get_by_role("listitem").filter(has_text="xylophone")
    expect(hit).to_have_count(1)
    hit.get_by_role("link").click()
    expect(chat.page.get_by_text("Here hides the xylophone.")).to_be_in_viewport()


def test_a_search_leads_to_a_branch_that_is_not_shown(chat: ChatPage) -> None:
    chat.ask_to_the_end("The walrus")
    chat.act(chat.prompts.first, "edit")
    chat.page.get_by_label("Edit the prompt").fill("The carpenter")
    chat.page.get_by_label("Edit the prompt").press("Enter")
    expect(chat.prompts).to_contain_text("The carpenter")
    chat.expect_done()
    chat.page.get_by_role("link", name="Search", exact=True).click()
    chat.page.get_by_role("searchbox", name="Search titles and messages").fill("walrus")
    chat.page.get_by_role("main").get_by_role("listitem").filter(has_text="You ·").get_by_role("link").click()
    expect(chat.prompts).to_contain_text("The walrus")


def test_ten_thousand_messages_open_at_their_end_and_scroll_to_their_beginning(chat: ChatPage, tmp_path: Path) -> None:
    turns = [(f"Question {number}?", f"Answer {number}. " * (1 + number % 40)) for number in range(5000)]
    chat.bring_in(write_export(tmp_path, "A very long talk", turns))
    chat.threads.first.get_by_role("link").click()
    expect(chat.page.get_by_text("Question 4999?")).to_be_visible()
    mounted = chat.page.locator("article.turn")
    assert mounted.count() < 600
    chat.page.get_by_role("log").focus()
    for _ in range(4):
        before = chat.page.get_by_role("log").evaluate("log => log.scrollHeight")
        chat.page.keyboard.press("Home")
        chat.page.wait_for_function(
            "before => document.querySelector('[role=log]').scrollHeight !== before", arg=before
        )
        chat.wait_until_still()
    assert mounted.count() < 600
    chat.reload()
    expect(chat.page.get_by_text("Question 4999?")).to_be_visible()


def test_an_address_of_a_chat_that_is_not_here_says_so(visit: Visit) -> None:
    chat = visit("/c/somewhere-else")
    expect(chat.page.get_by_text("This conversation is not stored here.")).to_be_visible()
    chat.ask_to_the_end("Hello")
