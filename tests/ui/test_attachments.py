"""Files that go with a message: chosen, dropped or pasted, and looked at before they are sent."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.ui.chat_page import ChatPage
from tests.ui.conftest import Visit
from tests.ui.stage import Stage

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

GIVE = """([kind, type, name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const files = new DataTransfer()
  files.items.add(new File([bytes], name, { type }))
  const field = document.querySelector('[data-testid=chat-input]')
  const bubbles = { bubbles: true, cancelable: true }
  if (kind === 'paste') field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, ...bubbles }))
  else for (const type of ['dragenter', 'dragover', 'drop'])
    field.dispatchEvent(new DragEvent(type, { dataTransfer: files, ...bubbles }))
}"""

PASTE_TEXT = """text => {
  const clipboard = new DataTransfer()
  clipboard.setData('text/plain', text)
  const field = document.querySelector('[data-testid=chat-input]')
  const event = new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true })
  if (field.dispatchEvent(event)) document.execCommand('insertText', false, text)
}"""


@pytest.mark.parametrize("way", ["button", "drop", "paste"])
def test_a_picture_goes_with_the_message_whichever_way_it_was_given(
    chat: ChatPage, stage: Stage, tmp_path: Path, way: str
) -> None:
    chat.choose_model("mine/seer")
    if way == "button":
        (tmp_path / "dot.png").write_bytes(PNG)
        with chat.page.expect_file_chooser() as choosing:
            chat.page.get_by_role("button", name="Attach files").click()
        choosing.value.set_files(tmp_path / "dot.png")
    else:
        chat.page.evaluate(GIVE, [way, "image/png", "dot.png", base64.b64encode(PNG).decode()])
    expect(chat.page.get_by_role("list", name="Files")).to_contain_text("dot.png")
    chat.ask_to_the_end("What is this?")
    picture, text = stage.chats[-1].json["messages"][-1]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    kind, _, data = picture["image_url"]["url"].partition(";base64,")
    assert (kind, base64.b64decode(data)) == ("data:image/png", PNG)
    chat.reload()
    expect(chat.prompts.last.locator("img")).to_have_count(1)


def test_a_file_the_model_does_not_take_is_refused_before_it_is_sent(chat: ChatPage, stage: Stage) -> None:
    chat.choose_model("mine/reader")
    chat.page.evaluate(GIVE, ["paste", "image/png", "dot.png", base64.b64encode(PNG).decode()])
    expect(chat.page.get_by_role("alert").filter(has_text="does not take images")).to_contain_text("dot.png")
    chat.input.fill("What is this?")
    chat.input.press("Enter")
    expect(chat.input).to_have_value("What is this?")
    assert stage.chats == []
    chat.page.get_by_role("button", name="Remove dot.png").click()
    expect(chat.page.get_by_text("does not take images")).to_have_count(0)


def test_a_long_pasted_text_becomes_a_file_and_text_again_on_demand(chat: ChatPage, stage: Stage) -> None:
    long = "All work and no play. " * 1000
    chat.input.focus()
    chat.page.evaluate(PASTE_TEXT, long)
    expect(chat.page.get_by_role("list", name="Files")).to_contain_text("pasted.txt")
    expect(chat.input).to_have_value("")
    chat.page.get_by_role("button", name="Insert as text").click()
    expect(chat.input).to_have_value(long)
    expect(chat.page.get_by_role("list", name="Files")).to_have_count(0)


def test_a_text_file_is_told_to_the_model_as_text(chat: ChatPage, stage: Stage) -> None:
    chat.page.evaluate(GIVE, ["drop", "text/plain", "notes.txt", base64.b64encode(b"Buy milk.").decode()])
    chat.ask_to_the_end("What must I do?")
    told = str(stage.chats[-1].json["messages"][-1]["content"])
    assert "Buy milk." in told
    assert "notes.txt" in told


def test_many_files_leave_room_for_the_button_that_sends_them(visit: Visit) -> None:
    chat = visit(viewport={"width": 320, "height": 640}, has_touch=True)
    chat.ask_to_the_end("Hello")
    files = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"text"} for n in range(20)]
    with chat.page.expect_file_chooser() as choosing:
        chat.page.get_by_role("button", name="Attach files").click()
    choosing.value.set_files(files)  # type: ignore[arg-type]
    expect(chat.page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(20)
    expect(chat.send_button).to_be_in_viewport(ratio=1)
    expect(chat.input).to_be_in_viewport(ratio=1)
