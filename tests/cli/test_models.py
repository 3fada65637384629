import asyncio
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from llms import jsonio
from llms.cli.models import _of_one, _print_table
from tests.cli.conftest import Llms
from tests.cli.fakes import gateway

SETTINGS = """
providers:
  mine: {base_url: "http://127.0.0.1:1/v1", models: [big, small]}
  mute: {base_url: "http://127.0.0.1:1/v1"}
models: {fast: [mine/small, mine/big]}
"""


def test_the_table_says_what_serves_each_name(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "llms.yaml").write_text(SETTINGS)
    result = llms("models")
    assert result.exit_code == 0
    rows = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert rows[:4] == [
        ["MODEL", "SERVED BY"],
        ["fast", "mine/small, then mine/big"],
        ["mine/big", "mine"],
        ["mine/small", "mine"],
    ]
    assert ["demo/guide", "demo"] in rows
    assert not any(row[0].startswith("chaos") for row in rows)
    assert result.stderr == "llms: no list of models from mute: `llms check mute` says why\n"


def test_what_is_known_of_a_model_stands_in_its_line() -> None:
    known: list[dict[str, Any]] = [
        {"id": "a", "context_length": 131072, "pricing": {"prompt": "0.00000015", "completion": "0.0000006"}},
        {"id": "b", "context_length": 1048576, "input_modalities": ["text", "image"], "output_modalities": ["image"]},
        {"id": "c", "context_length": 512, "pricing": {"prompt": "0", "completion": "0"}},
        {"id": "d", "pricing": {"input": 0.02}, "capabilities": {"vision": True}},
    ]
    assert table(known) == [
        "MODEL   SERVED BY  CONTEXT  MEDIA           $/M TOKENS",
        "mine/a  mine       131k                     0.15 / 0.6",
        "mine/b  mine       1.05M    image -> image",
        "mine/c  mine       512                      free",
        "mine/d  mine                image           0.02 / -",
    ]


def test_a_column_that_would_be_empty_is_not_there() -> None:
    assert table([{"id": "a", "context_length": 8192}, {"id": "b"}])[0] == "MODEL   SERVED BY  CONTEXT"


def table(entries: list[dict[str, Any]]) -> list[str]:
    """The lines shown for a provider that lists these."""
    answer = (200, {"object": "list", "data": entries})

    async def shown() -> None:
        settings = {"discover": False, "providers": {"mine": {"base_url": "http://far/v1"}}}
        made = await gateway(settings, {"http://far": answer})
        _print_table(await _of_one(made, "mine"), made, everything=True)
        await made.close()

    with CliRunner().isolation() as (output, *_):
        asyncio.run(shown())
        return output.getvalue().decode().splitlines()


def test_one_provider(llms: Llms) -> None:
    rows = llms("ls", "demo").stdout.splitlines()[1:]
    assert rows
    assert all(row.startswith("demo/") for row in rows)


def test_chaos_is_shown_to_who_asks(llms: Llms) -> None:
    assert llms("models", "chaos").stdout.splitlines()[1].startswith("chaos/")


def test_json_is_what_the_api_answers(llms: Llms) -> None:
    answer = jsonio.loads(llms("models", "demo", "--json").stdout)
    assert answer["object"] == "list"
    assert {"id", "object", "created", "owned_by"} <= answer["data"][0].keys()


def test_a_provider_that_does_not_answer_is_one_line(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "llms.yaml").write_text(SETTINGS)
    result = llms("models", "mute")
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1


def test_an_unknown_provider_is_told(llms: Llms) -> None:
    assert "there is no provider 'zzz'" in llms("models", "zzz").stderr
