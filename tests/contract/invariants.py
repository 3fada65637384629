"""The rules every answer of the gateway keeps, as pure functions from bytes or chunks to the list of broken rules.

They say what strict clients check, in no vendor's terms. An empty list is a pass.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ValidationError

FINISH_REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
DONE = "[DONE]"


@dataclass(slots=True)
class Emitted:
    """A stream as it left the gateway: its chunks, the error that ended it, and whether `[DONE]` stands at its end."""

    chunks: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    done: bool = False
    problems: list[str] = field(default_factory=list)


def emitted(body: bytes) -> Emitted:
    """Read a stream strictly: `data:` lines and comments only, `[DONE]` or an error last, nothing after it."""
    stream = Emitted()
    if body and not body.endswith(b"\n\n"):
        stream.problems.append("the last event is not ended by an empty line")
    for event in body.decode().split("\n\n")[:-1]:
        if event.startswith(":"):
            continue
        if stream.done or stream.error is not None:
            stream.problems.append(f"something follows the end: {event[:100]!r}")
        if not event.startswith("data: ") or "\n" in event:
            stream.problems.append(f"not one data line: {event[:100]!r}")
            continue
        _take(stream, event.removeprefix("data: "))
    return stream


def _take(stream: Emitted, data: str) -> None:
    if data == DONE:
        stream.done = True
        return
    parsed = json.loads(data)
    if parsed.get("error"):
        stream.error = parsed["error"]
        if "choices" in parsed:
            stream.problems.append("an error inside a chunk")
    else:
        stream.chunks.append(parsed)


def broken_by_stream(stream: Emitted, *, usage_asked: bool) -> list[str]:
    """What is wrong with a stream that ended well."""
    return [*broken_by_part_of_stream(stream), *_ending(stream, usage_asked=usage_asked)]


def broken_by_part_of_stream(stream: Emitted) -> list[str]:
    """What is wrong with the chunks of a stream, whether it ended well or not."""
    return [
        *stream.problems,
        *(problem for chunk in stream.chunks for problem in _invalid(ChatCompletionChunk, chunk)),
        *_identity(stream.chunks),
        *_roles(stream.chunks),
        *_tools(stream.chunks),
        *_finish_reasons(stream.chunks),
    ]


def broken_by_completion(completion: dict[str, Any]) -> list[str]:
    """What is wrong with an answer that was not streamed."""
    problems = _invalid(ChatCompletion, completion)
    if completion.get("error"):
        problems.append("an error key in a good answer")
    for key in ("id", "model"):
        if not completion.get(key):
            problems.append(f"no {key}")
    if not completion.get("choices"):
        problems.append("no choices")
    for choice in completion.get("choices") or ():
        if choice.get("finish_reason") not in FINISH_REASONS:
            problems.append(f"finish reason {choice.get('finish_reason')!r}")
        if (choice.get("message") or {}).get("role") != "assistant":
            problems.append("the message has no role")
        calls = (choice.get("message") or {}).get("tool_calls") or []
        problems += [problem for call in calls for problem in _incomplete(call)]
    return problems


def broken_by_error(error: Any) -> list[str]:
    """What is wrong with an error object: the four keys of OpenAI's, absent ones null, and nothing unheard of."""
    if not isinstance(error, dict):
        return [f"not an object: {error!r}"]
    problems = [f"no key {key!r}" for key in ("message", "type", "param", "code") if key not in error]
    problems += [
        f"{key} is empty" for key in ("message", "type") if not isinstance(error.get(key), str) or not error[key]
    ]
    problems += [f"{key} is {error[key]!r}" for key in ("param", "code") if not isinstance(error.get(key), str | None)]
    return problems + [f"{key} says 'None'" for key in ("param", "code") if error.get(key) == "None"]


def _invalid(model: type[BaseModel], value: dict[str, Any]) -> list[str]:
    try:
        model.model_validate(value, strict=True)
    except ValidationError as failure:
        return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in failure.errors()]
    return []


def _identity(chunks: Sequence[dict[str, Any]]) -> list[str]:
    problems = []
    for key in ("id", "created", "model", "object"):
        values = {json.dumps(chunk.get(key)) for chunk in chunks}
        if len(values) > 1:
            problems.append(f"{key} changes: {sorted(values)[:3]}")
        if any(not chunk.get(key) for chunk in chunks):
            problems.append(f"{key} is empty or missing")
    if any("error" in chunk for chunk in chunks):
        problems.append("an error key in a good chunk")
    return problems


