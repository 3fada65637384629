"""How an answer is shown as it comes: as JSON lines, or as plain text. `markdown` has the third way, for terminals."""

import sys
from types import TracebackType
from typing import Self

import click

from llms import jsonio
from llms.cli.terminal import complain, harmless
from llms.streaming.fold import Fold, explode
from llms.types import Chunk, Completion

_ENDINGS = {
    "length": "the answer is cut off: it reached the limit of its length (max_completion_tokens)",
    "content_filter": "the provider's filter ended the answer",
}


class Display:
    """A context manager that is given an answer's chunks, or the whole completion."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def chunk(self, chunk: Chunk) -> None:
        """Show a piece of the answer at once."""
        raise NotImplementedError

    def completion(self, completion: Completion) -> None:
        """Show a whole answer."""
        for chunk in explode(completion):
            self.chunk(chunk)  # type: ignore[arg-type]  # chunks of this shape, as dicts


class JsonLines(Display):
    """The chunks, or the completion, as they are: a line of JSON each."""

    def chunk(self, chunk: Chunk) -> None:
        """One line."""
        click.echo(jsonio.dumps(chunk))

    def completion(self, completion: Completion) -> None:
        """One line."""
        click.echo(jsonio.dumps(completion))


class TextDisplay(Display):
    """What shows the text of the first choice; tool calls come at the end, a line each.

    Subclasses say what to do with text, with thoughts, and in the end.
    """

    def __init__(self) -> None:
        self._folded = Fold()

    def chunk(self, chunk: Chunk) -> None:
        """Show the text in it."""
        self._folded.add(chunk)
        for choice in chunk.get("choices") or ():
            if choice.get("index", 0) == 0:
                delta = choice.get("delta") or {}
                if thought := delta.get("reasoning_content"):
                    self.thought(thought)
                for text in (delta.get("content"), delta.get("refusal")):
                    if text:
                        self.text(text)

    def text(self, text: str) -> None:
        """Show a piece of the answer."""
        raise NotImplementedError

    def thought(self, text: str) -> None:
        """Show a piece of the reasoning; it is no part of the answer, and nothing by default."""

    def end_text(self) -> None:
        """Make an end of the text."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_text()
        for choice in self._folded.completion()["choices"][:1] if kind is None else ():
            for call in choice["message"].get("tool_calls") or ():
                function = call.get("function") or {}
                click.echo(harmless(f"{function.get('name')}({function.get('arguments')})"))
            if ending := _ENDINGS.get(choice["finish_reason"]):
                complain(ending)


class PlainText(TextDisplay):
    """The text as the model wrote it, with an end of line at its end. A terminal gets no control characters."""

    def __init__(self) -> None:
        super().__init__()
        self._last = "\n"
        self._to_terminal = sys.stdout.isatty()

    def text(self, text: str) -> None:
        """Write it, and flush."""
        # `color` keeps click from taking escapes out for a pipe: what they mean is for the reader of the pipe to say.
        click.echo(harmless(text) if self._to_terminal else text, nl=False, color=True)
        self._last = text[-1]

    def end_text(self) -> None:
        """End the line."""
        if self._last != "\n":
            click.echo()
