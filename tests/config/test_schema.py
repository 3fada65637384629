from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from llms.config import Config, ProviderConfig, TimeoutsConfig
from llms.types import Secret, Timeouts

CANARY = "canary-6021"


def full() -> Config:
    return Config.model_validate(
        {
            "providers": {
                "mine": {
                    "base_url": "http://127.0.0.1:9000/v1/",
                    "api_key": CANARY,
                    "headers": {"x-key": CANARY},
                    "models": ["big"],
                }
            },
            "models": {"fast": ["mine/big"]},
            "auth": {"keys": {"alice": CANARY}},
        }
    )


def test_nothing_that_shows_a_configuration_shows_a_secret() -> None:
    config = full()
    shown = [
        repr(config),
        str(config),
        f"{config}",
        config.model_dump_json(),
        repr(config.model_dump()),
        repr(config.providers["mine"].headers),
    ]
    assert [text for text in shown if CANARY in text] == []
    assert "alice" in shown[0]


def test_the_secrets_can_be_had_where_they_are_asked_for() -> None:
    mine = full().providers["mine"]
    assert mine.api_key == Secret(CANARY)
    assert mine.header_values() == {"x-key": CANARY}


def test_what_pydantic_says_of_a_wrong_secret_does_not_hold_it() -> None:
    with pytest.raises(ValidationError) as refused:
        Config.model_validate({"providers": {"mine": {"api_key": [CANARY]}}})
    assert CANARY not in str(refused.value)


def test_a_configuration_cannot_be_changed() -> None:
    config: Any = full()
    changes: list[Callable[[], Any]] = [
        lambda: setattr(config.server, "port", 1),
        lambda: config.providers.update(x=1),
        lambda: config.providers["mine"].models.update(x="y"),
        lambda: config.providers["mine"].options.update(x="y"),
        lambda: config.auth.keys.update(x=1),
        lambda: config.models["fast"].routes.append("x/y"),
    ]
    for change in changes:
        with pytest.raises((ValidationError, AttributeError)):
            change()
    assert config == full()


def test_the_defaults_listen_on_loopback_and_know_no_provider() -> None:
    config = Config()
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8000)
    assert (config.server.max_body_bytes, config.server.max_event_bytes) == (20 * 2**20, 16 * 2**20)
    assert config.providers == {}
    assert config.discover is None
    assert (config.source, config.notes) == (None, ())


def test_a_dump_can_be_read_again() -> None:
    assert Config.model_validate(full().model_dump()) == full()


def test_a_timer_that_is_not_set_stays_unset() -> None:
    assert TimeoutsConfig.model_validate({"idle": 5, "total": None}).timers() == Timeouts(idle_s=5)
    assert TimeoutsConfig().timers() == Timeouts()


@pytest.mark.parametrize("seconds", [0, -1, "nan", "inf", True, [1]])
def test_a_timer_is_a_number_above_zero(seconds: Any) -> None:
    with pytest.raises(ValidationError):
        TimeoutsConfig.model_validate({"connect": seconds})


@pytest.mark.parametrize("routes", ["a/b", ["a/b"], {"routes": ["a/b"]}, {"routes": ("a/b",), "timeouts": None}])
def test_a_public_model_can_be_written_short_or_long(routes: Any) -> None:
    assert Config.model_validate({"models": {"fast": routes}}).models["fast"].routes == ("a/b",)


def test_a_route_is_split_at_the_first_slash_only() -> None:
    model = Config.model_validate({"models": {"fast": "openrouter/meta/llama 3:free"}}).models["fast"]
    assert model.routes == ("openrouter/meta/llama 3:free",)


@pytest.mark.parametrize("route", ["model", "/model", "provider/", " a/b", "a b/c", ""])
def test_what_is_no_route_is_refused(route: str) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"models": {"fast": [route]}})


def test_a_route_may_bring_its_weight() -> None:
    routes = [{"route": "a/b", "weight": 3}, "c/d", {"route": "e/f"}]
    for given in (routes, {"routes": routes, "strategy": "weighted"}):
        model = Config.model_validate({"models": {"fast": given}}).models["fast"]
        assert (model.routes, model.weights) == (("a/b", "c/d", "e/f"), (3, 1, 1))


def test_weights_are_not_needed() -> None:
    model = Config.model_validate({"models": {"fast": ["a/b", "c/d"]}}).models["fast"]
    assert (model.weights, model.strategy, model.hedge.max_percent) == ((), "ordered", 0)


@pytest.mark.parametrize(
    "model",
    [
        {"routes": ["a/b"], "weights": [1, 2]},
        {"routes": ["a/b"], "weights": [0]},
        {"routes": ["a/b"], "weights": [-1]},
        [{"route": "a/b", "weight": -1}],
        [{"route": "a/b", "wait": 1}],
        [{"weight": 1}],
        {"routes": ["a/b"], "strategy": "best"},
        {"routes": ["a/b"], "hedge": {"max_percent": 101}},
    ],
)
def test_a_model_that_makes_no_sense_is_refused(model: Any) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"models": {"fast": model}})


@pytest.mark.parametrize("fresh", ["a/b", ["a/b"], {"routes": ["a/b"]}])
def test_what_auto_needs_can_be_written_short_or_long(fresh: Any) -> None:
    auto = Config.model_validate({"auto": {"fresh": fresh}}).auto
    assert (auto.fresh.routes, auto.code.routes, auto.fresh.words) == (("a/b",), (), ())


@pytest.mark.parametrize("given", [{"attempts": 0}, {"models": 1.5}, {"retries": -1}, {"retry_percent": 101}])
def test_bounds_that_make_no_sense_are_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"resilience": given})


def test_models_can_be_listed_or_renamed() -> None:
    assert ProviderConfig.model_validate({"models": ["a/b", "c"]}).models == {"a/b": "a/b", "c": "c"}
    assert ProviderConfig.model_validate({"models": "a"}).models == {"a": "a"}
    assert ProviderConfig.model_validate({"models": {"fast": "a-1"}}).models == {"fast": "a-1"}


def test_keys_in_a_list_are_named_by_their_position() -> None:
    keys = Config.model_validate({"auth": {"keys": ["one", "two"]}}).auth.keys
    assert {name: key.reveal() for name, key in keys.items()} == {"key-1": "one", "key-2": "two"}


def test_null_means_not_set_but_for_a_request_option() -> None:
    config = Config.model_validate(
        {"server": None, "providers": {"openai": None, "mine": {"options": {"stop": None}, "models": None}}}
    )
    assert config.providers["openai"] == ProviderConfig()
    assert config.providers["mine"].options == {"stop": None}


def test_a_default_option_cannot_replace_what_every_request_brings() -> None:
    with pytest.raises(ValidationError, match="must be without model and stream"):
        ProviderConfig.model_validate({"options": {"stream": True, "model": "x"}})


def test_every_field_is_described() -> None:
    from llms.config.outline import leaves, shape_of_field

    fields = dict(leaves())
    assert len(fields) > 20
    assert [path for path, field in fields.items() if not (field.description or "").endswith(".")] == []
    assert [path for path, field in fields.items() if not shape_of_field(field).allowed] == []
