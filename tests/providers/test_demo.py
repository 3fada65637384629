from pathlib import Path
from typing import Any

import pytest

from llms import jsonio
from llms.errors import Rejected
from llms.providers.demo import MODELS, PARAMETERS, DemoProvider, text_of
from llms.streaming.fold import fold
from llms.types import Chunk, Completion

CHECKOUT = Path(__file__).resolve().parents[2]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "units": {"enum": ["C", "F"]}},
            "required": ["city", "units"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time"}}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {}}, "required": ["n"]}


def asking(question: Any = "Hello", *, model: str = "guide", **fields: Any) -> Any:
    name, _, query = model.partition("?")
    messages = fields.pop("messages", [{"role": "user", "content": question}])
    return {"model": f"{name}?gap_ms=0&{query}", "messages": messages, **fields}


async def streamed(chat: Any) -> list[Chunk]:
    return [chunk async for chunk in DemoProvider().chat(chat, True)]


async def answered(chat: Any) -> Completion:
    return await DemoProvider().chat(chat)


async def words(chat: Any) -> str:
    content = (await answered(chat))["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def without_names(completion: Completion) -> Completion:
    return {key: value for key, value in completion.items() if key not in {"id", "created"}}


CHATS: dict[str, Any] = {
    **{model: asking(model=model) for model in MODELS},
    "an unknown name": asking(model="anything/at:all"),
    "a call": asking("Please use the tool", tools=[WEATHER]),
    "two calls": asking(model="tools", tools=[WEATHER, CLOCK], parallel_tool_calls=True),
    "reasoning": asking(reasoning_effort="low"),
    "reasoning and a call": asking(model="thinker", tools=[WEATHER], tool_choice="required"),
    "three alternatives": asking(model="thinker", n=3),
    "a limit": asking(max_tokens=5),
    "a stop sequence": asking(stop="**"),
    "JSON": asking(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}),
    "no messages": asking(messages=[]),
}
every_chat = pytest.mark.parametrize("chat", CHATS.values(), ids=CHATS.keys())


@every_chat
async def test_a_stream_adds_up_to_the_whole_answer(chat: Any) -> None:
    assert without_names(fold(await streamed(chat))) == without_names(await answered(chat))


@every_chat
async def test_a_stream_has_one_role_and_one_end_per_choice_and_the_usage_last(chat: Any) -> None:
    *chunks, last = await streamed(chat)
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    count = chat.get("n", 1)
    assert [choice["index"] for choice in choices if "role" in choice["delta"]] == list(range(count))
    assert sorted(choice["index"] for choice in choices if choice["finish_reason"]) == list(range(count))
    assert (last["choices"], last["usage"]) == ([], (await answered(chat))["usage"])
    assert len({chunk["id"] for chunk in [*chunks, last]}) == 1


async def test_the_answer_comes_word_by_word() -> None:
    contents = [chunk["choices"][0]["delta"].get("content") for chunk in (await streamed(asking()))[:-1]]
    assert len(contents) > 100
    assert all(len((content or "").split()) <= 1 for content in contents)


async def test_the_same_question_gets_the_same_words() -> None:
    assert await words(asking("What now?")) == await words(asking("What now?"))


async def test_it_lists_its_named_models() -> None:
    assert [card.id for card in await DemoProvider().list_models()] == list(MODELS)


async def test_a_question_for_code_gets_code() -> None:
    assert "from openai import OpenAI" in await words(asking("Show me code"))
    assert "from openai import OpenAI" in await words(asking([{"type": "text", "text": "Show me code"}]))


async def test_an_echo_says_what_it_is_told() -> None:
    assert await words(asking("Grüße, 你好!", model="echo")) == "Grüße, 你好!"


@pytest.mark.parametrize("count", [1, 7, 2000])
@pytest.mark.parametrize("model", ["guide", "words", "thinker"])
async def test_an_answer_is_as_long_as_the_model_name_says(model: str, count: int) -> None:
    assert len((await words(asking(model=f"{model}?words={count}"))).split()) == count


async def test_the_words_are_numbered() -> None:
    assert await words(asking(model="words?words=3")) == "word1 word2 word3"


async def test_a_parameter_that_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="gap_ms must be a number from 0 to 60000, not 'quick'") as raised:
        await streamed({"model": "guide?gap_ms=quick", "messages": []})
    assert (raised.value.status, raised.value.param) == (400, "model")


@pytest.mark.parametrize("field", ["n", "max_tokens", "max_completion_tokens"])
async def test_a_limit_that_is_none_is_refused(field: str) -> None:
    with pytest.raises(Rejected) as raised:
        await answered({**asking(), field: 0})
    assert (raised.value.status, raised.value.param) == (400, field)


# Reasoning and limits


async def test_the_thinker_reasons_before_it_answers() -> None:
    deltas = [chunk["choices"][0]["delta"] for chunk in (await streamed(asking(model="thinker")))[1:-2]]
    kinds = [next(iter(delta)) for delta in deltas]
    assert kinds == sorted(kinds, reverse=True)
    assert set(kinds) == {"reasoning_content", "content"}


async def test_the_effort_decides_how_much_it_reasons() -> None:
    usages = [
        (await answered(asking(model="thinker", reasoning_effort=effort)))["usage"]
        for effort in ("none", "low", "high")
    ]
    counts = [usage["completion_tokens_details"]["reasoning_tokens"] for usage in usages]
    assert counts[0] == 0
    assert counts == sorted(set(counts))


