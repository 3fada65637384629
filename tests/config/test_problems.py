from typing import Any

import pytest
from pydantic import ValidationError

from llms.config import Config
from llms.config.outline import written
from llms.config.problems import located, near

CANARY = "canary7"


def lines(given: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        Config.model_validate(given)
    return {written(path): message for path, message in located(refused.value, given)}


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"server": {"port": "http"}}, "server.port", "must be a whole number from 0 to 65535 (0: any free port)"),
        (
            {"server": {"port": [1]}},
            "server.port",
            "must be a whole number from 0 to 65535 (0: any free port), not a list",
        ),
        ({"server": {"port": True}}, "server.port", "must be a number, not true or false"),
        ({"server": {"log_level": "loud"}}, "server.log_level", "must be debug, info, warning or error"),
        ({"server": 5}, "server", "must be a mapping with any of drain_s, grace_s, host, "),
        ({"providers": ["a"]}, "providers", "must be a mapping of provider names to their settings, not a list"),
        ({"providers": {"a/b": {}}}, "providers.a/b", "is not a name that can stand here: it must be a name without"),
        ({"providers": {"m": {"models": ["a", 7]}}}, "providers.m.models[1]", "not a number: put it in quotes"),
        ({"providers": {"m": {"models": 7}}}, "providers.m.models", "must be a list of model names, or a mapping"),
        ({"providers": {"m": {"api_key": 7}}}, "providers.m.api_key", "must be text: put it in quotes"),
        (
            {"providers": {"m": {"timeouts": {"idle": 0}}}},
            "providers.m.timeouts.idle",
            "must be a number of seconds above",
        ),
        ({"models": {"fast": ["a/b", "c"]}}, "models.fast[1]", "must be provider/model, such as"),
        ({"models": {"fast": "c"}}, "models.fast", "must be provider/model, such as"),
        ({"models": {"fast": {"routes": ["c"]}}}, "models.fast.routes[0]", "must be provider/model, such as"),
        ({"models": {"fast": []}}, "models.fast", "must be a list of one or more provider/model"),
        ({"models": {"fast": None}}, "models.fast", "is missing: it must be a list of one or more"),
        ({"models": {5: "a/b"}}, "models.5", "is not a name that can stand here"),
        ({"auth": {"keys": ["ok", ""]}}, "auth.keys[1]", "must be text without spaces, and not empty"),
        ({"discover": "perhaps"}, "discover", "must be true or false"),
        ([], "", "must be a mapping with any of auth, auto, discover"),
    ],
)
def test_a_problem_names_the_place_and_what_is_allowed(given: Any, path: str, message: str) -> None:
    found = lines(given)
    assert list(found) == [path]
    assert message in found[path]


def test_an_unknown_key_gets_near_ones_and_all() -> None:
    found = lines({"server": {"prot": 1}, "provider": {}, "auth": {"zzz": 1}})
    assert found["server.prot"].startswith("is not known here; did you mean port? Allowed are drain_s, grace_s, host")
    assert found["provider"] == (
        "is not known here; did you mean providers? Allowed are auth, auto, discover, metrics, models, providers, "
        "resilience, server, store"
    )
    assert found["auth.zzz"] == "is not known here; allowed is keys"


def test_all_problems_are_found_at_once() -> None:
    assert len(lines({"server": {"port": -1, "host": ""}, "models": {"a": "b"}, "providers": {"x": {"type": 5}}})) == 4


def test_no_message_holds_a_value_or_a_word_of_pydantic() -> None:
    wrong: list[Any] = [CANARY, [CANARY], {"x": CANARY}, [[CANARY]], {"x": {"y": [CANARY]}}]
    for value in wrong:
        for given in (
            {"server": value, "providers": value, "models": value, "discover": value},
            {"server": {"host": [value], "port": value, "drain_s": value, "log_level": value}},
            {"providers": {"m": {"type": [value], "base_url": value, "api_key": [value], "models": [value, [value]]}}},
            {"providers": {"m": {"headers": [value], "options": [value], "enabled": value, "timeouts": value}}},
            {"providers": {"m": {"headers": {"a": [value]}, "options": {"model": value}, "apikey": value}}},
            {"auth": {"keys": {"a": [value], "b": f"{value} {value}"}}, "models": {"a": value}},
        ):
            text = "\n".join(lines(given).values())
            assert CANARY not in text
            assert not any(word in text.lower() for word in ("input", "validation", "extra", "pydantic", "instance"))


def test_near_words_are_named() -> None:
    assert near("prot", ["port", "host"]) == "did you mean port?"
    assert near("zzz", ["port", "host"]) == ""
