"""Everything that goes wrong with providers, on demand: `chaos/reset?seed=7&after=5`.

Each fault is a row: what it does, its parameters, what comes of it. The answer that it disturbs is a real one, in
OpenAI's dialect; where a cut falls follows from the seed, so that what was seen once can be seen again.
"""

import difflib
import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, ClassVar

from llms import jsonio
from llms.errors import Rejected
from llms.providers.scripted.draft import DONE, Draft, ToolCall, paced, sse, words_of
from llms.providers.scripted.provider import ScriptedProvider
from llms.providers.scripted.settings import Asked, Choice, Number, Parameters, read_model
from llms.providers.scripted.transport import FOREVER, JSON_TYPE, STREAM_TYPE, Answer, Cut, Pause, Step, json_answer

TEXT = (
    "Chaos speaks: grüße, 你好, привет, 👩‍🚀 and 🌍! What comes in pieces is still one text; what breaks off is none."
)
_LEAST_WORDS = 40
_SLICES = 8
_NETWORK_BYTES = 64 * 1024

_SEED = Number("chooses where cuts fall", 1, 0, 2**32, whole=True)
_GAP = Number("pause between two pieces, in milliseconds", 0, 0, 60_000)
_AFTER = Number("events sent before it happens; by default the seed chooses", None, 0, 1000, whole=True)
_OVERLOADED = {"message": "The model is overloaded.", "type": "overloaded_error", "param": None, "code": None}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault works on: the pieces of a right answer, events of a stream or slices of a whole body.

    `ending` is the position of the piece with the finish reason; `after` how many pieces come before the fault.
    """

    asked: Asked
    stream: bool
    chunks: list[dict[str, Any]]
    pieces: list[bytes]
    ending: int
    after: int
    seed: random.Random

    def answer(self, steps: Iterator[Step]) -> Answer:
        """An answer of status 200 with the body `steps`."""
        return Answer(steps, content_type=STREAM_TYPE if self.stream else JSON_TYPE)

    def played(self, pieces: list[bytes], *last: Step) -> Answer:
        """An answer with `pieces` at the pace asked for, then what comes last."""
        return self.answer(_steps(pieces, self.asked.seconds("gap_ms"), *last))


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: `play` makes the answer, `outcome` is what a caller gets."""

    purpose: str
    outcome: str
    play: Callable[[Scene], Answer]
    own: Parameters = field(default_factory=dict)

    @property
    def parameters(self) -> Parameters:
        """Its own parameters, and those of every fault."""
        return {"seed": _SEED, "gap_ms": _GAP, **self.own}


class ChaosProvider(ScriptedProvider):
    """The faults, as models. It needs no key and no network."""

    type: ClassVar[str] = "chaos"

    def named_models(self) -> Mapping[str, str]:
        """One model per fault."""
        return {name: fault.purpose for name, fault in FAULTS.items()}

    def answer(self, body: dict[str, Any]) -> Answer:
        """A right answer, disturbed. Raises `Rejected` for a fault or a parameter that there is not."""
        asked = read_model(body["model"], lambda name: _fault(name).parameters)
        return FAULTS[asked.name].play(_scene(asked, stream=body.get("stream") is True))


