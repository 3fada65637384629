"""Colours, sizes, narrow windows: the page is right from its first paint, and fits."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.conftest import Visit
from tests.ui.stage import Stage

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}

COLOUR_OF_FIRST_PAINT = """
globalThis.painted = []
const look = () => {
  if (document.body) painted.push(getComputedStyle(document.documentElement).getPropertyValue('color-scheme'))
  requestAnimationFrame(look)
}
look()"""

FITS = "element => element.offsetWidth > 20 && element.scrollWidth <= element.clientWidth + 1"

WIDE = """# A title with a word_that_is_much_longer_than_any_phone_is_wide_and_never_breaks

| one | two | three | four | five | six | seven | eight |
|---|---|---|---|---|---|---|---|
| some text | some text | some text | some text | some text | some text | some text | some text |

```python
def a_function_with_a_rather_long_name(first_argument, second_argument, third_argument, fourth_argument): ...
```

https://example.com/a/very/long/address/that/goes/on/and/on/without/any/chance/for/a/line/to/break/in/it

$$\\sum_{n=1}^{100} a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + a_{10} + a_{11} + a_{12} + a_{13}$$
"""


@pytest.mark.parametrize(("theme", "scheme"), [("dark", "dark"), ("light", "light")])
def test_a_chosen_theme_is_there_before_the_first_paint(visit: Visit, theme: str, scheme: str) -> None:
    other = "light" if scheme == "dark" else "dark"
    chat = visit(color_scheme=other)
    panel = chat.open_settings()
    panel.get_by_role("heading", name="Appearance").click()
    panel.get_by_role("radio", name=theme.title()).check(force=True)
    expect(chat.page.locator("html")).to_have_attribute("data-theme", theme)
    chat.page.add_init_script(COLOUR_OF_FIRST_PAINT)
    chat.reload()
    seen = set(chat.page.evaluate("painted.filter(Boolean)"))
    assert seen == {scheme}


def test_the_theme_of_the_system_is_followed_until_one_is_chosen(visit: Visit) -> None:
    chat = visit(color_scheme="dark")
    dark = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    chat.page.emulate_media(color_scheme="light")
    assert chat.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
def test_nothing_has_to_be_scrolled_sideways_on_a_phone(visit: Visit, stage: Stage, size: dict[str, int]) -> None:
    chat = visit(viewport=size, has_touch=True)
    expect_to_fit(chat)
    stage.next(answers.says(WIDE), answers.thinks("Hm. " * 50, "Well."))
    chat.ask_to_the_end("A word_that_is_much_longer_than_any_phone_is_wide_and_never_ever_breaks_anywhere")
    expect(chat.answer.locator("table")).to_be_visible()
    expect_to_fit(chat)
    chat.ask_to_the_end("Think")
    expect_to_fit(chat)
    for view in ("/recents", "/analytics", "/providers"):
        chat.page.goto(chat.address + view)
        expect(chat.page.get_by_role("heading", level=1)).to_be_visible()
        expect_to_fit(chat)


def expect_to_fit(chat: ChatPage) -> None:
    """Neither the page nor the conversation is wider than the window."""
    too_wide = chat.page.evaluate(
        """() => ['html', 'body', 'main', '[role=log]'].filter((selector) => {
          const element = document.querySelector(selector)
          return element && element.scrollWidth > element.clientWidth + 1
        })"""
    )
    assert too_wide == []


def test_nothing_moves_the_frame_around_a_long_conversation(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("\n\n".join(f"Line {number}." for number in range(80))))
    chat.ask_to_the_end("Write much")
    # What brings an element into view moves each box around it that can be moved.
    chat.answer.get_by_text("Usage:").evaluate("label => label.scrollIntoView()")
    expect(chat.answer.locator(".usage")).to_be_in_viewport()
    assert chat.page.get_by_role("banner").bounding_box()["y"] == 0  # type: ignore[index]
    expect(chat.input).to_be_in_viewport()


def test_on_a_phone_the_list_of_chats_is_a_sheet_that_goes_away_by_itself(visit: Visit) -> None:
    chat = visit(viewport=PHONE, has_touch=True)
    chat.ask_to_the_end("Hello")
    expect(chat.threads).to_have_count(0)
    chat.page.get_by_role("button", name="New chat").click()
    chat.page.get_by_role("button", name="Show chats").click()
    expect(chat.threads).to_have_count(1)
    chat.threads.first.get_by_role("link").click()
    expect(chat.answer_text).to_have_text("Hello.")
    expect(chat.threads).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
def test_no_button_lies_over_another_on_a_phone(visit: Visit, size: dict[str, int]) -> None:
    chat = visit(viewport=size, has_touch=True)
    chat.ask_to_the_end("A title that is longer than any phone is wide, and gives way to what can be done")
    for region in (chat.page.get_by_role("banner"), chat.page.locator("form")):
        buttons = region.get_by_role("button").all()
        boxes = sorted((box["x"], box["x"] + box["width"]) for button in buttons if (box := button.bounding_box()))
        assert all(end <= start for (_, end), (start, _) in pairwise(boxes)), boxes
        assert boxes[-1][1] <= size["width"]


def test_large_letters_leave_every_name_room(visit: Visit) -> None:
    phone = visit(viewport=NARROW, has_touch=True, stored={"fontSize": 22})
    model = phone.page.get_by_role("button", name=re.compile("^Model:"))
    name = model.locator(".name")
    expect(name).to_be_in_viewport(ratio=1)
    assert name.evaluate(FITS)
    desktop = visit(stored={"fontSize": 22})
    assert desktop.page.get_by_role("navigation", name="Chats and views").evaluate(FITS)


def test_settings_on_a_phone_leave_the_composer_free(visit: Visit) -> None:
    chat = visit(viewport=PHONE, has_touch=True)
    chat.open_settings().get_by_label("Enable Streaming").uncheck()
    chat.ask_to_the_end("Hello")


def test_whoever_wants_no_motion_gets_none(visit: Visit, stage: Stage) -> None:
    chat = visit(reduced_motion="reduce")
    door = stage.door()
    stage.next(answers.held_open("Still here", door.gate))
    chat.ask("Hello")
    expect(chat.answer_text).to_have_text("Still here")
    moving = chat.page.evaluate(
        "document.getAnimations().filter((each) => each.playState === 'running' && "
        "each.effect.getComputedTiming().duration > 10).length"
    )
    assert moving == 0
    durations = chat.page.evaluate(
        "[...new Set([...document.querySelectorAll('*')].map((each) => getComputedStyle(each).transitionDuration))]"
    )
    assert durations == ["0s"]
    door.open()
    chat.expect_done()
