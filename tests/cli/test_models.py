from pathlib import Path

from llms import jsonio
from tests.cli.conftest import Llms

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
