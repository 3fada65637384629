"""What a request needs, told by rules."""

from typing import Any

import pytest

from llms.routing.auto import NEEDS, Need, candidates, needs, read
from llms.types import Candidate, Chat

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def asking(*contents: Any) -> Chat:
    return {"model": "auto", "messages": [{"role": "user", "content": content} for content in contents]}


def need_of(*contents: Any, **words: Any) -> Need:
    return needs(read(asking(*contents)), words)[0].need  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("What's happening in Delhi today?", "fresh"),
        ("What are recent events in Delhi?", "fresh"),
        ("Who won the match last night?", "fresh"),
        ("latest news on the election", "fresh"),
        ("Will it rain? I need the weather forecast for Oslo", "fresh"),
        ("Search the web for reviews of this phone", "fresh"),
        ("What is the Apple stock price right now?", "fresh"),
        ("Explain machine learning", "general"),
        ("Why is the sky blue?", "general"),
        ("What are the current best practices for onboarding?", "general"),
        ("Compare capitalism and socialism in the 19th century.", "general"),
        ("Who was the first president of Latvia?", "general"),
        ("Write a story about a robot", "creative"),
        ("Compose a haiku about the sea", "creative"),
        ("Brainstorm names for my bakery", "creative"),
        ("Tell me a joke", "creative"),
        ("Write a function that reverses a list in Python", "code"),
        ("Fix this:\n```\nint main( { }\n```", "code"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'a'", "code"),
        ("Why does src/app.ts not compile?", "code"),
        ("SELECT name FROM users WHERE id = 3 is slow", "code"),
        ("Translate 'good morning' to Spanish", "cheap"),
        ("hello!", "cheap"),
        ("what is 12 * 7?", "cheap"),
        ("Classify this review as positive or negative: nice", "cheap"),
    ],
)
def test_what_is_asked_tells_what_is_needed(text: str, need: Need) -> None:
    assert need_of(text) == need


def test_what_was_said_last_counts() -> None:
    assert need_of("Write a story about a robot", "What's the weather today?") == "fresh"


def test_text_in_parts_is_read_too() -> None:
    assert need_of([{"type": "text", "text": "Write a poem about rain"}]) == "creative"


def test_images_come_first() -> None:
    assert need_of([{"type": "text", "text": "Write a poem about this"}, PICTURE]) == "images"
    assert need_of([{"type": "text", "text": "What is it?"}, PICTURE], "And in other words?") == "images"


def test_sheer_length_comes_before_words() -> None:
    assert need_of("What's new today? " + "lorem ipsum " * 40_000) == "long"


def test_simple_work_on_much_text_is_not_cheap() -> None:
    assert need_of("Translate this: " + "la vie est belle. " * 100) == "general"


def test_what_is_asked_for_at_the_end_of_a_long_text_is_found() -> None:
    assert need_of("lorem ipsum " * 5000 + "\nSearch the web for what this means.") == "fresh"


def test_own_words_are_enough() -> None:
    assert need_of("a question on Terraform", code=("terraform",)) == "code"
    assert need_of("a question on Terraforming", code=("terraform",)) == "general"
    assert need_of("is (a) fine?", code=("(a)",)) == "general"


def test_general_is_always_among_what_is_needed() -> None:
    found = needs(read(asking("Write a story about the weather today")))
    assert {each.need for each in found} == {"fresh", "creative", "general"}
    assert found[-1].need == "general"
    assert found[-1].score == 0


def test_reasons_hold_no_word_of_the_request_and_signs_do() -> None:
    found = needs(read(asking("Write a story about my secret")))[0]
    assert found.reason == "creative: it asks for something made up"
    assert "Write a story" in found.signs


@pytest.mark.parametrize("content", [None, 5, [], [None, 5, {"type": "text"}], ""])
def test_odd_contents_are_general(content: Any) -> None:
    assert need_of(content) == "general"


@pytest.mark.parametrize("text", ["(" * 8000, "a" * 8000, "write " * 1500, "{;" * 4000, "SELECT " * 1200, " " * 8000])
@pytest.mark.timeout(5)
def test_no_text_takes_long_to_read(text: str) -> None:
    needs(read(asking(text)))


# Candidates

SERVING: dict[Need, tuple[str, ...]] = {"creative": ("a/x", "b/y"), "general": ("b/y", "c/z")}


def listed(*unfit: str) -> list[Candidate]:
    findings = needs(read(asking("Tell me a joke")))
    return candidates(findings, SERVING, lambda route: "too small" if route in unfit else "")


def test_who_serves_the_need_comes_first_then_who_serves_the_rest() -> None:
    assert [each.route for each in listed()] == ["a/x", "b/y", "c/z"]
    assert [each.reason.partition(":")[0] for each in listed()] == ["creative", "creative", "general"]


def test_who_cannot_serve_is_listed_last_with_the_reason() -> None:
    assert listed("a/x")[-1] == Candidate("a/x", kept=False, reason="too small")
    assert [each.route for each in listed("a/x")] == ["b/y", "c/z", "a/x"]


def test_every_need_has_a_place() -> None:
    assert set(NEEDS) == {"fresh", "code", "creative", "images", "long", "cheap", "general"}