async def test_a_limit_ends_the_answer_for_its_length() -> None:
    completion = await answered(asking(model="words", max_completion_tokens=3))
    assert completion["choices"][0]["finish_reason"] == "length"
    assert completion["choices"][0]["message"]["content"] == "word1 word2 word3"
    assert completion["usage"]["completion_tokens"] == 3


async def test_a_limit_counts_the_reasoning_too() -> None:
    completion = await answered(asking(model="thinker", max_tokens=4))
    assert completion["usage"]["completion_tokens_details"]["reasoning_tokens"] == 4
    assert completion["choices"][0]["message"]["content"] == ""


@pytest.mark.parametrize("stop", ["word3", ["never", " word3"]])
async def test_a_stop_sequence_ends_the_answer_before_it(stop: Any) -> None:
    completion = await answered(asking(model="words", stop=stop))
    assert completion["choices"][0]["message"]["content"].strip() == "word1 word2"
    assert completion["choices"][0]["finish_reason"] == "stop"


# Tools and JSON


def calls_in(completion: Completion) -> list[tuple[str, Any]]:
    calls = completion["choices"][0]["message"].get("tool_calls", [])
    return [(call["function"]["name"], jsonio.loads(call["function"]["arguments"])) for call in calls]


@pytest.mark.parametrize(
    "chat",
    [
        asking("Please use the tool", tools=[WEATHER, CLOCK]),
        asking("What does get_weather say?", tools=[WEATHER, CLOCK]),
        asking("Hello", model="tools", tools=[WEATHER, CLOCK]),
        asking("Hello", tools=[WEATHER, CLOCK], tool_choice="required"),
        asking("Hello", tools=[CLOCK, WEATHER], tool_choice={"type": "function", "function": {"name": "get_weather"}}),
        asking("Use two tools", tools=[WEATHER, CLOCK], parallel_tool_calls=False),
    ],
    ids=["asked for", "named", "by the model", "required", "chosen", "not in parallel"],
)
async def test_a_tool_is_called_with_the_smallest_arguments_that_fit(chat: Any) -> None:
    completion = await answered(chat)
    assert calls_in(completion) == [("get_weather", {"city": "demo", "units": "C"})]
    assert completion["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    "chat",
    [
        asking("Hello", tools=[WEATHER]),
        asking("Use the tool", tools=[WEATHER], tool_choice="none"),
        asking("Use the tool", model="tools"),
        asking("Use the tool", tools=["nonsense", {"type": "custom", "custom": {"name": "x"}}]),
    ],
    ids=["not asked for", "not allowed", "none there", "none that can be called"],
)
async def test_without_reason_no_tool_is_called(chat: Any) -> None:
    completion = await answered(chat)
    assert calls_in(completion) == []
    assert completion["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("tools", [[WEATHER, CLOCK], [WEATHER]])
async def test_two_calls_are_made_at_once_where_that_is_asked_for(tools: list[Any]) -> None:
    completion = await answered(asking(model="tools", tools=tools, parallel_tool_calls=True))
    assert [name for name, _ in calls_in(completion)] == ["get_weather", tools[-1]["function"]["name"]]
    ids = {call["id"] for call in completion["choices"][0]["message"]["tool_calls"]}
    assert len(ids) == 2


async def test_a_choice_of_a_tool_that_is_not_there_is_refused() -> None:
    chosen = {"type": "function", "function": {"name": "absent"}}
    with pytest.raises(Rejected, match="'absent', which is not among the tools") as raised:
        await answered(asking(tools=[WEATHER], tool_choice=chosen))
    assert raised.value.param == "tool_choice"


async def test_the_results_of_tools_are_answered_in_words() -> None:
    question = {"role": "user", "content": "Use the tool"}
    called: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": []}
    results = [{"role": "tool", "tool_call_id": f"call_{text}", "content": text} for text in ("sunny", "22 °C")]
    completion = await answered(asking(messages=[question, called, *results], tools=[WEATHER], tool_choice="required"))
    content = completion["choices"][0]["message"]["content"]
    assert calls_in(completion) == []
    assert content.index("sunny") < content.index("22 °C")


async def test_an_answer_in_json_fits_its_schema() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    assert await words(asking(response_format=wanted)) == '{"n":1}'
    assert await words(asking(response_format={"type": "json_object"})) == '{"answer":"demo"}'


@pytest.mark.parametrize("field", ["tools", "tool_choice", "stop", "response_format", "reasoning_effort"])
@pytest.mark.parametrize("value", ["nonsense", 5, {"type": 7}, [None], True])
async def test_fields_of_the_wrong_kind_do_not_break_it(field: str, value: Any) -> None:
    completion = await answered({**asking(), field: value})
    assert completion["choices"][0]["finish_reason"] == "stop"


def test_the_text_of_a_message_is_its_parts_of_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}, "b", {"type": "text", "text": 5}]
    assert text_of({"content": parts}) == "a"
    assert text_of({"content": None}) == ""


def test_the_documentation_has_a_row_for_every_model_and_parameter() -> None:
    text = (CHECKOUT / "docs" / "demo-and-chaos.md").read_text("utf-8")
    for model, purpose in MODELS.items():
        assert f"| `demo/{model}` | {purpose} |" in text
    for name, parameter in PARAMETERS.items():
        assert f"| `{name}` | {parameter.purpose} | {parameter.allowed} |" in text
