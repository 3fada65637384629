import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llms.config import Config, check_exposure, load
from llms.errors import ConfigError
from llms.types import Secret

Write = Callable[..., Path]
Problems = Callable[..., list[str]]

FULL = """
server: {host: 127.0.0.1, port: 8000}
providers:
  openai: {api_key: "${OPENAI_API_KEY}"}
  mine: {type: openai, base_url: http://127.0.0.1:9000/v1, api_key: secret, models: [big, small],
         timeouts: {connect: 10, first_token: 30, idle: 60, total: null}, headers: {x-team: blue}}
models:
  fast: [mine/small, openai/gpt-4o-mini]
"""


def test_the_usual_shape_is_read(write: Write) -> None:
    config = load(write(FULL), environ={"OPENAI_API_KEY": "abc"})
    mine = config.providers["mine"]
    assert config.providers["openai"].api_key == Secret("abc")
    assert (mine.type, mine.base_url, list(mine.models)) == ("openai", "http://127.0.0.1:9000/v1", ["big", "small"])
    assert (mine.timeouts.timers().first_token_s, mine.timeouts.timers().total_s) == (30, None)
    assert mine.header_values() == {"x-team": "blue"}
    assert config.models["fast"].routes == ("mine/small", "openai/gpt-4o-mini")
    assert config.source == Path("llms.yaml")


def test_flags_win_over_variables_over_the_file_over_the_defaults(write: Write) -> None:
    file = write("server: {port: 1, drain_s: 1, grace_s: 1}")
    environ = {"LLMS_SERVER__DRAIN_S": "2", "LLMS_SERVER__GRACE_S": "2"}
    server = load(file, environ=environ, flags={"server.grace_s": 3, "server.port": None}).server
    assert (server.host, server.port, server.drain_s, server.grace_s) == ("127.0.0.1", 1, 2, 3)


def test_no_file_is_needed(write: Write, tmp_path: Path) -> None:
    write("", "unrelated")
    config = load(environ={"LLMS_HOME": str(tmp_path)})
    assert config == Config()
    assert config.source is None


def test_the_process_s_own_variables_are_read_if_none_are_given(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMS_PORT", "9001")
    assert load(write("")).server.port == 9001


def test_a_named_file_must_exist(write: Write) -> None:
    write("")
    for environ, file in (({}, Path("gone.yaml")), ({"LLMS_CONFIG": "gone.yaml"}, None)):
        with pytest.raises(ConfigError, match=r"^gone\.yaml: cannot be read: No such file"):
            load(file, environ=environ)


def test_nothing_is_written(write: Write, tmp_path: Path) -> None:
    load(write(FULL), environ={"OPENAI_API_KEY": "abc", "LLMS_HOME": str(tmp_path / "home")})
    assert [path.name for path in tmp_path.iterdir()] == ["llms.yaml"]
    assert Path("llms.yaml").read_text("utf-8") == FULL


def test_a_missing_variable_is_told_with_its_place(problems: Problems) -> None:
    assert problems('providers: {openai: {api_key: "${OPENAI_API_KEY}"}}') == [
        (
            "llms.yaml: providers.openai.api_key: the environment variable OPENAI_API_KEY is not set; "
            "set it, or write ${OPENAI_API_KEY:-default}"
        )
    ]


def test_a_number_can_be_a_reference(write: Write) -> None:
    file = write('server: {port: "${MY_PORT:-9}"}')
    assert load(file, environ={}).server.port == 9
    assert load(file, environ={"MY_PORT": "10"}).server.port == 10


def test_a_place_is_told_once(problems: Problems) -> None:
    assert len(problems('server: {port: "${MY_PORT}"}')) == 1


def test_all_problems_of_all_sources_come_together(problems: Problems) -> None:
    found = problems(
        'server: {prot: 1, drain_s: -1}\nproviders: {a: {api_key: "$NONE"}}\n',
        LLMS_SERVER__GRACE_S="soon",
        LLMS_SERVER__HOTS="x",
    )
    assert sorted(line.partition(": ")[0] for line in found) == [
        "LLMS_SERVER__GRACE_S",
        "LLMS_SERVER__HOTS",
        "llms.yaml",
        "llms.yaml",
        "llms.yaml",
    ]


def test_a_problem_names_who_set_the_value(write: Write) -> None:
    with pytest.raises(ConfigError) as refused:
        load(write("server: {port: 1}"), environ={"LLMS_PORT": "x"}, flags={"server.port": "y"})
    assert str(refused.value).startswith("command line: server.port: must be a whole number")


def test_a_part_of_a_short_form_cannot_be_set(problems: Problems) -> None:
    assert problems("auth: {keys: [canary]}", LLMS_AUTH__KEYS__BOB="x") == [
        "LLMS_AUTH__KEYS__BOB: auth.keys: must be written as a mapping for a part of it to be set"
    ]


def test_values_of_variables_are_taken_as_they_are(write: Write) -> None:
    config = load(write("providers: {a: {}}"), environ={"LLMS_PROVIDERS__A__API_KEY": "$$x${Y}"})
    assert config.providers["a"].api_key == Secret("$$x${Y}")


def test_keys_from_the_environment_replace_those_of_the_file(write: Write) -> None:
    config = load(write("auth: {keys: {alice: one}}"), environ={"LLMS_API_KEYS": "two,three"})
    assert {name: key.reveal() for name, key in config.auth.keys.items()} == {"key-1": "two", "key-2": "three"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "my-machine"])
def test_listening_beyond_loopback_needs_a_key(write: Write, host: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(write(""), environ={}, flags={"server.host": host})
    (line,) = str(refused.value).splitlines()
    assert line.startswith("command line: server.host: other machines could use the gateway without a key")
    assert load(write(""), environ={"LLMS_API_KEYS": "one"}, flags={"server.host": host}).server.host == host


def test_exposure_names_the_file_that_asks_for_it(problems: Problems) -> None:
    (line,) = problems('server: {host: "0.0.0.0"}')
    assert line.startswith("llms.yaml: server.host: other machines")
    assert check_exposure(Config()) == []


def test_no_problem_shows_a_secret_or_its_cause(write: Write) -> None:
    text = "providers: {a: {api_key: [canary], headers: {x: [canary], canaryless: 5}, base_url: 'http://u:canary@h'}}"
    with pytest.raises(ConfigError) as refused:
        load(write(text), environ={"LLMS_SERVER__PORT": "canary"})
    assert "canary" not in str(refused.value).replace("canaryless", "")
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_the_configuration_loads_without_the_http_library() -> None:
    code = "import sys, llms.config; print([name for name in sys.modules if name.startswith(('aiohttp', 'asyncio'))])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert child.stdout.strip() == "[]"
