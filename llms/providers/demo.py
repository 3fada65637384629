"""A model without a model: answers about this gateway, so that the first minute works without any key.

Deterministic: the same request gives the same words. How fast and how long it speaks stands in the model name
(`demo/words?words=200&gap_ms=5`); any name is answered, those it does not know like `guide`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from llms import jsonio
from llms.providers.scripted.draft import Draft, ToolCall, sent, words_of
from llms.providers.scripted.guide import guide, thoughts
from llms.providers.scripted.provider import ScriptedProvider
from llms.providers.scripted.samples import sample
from llms.providers.scripted.settings import Asked, Number, Parameters, read_model, refused, whole_field
from llms.providers.scripted.transport import Answer

MODELS = {
    "guide": "explains how to configure this gateway",
    "thinker": "reasons before it answers",
    "tools": "calls the first tool it is offered",
    "words": "says numbered words, 100 unless told otherwise",
    "echo": "says what it is told",
}
"""The named models, each with what it does."""

PARAMETERS: Parameters = {
    "gap_ms": Number("pause between two words, in milliseconds", 20, 0, 60_000),
    "first_ms": Number("wait before the first word, in milliseconds", 0, 0, 600_000),
    "words": Number("length: the answer is cut, or repeated, to so many words", None, 1, 100_000, whole=True),
}

_MOST_ALTERNATIVES = 8
_ASKS_FOR_TOOL = re.compile(r"\b(use|call|invoke|run|try)\b.{0,40}\b(tools?|functions?)\b", re.IGNORECASE | re.DOTALL)
_ASKS_FOR_TWO = re.compile(r"\b(parallel|both|two|twice)\b", re.IGNORECASE)


class DemoProvider(ScriptedProvider):
    """The demo. It needs no key and no network."""

    type: ClassVar[str] = "demo"

    def named_models(self) -> Mapping[str, str]:
        """The models that do something of their own."""
        return MODELS

    def answer(self, body: dict[str, Any]) -> Answer:
        """The answer in words, in JSON or as tool calls, at the pace the model name asks for."""
        asked = read_model(body["model"], lambda name: PARAMETERS)
        draft = draft_of(_Request(body, asked))
        stream = body.get("stream") is True
        return sent(draft, stream=stream, gap_s=asked.seconds("gap_ms"), first_s=asked.seconds("first_ms"))


@dataclass(frozen=True, slots=True)
class _Request:
    """What the demo reads of a request; whatever is not as it should be counts as not given."""

    body: dict[str, Any]
    asked: Asked

    @property
    def messages(self) -> list[dict[str, Any]]:
        return _dicts(self.body.get("messages"))

    @property
    def question(self) -> str:
        """The text of the last message of the user."""
        return next((text_of(message) for message in reversed(self.messages) if message.get("role") == "user"), "")

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The functions among the tools that may be called."""
        tools = [tool.get("function") for tool in _dicts(self.body.get("tools"))]
        return [tool for tool in _dicts(tools) if isinstance(tool.get("name"), str)]

    @property
    def results(self) -> list[str]:
        """The texts of the tool messages at the end of the conversation."""
        texts: list[str] = []
        for message in reversed(self.messages):
            if message.get("role") != "tool":
                break
            texts.insert(0, text_of(message))
        return texts

    @property
    def effort(self) -> str:
        """How much reasoning is wanted; empty for none."""
        wanted = self.body.get("reasoning_effort")
        if isinstance(wanted, str):
            return "" if wanted == "none" else wanted
        return "high" if self.asked.name == "thinker" else ""


