"""The first promise of the page: an answer is read while it is written, it can be stopped, and it can be had whole."""

from playwright.sync_api import expect

from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.conftest import Visit
from tests.ui.stage import Stage


def test_an_answer_is_streamed_counted_and_a_second_one_is_stopped(chat: ChatPage, stage: Stage) -> None:
    page = chat.page
    page.get_by_test_id("settings-button").click()
    page.get_by_label("Enable Streaming").check()

    page.get_by_test_id("chat-input").fill("Write a story")
    page.get_by_test_id("send-button").click()
    expect(page.locator(".assistant-message").last).to_contain_text("Hello.")
    expect(page.locator(".assistant-message .usage")).to_be_visible()

    stage.next(answers.slow(count=2000))
    page.get_by_test_id("chat-input").fill("Write a long story")
    page.get_by_test_id("send-button").click()
    expect(page.locator(".assistant-message").last).to_contain_text("w3")
    page.get_by_test_id("cancel-button").click()
    expect(page.locator(".error-status")).to_contain_text("canceled")


def test_words_can_be_read_while_later_ones_are_not_written_yet(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("The beginning,", door.gate, "and the end."))
    chat.ask("Tell me")
    expect(chat.answer_text).to_have_text("The beginning,")
    expect(chat.answer).to_have_attribute("aria-busy", "true")
    expect(chat.answer.locator(".usage")).to_have_count(0)
    door.open()
    chat.expect_done()
    expect(chat.answer_text).to_have_text("The beginning,and the end.")


def test_every_word_of_a_long_answer_arrives_once_and_in_order(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.slow(gap_s=0.002))
    chat.ask_to_the_end("Count")
    assert (chat.answer_text.inner_text()).split() == [word.strip() for word in answers.tokens()]


def test_a_stopped_answer_stays_as_far_as_it_came_and_the_provider_is_told(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("So far", door.gate, "and no further"))
    chat.ask("Write")
    expect(chat.answer_text).to_have_text("So far")
    chat.cancel_button.click()
    expect(chat.answer.locator(".error-status")).to_contain_text("Stopped")
    expect(chat.send_button).to_be_visible()
    stage.wait_until_hung_up(stage.chats[0])
    chat.reload()
    expect(chat.answer_text).to_have_text("So far")
    expect(chat.answer.locator(".error-status")).to_contain_text("canceled")


def test_without_streaming_one_whole_answer_is_asked_for_and_kept(chat: ChatPage, stage: Stage) -> None:
    chat.open_settings().get_by_label("Enable Streaming").uncheck()
    chat.ask_to_the_end("Write a story")
    expect(chat.answer_text).to_have_text("Hello.")
    assert not stage.chats[0].json.get("stream")
    chat.reload()
    expect(chat.answer_text).to_have_text("Hello.")
    expect(chat.answer.locator(".usage")).to_be_visible()


def test_an_answer_that_is_not_streamed_can_be_stopped(visit: Visit, stage: Stage) -> None:
    chat = visit(stored={"stream": False})
    door = stage.door()
    stage.next(answers.waits(door.gate, "Too late."))
    chat.ask("Write a story")
    expect(chat.answer.locator(".waiting")).to_be_visible()
    door.wait_until_reached()
    chat.cancel_button.click()
    expect(chat.answer.locator(".error-status")).to_contain_text("canceled")
    stage.wait_until_hung_up(stage.chats[0])


def test_the_choice_of_streaming_is_kept_at_once_beside_a_usable_composer(chat: ChatPage) -> None:
    panel = chat.open_settings()
    panel.get_by_label("Enable Streaming").uncheck()
    assert chat.page.evaluate("JSON.parse(localStorage.getItem('llms.settings')).stream") is False
    # Nothing is closed or saved first: the panel leaves the composer free.
    chat.ask_to_the_end("Hello")
    chat.reload()
    expect(chat.open_settings().get_by_label("Enable Streaming")).not_to_be_checked()
