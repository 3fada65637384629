import pytest

from llms.server.facts import facts
from llms.types import Call, Route, Terms
from tests.fakes.provider import FakeProvider


def call(model: str = "big") -> Call:
    route = Route(FakeProvider("mine"), model)
    return Call("id", {"model": "fast", "messages": []}, stream=False, routes=(route,), route=route, attempts=2)


def test_the_route_is_told() -> None:
    told = facts(call())
    assert (told["x-llms-provider"], told["x-llms-model"], told["x-llms-attempts"]) == ("mine", "big", "2")
    assert "x-llms-translation" not in told


@pytest.mark.parametrize(("model", "shown"), [("a\r\nb: c", "a??b: c"), ("é", "?"), ("x" * 1000, "x" * 256)])
def test_a_name_cannot_break_a_header(model: str, shown: str) -> None:
    assert facts(call(model))["x-llms-model"] == shown


def test_what_was_lost_is_told() -> None:
    asked = call()
    asked.terms = Terms(changes=[("dropped", "seed"), ("clamped", "temperature"), ("dropped", "seed")])
    assert facts(asked)["x-llms-translation"] == "dropped=seed; clamped=temperature"


def test_a_call_without_a_route_has_times_only() -> None:
    assert facts(Call("id", {"model": "m", "messages": []}, stream=False)).keys() == {"server-timing"}


def test_a_call_that_was_never_begun_took_no_time() -> None:
    told = facts(Call("id", {"model": "m", "messages": []}, stream=False))
    assert told["server-timing"] == "gateway;dur=0.00, upstream;dur=0.00"
