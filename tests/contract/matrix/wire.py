"""What every cell of the matrix is about: an answer in nobody's dialect, and how a vendor writes it on the wire.

A `Wire` is one provider type: the vendor's words for an answer, a failure, and the places of a native request where
things stand. It knows one dialect and no test; `scenarios` know tests and no dialect.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tests.fakes.upstream import Part, Reply

MESSAGE = "scripted failure of the vendor"
"""What every failure says, in whatever form."""

SOURCE = ("https://example.com/page", "A page")
"""Address and title of what a cited answer refers to."""

Ending = Literal["stop", "calls", "length", "refusal"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; `arguments` is JSON."""

    id: str
    name: str
    arguments: str

    @property
    def parsed(self) -> Any:
        """The arguments as a value."""
        return json.loads(self.arguments)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. Of the 7 tokens of the prompt `cached` came from a cache; 3 tokens were written."""

    text: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    end: Ending = "stop"
    cited: bool = False
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Absent:
    """A feature that a vendor has not; the reason goes onto the page."""

    reason: str


@dataclass(frozen=True, slots=True)
class Emulated:
    """A feature that is done in other words; `told` stands in the header `x-llms-translation`, `reason` on the page."""

    told: str
    reason: str


class Wire:
    """One provider type. `address` follows the host in its `base_url`; `cells` are those that are not simply there."""

    type: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[str] = "big"
    address: ClassVar[str] = "/v1"
    stream_type: ClassVar[str] = "text/event-stream"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {}
    thinks_aloud: ClassVar[bool] = True
    """False: reasoning is counted and never told."""
    refused_as: ClassVar[tuple[str, str | None]] = ("content_filter", None)
    """Finish reason and refusal of an answer that was refused."""

    def stream(self, said: Said) -> list[bytes]:
        """The answer as pieces of a stream, one event each."""
        raise NotImplementedError

    def whole(self, said: Said) -> dict[str, Any]:
        """The answer at once."""
        raise NotImplementedError

    def error(self, status: int) -> dict[str, Any]:
        """The body of a failure with this status."""
        raise NotImplementedError

    def broken(self) -> bytes:
        """The event that tells of a failure in the middle of a stream."""
        raise NotImplementedError

    def tools(self, body: Any) -> list[str]:
        """The names of the tools that a native request offers."""
        raise NotImplementedError

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        """The calls in a native conversation, by id (by name where there are no ids), and the results, by the same."""
        raise NotImplementedError

    def schema(self, body: Any) -> dict[str, Any]:
        """The schema that a native request wants the answer to have."""
        raise NotImplementedError

    def images(self, body: Any) -> list[str]:
        """The images of a native request: base64."""
        raise NotImplementedError

    def opening(self, said: Said) -> list[bytes]:
        """The pieces of a stream up to the first that holds a word of the answer."""
        pieces = self.stream(said)
        first = next(at for at, piece in enumerate(pieces) if said.text[0].encode() in piece)
        return pieces[: first + 1]

    def streaming(self, *parts: Part) -> Reply:
        """A reply that streams these parts."""
        return Reply(parts, headers={"content-type": self.stream_type})

    def reply(self, said: Said, *, stream: bool) -> Reply:
        """The reply of the vendor."""
        return self.streaming(*self.stream(said)) if stream else _json(self.whole(said))

    def failure(self, status: int) -> Reply:
        """A refusal of the request."""
        return _json(self.error(status), status=status)


def _json(body: Mapping[str, Any], *, status: int = 200) -> Reply:
    return Reply((json.dumps(body).encode(),), status=status, framing="length")


def event(told: Mapping[str, Any], name: str = "", *, newline: str = "\n") -> bytes:
    """A server-sent event."""
    named = f"event: {name}{newline}" if name else ""
    return f"{named}data: {json.dumps(told)}{newline}{newline}".encode()


def halves(text: str) -> Sequence[str]:
    """A text in two pieces."""
    middle = len(text) // 2
    return (text[:middle], text[middle:])


def without_head(url: str) -> str:
    """The base64 of a data URL."""
    return url.partition("base64,")[2]
