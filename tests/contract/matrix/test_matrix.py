"""Every feature with every provider, streaming and not, through the gateway as a client of the openai SDK sees it.

The cells are those of the table in `docs/providers.md`: what is not there has a check of its own.
"""

import openai
import pytest

from llms.providers.reference import PAGE
from tests.contract.matrix.page import main, table
from tests.contract.matrix.providers import EXPECTED, WIRES
from tests.contract.matrix.scenarios import ABSENT, SCENARIOS, Cell
from tests.contract.matrix.wire import Absent, Wire
from tests.fakes.upstream import Upstream


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("feature", SCENARIOS)
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.type)
async def test_a_cell(wire: Wire, feature: str, stream: bool, vendors: Upstream, client: openai.AsyncOpenAI) -> None:
    how = wire.cells.get(feature)
    scenario = ABSENT[feature] if isinstance(how, Absent) else SCENARIOS[feature]
    await scenario(Cell(wire, stream, vendors, client, how))


def test_every_provider_type_has_a_row() -> None:
    assert {wire.type for wire in WIRES} == EXPECTED
    assert len(WIRES) == len(EXPECTED)


def test_every_cell_that_is_told_apart_is_a_feature() -> None:
    assert all(set(wire.cells) <= set(SCENARIOS) for wire in WIRES)


def test_the_page_shows_these_cells() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "run make docs"
    assert main(["--check"]) == 0
