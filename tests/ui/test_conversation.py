"""What can be done with a conversation: asked again, edited, branched, compared, queued, deleted, kept or not."""

import re

from playwright.sync_api import expect

from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.stage import Stage


def test_an_answer_asked_for_again_becomes_a_version_beside_the_first(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("One."), answers.says("Two."))
    chat.ask_to_the_end("Count")
    chat.act(chat.answer, "regenerate")
    expect(chat.answer_text).to_have_text("Two.")
    chat.expect_done()
    versions = chat.answer.get_by_role("group", name="Versions of this turn")
    expect(versions).to_contain_text("2/2")
    versions.get_by_role("button", name="Previous version").click()
    expect(chat.answer_text).to_have_text("One.")
    chat.reload()
    expect(chat.answer_text).to_have_text("One.")


def test_an_answer_can_be_had_of_another_model(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("Hello")
    chat.act(chat.answer, "regenerate-with")
    chat.pick("mine/second")
    expect(chat.answer).to_contain_text("2/2")
    chat.expect_done()
    assert [request.model for request in stage.chats] == ["scripted", "second"]


def test_an_edited_prompt_begins_a_branch_and_the_old_one_stays(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("About cats."), answers.says("More of cats."), answers.says("About dogs."))
    chat.ask_to_the_end("Tell me of cats")
    chat.ask_to_the_end("More")
    chat.act(chat.prompts.first, "edit")
    editor = chat.page.get_by_label("Edit the prompt")
    expect(editor).to_have_value("Tell me of cats")
    editor.fill("Tell me of dogs")
    editor.press("Enter")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer_text).to_have_text("About dogs.")
    chat.expect_done()
    assert [turn["content"] for turn in stage.chats[-1].json["messages"]] == ["Tell me of dogs"]
    chat.prompts.first.hover()
    chat.prompts.first.get_by_role("button", name="Previous version").click()
    expect(chat.answers).to_have_count(2)
    expect(chat.answer_text).to_have_text("More of cats.")


def test_the_whole_branch_goes_to_the_model(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("Yes."))
    chat.ask_to_the_end("Are you there?")
    chat.ask_to_the_end("Good")
    told = [(turn["role"], turn["content"]) for turn in stage.chats[-1].json["messages"]]
    assert told == [("user", "Are you there?"), ("assistant", "Yes."), ("user", "Good")]


def test_a_deleted_turn_comes_back_when_that_is_undone(chat: ChatPage) -> None:
    chat.ask_to_the_end("First")
    chat.ask_to_the_end("Second")
    chat.act(chat.prompts.last, "delete")
    expect(chat.prompts).to_have_count(1)
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.prompts).to_have_count(2)
    chat.reload()
    expect(chat.prompts).to_have_count(2)
    expect(chat.answers).to_have_count(2)


def test_a_deleted_chat_comes_back_when_that_is_undone(chat: ChatPage) -> None:
    chat.ask_to_the_end("Keep me")
    chat.threads.first.hover()
    chat.threads.first.get_by_role("button", name=re.compile("^Actions for")).click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.threads).to_have_count(0)
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.threads).to_have_count(1)
    chat.threads.first.get_by_role("link").click()
    expect(chat.answer_text).to_have_text("Hello.")


def test_several_models_answer_one_prompt_side_by_side_and_one_is_picked(chat: ChatPage, stage: Stage) -> None:
    stage.answer_model("scripted", answers.says("The first view."))
    stage.answer_model("second", answers.says("The second view."))
    chat.page.get_by_role("button", name="Compare with another model").click()
    chat.pick("mine/second")
    chat.ask("What do you think?")
    both = chat.page.get_by_role("region", name="Answers side by side")
    expect(both.get_by_role("article")).to_have_count(2)
    expect(both).to_contain_text("The first view.")
    expect(both).to_contain_text("The second view.")
    second = both.get_by_role("article").filter(has_text="The second view.")
    second.get_by_role("button", name="Go on with this one").click()
    expect(both).to_have_count(0)
    chat.page.get_by_role("button", name="Do not ask mine/second").click()
    chat.ask_to_the_end("Go on")
    assert stage.chats[-1].json["messages"][1]["content"] == "The second view."


