"""What the provider behind the gateway says in the browser's tests: kinds of answers, good and bad."""

from collections.abc import Iterable, Iterator

from tests.fakes.openai_wire import (
    DONE,
    answered,
    choice,
    chunk,
    completion,
    event,
    sse,
    streamed,
    text_chunks,
    tool_chunks,
)
from tests.fakes.upstream import Answer, Drip, Gate, Part, Reply, Request

SLOW_TOKENS = 120
SLOW_GAP_S = 0.02


def words_of(text: str) -> list[str]:
    """`text` in pieces as models make them: words, each with the space before it."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]


def says(text: str, *, finish: str = "stop") -> Answer:
    """`text`, streamed word by word or whole, as it is asked for."""

    def answer(request: Request) -> Reply:
        if request.json.get("stream"):
            return streamed(*sse(*text_chunks(*words_of(text), finish=finish)))
        whole = completion(text)
        whole["choices"][0]["finish_reason"] = finish
        return answered(whole)

    return answer


def says_around(before: str, gate: Gate, after: str) -> Reply:
    """`before`, a wait at the gate, and the rest."""
    chunks = [*sse(*text_chunks(*words_of(before), *words_of(after)))]
    at = 1 + len(words_of(before))
    return streamed(*chunks[:at], gate, *chunks[at:])


def waits(gate: Gate, text: str) -> Reply:
    """Nothing until the gate opens, not even headers; then `text`."""
    reply = streamed(*sse(*text_chunks(*words_of(text))))
    return Reply(reply.body, headers=reply.headers, before=(gate,))


def tokens(count: int = SLOW_TOKENS) -> list[str]:
    """The words of the slow answer: numbered, so that one that is lost or doubled shows."""
    return [f"w{number} " for number in range(count)]


def slow(count: int = SLOW_TOKENS, gap_s: float = SLOW_GAP_S) -> Reply:
    """Numbered words, one every `gap_s` seconds."""
    chunks = text_chunks(*tokens(count))
    return streamed(*(Drip(part, len(part), gap_s) for part in sse(*chunks)))


def thinks(thoughts: str, text: str, gate: Gate | None = None) -> Reply:
    """`thoughts` as reasoning, a wait at the gate, and `text`."""
    opening, *rest = text_chunks(*words_of(text))
    thinking = [chunk(choice({"reasoning_content": word})) for word in words_of(thoughts)]
    held: list[Part] = [gate] if gate is not None else []
    return streamed(*map(event, (opening, *thinking)), *held, *sse(*rest))


def at_a_pace(text: str, *, thoughts: str = "", gap_s: float = 0.012) -> Reply:
    """`text` and the thoughts before it, a word every `gap_s` seconds, with the usage that fits them."""
    said, thought = words_of(text), words_of(thoughts) if thoughts else []
    count = len(said) + len(thought)
    usage = {"prompt_tokens": 184, "completion_tokens": count, "total_tokens": 184 + count}
    opening, *rest = text_chunks(*said, usage=usage)
    thinking = [chunk(choice({"reasoning_content": word})) for word in thought]
    return streamed(*(Drip(part, len(part), gap_s) for part in sse(opening, *thinking, *rest)))


def calls_tool(name: str, arguments: str) -> Reply:
    """One tool call and nothing else."""
    return streamed(*sse(*tool_chunks(("call_1", name, arguments))))


def breaks_off(text: str) -> Reply:
    """`text`, and then the connection is gone."""
    opening = text_chunks(*words_of(text))[:-2]
    return Reply((*map(event, opening),), headers={"content-type": "text/event-stream"}, end="reset")


def says_nothing() -> Reply:
    """A stream that ends well and holds no word."""
    return streamed(*sse(*text_chunks()))


def in_pieces(text: str, sizes: Iterable[int]) -> Reply:
    """`text` in pieces of these sizes, which are used again and again."""
    return streamed(*sse(*text_chunks(*_cut(text, list(sizes)))))


def held_open(text: str, gate: Gate) -> Reply:
    """`text`, and a stream that does not end before the gate opens."""
    *said, last, usage = map(event, text_chunks(*words_of(text)))
    return streamed(*said, gate, last, usage, DONE)


def _cut(text: str, sizes: list[int]) -> Iterator[str]:
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        yield text[at : at + size]
        at, turn = at + size, turn + 1
