"""Chunks that say what the one before them said, but for one text: what is the same is not parsed again.

A stream of text is the same object a hundred times with another `content` in it. Once one has been parsed and shaped,
the bytes of the next are compared with it: where all of them are the same but those of that one text (and of the
padding, where a vendor adds some), so are all values but that one. What stands around the text has been parsed with
another text in its place, which nobody can know beforehand, and the text is parsed as the one JSON string it must be.
Everything else goes the usual way: the first chunk, tool calls, the end, another choice, an empty text.
"""

import re
import secrets
from typing import Any, final

from llms import jsonio
from llms.streaming.sse import Event
from llms.types import Chunk

_TEXTS = frozenset({"content", "reasoning_content"})
_STRING = rb'\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")'
_CONTENT = {name: re.compile(rb'"%b":' % name.encode() + _STRING) for name in _TEXTS}
_PADDING = re.compile(rb'"(?:obfuscation|padding|p)":' + _STRING)
_SCALARS = frozenset({str, int, float, bool, type(None)})
_PROBE_TEXT = secrets.token_hex(16)
_PROBE = b'"%b"' % _PROBE_TEXT.encode()
_LONGEST = 4096
"""Bytes of a chunk that is worth it: what is longer is rare, and costs little per byte."""
_TRIES = 4
"""How often in a row a chunk is learned that no other one then repeats."""


@final
class Repeats:
    """The chunk that the last ones of a stream were like. Ask `chunk_of` for every event, in order; `learn` from those
    that it did not know.
    """

    __slots__ = ("_choice", "_chunk", "_end", "_middle", "_name", "_start", "_tries")

    def __init__(self) -> None:
        self._start: bytes | None = None
        self._middle = self._end = b""
        self._name = "content"
        self._chunk: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._tries = _TRIES

    def chunk_of(self, event: Event) -> Chunk | None:
        """The chunk that `event` holds, if it repeats the one learned. Otherwise that one is forgotten."""
        start = self._start
        if start is None:
            return None
        name, data = event
        text: Any = None
        if not name and data.startswith(start) and data.endswith(self._end):
            literal = data[len(start) : -len(self._end)]
            try:
                if self._middle:
                    literal, _, padding = literal.partition(self._middle)
                    text = jsonio.loads(literal) if type(jsonio.loads(padding)) is str else None
                else:
                    text = jsonio.loads(literal)
            except jsonio.JSONDecodeError:
                pass
        if type(text) is not str or not text:
            self._start = None
            return None
        self._tries = _TRIES
        chunk, choice = self._chunk.copy(), self._choice.copy()
        choice["delta"] = {self._name: text}
        chunk["choices"] = [choice]
        return chunk  # type: ignore[return-value]  # a `cast` would be a call for each

    def learn(self, event: Event, chunk: Chunk) -> None:
        """Take `chunk` for the one that the next will be like. It is what became of `event`, with nothing added that
        came from elsewhere.
        """
        data = event.data
        if not self._tries or len(data) > _LONGEST or len(chunk["choices"]) != 1:
            return
        rest: dict[str, Any] = dict(chunk)
        choice: dict[str, Any] = dict(chunk["choices"][0])
        delta = choice.pop("delta")
        del rest["choices"]
        # What lies deeper would be shared by all chunks, and whoever changes one would change them all.
        if len(delta) != 1 or not {type(value) for part in (rest, choice) for value in part.values()} <= _SCALARS:
            return
        [(name, text)] = delta.items()
        if name not in _TEXTS or not text or choice["finish_reason"] is not None:  # an end is told once
            return
        found = _around(data, name, text)
        if found is not None:
            self._tries -= 1
            self._start, self._middle, self._end = found
            self._name = name
            # Copied with their keys in place, and in the order they are sent in.
            self._chunk, self._choice = dict(chunk), dict(chunk["choices"][0])


def _around(data: bytes, name: str, text: str) -> tuple[bytes, bytes, bytes] | None:
    """What of a chunk's bytes stands before its text, between that and its padding, and after them; None where it is
    not certain that these bytes make the text, and nothing but the text.
    """
    content = _CONTENT[name].search(data)
    if content is None:
        return None
    start, after = data[: content.start(1)], content.end(1)
    padding = _PADDING.search(data, after)
    if padding is None:
        middle, end = b"", data[after:]
        probe = start + _PROBE + end
    else:
        middle, end = data[after : padding.start(1)], data[padding.end(1) :]
        probe = start + _PROBE + middle + _PROBE + end
    try:
        told, otherwise = jsonio.loads(data), jsonio.loads(probe)
        delta, said = otherwise["choices"][0]["delta"], told["choices"][0]["delta"]
        if delta[name] != _PROBE_TEXT or said[name] != text:
            return None
        if name != "content" and said.get("content") is not None:
            return None  # it may hold reasoning too, which goes before
        delta[name] = text
        if padding is not None:
            for key in ("obfuscation", "padding", "p"):
                if otherwise.get(key) == _PROBE_TEXT:
                    otherwise[key] = told[key]
        return (start, middle, end) if told == otherwise else None
    except (jsonio.JSONDecodeError, KeyError, TypeError, IndexError, RecursionError):
        return None
