"""A gateway that is not there, or goes away: reading goes on, and what is sent waits where one can see it."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.fakes.installation import Installation
from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.stage import Stage

NO_CONNECTION = r"net::ERR_"


def test_a_message_sent_to_a_gateway_that_is_down_waits_and_then_goes(
    chat: ChatPage, stage: Stage, gateway: Installation
) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    chat.wait_until_idle()
    gateway.kill()
    chat.ask("Are you there?")
    expect(chat.prompts.last).to_contain_text("Will be sent when the gateway answers")
    expect(chat.page.get_by_text("The gateway does not answer.")).to_be_visible()
    gateway.start()
    expect(chat.answer_text).to_have_text("Hello.")
    expect(chat.page.get_by_text("The gateway does not answer.")).to_have_count(0)
    assert len(stage.chats) == 1


def test_a_message_sent_offline_is_not_pushed_out_of_sight_by_the_note_that_it_waits(chat: ChatPage) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    chat.ask_to_the_end("Hello")
    chat.wait_until_idle()
    chat.page.context.set_offline(True)
    expect(chat.page.get_by_text("You are offline.")).to_be_visible()
    chat.ask("Are you there?")
    expect(chat.prompts.last).to_contain_text("Will be sent")
    chat.wait_until_still()
    expect(chat.prompts.last.locator(".bubble")).to_be_in_viewport(ratio=1)
    chat.page.context.set_offline(False)
    expect(chat.answer_text).to_have_text("Hello.")
    chat.expect_done()


def test_a_waiting_message_is_withdrawn_into_the_composer(chat: ChatPage, stage: Stage, gateway: Installation) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    chat.wait_until_idle()
    gateway.kill()
    chat.ask("Are you there?")
    chat.prompts.last.get_by_role("button", name="Withdraw").click()
    expect(chat.input).to_have_value("Are you there?")
    expect(chat.prompts).to_have_count(0)
    assert stage.chats == []


def test_a_waiting_message_survives_a_reload(chat: ChatPage, stage: Stage, gateway: Installation) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    chat.ask_to_the_end("Hello")
    gateway.kill()
    chat.ask("Are you there?")
    expect(chat.prompts.last).to_contain_text("Will be sent")
    gateway.start()
    chat.reload()
    expect(chat.answers).to_have_count(2)
    expect(chat.answer_text).to_have_text("Hello.")
    assert len(stage.chats) == 2


def test_reading_searching_and_exporting_need_no_gateway(chat: ChatPage, stage: Stage, gateway: Installation) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    stage.next(answers.says("The owl sleeps."))
    chat.ask_to_the_end("What does the owl do?")
    chat.ask_to_the_end("And you?")
    chat.page.get_by_role("link", name="New chat", exact=True).click()
    chat.wait_until_idle()
    gateway.kill()
    chat.threads.first.get_by_role("link").click()
    expect(chat.answers.first).to_contain_text("The owl sleeps.")
    chat.page.get_by_role("banner").get_by_role("button", name=re.compile("^Actions for")).click()
    with chat.page.expect_download() as downloading:
        chat.page.get_by_role("menuitem", name="Save as Markdown").click()
    assert "The owl sleeps." in Path(downloading.value.path()).read_text()
    chat.page.get_by_role("link", name="Search", exact=True).click()
    chat.page.get_by_role("searchbox", name="Search titles and messages").fill("owl sleeps")
    hit = chat.page.get_by_role("main").get_by_role("listitem").filter(has_text="The owl sleeps")
    expect(hit).to_have_count(1)
    hit.get_by_role("link").click()
    expect(chat.page.get_by_text("The owl sleeps.")).to_be_visible()


def test_an_answer_cut_off_by_a_dying_gateway_is_kept_and_goes_on(
    chat: ChatPage, stage: Stage, gateway: Installation
) -> None:
    chat.watch.expect_complaint(NO_CONNECTION)
    door = stage.door()
    stage.next(answers.says_around("The first half", door.gate, "never comes"), answers.says(" and the second."))
    chat.ask("Tell me all")
    expect(chat.answer_text).to_have_text("The first half")
    gateway.kill()
    card = chat.answer.get_by_role("alert")
    expect(card).to_contain_text("The connection broke off")
    expect(chat.answer_text).to_have_text("The first half")
    gateway.start()
    card.get_by_role("button", name="Continue").click()
    expect(chat.answer_text).to_have_text("The first half and the second.")


def test_an_answer_in_the_middle_of_which_the_page_is_reloaded_is_kept_and_goes_on(
    chat: ChatPage, stage: Stage
) -> None:
    door = stage.door()
    stage.next(answers.says_around("The first half", door.gate, "is not waited for"), answers.says(" and the rest."))
    chat.ask("Tell me all")
    expect(chat.answer_text).to_have_text("The first half")
    chat.wait_until_stored("The first half")
    chat.reload()
    expect(chat.answer).to_contain_text("Interrupted; what had come is kept")
    expect(chat.answer_text).to_have_text("The first half")
    stage.wait_until_hung_up(stage.chats[0])
    chat.answer.get_by_role("button", name="Continue").first.click()
    expect(chat.answer_text).to_have_text("The first half and the rest.")
    expect(chat.answers).to_have_count(1)


def test_a_browser_without_storage_says_so_and_chats_on(chat: ChatPage) -> None:
    chat.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    chat.reload()
    expect(chat.page.get_by_text("cannot save conversations")).to_be_visible()
    chat.ask_to_the_end("Hello")
    expect(chat.answer_text).to_have_text("Hello.")
