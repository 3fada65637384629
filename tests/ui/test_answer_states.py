"""What is seen of an answer from the moment it is asked for, whichever way it ends."""

import re

import pytest
from playwright.sync_api import expect

from tests.fakes.openai_wire import refused
from tests.fakes.upstream import Reply
from tests.ui import answers
from tests.ui.chat_page import ChatPage
from tests.ui.stage import Stage


def test_before_the_first_word_the_turn_stands_there_and_tells_how_long_it_waits(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    stage.next(answers.waits(door.gate, "At last."))
    chat.ask("Take your time")
    expect(chat.prompts.last).to_contain_text("Take your time")
    waiting = chat.answer.locator(".waiting")
    expect(waiting).to_contain_text("scripted")
    expect(waiting.locator(".time")).to_have_text(re.compile(r"^[1-9]"))
    expect(chat.cancel_button).to_be_visible()
    door.open()
    expect(chat.answer_text).to_have_text("At last.")
    expect(waiting).to_have_count(0)


def test_thoughts_are_shown_while_they_come_and_folded_away_when_the_answer_begins(
    chat: ChatPage, stage: Stage
) -> None:
    door = stage.door()
    stage.next(answers.thinks("First I wonder why.", "Because.", door.gate))
    chat.ask("Why?")
    head = chat.answer.locator(".reasoning").get_by_role("button")
    expect(head).to_contain_text("Thinking")
    expect(chat.answer.locator(".reasoning")).to_contain_text("I wonder why")
    door.open()
    chat.expect_done()
    expect(chat.answer_text).to_have_text("Because.")
    expect(head).to_contain_text("Thought for")
    expect(head).to_have_attribute("aria-expanded", "false")
    head.click()
    expect(chat.answer.locator(".reasoning .body")).to_have_text("First I wonder why.")


def test_a_tool_call_shows_its_name_and_on_request_its_arguments(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.calls_tool("get_weather", '{"city":"Oslo","days":3}'))
    chat.ask_to_the_end("How is the weather?")
    call = chat.answer.get_by_role("region", name="Tool call: get_weather")
    expect(call).to_contain_text("Oslo")
    call.get_by_role("button", expanded=False).click()
    expect(call.locator("pre")).to_contain_text('"days": 3')


def test_the_figures_of_a_finished_answer_are_the_providers(chat: ChatPage, stage: Stage) -> None:
    chat.ask_to_the_end("Hello")
    usage = chat.answer.locator(".usage")
    for figure in ("7 in", "3 out", "to first token", "scripted"):
        expect(usage).to_contain_text(figure)


def test_an_answer_cut_at_the_limit_says_so_and_goes_on(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says("Once upon", finish="length"), answers.says(" a time."))
    chat.ask_to_the_end("Tell me a story")
    expect(chat.answer).to_contain_text("Cut off at the limit")
    chat.answer.get_by_role("button", name="Continue").first.click()
    expect(chat.answer_text).to_have_text("Once upon a time.")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).not_to_contain_text("Cut off")


def test_an_answer_that_breaks_off_stays_as_far_as_it_came_and_goes_on(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.breaks_off("Half of"), answers.says(" the truth."))
    chat.ask("Tell me")
    card = chat.answer.get_by_role("alert")
    expect(card).to_contain_text("answer broke off")
    expect(chat.answer_text).to_have_text("Half of")
    card.get_by_role("button", name="Continue").click()
    expect(chat.answer_text).to_have_text("Half of the truth.")
    expect(card).to_have_count(0)


def test_an_answer_without_a_word_is_told_and_tried_again(chat: ChatPage, stage: Stage) -> None:
    stage.next(answers.says_nothing(), answers.says("Something."))
    chat.ask("Say something")
    expect(chat.answer.get_by_role("alert")).to_contain_text("The answer is empty")
    chat.answer.get_by_role("button", name="Try again").click()
    expect(chat.answer_text).to_have_text("Something.")
    expect(chat.answers).to_have_count(1)


FAILURES = [
    pytest.param(refused(500), 502, "The provider failed", "Try again", id="server error"),
    pytest.param(refused(401), 502, "The provider does not accept", "Look at the providers", id="key refused"),
    pytest.param(
        refused(404, "no such model", code="model_not_found"), 404, "There is no such model", "Choose", id="no model"
    ),
    pytest.param(
        refused(400, "maximum context length is 10 tokens", code="context_length_exceeded"),
        400,
        "too long for this model",
        "Choose another model",
        id="too long",
    ),
]


