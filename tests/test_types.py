"""The vocabulary: secrets that do not show, timers that fall back, the request body of a route."""

import copy
import pickle

import pytest

from llms import jsonio
from llms.types import (
    JSON_TIMEOUTS,
    NO_TIMEOUTS,
    STREAM_TIMEOUTS,
    Call,
    ModelCard,
    Route,
    Secret,
    Timeouts,
)
from tests.fakes.provider import FakeProvider


def show(secret: Secret) -> list[str]:
    return [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>10}",
        f"{[secret]}",
        jsonio.dumps(secret).decode(),
    ]


def test_a_secret_does_not_show() -> None:
    assert all("canary" not in shown and "***" in shown for shown in show(Secret("canary")))


def test_a_secret_is_given_where_it_is_asked_for() -> None:
    assert Secret("canary").reveal() == "canary"


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert bool(Secret("a"))
    assert not Secret("")


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("canary"))


def test_timers_that_are_not_set_come_from_the_next() -> None:
    assert Timeouts(idle_s=1).or_else(Timeouts(2, 3, 4, 5)) == Timeouts(2, 3, 1, 5)
    assert NO_TIMEOUTS.or_else(STREAM_TIMEOUTS) == STREAM_TIMEOUTS
    assert Timeouts(0, 0, 0, 0).or_else(STREAM_TIMEOUTS) == Timeouts(0, 0, 0, 0)


def call(*, stream: bool = True, timeouts: Timeouts = NO_TIMEOUTS, route: Route | None = None) -> Call:
    asked = Call("id", {"model": "fast", "messages": []}, stream, timeouts=timeouts)
    asked.route = route
    return asked


def test_the_timers_of_the_request_come_before_the_models_and_the_providers() -> None:
    provider = FakeProvider("mine", timeouts=Timeouts(1, 1, 1, 1))
    route = Route(provider, "big", Timeouts(2, 2, None, None))
    assert call(timeouts=Timeouts(3), route=route).limits() == Timeouts(3, 2, 1, 1)


def test_without_a_word_the_defaults_are_in_force() -> None:
    assert call().limits() == STREAM_TIMEOUTS
    assert call(stream=False).limits() == JSON_TIMEOUTS
    route = Route(FakeProvider("mine"), "big")
    assert call(route=route).limits() == STREAM_TIMEOUTS
    assert call(stream=False, route=route).limits() == JSON_TIMEOUTS


def test_a_stream_has_no_limit_on_the_whole() -> None:
    assert STREAM_TIMEOUTS.total_s is None


def test_a_route_is_asked_with_its_own_name_of_the_model() -> None:
    asked = call()
    asked.chat["temperature"] = 0.5
    before = copy.deepcopy(asked.chat)
    assert asked.asking("big-2026") == {**before, "model": "big-2026"}
    assert asked.chat == before


def test_a_route_reads_as_its_name() -> None:
    assert str(Route(FakeProvider("mine"), "org/big")) == "mine/org/big"


def test_a_card_under_another_name_is_the_same_card() -> None:
    card = ModelCard("big", "them", 7, {"context": 8})
    assert card.named("mine/big") == ModelCard("mine/big", "them", 7, {"context": 8})