def _roles(chunks: Sequence[dict[str, Any]]) -> list[str]:
    problems = []
    opened: set[int] = set()
    for index, choice in _choices(chunks):
        role = choice["delta"].get("role")
        if index not in opened and role != "assistant":
            problems.append(f"choice {index} begins with the role {role!r}")
        if index in opened and "role" in choice["delta"]:
            problems.append(f"choice {index} says its role again")
        opened.add(index)
    return problems


def _tools(chunks: Sequence[dict[str, Any]]) -> list[str]:
    problems = []
    count: dict[int, int] = defaultdict(int)
    for index, choice in _choices(chunks):
        for piece in choice["delta"].get("tool_calls") or ():
            position = piece.get("index")
            if position == count[index]:
                count[index] += 1
                told = piece.get("function") or piece.get("custom") or {}
                if not (piece.get("id") and piece.get("type") and told.get("name")):
                    problems.append(f"call {position} of choice {index} is opened without id, type or name: {piece}")
            elif not isinstance(position, int) or not 0 <= position < count[index]:
                problems.append(f"choice {index} jumps to the tool index {position!r}")
            elif {"id", "type"} & piece.keys() or "name" in (piece.get("function") or {}):
                problems.append(f"call {position} of choice {index} says its id, type or name again")
    return problems


def _finish_reasons(chunks: Sequence[dict[str, Any]]) -> list[str]:
    problems = []
    finished: set[int] = set()
    for index, choice in _choices(chunks):
        reason = choice.get("finish_reason")
        if index in finished and (reason or choice["delta"].get("content") or choice["delta"].get("tool_calls")):
            problems.append(f"choice {index} goes on after its finish reason")
        if reason is not None:
            finished.add(index)
            if reason not in FINISH_REASONS:
                problems.append(f"finish reason {reason!r}")
    return problems


def _ending(stream: Emitted, *, usage_asked: bool) -> list[str]:
    problems = []
    if stream.error is not None:
        problems.append(f"it ended with an error: {stream.error}")
    if not stream.done:
        problems.append("it did not end with [DONE]")
    if not stream.chunks:
        return [*problems, "it holds no chunk"]
    indexes = {index for index, _ in _choices(stream.chunks)}
    ended = {index for index, choice in _choices(stream.chunks) if choice.get("finish_reason")}
    problems += [f"choice {index} has no finish reason" for index in sorted(indexes - ended)]
    problems += _unparsable_arguments(stream.chunks)
    return problems + _usage(stream.chunks, usage_asked=usage_asked)


def _usage(chunks: Sequence[dict[str, Any]], *, usage_asked: bool) -> list[str]:
    problems = []
    *before, last = chunks
    if any(chunk.get("usage") is not None for chunk in before):
        problems.append("usage comes before the last chunk")
    if last.get("usage") is not None and last.get("choices"):
        problems.append("usage comes in a chunk with choices")
    if not usage_asked and any("usage" in chunk for chunk in chunks):
        problems.append("usage comes although nobody asked for it")
    if any(not chunk.get("choices") and chunk.get("usage") is None for chunk in chunks):
        problems.append("a chunk without choices that is not the usage")
    return problems


def _unparsable_arguments(chunks: Sequence[dict[str, Any]]) -> list[str]:
    """Arguments that do not add up to JSON, of choices that end in `tool_calls`."""
    arguments: dict[tuple[int, int], str] = defaultdict(str)
    reasons: dict[int, str] = {}
    for index, choice in _choices(chunks):
        reasons[index] = choice.get("finish_reason") or reasons.get(index, "")
        for piece in choice["delta"].get("tool_calls") or ():
            if "custom" not in piece:
                arguments[index, piece["index"]] += (piece.get("function") or {}).get("arguments") or ""
    problems = []
    for (index, position), text in arguments.items():
        if reasons[index] == "tool_calls" and not _is_json(text):
            problems.append(f"the arguments of call {position} are no JSON: {text[:100]!r}")
    if not arguments and "tool_calls" in reasons.values():
        problems.append("it ends in tool_calls without having called one")
    return problems


def _incomplete(call: dict[str, Any]) -> list[str]:
    told = call.get("function") or call.get("custom") or {}
    problems = [] if call.get("id") and call.get("type") and told.get("name") else [f"incomplete call: {call}"]
    if call.get("type") == "function" and not _is_json(told.get("arguments")):
        problems.append(f"arguments are no JSON: {told.get('arguments')!r}")
    return problems


def _is_json(text: Any) -> bool:
    try:
        json.loads(text)
    except (TypeError, ValueError):
        return False
    return True


def _choices(chunks: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            yield choice.get("index", -1), {**choice, "delta": choice.get("delta") or {}}
