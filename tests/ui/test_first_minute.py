"""The page of a gateway that nobody has configured: it answers at once, and says how to get further."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes.installation import Installation
from tests.ui.chat_page import LIMIT_MS, ChatPage


@pytest.fixture(scope="module")
def gateway_of_module(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    gateway = Installation(commands, tmp_path_factory.mktemp("home"))
    gateway.start()
    yield gateway
    gateway.kill()


def test_without_any_key_the_demo_answers_and_the_page_says_how_to_add_one(chat: ChatPage) -> None:
    welcome = chat.page.get_by_role("main")
    expect(welcome).to_contain_text("the built-in demo model answers")
    expect(welcome).to_contain_text("export OPENAI_API_KEY=")
    welcome.get_by_role("button", name="How do I add a provider?").click()
    expect(chat.prompts).to_contain_text("How do I add a provider to this gateway?")
    expect(chat.answer_text).not_to_be_empty()
    # The demo writes no faster than people read: some ten seconds where nothing else goes on.
    chat.expect_done(within_ms=6 * LIMIT_MS)


def test_the_providers_page_names_the_variable_of_each(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="All providers and their variables").click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Providers")
    expect(chat.page.get_by_role("main")).to_contain_text("OPENAI_API_KEY")
    expect(chat.page.get_by_role("main")).to_contain_text("ANTHROPIC_API_KEY")


def test_what_was_used_is_told_by_model(chat: ChatPage) -> None:
    chat.ask_to_the_end("Hello")
    chat.page.get_by_role("link", name="Usage", exact=True).click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Usage")
    expect(chat.page.get_by_role("main")).to_contain_text(re.compile(r"demo/\w+"))


def test_nothing_of_the_page_needs_more_than_a_blink_to_be_usable(chat: ChatPage) -> None:
    # Ten times what is aimed at, for machines that do other things.
    chat.page.reload()
    expect(chat.input).to_be_editable(timeout=3000)
