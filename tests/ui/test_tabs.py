"""One conversation in several tabs: live in each, stopped from any, and nothing lost or doubled."""

from playwright.sync_api import expect

from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.stage import Stage


def second_tab(chat: ChatPage, path: str = "/") -> ChatPage:
    """Another tab of the same profile."""
    return ChatPage(chat.page.context.new_page(), chat.address, chat.watch).open(path)


def test_an_answer_is_live_in_a_tab_that_opens_while_it_is_written(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("It was a dark", door.gate, " and stormy night."))
    chat.ask("Write a story")
    expect(chat.answer_text).to_have_text("It was a dark")
    other = second_tab(chat, f"/c/{chat.chat_id()}")
    expect(other.answer_text).to_have_text("It was a dark")
    expect(other.cancel_button).to_be_visible()
    door.open()
    for tab in (chat, other):
        tab.expect_done()
        expect(tab.answer_text).to_have_text("It was a dark and stormy night.")
    assert len(stage.chats) == 1
    assert [message["role"] for message in chat.stored()] == ["user", "assistant"]


def test_an_answer_is_stopped_from_the_tab_that_only_watches(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.slow(count=3000))
    chat.ask("Write a story")
    expect(chat.answer_text).to_contain_text("w1")
    other = second_tab(chat, f"/c/{chat.chat_id()}")
    expect(other.answer_text).to_contain_text("w20")
    other.cancel_button.click()
    for tab in (chat, other):
        expect(tab.answer.locator(".error-status")).to_contain_text("canceled")
    stage.wait_until_hung_up(stage.chats[0])
    assert chat.answer_text.inner_text() == other.answer_text.inner_text()


def test_what_happens_in_one_tab_is_seen_in_the_other(chat: ChatPage, stage: Stage) -> None:
    other = second_tab(chat)
    chat.ask_to_the_end("A first question")
    expect(other.threads).to_have_count(1)
    other.threads.first.get_by_role("link").click()
    expect(other.answer_text).to_have_text("Hello.")
    other.ask_to_the_end("A second question")
    expect(chat.answers).to_have_count(2)
    expect(chat.prompts.last).to_contain_text("A second question")
    chat.act(chat.prompts.last, "delete")
    expect(other.prompts).to_have_count(1)


def test_settings_hold_in_every_tab(chat: ChatPage) -> None:
    other = second_tab(chat)
    chat.open_settings().get_by_label("Enable Streaming").uncheck()
    expect(other.open_settings().get_by_label("Enable Streaming")).not_to_be_checked()


def test_an_answer_whose_tab_was_closed_is_kept_as_far_as_it_came(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("As far as this", door.gate, "and further"))
    chat.ask("Write a story")
    expect(chat.answer_text).to_have_text("As far as this")
    other = second_tab(chat, f"/c/{chat.chat_id()}")
    expect(other.answer_text).to_have_text("As far as this")
    chat.page.close()
    expect(other.answer).to_contain_text("Interrupted")
    expect(other.answer_text).to_have_text("As far as this")


def test_more_answers_at_once_than_a_browser_has_connections_hold_up_nothing(chat: ChatPage, stage: Stage) -> None:
    doors = [stage.door() for _ in range(6)]
    stage.next(*(answers.held_open(f"Answer {n}", door.gate) for n, door in enumerate(doors)))
    tabs = [chat, *(second_tab(chat) for _ in range(5))]
    for number, tab in enumerate(tabs[:5]):
        tab.ask(f"Question {number}")
        expect(tab.answer_text).to_have_text(f"Answer {number}")
    tabs[5].ask("One too many")
    expect(tabs[5].answer).to_contain_text("Waiting for a free connection")
    # The page itself still has a connection.
    assert tabs[5].page.evaluate("fetch('health').then((response) => response.status)") == 200
    doors[0].open()
    expect(tabs[5].answer_text).to_have_text("Answer 5")
