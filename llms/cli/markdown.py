"""Answers as formatted Markdown on a terminal, while they come.

What has come in whole blocks is printed for good; only the block that is still growing is drawn again and again, and of
that only what fits on the screen. So the work per refresh is bounded however long the answer gets, and the terminal's
own scrolling keeps everything.
"""

import re

from markdown_it import MarkdownIt  # what rich parses with
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.text import Text

from llms.cli.display import TextDisplay
from llms.cli.terminal import harmless

_REFRESH_PER_SECOND = 12
_THOUGHT_LINES = 4

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"\s{0,3}(?:[-*+]|\d{1,9}[.)])\s")


class Blocks:
    """Splits text that comes in pieces where a block of Markdown has surely ended: at a blank line outside of a code
    block and a list that goes on.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._partial = ""
        self._fence = ""

    @property
    def rest(self) -> str:
        """What has not been given out."""
        return "\n".join([*self._lines, self._partial])

    def add(self, text: str) -> list[str]:
        """Take in a piece; gives the blocks that it has ended."""
        *lines, self._partial = (self._partial + text).split("\n")
        ended: list[str] = []
        for line in lines:
            if self._starts_a_block(line):
                ended.append("\n".join(self._lines))
                self._lines = []
            self._lines.append(line)
            self._note_fence(line)
        return ended

    def window(self, height: int) -> str:
        """The rest, but no more than the last `height` lines of it; in a code block, with the line that opens it."""
        lines = [*self._lines, self._partial]
        if len(lines) <= height:
            return "\n".join(lines)
        opening = [line for line in lines[:-height] if self._fence and line.lstrip().startswith(self._fence)]
        return "\n".join([*opening[-1:], *lines[-height:]])

    def _starts_a_block(self, line: str) -> bool:
        if self._fence or not self._lines or self._lines[-1].strip() or not line.strip() or line[0].isspace():
            return False
        return not (_ITEM.match(line) and _ITEM.match(next(filter(str.strip, self._lines), "")))

    def _note_fence(self, line: str) -> None:
        found = _FENCE.match(line)
        if found and not self._fence:
            self._fence = found[1]
        elif found and found[1].startswith(self._fence) and not line.strip().strip(self._fence[0]):
            self._fence = ""


class Answer(Markdown):
    """Markdown in which HTML is text: left to itself, rich swallows `<think>` and all other tags."""

    def __init__(self, text: str) -> None:
        super().__init__("", code_theme="ansi_dark")
        self.markup = text
        parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
        self.parsed = parser.parse(text)


class MarkdownDisplay(TextDisplay):
    """Shows an answer on the terminal of `console`."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._console = console or Console()
        self._blocks = Blocks()
        self._thoughts = ""
        self._printed = False
        self._live = Live(
            console=self._console,
            get_renderable=self._growing,
            refresh_per_second=_REFRESH_PER_SECOND,
            transient=True,  # what was drawn vanishes, and is printed for good
        )

    def text(self, text: str) -> None:
        """Take in a piece of the answer."""
        self._thoughts = ""
        self._live.start()
        for block in self._blocks.add(harmless(text)):
            self._print(block)

    def thought(self, text: str) -> None:
        """Show the last lines of the reasoning until the answer begins."""
        self._live.start()
        self._thoughts = (self._thoughts + harmless(text))[-_THOUGHT_LINES * self._console.width :]

    def end_text(self) -> None:
        """Print what is left."""
        left = [*self._blocks.add("\n"), self._blocks.rest]
        self._blocks, self._thoughts = Blocks(), ""
        self._live.stop()
        for block in left:
            if block.strip():
                self._print(block)

    def _print(self, text: str) -> None:
        if self._printed:
            self._console.print()
        self._printed = True
        lines = self._console.render_lines(Answer(text), pad=False)
        # Code and tables bring blank lines of their own, which would add to those between the blocks.
        while lines and _is_blank(lines[0]):
            lines.pop(0)
        while lines and _is_blank(lines[-1]):
            lines.pop()
        self._console.print(_Lines(lines))

    def _growing(self) -> RenderableType:
        if self._thoughts:
            return _Bottom(Text(self._thoughts, style="dim italic"), _THOUGHT_LINES)
        height = max(2, self._console.height - 2)
        return _Bottom(Answer(self._blocks.window(height)), height)


class _Bottom:
    """The last lines of something that may be higher than the terminal."""

    def __init__(self, content: RenderableType, height: int) -> None:
        self._content = content
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        yield _Lines(lines[-self._height :])


class _Lines:
    """Lines that have been rendered already."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._lines:
            yield from line
            yield Segment.line()


def _is_blank(line: list[Segment]) -> bool:
    return not "".join(segment.text for segment in line).strip()
