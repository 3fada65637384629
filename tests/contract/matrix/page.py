"""Writes the matrix into `docs/providers.md`, between its two marks: `python -m tests.contract.matrix.page [--check]`.

The cells are those that `test_matrix` runs, each of them: one that does not hold fails the suite.
"""

import sys
import textwrap
from collections.abc import Iterator

from llms.providers.reference import MATRIX, PAGE
from tests.contract.matrix.providers import WIRES
from tests.contract.matrix.scenarios import SCENARIOS
from tests.contract.matrix.wire import Absent, Wire

_INTRODUCTION = """
Each cell is a test through the gateway, streamed and not. `yes`: in the vendor's own form; `in words`: done in other
words, and told in `x-llms-translation`; `–`: the vendor has it not, and what is asked for is told as dropped there (a
strict client gets a 400), or nothing is made up. What a single model cannot do, its vendor refuses, in its own words.

"""  # noqa: RUF001 - the dash is what the page shows


def table() -> str:
    """The section."""
    return "".join([_INTRODUCTION, *_rows(), "\n", *_notes()])


def main(arguments: list[str]) -> int:
    """Write the section, or compare it; the exit code says whether it was up to date."""
    page = PAGE.read_text(encoding="utf-8")
    before, opening, rest = page.partition(MATRIX[0])
    _, closing, after = rest.partition(MATRIX[1])
    wanted = f"{before}{opening}\n{table()}{closing}{after}"
    if not (opening and closing):
        sys.stderr.write("docs/providers.md has no place for the matrix: run make docs\n")
        return 1
    if "--check" not in arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if page == wanted:
        return 0
    sys.stderr.write("the matrix in docs/providers.md is not up to date: run make docs\n")
    return 1


def _rows() -> Iterator[str]:
    yield f"| | {' | '.join(SCENARIOS)} |\n|---|{'---|' * len(SCENARIOS)}\n"
    for wire in WIRES:
        cells = (_cell(wire, feature) for feature in SCENARIOS)
        yield f"| {wire.title} | {' | '.join(cells)} |\n"


def _cell(wire: Wire, feature: str) -> str:
    how = wire.cells.get(feature)
    if feature == "reasoning" and not wire.thinks_aloud:
        return "counted"
    if how is None:
        return "yes"
    return "–" if isinstance(how, Absent) else "in words"  # noqa: RUF001 - an empty cell of the table, and no minus


def _notes() -> Iterator[str]:
    """The reasons, each with those it holds for."""
    holders: dict[tuple[str, str], list[str]] = {}
    for wire in WIRES:
        for feature, how in wire.cells.items():
            holders.setdefault((feature, how.reason), []).append(wire.title)
    notes = [f"{feature} ({', '.join(titles)}): {reason}." for (feature, reason), titles in holders.items()]
    notes.append("counted: the reasoning is in the usage, its words are not told.")
    for note in notes:
        yield textwrap.fill(note, 120, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