@pytest.mark.parametrize(("failure", "status", "title", "help_"), FAILURES)
def test_a_failure_before_the_first_word_keeps_the_prompt_and_offers_the_one_thing_that_helps(
    chat: ChatPage, stage: Stage, failure: Reply, status: int, title: str, help_: str
) -> None:
    chat.watch.expect_complaint(rf"status of {status}")
    stage.next(failure)
    chat.ask("Please answer")
    card = chat.answer.get_by_role("alert")
    expect(card).to_contain_text(title)
    expect(card.get_by_role("button")).to_have_count(1)
    expect(card.get_by_role("button")).to_contain_text(help_)
    expect(chat.prompts.last).to_contain_text("Please answer")
    chat.reload()
    expect(chat.answer.locator(".error-status")).to_contain_text(title)


def test_too_many_requests_are_tried_again_when_the_provider_said(chat: ChatPage, stage: Stage) -> None:
    chat.watch.expect_complaint("status of 429")
    limited = refused(429, "slow down", code="rate_limit_exceeded")
    stage.next(Reply(limited.body, 429, {**limited.headers, "retry-after": "4"}, framing="length"))
    chat.ask("Please answer")
    retry = chat.answer.get_by_role("alert").get_by_role("button")
    expect(retry).to_have_text(re.compile(r"Try again in \d s"))
    expect(retry).to_have_text("Try again")
    retry.click()
    expect(chat.answer_text).to_have_text("Hello.")


def test_a_huge_answer_is_shown_whole_and_kept(chat: ChatPage, stage: Stage) -> None:
    paragraph = "All work and no play makes a dull day. " * 12
    text = "\n\n".join(f"{number}. {paragraph}" for number in range(400)) + "\n\nTHE END"
    stage.next(answers.in_pieces(text, [4000]))
    chat.ask_to_the_end("Write a book")
    expect(chat.answer_text).to_contain_text("THE END")
    assert chat.stored()[-1]["content"] == text


def test_an_answer_is_followed_until_its_reader_scrolls_up(chat: ChatPage, stage: Stage) -> None:
    door = stage.door()
    lines = "\n\n".join(f"Line {number}." for number in range(80))
    stage.next(answers.says_around(lines, door.gate, "\n\n" + "\n\n".join(f"More {n}." for n in range(30))))
    chat.ask("Write much")
    expect(chat.page.get_by_text("Line 79.")).to_be_in_viewport()
    chat.page.get_by_role("log").hover()
    chat.page.mouse.wheel(0, -600)
    to_end = chat.page.locator(".to-end")
    expect(to_end).to_be_visible()
    chat.wait_until_still()
    place = chat.page.get_by_text("Line 60.").bounding_box()
    door.open()
    expect(to_end).to_contain_text("new line")
    chat.expect_done()
    chat.wait_until_still()
    assert chat.page.get_by_text("Line 60.").bounding_box() == place
    to_end.click()
    expect(chat.page.get_by_text("More 29.")).to_be_in_viewport()


def test_the_way_of_a_request_is_told_with_its_fallback(chat: ChatPage, stage: Stage) -> None:
    stage.answer_model("broken", refused(503))
    stage.answer_model("scripted", answers.says("From the second."))
    chat.choose_model("spare")
    chat.ask_to_the_end("Hello")
    expect(chat.answer_text).to_have_text("From the second.")
    chat.act(chat.answer, "inspect")
    panel = chat.page.get_by_role("dialog", name="X-ray")
    expect(panel).to_contain_text("mine")
    expect(panel).to_contain_text("scripted")
    expect(panel).to_contain_text("2")


def test_a_display_that_was_halted_shows_the_rest_of_an_answer_that_has_ended_meanwhile(
    chat: ChatPage, stage: Stage
) -> None:
    door = stage.door()
    stage.next(answers.says_around("The beginning,", door.gate, " and the end."))
    chat.ask("Tell me")
    expect(chat.answer_text).to_have_text("The beginning,")
    chat.page.get_by_role("button", name="Pause the display").click()
    door.open()
    expect(chat.status).to_contain_text("has ended")
    expect(chat.answer_text).to_have_text("The beginning,")
    # The focus goes from one button to the other, and then to what is left.
    expect(chat.page.get_by_role("button", name="Show the rest")).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.answer_text).to_have_text("The beginning, and the end.")
    chat.expect_done()
    expect(chat.input).to_be_focused()
