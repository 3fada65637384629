"""The whole day's work without a mouse: everything is reached, and the focus is never lost."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.stage import Stage

# Where a browser begins when it has just shown a page without a field to write in.
TO_THE_START = """() => {
  document.activeElement.blur()
  const start = document.body.firstElementChild
  start.tabIndex = -1
  start.focus()
  start.removeAttribute('tabindex')
}"""

PALETTE = re.compile(r"/CommandPalette-[^/]+\.js$")


def focused(chat: ChatPage) -> str:
    """What has the focus; never nothing."""
    name: str = chat.page.evaluate("document.activeElement.tagName")
    assert name != "BODY", "the focus is lost"
    return name


def test_a_conversation_from_the_first_word_to_the_last_by_keys(chat: ChatPage, stage: Stage) -> None:
    keys = chat.page.keyboard
    stage.next(answers.says("One."), answers.slow(count=2000))
    expect(chat.input).to_be_focused()
    keys.type("First line")
    keys.press("Shift+Enter")
    keys.type("second line")
    keys.press("Enter")
    chat.expect_done()
    assert stage.chats[0].json["messages"][-1]["content"] == "First line\nsecond line"
    expect(chat.input).to_be_focused()

    # Stop with Escape.
    keys.type("Go on")
    keys.press("Enter")
    expect(chat.answer_text).to_contain_text("w2")
    keys.press("Escape")
    expect(chat.answer.locator(".error-status")).to_contain_text("canceled")
    expect(chat.input).to_be_focused()

    # From turn to turn, and back to the composer.
    keys.press("Alt+ArrowUp")
    turns = chat.page.locator("article.turn")
    here = turns.evaluate_all("turns => turns.indexOf(document.activeElement)")
    assert here >= 0
    keys.press("Alt+ArrowDown")
    expect(turns.nth(here + 1)).to_be_focused()
    keys.press("Alt+ArrowUp")
    expect(turns.nth(here)).to_be_focused()
    keys.press("Tab")
    assert focused(chat) == "BUTTON"
    keys.press("Shift+Escape")
    expect(chat.input).to_be_focused()

    # The last prompt is edited with the arrow, and left alone with Escape.
    keys.press("ArrowUp")
    expect(chat.page.get_by_label("Edit the prompt")).to_be_focused()
    keys.press("Escape")
    expect(chat.input).to_be_focused()


def test_streaming_is_switched_by_keys_and_the_focus_goes_back(chat: ChatPage) -> None:
    keys = chat.page.keyboard
    button = chat.page.get_by_test_id("settings-button")
    button.focus()
    keys.press("Enter")
    switch = chat.page.get_by_label("Enable Streaming")
    expect(switch).to_be_checked()
    for _ in range(12):
        keys.press("Tab")
        focused(chat)
        if switch.evaluate("element => element === document.activeElement"):
            break
    expect(switch).to_be_focused()
    keys.press("Space")
    expect(switch).not_to_be_checked()
    keys.press("Escape")
    expect(switch).to_be_hidden()
    expect(button).to_be_focused()


def test_the_palette_finds_an_action_and_a_chat(chat: ChatPage) -> None:
    keys = chat.page.keyboard
    chat.ask_to_the_end("All about sockets")
    keys.press("Control+Shift+O")
    expect(chat.answers).to_have_count(0)
    expect(chat.input).to_be_focused()
    keys.press("Control+K")
    keys.type("sockets")
    keys.press("Enter")
    expect(chat.answer_text).to_have_text("Hello.")
    focused(chat)


def test_what_is_typed_before_the_palette_is_there_goes_into_it(chat: ChatPage) -> None:
    keys, page = chat.page.keyboard, chat.page
    chat.ask_to_the_end("All about sockets")
    held: list[Route] = []
    page.route(PALETTE, lambda route: held.append(route))  # noqa: PLW0108  a built-in takes no attributes
    with page.expect_request(PALETTE):
        chat.open()
        keys.press("Control+K")
    keys.type("sockets")
    keys.press("Enter")
    expect(chat.input).to_have_value("")
    for script in held:
        script.continue_()
    expect(chat.prompts).to_contain_text("All about sockets")
    expect(chat.threads).to_have_count(1)
    focused(chat)


def test_a_model_is_chosen_by_keys(chat: ChatPage, stage: Stage) -> None:
    keys = chat.page.keyboard
    keys.press("Control+Shift+M")
    expect(chat.page.get_by_role("dialog", name="Choose a model")).to_be_visible()
    keys.type("mine/second")
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.type("Hello")
    keys.press("Enter")
    chat.expect_done()
    assert stage.chats[-1].model == "second"


@pytest.mark.parametrize(("keys", "name"), [("Control+K", "Commands"), ("Control+/", "Keyboard shortcuts")])
def test_a_dialog_closes_with_escape_and_gives_the_focus_back(chat: ChatPage, keys: str, name: str) -> None:
    chat.input.focus()
    chat.page.keyboard.press(keys)
    dialog = chat.page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chat.input).to_be_focused()


def test_the_first_stop_of_the_tab_key_leads_past_the_list_of_chats(chat: ChatPage) -> None:
    chat.page.evaluate(TO_THE_START)
    chat.page.keyboard.press("Tab")
    skip = chat.page.get_by_role("link", name="Skip to the conversation")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("main")).to_be_focused()


def test_a_chat_deleted_by_keys_comes_back_by_keys(chat: ChatPage) -> None:
    chat.ask_to_the_end("Keep me")
    chat.page.keyboard.press("Control+Shift+Backspace")
    expect(chat.threads).to_have_count(0)
    focused(chat)
    chat.page.evaluate("document.activeElement.blur()")
    chat.page.keyboard.press("Control+Z")
    expect(chat.threads).to_have_count(1)


def test_enter_can_be_given_back_to_new_lines(chat: ChatPage, stage: Stage) -> None:
    chat.page.evaluate("localStorage.setItem('llms.settings', JSON.stringify({ enterSends: 'ctrl-enter' }))")
    chat.reload()
    chat.input.focus()
    chat.page.keyboard.type("One")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.type("two")
    expect(chat.input).to_have_value("One\ntwo")
    assert stage.chats == []
    chat.page.keyboard.press("Control+Enter")
    chat.expect_done()