def _fault(name: str) -> Fault:
    if name not in FAULTS:
        near = difflib.get_close_matches(name, FAULTS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise Rejected(
            f"there is no fault {name!r}; {hint}The faults are {', '.join(FAULTS)}",
            param="model",
            code="model_not_found",
            status=404,
        )
    return FAULTS[name]


def _scene(asked: Asked, *, stream: bool) -> Scene:
    """A right answer long enough for what was asked."""
    seed = random.Random(asked.count("seed"))  # noqa: S311 - for repetition, not for secrets
    wanted = asked.count("after") if "after" in asked.values else None
    draft = _draft(asked, max(_LEAST_WORDS, (wanted or 0) + 1))
    chunks = list(draft.chunks())
    if stream:
        pieces = [*map(sse, chunks), DONE]
        ending = len(pieces) - 3
    else:
        pieces = _sliced(jsonio.dumps(draft.completion()), max(_SLICES, (wanted or 0) + 2))
        ending = len(pieces) - 1
    after = seed.randrange(1, ending) if wanted is None else wanted
    return Scene(asked, stream, chunks, pieces, ending, after, seed)


def _draft(asked: Asked, count: int) -> Draft:
    """The answer that is disturbed: at least `count` words, one of `size_mb`, or two tool calls."""
    name = f"chaos-{asked.name}"
    if asked.name == "tool-indexes":
        calls = [_call(letter) for letter in "ab"]
        return Draft(name, None, calls=calls, finish_reason="tool_calls", prompt_tokens=1)
    words = words_of(TEXT)
    if asked.name == "huge-event":
        words.append(" " + "x" * round(asked.number("size_mb") * 1024 * 1024))
    else:
        words += [" " + words[0], *words[1:]] * (count // len(words))
    return Draft(name, words, prompt_tokens=1)


def _call(letter: str) -> ToolCall:
    return ToolCall(f"call_{letter}", f"chaos_{letter}", jsonio.dumps({"text": f"arguments of {letter}"}).decode())


def _sliced(body: bytes, count: int) -> list[bytes]:
    size = max(1, len(body) // count)
    return [body[start : start + size] for start in range(0, len(body), size)]


def _steps(pieces: list[bytes], gap_s: float, *last: Step) -> Iterator[Step]:
    yield from paced(pieces, gap_s)
    yield from last


# Connections that fail


def _stall(scene: Scene) -> Answer:
    return scene.played(scene.pieces[: scene.after], FOREVER)


def _reset(scene: Scene) -> Answer:
    if not scene.after:
        return scene.answer(iter((Cut(),)))
    broken = scene.pieces[scene.after]
    return scene.played([*scene.pieces[: scene.after], broken[: len(broken) // 2]], Cut())


def _truncated(scene: Scene) -> Answer:
    broken = scene.pieces[scene.after]
    cut = scene.seed.randrange(8, len(broken) - 4) if scene.stream else len(broken) // 2
    return scene.played([*scene.pieces[: scene.after], broken[:cut]])


def _silent_end(scene: Scene) -> Answer:
    return scene.played(scene.pieces[: scene.after])


# Answers that are errors


def _error_200(scene: Scene) -> Answer:
    if scene.stream and scene.asked.word("form") == "event":
        return scene.played([sse({"error": _OVERLOADED})])
    return json_answer({"error": _OVERLOADED})


def _error_mid(scene: Scene) -> Answer:
    if not scene.stream:
        return json_answer({"error": _OVERLOADED})
    return scene.played([*scene.pieces[: scene.after], sse({"error": _OVERLOADED})])


def _status(status: int, message: str) -> Callable[[Scene], Answer]:
    body = {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
    return lambda scene: json_answer(body, status=status)


def _rate_limit(scene: Scene) -> Answer:
    seconds = scene.asked.number("retry_s")
    error: dict[str, Any] = {
        "message": "Too many requests.",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    headers: dict[str, str] = {}
    match scene.asked.word("form"):
        case "seconds":
            headers["Retry-After"] = f"{seconds:g}"
        case "ms":
            headers["Retry-After-Ms"] = f"{seconds * 1000:.0f}"
        case "date":
            headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        case "body":
            retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds:g}s"}
            error["details"] = [retry]
    return json_answer({"error": error}, status=429, headers=headers)


def _html(scene: Scene) -> Answer:
    page = b"<!doctype html>\n<html><head><title>Sign in</title></head>\n<body><h1>Sign in</h1></body></html>\n"
    return Answer((page,), content_type="text/html; charset=utf-8")


# Answers that are right, and hard to read


def _split(scene: Scene) -> Answer:
    """CRLF line ends, in pieces of one to three bytes: no code point and no line end stays whole for long."""
    body = b"".join(scene.pieces)
    if scene.stream:
        body = body.replace(b"\n", b"\r\n")
    ends = [0]
    while ends[-1] < len(body):
        ends.append(ends[-1] + scene.seed.randint(1, 3))
    return scene.answer(_apart((body[start:end] for start, end in itertools.pairwise(ends)), scene.asked))


def _drip(scene: Scene) -> Answer:
    body = b"".join(scene.pieces)
    return scene.answer(_apart((body[position : position + 1] for position in range(len(body))), scene.asked))


def _apart(pieces: Iterator[bytes], asked: Asked) -> Iterator[Step]:
    """Every piece on its own, also where there is no pause between them."""
    gap_s = asked.seconds("gap_ms")
    for piece in pieces:
        yield piece
        if gap_s:
            yield Pause(gap_s)


def _no_done(scene: Scene) -> Answer:
    return scene.played(scene.pieces[:-1] if scene.stream else scene.pieces)


def _duplicate_finish(scene: Scene) -> Answer:
    if not scene.stream:
        return scene.played(scene.pieces)
    again = [scene.pieces[scene.ending]] * 2
    return scene.played([*scene.pieces[: scene.ending], *again, *scene.pieces[scene.ending :]])


def _huge_event(scene: Scene) -> Answer:
    body = b"".join(scene.pieces)
    slices = (body[start : start + _NETWORK_BYTES] for start in range(0, len(body), _NETWORK_BYTES))
    return scene.answer(_apart(slices, scene.asked))


def _slow_start(scene: Scene) -> Answer:
    gap_s = scene.asked.seconds("gap_ms")
    return scene.answer(_late(scene.asked.seconds("first_ms"), _steps(scene.pieces, gap_s)))


def _late(seconds: float, steps: Iterator[Step]) -> Iterator[Step]:
    yield Pause(seconds)
    yield from steps


def _keepalive(scene: Scene) -> Answer:
    """Comments before each event, as OpenRouter sends them; blank lines before a whole answer, as DeepSeek does."""
    if not scene.stream:
        return scene.played([b"\n", b"\n", *scene.pieces])
    return scene.played([piece for event in scene.pieces for piece in (b": PROCESSING\n\n", event)])


def _role_every_chunk(scene: Scene) -> Answer:
    if not scene.stream:
        return scene.played(scene.pieces)
    for chunk in scene.chunks:
        for choice in chunk["choices"]:
            choice["delta"] = {"role": "assistant", **choice["delta"]}
    return scene.played([*map(sse, scene.chunks), DONE])


_INDEXES: dict[str, list[int | None]] = {"same": [0, 0], "missing": [None, None], "sparse": [3, 7]}


def _tool_indexes(scene: Scene) -> Answer:
    if not scene.stream:
        return scene.played(scene.pieces)
    indexes = _INDEXES[scene.asked.word("form")]
    for chunk in scene.chunks:
        for choice in chunk["choices"]:
            for piece in choice["delta"].get("tool_calls", ()):
                index = indexes[piece.pop("index")]
                if index is not None:
                    piece["index"] = index
    return scene.played([*map(sse, scene.chunks), DONE])


_RIGHT = "the right answer"
FAULTS: dict[str, Fault] = {
    "stall": Fault(
        "goes silent",
        "504 `first_token`, or `idle` once something has come",
        _stall,
        {"after": Number("events sent before it goes silent", 0, 0, 1000, whole=True)},
    ),
    "reset": Fault(
        "cuts the connection in the middle of the body",
        "502 `upstream_malformed`; with `after=0` 502 `upstream_error`",
        _reset,
        {"after": _AFTER},
    ),
    "truncated": Fault("ends in the middle of JSON", "502 `upstream_malformed`", _truncated, {"after": _AFTER}),
    "silent-end": Fault(
        "ends without a finish reason and without `[DONE]`", "502 `upstream_malformed`", _silent_end, {"after": _AFTER}
    ),
    "error-200": Fault(
        "answers 200 with an error in it",
        "503 `upstream_error`",
        _error_200,
        {"form": Choice("a JSON body, or the first event of a stream", "body", ("body", "event"))},
    ),
    "error-mid": Fault("sends an error among the events", "503 `upstream_error`", _error_mid, {"after": _AFTER}),
    "rate-limit": Fault(
        "answers 429",
        "429 `rate_limit_exceeded`",
        _rate_limit,
        {
            "form": Choice(
                "how it says when to come back: `Retry-After` in seconds or as a date, `Retry-After-Ms`, Google's "
                "details in the body, or not at all",
                "seconds",
                ("seconds", "ms", "date", "body", "none"),
            ),
            "retry_s": Number("when to come back, in seconds", 2, 0.001, 86_400),
        },
    ),
    "500": Fault("answers 500", "502 `upstream_error`", _status(500, "The server had an error.")),
    "503": Fault("answers 503", "503 `upstream_error`", _status(503, "The service is unavailable.")),
    "529": Fault("answers 529", "503 `upstream_error`", _status(529, "The service is overloaded.")),
    "html": Fault("answers 200 with a page instead of an answer", "502 `upstream_malformed`", _html),
    "split": Fault("sends one to three bytes at a time, with CRLF line ends", _RIGHT, _split),
    "drip": Fault(
        "sends one byte at a time, slowly",
        _RIGHT,
        _drip,
        {"gap_ms": Number("pause between two bytes, in milliseconds", 1, 0, 60_000)},
    ),
    "no-done": Fault("ends after the finish reason, without `[DONE]`", _RIGHT, _no_done),
    "duplicate-finish": Fault("gives the finish reason three times", _RIGHT, _duplicate_finish),
    "huge-event": Fault(
        "sends megabytes in one event",
        "the right answer; in a stream, 502 `upstream_malformed` beyond `server.max_event_mb`",
        _huge_event,
        {"size_mb": Number("size of the event, in MiB", 4, 0.01, 64)},
    ),
    "slow-start": Fault(
        "thinks before the first byte",
        _RIGHT,
        _slow_start,
        {"first_ms": Number("wait before the first byte, in milliseconds", 2000, 0, 600_000)},
    ),
    "keepalive": Fault("sends a comment before every event", _RIGHT, _keepalive),
    "role-every-chunk": Fault("repeats the role in every chunk", _RIGHT, _role_every_chunk),
    "tool-indexes": Fault(
        "makes two tool calls with indexes no client could follow",
        "the right answer: two calls, indexes 0 and 1",
        _tool_indexes,
        {"form": Choice("the same index twice, none at all, or 3 and 7", "same", ("same", "missing", "sparse"))},
    ),
}
"""Every fault by the name of its model."""
