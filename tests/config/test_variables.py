from typing import Any

import pytest

from llms.config.variables import changes, variable_for


def settings(environ: dict[str, str], given: dict[str, Any] | None = None) -> dict[tuple[Any, ...], Any]:
    found, problems, notes = changes(environ, given or {})
    assert not problems
    assert not notes
    return {change.path: change.value for change in found}


@pytest.mark.parametrize(
    ("variable", "text", "path", "value"),
    [
        ("LLMS_PORT", "9000", ("server", "port"), "9000"),
        ("LLMS_HOST", "::1", ("server", "host"), "::1"),
        ("LLMS_SERVER__DRAIN_S", "5", ("server", "drain_s"), "5"),
        ("LLMS_API_KEYS", "one, two,", ("auth", "keys"), ["one", "two"]),
        ("LLMS_API_KEYS", '["a,b"]', ("auth", "keys"), ["a,b"]),
        ("LLMS_AUTH__KEYS", '{"alice": "one"}', ("auth", "keys"), {"alice": "one"}),
        ("LLMS_AUTH__KEYS__ALICE", "one", ("auth", "keys", "alice"), "one"),
        ("LLMS_DISCOVER", "false", ("discover",), "false"),
        ("LLMS_MODELS__FAST", "a/b,c/d", ("models", "fast"), ["a/b", "c/d"]),
        ("LLMS_PROVIDERS__MINE__MODELS", "big", ("providers", "mine", "models"), ["big"]),
        ("LLMS_PROVIDERS__MINE__API_KEY", "[a", ("providers", "mine", "api_key"), "[a"),
        ("LLMS_PROVIDERS__MINE__TIMEOUTS__FIRST_TOKEN", "1", ("providers", "mine", "timeouts", "first_token"), "1"),
        ("LLMS_PROVIDERS__MINE__OPTIONS__TOP_P", "0.5", ("providers", "mine", "options", "top_p"), 0.5),
        ("LLMS_PROVIDERS__MINE__OPTIONS__USER", "me", ("providers", "mine", "options", "user"), "me"),
    ],
)
def test_a_variable_sets_what_it_names(variable: str, text: str, path: tuple[str, ...], value: Any) -> None:
    assert settings({variable: text}) == {path: value}


def test_names_in_the_file_are_found_in_spite_of_case_and_hyphens() -> None:
    given: dict[str, Any] = {"providers": {"My-Host": {}, "z.ai": {}}}
    found = settings({"LLMS_PROVIDERS__MY_HOST__API_KEY": "a", "LLMS_PROVIDERS__Z_AI__API_KEY": "b"}, given)
    assert found == {("providers", "My-Host", "api_key"): "a", ("providers", "z.ai", "api_key"): "b"}


def test_the_general_form_wins_over_the_short_one() -> None:
    found, _, _ = changes({"LLMS_PORT": "1", "LLMS_SERVER__PORT": "2"}, {})
    assert [change.value for change in found] == ["1", "2"]


def test_an_empty_variable_sets_nothing() -> None:
    assert settings({"LLMS_PORT": "", "LLMS_SERVER__PROT": ""}) == {}


def test_variables_of_others_are_left_alone() -> None:
    kubernetes = {
        "LLMS_PORT": "tcp://10.0.0.1:80",
        "LLMS_PORT_80_TCP_ADDR": "10.0.0.1",
        "LLMS_SERVICE_HOST": "10.0.0.1",
        "LLMS_SERVICE_PORT": "80",
    }
    assert settings(kubernetes) == {}
    others = ("LLMS_CONFIG", "LLMS_HOME", "LLMS_CORPUS", "LLMS_TEAM", "PORT", "LLMSX__A")
    assert settings(dict.fromkeys(others, "1")) == {}


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("LLMS_SERVER__PROT", "LLMS_SERVER__PROT: server.prot: is not known here; did you mean port? Allowed are "),
        ("LLMS_SEVER__PORT", "LLMS_SEVER__PORT: sever: is not known here; did you mean server"),
        ("LLMS_SERVER__PORT__X", "LLMS_SERVER__PORT__X: server.port: is one value: nothing can be set below it"),
        ("LLMS_PROVIDERS__MINE__KEY", "LLMS_PROVIDERS__MINE__KEY: providers.mine.key: is not known here; "),
    ],
)
def test_a_setting_that_does_not_exist_is_a_problem(variable: str, line: str) -> None:
    found, (problem,), _ = changes({variable: "canary"}, {})
    assert str(problem).startswith(line)
    assert "canary" not in str(problem)
    assert not found


def test_a_slip_in_a_short_form_is_noted() -> None:
    _, problems, (note,) = changes({"LLMS_PROT": "1"}, {})
    assert note == "the environment variable LLMS_PROT means nothing here; did you mean LLMS_PORT?"
    assert not problems


def test_each_setting_has_a_variable_that_sets_it() -> None:
    from llms.config.outline import leaves

    for path, _ in leaves():
        variable = variable_for(path).replace("<NAME>", "MINE")
        named = tuple("mine" if segment == "<name>" else segment for segment in path)
        assert list(settings({variable: "1"})) == [named]
