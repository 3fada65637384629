"""The chat page as a person uses it: what can be seen, and the few deeds that every test is made of."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.ui.watch import Watch

LIMIT_MS = 15_000
"""How long anything may take; a machine may be busy with other things."""


class ChatPage:
    """One tab with the page in it."""

    def __init__(self, page: Page, address: str, watch: Watch) -> None:
        self.page = page
        self.address = address
        self.watch = watch
        self.input = page.get_by_test_id("chat-input")
        self.send_button = page.get_by_test_id("send-button")
        self.cancel_button = page.get_by_test_id("cancel-button")
        self.prompts = page.locator(".user-message")
        self.answers = page.locator(".assistant-message")
        self.status = page.locator("#status")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def answer_text(self) -> Locator:
        """What the last answer says."""
        return self.answer.locator(".assistant-text")

    @property
    def threads(self) -> Locator:
        """The chats in the list."""
        return self.page.get_by_role("navigation", name="Chats", exact=True).get_by_role("listitem")

    def open(self, path: str = "/") -> "ChatPage":
        """Go to one of the page's addresses, and wait until one can write."""
        self.page.goto(self.address + path)
        expect(self.input).to_be_visible()
        return self

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        expect(self.input).to_be_visible()

    def ask(self, text: str) -> None:
        """Send a message."""
        self.input.fill(text)
        self.send_button.click()

    def ask_to_the_end(self, text: str) -> None:
        """Send a message, and wait until its answer is there and kept."""
        answered = self.answers.count()
        self.ask(text)
        expect(self.answers).to_have_count(answered + 1)
        self.expect_done()

    def expect_done(self, within_ms: int = LIMIT_MS) -> None:
        """The last answer is there, with what it took."""
        expect(self.answer.locator(".usage")).to_be_visible(timeout=within_ms)
        expect(self.cancel_button).to_be_hidden()

    def act(self, turn: Locator, action: str) -> None:
        """Use one of the actions below a turn."""
        turn.hover()
        turn.locator(f"[data-action='{action}']").click()

    def open_settings(self) -> Locator:
        """Open the settings."""
        self.page.get_by_test_id("settings-button").click()
        panel = self.page.get_by_role("dialog", name="Settings")
        expect(panel).to_be_visible()
        return panel

    def choose_model(self, model: str) -> None:
        """Choose the model that answers next."""
        self.page.get_by_role("button", name=re.compile("^Model:")).click()
        self.pick(model)

    def pick(self, model: str) -> None:
        """Pick a model from the list that is open."""
        picker = self.page.get_by_role("dialog", name="Choose a model")
        picker.get_by_role("combobox", name="Search models").fill(model)
        picker.get_by_role("listbox", name="Choose a model").get_by_role("option").first.click()
        expect(picker).to_be_hidden()

    def choose_import(self, file: Path) -> Locator:
        """Choose a file to import; the dialog that tells what is in it."""
        self.page.get_by_role("button", name="Import", exact=True).click()
        dialog = self.page.get_by_role("dialog", name=re.compile("Import"))
        dialog.locator("input[type=file]").set_input_files(file)
        return dialog

    def bring_in(self, file: Path) -> None:
        """Import all that is in a file."""
        dialog = self.choose_import(file)
        dialog.get_by_role("button", name=re.compile("^Import ")).click()
        expect(dialog).to_be_hidden()

    def wait_until_idle(self) -> None:
        """Wait until the page has loaded all that it loads by itself."""
        self.page.wait_for_load_state("networkidle")

    def wait_until_still(self) -> None:
        """Wait until the conversation has stopped to move."""
        self.page.get_by_role("log").evaluate(UNTIL_STILL)

    def chat_id(self) -> str:
        """The id of the chat that is open, once its address tells it."""
        self.page.wait_for_url(re.compile(r"/c/[^/]+$"))
        return self.page.url.rpartition("/c/")[2]

    def stored(self) -> list[dict[str, Any]]:
        """The messages as the browser keeps them, in the order in which they were made."""
        found: list[dict[str, Any]] = self.page.evaluate(READ_MESSAGES)
        return found

    def wait_until_stored(self, text: str) -> None:
        """Wait until the browser keeps this as the text of the newest message: at most a second after it came."""
        self.page.evaluate(f"([text, limit]) => ({UNTIL_STORED})(text, limit, {READ_MESSAGES})", [text, LIMIT_MS])


READ_MESSAGES = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('LlmsThreads')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const reading = opening.result.transaction('messages').objectStore('messages').getAll()
    reading.onsuccess = () => resolve(reading.result.sort((a, b) => a.createdAt - b.createdAt || a.seq - b.seq))
    reading.onerror = () => reject(reading.error)
    opening.result.close()
  }
})"""

UNTIL_STILL = """(log) => new Promise((resolve) => {
  let [place, frames] = [NaN, 0]
  const look = () => {
    frames = log.scrollTop === place ? frames + 1 : 0
    place = log.scrollTop
    if (frames === 12) resolve()
    else requestAnimationFrame(look)
  }
  look()
})"""

UNTIL_STORED = """async (text, limit, read) => {
  const began = performance.now()
  while ((await read()).at(-1)?.content !== text) {
    if (performance.now() - began > limit) throw new Error(`never stored: ${text}`)
    await new Promise(requestAnimationFrame)
  }
}"""
