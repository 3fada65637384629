"""Reasoning that stands inside the text between `<think>` and `</think>`, told apart as it comes.

Models served without a parser for it write their reasoning so (DeepSeek R1, Qwen, Perplexity's models). Only a
tag at the very beginning of an answer counts: later ones are text about tags. The cut between two deltas may go through
a tag, so what could be the beginning of one is held back until it is decided.
"""

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThinkSplitter:
    """One text on its way through; every method gives (reasoning, text) that are ready to be told."""

    __slots__ = ("_held", "_state", "is_settled")

    def __init__(self) -> None:
        self._state = "before"  # then "inside" and "after"
        self._held = ""
        self.is_settled = False
        """Whether all that follows is text as it comes."""

    def feed(self, piece: str) -> tuple[str, str]:
        """Take the next piece of the text in."""
        if self.is_settled:
            return "", piece
        self._held += piece
        if self._state == "before" and not self._begin():
            return "", self._plain()
        reasoning = self._inside() if self._state == "inside" else ""
        return reasoning, self._text_after() if self._state == "after" else ""

    def flush(self) -> tuple[str, str]:
        """What is still held back at the end of the text."""
        held = self._release()
        return (held, "") if self._state == "inside" else ("", held if self._state == "before" else "")

    def _begin(self) -> bool:
        """Whether the opening tag has been read. Blanks before it belong to it, or to the text."""
        found = self._held.lstrip()
        if found.startswith(_OPEN):
            self._held = found[len(_OPEN) :]
            self._state = "inside"
            return True
        if not _OPEN.startswith(found):
            self.is_settled = True
        return False

    def _plain(self) -> str:
        """The text so far where it has turned out not to begin with a tag."""
        return self._release() if self.is_settled else ""

    def _inside(self) -> str:
        reasoning, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._state, self._held = "after", rest
            return reasoning
        keep = _length_of_beginning(reasoning)
        self._held = reasoning[len(reasoning) - keep :]
        return reasoning[: len(reasoning) - keep]

    def _text_after(self) -> str:
        """The text that follows the closing tag, without the blank lines between them."""
        text = self._held.lstrip()
        self._held = ""
        if text:
            self.is_settled = True
        return text

    def _release(self) -> str:
        held, self._held = self._held, ""
        return held


def split_think(text: str) -> tuple[str, str]:
    """A whole text as (reasoning, text)."""
    splitter = ThinkSplitter()
    reasoning, told = splitter.feed(text)
    rest, more = splitter.flush()
    return reasoning + rest, told + more


def _length_of_beginning(text: str) -> int:
    """How many of the last characters of `text` may be the beginning of a closing tag."""
    return next((size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0)