def draft_of(request: _Request) -> Draft:
    """What to answer. Raises `Rejected` for limits that are none."""
    body = request.body
    calls = [] if request.results else _calls(request)
    text = _up_to_stop(_text(request), body.get("stop"))
    reasoning = words_of(thoughts(request.question, request.effort)) if request.effort else []
    words = None if calls else _as_long_as(words_of(text), request.asked.count("words"), request)
    limit = whole_field(body, "max_completion_tokens") or whole_field(body, "max_tokens")
    finish_reason = "tool_calls" if calls else "stop"
    if limit is not None and limit < len(reasoning) + len(words or ()):
        reasoning = reasoning[:limit]
        words, calls, finish_reason = (words or [])[: limit - len(reasoning)], [], "length"
    return Draft(
        model=body["model"],
        words=words,
        reasoning=reasoning,
        calls=calls,
        finish_reason=finish_reason,
        prompt_tokens=sum(len(words_of(text_of(message))) for message in request.messages),
        alternatives=whole_field(body, "n", _MOST_ALTERNATIVES) or 1,
    )


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, also where its content is a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in _dicts(content) if isinstance(part.get("text"), str))


def _text(request: _Request) -> str:
    wanted = request.body.get("response_format")
    wanted = wanted if isinstance(wanted, dict) else {}
    described = wanted.get("json_schema")
    if wanted.get("type") == "json_schema" and isinstance(described, dict):
        return jsonio.dumps(sample(described.get("schema", {}))).decode()
    if wanted.get("type") == "json_object":
        return jsonio.dumps({"answer": " ".join(request.results) or "demo"}).decode()
    if request.results:
        told = "\n\n".join(f"```\n{result}\n```" for result in request.results)
        return f"The tool answered:\n\n{told}\n\nA real model would now make use of it."
    if request.asked.name == "echo":
        return request.question
    if request.asked.name == "words":
        return " ".join(f"word{number}" for number in range(1, (request.asked.count("words") or 100) + 1))
    return guide(request.question, tools=[function["name"] for function in request.functions])


def _as_long_as(words: list[str], count: int | None, request: _Request) -> list[str]:
    """`words` cut or repeated to `count`. JSON stays whole, and what a stop sequence cut off is not filled up."""
    if count is None or not words or request.body.get("response_format") or request.body.get("stop"):
        return words
    again = ["\n\n" + words[0].lstrip(), *words[1:]]
    repeated = words + again * (count // len(words))
    return repeated[:count]


def _up_to_stop(text: str, stop: Any) -> str:
    marks = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    ends = [text.find(mark) for mark in marks if isinstance(mark, str) and mark]
    return text[: min((end for end in ends if end >= 0), default=len(text))]


def _calls(request: _Request) -> list[ToolCall]:
    """The calls to make: none where none is asked for. Raises `Rejected` where `tool_choice` names no tool there is."""
    functions = request.functions
    choice = request.body.get("tool_choice")
    named = choice.get("function") if isinstance(choice, dict) else None
    if isinstance(named, dict):
        functions = [function for function in functions if function["name"] == named.get("name")]
        if not functions:
            raise refused(f"tool_choice names {named.get('name')!r}, which is not among the tools", "tool_choice")
    elif choice == "none" or not (choice == "required" or _asks_for_call(request)):
        return []
    if not functions:
        return []
    parallel = request.body.get("parallel_tool_calls")
    two = parallel is True or (parallel is None and _ASKS_FOR_TWO.search(request.question) is not None)
    called = [functions[0], functions[min(1, len(functions) - 1)]] if two else functions[:1]
    return [_call(request, function, position) for position, function in enumerate(called)]


def _asks_for_call(request: _Request) -> bool:
    if request.asked.name == "tools" or _ASKS_FOR_TOOL.search(request.question):
        return True
    return any(function["name"] in request.question for function in request.functions)


def _call(request: _Request, function: dict[str, Any], position: int) -> ToolCall:
    """A call whose id is the same for the same conversation, and another for each call in it."""
    arguments = sample(function.get("parameters") or {"type": "object"})
    told = jsonio.dumps([request.body.get("messages"), function["name"], position])
    call_id = f"call_{hashlib.sha256(told).hexdigest()[:24]}"
    return ToolCall(call_id, function["name"], jsonio.dumps(arguments if isinstance(arguments, dict) else {}).decode())


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
