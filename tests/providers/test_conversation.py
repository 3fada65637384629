import re
from typing import Any

import pytest

from llms.providers.conversation import ToolIdRule, with_tool_ids, without_foreign_state
from llms.types import Chat

NINE = ToolIdRule(re.compile(r"[a-zA-Z0-9]{9}"), 9)
WORDS = ToolIdRule(re.compile(r"[a-zA-Z0-9_-]+"), 20, prefix="toolu_")


def tool_turn(call_id: str, **extras: Any) -> Chat:
    call = {"id": call_id, "type": "function", "function": {"name": "look", "arguments": "{}"}, **extras}
    return {
        "model": "m",
        "messages": [
            {"role": "user", "content": "look"},
            {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm", "name": "a"},
            {"role": "tool", "tool_call_id": call_id, "content": "seen"},
        ],
    }


@pytest.mark.parametrize("rule", [NINE, WORDS], ids=["nine", "words"])
@pytest.mark.parametrize("tool_id", ["functions.look:0", "call_" + "x" * 60, "ü", ""])
def test_a_foreign_id_becomes_one_the_vendor_takes(rule: ToolIdRule, tool_id: str) -> None:
    made = rule.fit(tool_id)
    assert rule.pattern.fullmatch(made)


def test_an_id_that_fits_stays() -> None:
    assert NINE.fit("abcDEF123") == "abcDEF123"


def test_the_same_id_becomes_the_same_each_time_and_others_differ() -> None:
    made = {NINE.fit(f"functions.look:{number}") for number in range(1000)}
    assert len(made) == 1000
    assert NINE.fit("functions.look:0") in made


def test_a_call_and_its_result_keep_belonging_together() -> None:
    chat = tool_turn("functions.look:0")
    _, assistant, result = with_tool_ids(chat, NINE)["messages"]
    assert assistant["tool_calls"][0]["id"] == result["tool_call_id"] == NINE.fit("functions.look:0")


def test_the_clients_own_request_is_left_as_it_is() -> None:
    chat = tool_turn("functions.look:0")
    with_tool_ids(chat, NINE)
    without_foreign_state(chat, ())
    assert chat == tool_turn("functions.look:0")


def test_foreign_state_is_taken_out_and_the_vendors_own_stays() -> None:
    chat = tool_turn("c1", extra_content={"google": {"thought_signature": "s"}})
    _, assistant, _ = without_foreign_state(chat, {"reasoning_content"})["messages"]
    assert assistant["reasoning_content"] == "hm"
    assert assistant["name"] == "a"
    assert "extra_content" not in assistant["tool_calls"][0]


def test_what_users_and_tools_say_is_never_touched() -> None:
    chat: Chat = {"model": "m", "messages": [{"role": "user", "content": "x", "reasoning": "mine"}]}
    assert without_foreign_state(chat, ())["messages"] == chat["messages"]
