"""What every command does with the terminal: text that is safe to show, aligned columns, complaints.

Control characters in what comes from outside (answers, lists of models, messages of vendors) never reach a terminal:
they could move its cursor, retitle its window or write to its clipboard.
"""

from collections.abc import Iterator, Sequence

import click

_HARMLESS = {0x09, 0x0A}
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in _HARMLESS}


def harmless(text: str) -> str:
    """The text without control characters, but for tabs and ends of lines."""
    return text.translate(_CONTROLS)


def one_line(text: str) -> str:
    """The text in one harmless line."""
    return harmless(" ".join(text.split()))


def complain(message: str) -> None:
    """Tell on standard error what is wrong, in one line."""
    click.echo(f"llms: {one_line(message)}", err=True)


def columns(rows: Sequence[Sequence[str]], *, indent: str = "") -> Iterator[str]:
    """The rows as lines whose cells stand below each other."""
    cells = [[harmless(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
