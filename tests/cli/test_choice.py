from typing import Any

import pytest

from llms.cli.choice import DEMO, default_model, suitable
from llms.errors import Unavailable
from tests.cli.fakes import Answer, gateway, listing

MINE = {"base_url": "http://mine/v1"}
OTHER = {"base_url": "http://other/v1"}


@pytest.mark.parametrize(
    ("settings", "answers", "model"),
    [
        ({"providers": {"mine": {**MINE, "models": ["big"]}}, "models": {"fast": "mine/small"}}, {}, "fast"),
        ({"providers": {"mine": {**MINE, "models": ["big", "mini"]}}}, {}, "mine/big"),
        ({"providers": {"mine": MINE}}, {"http://mine": listing("a/b", "c")}, "mine/a/b"),
        (
            {"providers": {"mine": MINE, "other": OTHER}},
            {"http://mine": Unavailable(), "http://other": listing("x")},
            "other/x",
        ),
        ({"providers": {"mine": MINE}}, {"http://mine": Unavailable()}, DEMO),
        ({"providers": {"mine": MINE}}, {"http://mine": listing()}, DEMO),
        ({"discover": False}, {}, DEMO),
        ({"providers": {"demo": {"type": "demo", "models": ["words"]}}}, {}, "demo/words"),
    ],
)
async def test_a_model_nobody_named(settings: dict[str, Any], answers: dict[str, Answer], model: str) -> None:
    chosen = await default_model(await gateway(settings, answers))
    assert chosen.model == model
    assert ("the demo" in chosen.remark) == (model == DEMO)


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        (["text-embedding-3-small", "whisper-1", "gpt-4-0613", "gpt-4o-mini"], "gpt-4o-mini"),
        (["gemini-2.5-pro", "gemini-2.5-flash"], "gemini-2.5-flash"),
        (["gemini-2.5-pro", "imagen"], "gemini-2.5-pro"),
        (["nomic-embed-text"], ""),
        ([], ""),
    ],
)
def test_it_chats_and_is_small_where_there_is_a_choice(listed: list[str], chosen: str) -> None:
    assert suitable(listed) == chosen
