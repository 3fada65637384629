"""Cerebras: strict about fields, and about what an assistant has said."""

from typing import Any

from llms.providers.cerebras import CerebrasProvider
from tests.providers.dialect import USER, chat, fields, sent

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def test_cerebras_takes_texts_from_the_assistant_and_no_penalties() -> None:
    parts = {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    asked = chat(USER, parts, USER, CALLED, presence_penalty=1, parallel_tool_calls=False, temperature=2)
    body, told = fields(CerebrasProvider(), asked)
    assert body == {"temperature": 1.5}
    assert told == ["dropped parallel_tool_calls", "dropped presence_penalty", "clamped temperature"]
    messages = sent(CerebrasProvider(), asked)["messages"]
    assert [messages[1]["content"], messages[3]["content"]] == ["ab", ""]
