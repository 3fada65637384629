"""How a conversation is known again, and for how long."""

from typing import Any

from llms.routing.affinity import LocalAffinity, trail_of
from llms.types import Chat

LONG = "You are a careful clerk. " * 200


def chat(*turns: str, system: str = "", **more: Any) -> Chat:
    messages = [{"role": "system", "content": system}] if system else []
    roles = ("user", "assistant")
    messages += [{"role": roles[place % 2], "content": text} for place, text in enumerate(turns)]
    return {"model": "fast", "messages": messages, **more}  # type: ignore[typeddict-item]


def test_a_conversation_that_goes_on_has_the_same_beginnings() -> None:
    first, later = trail_of(chat("hi"), "me"), trail_of(chat("hi", "hello", "how are you?"), "me")
    assert later[:1] == first
    assert len(set(later)) == 3


def test_a_long_one_is_told_by_its_first_turns() -> None:
    turns = [str(number) for number in range(100)]
    assert trail_of(chat(*turns), "me") == trail_of(chat(*turns[:50]), "me")
    assert len(trail_of(chat(*turns), "me")) == 4


def test_another_conversation_under_the_same_instructions_shares_their_beginning() -> None:
    one, other = trail_of(chat("a", system=LONG), "me"), trail_of(chat("b", system=LONG), "me")
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_short_instructions_make_no_two_conversations_alike() -> None:
    one, other = trail_of(chat("a", system="Be brief."), "me"), trail_of(chat("b", system="Be brief."), "me")
    assert not set(one) & set(other)


def test_tools_belong_to_the_beginning() -> None:
    assert not set(trail_of(chat("a"), "me")) & set(trail_of(chat("a", tools=[{"type": "function"}]), "me"))


def test_nobody_meets_the_beginnings_of_others() -> None:
    assert not set(trail_of(chat("a", system=LONG), "me")) & set(trail_of(chat("a", system=LONG), "you"))


def test_a_request_without_messages_has_none() -> None:
    assert trail_of({"model": "m", "messages": []}, "me") == ()


def test_the_longest_beginning_that_was_seen_says_where() -> None:
    memory = LocalAffinity()
    memory.remember((b"a",), "x/m", 0)
    memory.remember((b"a", b"ab"), "y/m", 1)
    memory.remember((b"a",), "x/m", 2)
    assert memory.home((b"a", b"ab", b"abc"), 3) == "y/m"
    assert memory.home((b"a", b"ac"), 3) == "x/m"
    assert memory.home((b"z",), 3) is None
    assert memory.home((), 3) is None


def test_vendors_forget_and_so_does_this() -> None:
    memory = LocalAffinity(keep_s=300)
    memory.remember((b"a",), "x/m", 0)
    assert memory.home((b"a",), 300) == "x/m"
    assert memory.home((b"a",), 301) is None


def test_of_too_many_the_oldest_are_forgotten() -> None:
    memory = LocalAffinity(remembered=3)
    for name in "abcd":
        memory.remember((name.encode(),), "x/m", 0)
    assert [memory.home((name.encode(),), 1) for name in "abcd"] == [None, "x/m", "x/m", "x/m"]
