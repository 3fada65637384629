"""DeepSeek: thinking that must come back, tools that must be called, and schemas in the prompt."""

from typing import Any

import pytest

from llms.errors import Unavailable
from llms.providers.deepseek import DeepSeekProvider
from tests.fakes.openai_wire import choice, chunk, completion
from tests.providers.dialect import USER, Far, chat, fields, sent

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "42"}
V4, OFF = "deepseek-v4-flash", {"thinking": {"type": "disabled"}}


def test_what_means_nothing_there_is_told() -> None:
    asked = chat({"role": "developer", "content": "a"}, USER, max_completion_tokens=5, seed=7, user="ann", store=True)
    body, told = fields(DeepSeekProvider(), asked)
    assert body == {"max_tokens": 5, "user": "ann"}
    assert told == ["dropped seed", "dropped store"]
    assert sent(DeepSeekProvider(), asked)["messages"][0]["role"] == "system"


@pytest.mark.parametrize(
    ("model", "asked", "reasoning"),
    [
        (V4, {}, ""),
        ("deepseek-chat", {}, None),
        (V4, OFF, None),
        ("deepseek-chat", {"thinking": {"type": "enabled"}}, ""),
    ],
)
def test_a_call_of_tools_has_its_reasoning(model: str, asked: dict[str, Any], reasoning: str | None) -> None:
    messages = sent(DeepSeekProvider(), chat(USER, CALLED, RESULT, model=model, **asked))["messages"]
    assert messages[1].get("reasoning_content") == reasoning
    assert "reasoning_content" not in messages[0]


async def test_a_client_that_forgets_the_reasoning_continues_with_it() -> None:
    whole = completion(None, tool_calls=[CALL], reasoning_content="hm")
    far = Far(DeepSeekProvider, whole=whole)
    await far.completion()
    await far.completion(chat(USER, {**CALLED, "thinking_blocks": []}, RESULT, model=V4))
    assert far.asked["messages"][1] == {**CALLED, "reasoning_content": "hm"}


@pytest.mark.parametrize("choice_of_tool", ["required", {"type": "function", "function": {"name": "f"}}])
def test_a_tool_that_must_be_called_turns_thinking_off(choice_of_tool: Any) -> None:
    asked = {"tool_choice": choice_of_tool}
    assert fields(DeepSeekProvider(), chat(model=V4, **asked)) == ({**asked, **OFF}, [])
    assert fields(DeepSeekProvider(), chat(model="deepseek-chat", **asked)) == (asked, [])


@pytest.mark.parametrize(
    ("model", "wish"),
    [(V4, {"reasoning_effort": "high"}), (V4, {"thinking": {"type": "enabled"}}), ("deepseek-reasoner", {})],
)
def test_a_wish_to_think_is_kept_before_a_tool_that_must_be_called(model: str, wish: dict[str, Any]) -> None:
    asked = chat(model=model, tool_choice="required", **wish)
    assert fields(DeepSeekProvider(), asked) == (wish, ["dropped tool_choice"])


@pytest.mark.parametrize("tool_choice", ["auto", "none"])
def test_other_choices_of_tools_pass(tool_choice: str) -> None:
    assert fields(DeepSeekProvider(), chat(model=V4, tool_choice=tool_choice)) == ({"tool_choice": tool_choice}, [])


def test_an_effort_of_none_turns_thinking_off() -> None:
    assert fields(DeepSeekProvider(), chat(model=V4, reasoning_effort="none")) == (OFF, [])
    assert fields(DeepSeekProvider(), chat(model=V4, reasoning_effort="max")) == ({"reasoning_effort": "max"}, [])


def test_a_schema_goes_into_the_prompt() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    asked = chat({"role": "system", "content": "Be brief."}, USER, response_format=wanted)
    body, told = fields(DeepSeekProvider(), asked)
    assert body == {"response_format": {"type": "json_object"}}
    assert told == ["emulated response_format"]
    system, user = sent(DeepSeekProvider(), asked)["messages"]
    assert system["content"].startswith("Be brief.\n\n")
    assert '"properties":{"a":{"type":"integer"}}' in system["content"]
    assert user == USER


def test_json_is_asked_for_in_words() -> None:
    asked: dict[str, Any] = {"response_format": {"type": "json_object"}}
    messages = sent(DeepSeekProvider(), chat(**asked))["messages"]
    assert (messages[0]["role"], "JSON" in messages[0]["content"], messages[1:]) == ("system", True, [USER])
    spoken = {"role": "user", "content": "Give me json."}
    assert sent(DeepSeekProvider(), chat(spoken, **asked))["messages"] == [spoken]
    assert fields(DeepSeekProvider(), chat(**asked)) == (asked, [])


async def test_a_lack_of_resources_is_no_end() -> None:
    with pytest.raises(Unavailable, match="insufficient_system_resource"):
        await Far(DeepSeekProvider, chunk(choice({"content": "a"}, "insufficient_system_resource"))).chunks()


async def test_tokens_from_its_cache_have_their_usual_place() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "prompt_cache_hit_tokens": 8}
    whole = await Far(DeepSeekProvider, whole={**completion("a"), "usage": usage}).completion()
    assert whole["usage"]["prompt_tokens_details"] == {"cached_tokens": 8}


@pytest.mark.parametrize("base_url", ["", "https://api.deepseek.com", "https://api.deepseek.com/beta/"])
def test_an_answer_that_is_begun_goes_to_the_beta(base_url: str) -> None:
    begun = {"role": "assistant", "content": "so", "prefix": True}
    request = DeepSeekProvider(base_url).request(chat(USER, begun), stream=False)
    assert request.url == "https://api.deepseek.com/beta/chat/completions"
    plain = DeepSeekProvider(base_url).request(chat(), stream=False)
    assert plain.url == f"{base_url.rstrip('/') or DeepSeekProvider.default_base_url}/chat/completions"