def test_a_short_answer_stays_in_view_beside_a_long_one(chat: ChatPage, stage: Stage) -> None:
    stage.answer_model("scripted", answers.says("\n\n".join(f"Line {number}." for number in range(60))))
    stage.answer_model("second", answers.says("In short: yes."))
    chat.page.get_by_role("button", name="Compare with another model").click()
    chat.pick("mine/second")
    chat.ask("What do you think?")
    for line in ("Line 59.", "Line 0."):
        expect(chat.page.get_by_text(line, exact=True)).to_be_in_viewport()
        expect(chat.page.get_by_text("In short: yes.")).to_be_in_viewport()
        expect(chat.page.get_by_role("heading", name="mine/second")).to_be_in_viewport()
        chat.page.get_by_role("log").press("Home")


def test_a_message_sent_too_early_waits_for_its_turn(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.says_around("Still", door.gate, "busy."), answers.says("Now you."))
    chat.ask("First")
    expect(chat.answer_text).to_have_text("Still")
    chat.input.fill("Second")
    chat.input.press("Enter")
    waiting = chat.page.get_by_role("region", name="Waiting to be sent")
    expect(waiting).to_contain_text("Second")
    assert len(stage.chats) == 1
    door.open()
    expect(waiting).to_have_count(0)
    expect(chat.answers).to_have_count(2)
    expect(chat.answer_text).to_have_text("Now you.")
    chat.expect_done()
    assert [turn["content"] for turn in stage.chats[-1].json["messages"]] == ["First", "Stillbusy.", "Second"]


def test_a_waiting_message_can_be_taken_back(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.held_open("Busy", door.gate))
    chat.ask("First")
    expect(chat.answer_text).to_have_text("Busy")
    chat.input.fill("A second thought")
    chat.input.press("Enter")
    chat.page.get_by_role("button", name="Take back into the composer").click()
    expect(chat.input).to_have_value("A second thought")
    door.open()
    chat.expect_done()
    assert len(stage.chats) == 1


def test_what_is_half_written_is_kept_for_each_chat(chat: ChatPage) -> None:
    chat.ask_to_the_end("A chat")
    chat.input.fill("half a thought")
    chat.page.get_by_role("link", name="New chat", exact=True).click()
    expect(chat.input).to_have_value("")
    chat.input.fill("something else")
    chat.threads.first.get_by_role("link").click()
    expect(chat.input).to_have_value("half a thought")
    chat.reload()
    expect(chat.input).to_have_value("half a thought")


def test_a_temporary_chat_is_marked_and_gone_with_its_tab(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="Temporary chat").first.click()
    expect(chat.page.get_by_role("heading", name="Temporary chat").first).to_be_visible()
    chat.ask_to_the_end("Between us")
    assert chat.stored() == []
    chat.page.reload()
    chat.page.goto(chat.address)
    expect(chat.input).to_be_visible()
    expect(chat.threads).to_have_count(0)


def test_a_chat_is_named_after_its_first_prompt_and_can_be_renamed(chat: ChatPage) -> None:
    chat.ask_to_the_end("What is a socket?")
    expect(chat.threads.first).to_contain_text("What is a socket?")
    chat.threads.first.hover()
    chat.threads.first.get_by_role("button", name=re.compile("^Actions for")).click()
    chat.page.get_by_role("menuitem", name="Rename").click()
    chat.page.get_by_role("textbox", name="New title").fill("Sockets")
    chat.page.keyboard.press("Enter")
    expect(chat.threads.first).to_contain_text("Sockets")
    chat.reload()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Sockets")


def test_instructions_of_a_chat_go_with_every_request(chat: ChatPage, stage: Stage) -> None:
    chat.page.get_by_role("button", name="Instructions and parameters").click()
    chat.page.get_by_role("textbox", name="Instructions").fill("Answer in rhymes.")
    chat.ask_to_the_end("Hello")
    assert stage.chats[-1].json["messages"][0] == {"role": "system", "content": "Answer in rhymes."}
