from collections.abc import Callable
from pathlib import Path

import pytest

from llms.config.files import candidates, find_file, home, read
from llms.errors import ConfigError

Write = Callable[..., Path]


def refusal(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(file)
    return str(refused.value).splitlines()


def test_the_nearest_file_is_found(write: Write, tmp_path: Path) -> None:
    environ = {"LLMS_HOME": str(tmp_path / "mine")}
    assert find_file(environ) is None
    expected = [write("", str(tmp_path / "mine" / "llms.json")), write("", str(tmp_path / "mine" / "llms.yaml"))]
    assert find_file(environ) == expected[1]
    expected[1].unlink()
    assert find_file(environ) == expected[0]
    assert find_file({**environ, "LLMS_CONFIG": "elsewhere.yaml"}) == Path("elsewhere.yaml")
    write("")
    assert find_file(environ) == Path("llms.yaml")


def test_the_users_own_folder_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/somebody"))
    assert home({}) == Path("/somebody/.llms")
    assert home({"LLMS_HOME": "/else"}) == Path("/else")


def test_an_account_without_a_home_has_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", nowhere)
    assert candidates({}) == [Path("llms.yaml")]


def test_yaml_and_json_hold_the_same(write: Write) -> None:
    expected = {"server": {"port": 1}, "models": {"a": ["b/c"]}}
    assert read(write("server: {port: 1}\nmodels:\n  a: [b/c]\n")) == expected
    assert read(write('{\n\t"server": {"port": 1},\n\t"models": {"a": ["b/c"]}\n}', "llms.json")) == expected
    assert read(write('{"server": {"port": 1}, "models": {"a": ["b/c"]}}', "llms.yml")) == expected


@pytest.mark.parametrize("name", ["llms.yaml", "llms.json"])
@pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
def test_an_empty_file_holds_nothing(write: Write, name: str, text: str) -> None:
    assert read(write(text, name)) == {}


def test_a_byte_order_mark_is_no_content(write: Write) -> None:
    assert read(write("\ufeffserver: {port: 1}")) == {"server": {"port": 1}}


def test_an_anchor_can_be_merged_and_its_keys_replaced(write: Write) -> None:
    text = "providers:\n  a: &a {type: openai, api_key: x}\n  b: {<<: *a, api_key: y}\n"
    assert read(write(text))["providers"]["b"] == {"type": "openai", "api_key": "y"}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "llms.yaml",
            "server:\n  port: 1\n  port: 2\n",
            "llms.yaml: server.port: is given twice, in lines 2 and 3: keep one",
        ),
        ("llms.yaml", "a: [{b: 1, b: 2}]", "llms.yaml: a[0].b: is given twice, in lines 1 and 1: keep one"),
        ("llms.yaml", "1: x\n'1': y\n", "llms.yaml: 1: is given twice, in lines 1 and 2: keep one"),
        ("llms.json", '{"a": {"b": 1,\n\t"b": 2}}', "llms.json: a.b: is given twice, in lines 1 and 2: keep one"),
        (
            "llms.yaml",
            "- a\n",
            (
                "llms.yaml: must hold a mapping with any of auth, auto, discover, metrics, models, providers, "
                "resilience, server, store"
            ),
        ),
        (
            "llms.json",
            "5",
            (
                "llms.json: must hold a mapping with any of auth, auto, discover, metrics, models, providers, "
                "resilience, server, store"
            ),
        ),
        ("llms.yaml", "a: &a [*a]", "llms.yaml: a[0]: holds itself"),
        ("llms.yaml", "a: !!python/object:os.system {}", "llms.yaml: holds a YAML tag or value that has no place"),
        ("llms.yaml", "a: 2024-99-99", "llms.yaml: holds a YAML tag or value that has no place"),
        ("llms.yaml", "? [a]\n: b", "llms.yaml: holds a YAML tag or value"),
    ],
)
def test_what_cannot_be_meant_is_refused(write: Write, name: str, text: str, line: str) -> None:
    (found,) = refusal(write(text, name))
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("llms.yaml", "server:\n  api_key: canary: x\n", "llms.yaml: is not YAML: line 2, column "),
        ("llms.yaml", "api_key: 'canary\n", "llms.yaml: is not YAML: line 2, column 1: "),
        ("llms.yaml", "a: \x01canary", "llms.yaml: is not YAML: "),
        ("llms.yaml", "api_key: *canary", "llms.yaml: is not YAML: line 1, column 10: found undefined alias"),
        ("llms.yaml", "api_key: !canary!x y", "llms.yaml: is not YAML: line 1, column 10: found undefined tag handle"),
        ("llms.yaml", "api_key: !canary y", "llms.yaml: holds a YAML tag"),
        (
            "llms.yaml",
            "api_key: [canary",
            "llms.yaml: is not YAML: line ",
        ),
        ("llms.json", '{"api_key": "canary",\n}', "llms.json: is not JSON: line "),
        ("llms.json", '{"api_key": canary}', "llms.json: is not JSON: line 1, column 13: "),
    ],
)
def test_a_slip_is_told_by_its_place_and_quotes_nothing(write: Write, name: str, text: str, place: str) -> None:
    (found,) = refusal(write(text, name))
    assert found.startswith(place)
    assert "canary" not in found


def test_a_file_that_cannot_be_read_is_refused(write: Write, tmp_path: Path) -> None:
    write("")
    assert refusal(Path("gone.yaml")) == ["gone.yaml: cannot be read: No such file or directory"]
    assert refusal(tmp_path)[0].endswith("cannot be read: Is a directory")
    Path("wide.yaml").write_bytes("server: {}".encode("utf-16"))
    assert refusal(Path("wide.yaml")) == ["wide.yaml: is not UTF-8 text"]


def test_every_key_given_twice_is_told(write: Write) -> None:
    assert len(refusal(write("a: 1\na: 2\nb: {c: 1, c: 2, c: 3}\n"))) == 3
