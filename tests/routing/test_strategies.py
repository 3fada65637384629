"""The orders: what comes first, and what is said of it."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.routing.strategies import Option, Ranked, affinity, cheapest, least_latency, ordered, weighted
from llms.types import Route
from tests.fakes.provider import FakeProvider


def option(name: str, weight: float = 1.0, **known: float | None) -> Option:
    return Option(Route(FakeProvider(name), "m"), weight, **known)  # type: ignore[arg-type]


def names(ranked: Ranked) -> str:
    return "".join(found.route.provider.name for found, _ in ranked)


def first_of(ranked: Ranked) -> str:
    return names(ranked)[0]


ABC = [option("a"), option("b"), option("c")]


def test_the_written_order_is_kept() -> None:
    assert names(ordered(ABC)) == "abc"
    assert [reason for _, reason in ordered(ABC)] == [f"number {place} in the list" for place in (1, 2, 3)]


def test_weights_are_the_shares_of_first_places() -> None:
    numbers = random.Random(7)
    options = [option("a", 6), option("b", 3), option("c", 1)]
    firsts = Counter(first_of(weighted(options, numbers.random)) for _ in range(10_000))
    assert {name: round(count / 10_000, 1) for name, count in firsts.items()} == {"a": 0.6, "b": 0.3, "c": 0.1}


def test_a_weight_of_nothing_comes_last() -> None:
    options = [option("a", 0), option("b", 1), option("c", 0)]
    assert {names(weighted(options, random.Random(seed).random)) for seed in range(50)} == {"bac"}


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=6), st.integers())
def test_whatever_the_weights_nobody_is_lost(weights: list[float], seed: int) -> None:
    options = [option(str(place), weight) for place, weight in enumerate(weights)]
    assert sorted(names(weighted(options, random.Random(seed).random))) == sorted(map(str, range(len(weights))))


@pytest.mark.parametrize("drawn", [0.0, 1.0])
def test_chance_may_be_extreme(drawn: float) -> None:
    assert sorted(names(weighted([option("a", 5), option("b", 1e-300)], lambda: drawn))) == ["a", "b"]


def test_the_quickest_comes_first() -> None:
    options = [option("a", typical_s=2), option("b", typical_s=0.3), option("c", typical_s=0.5)]
    assert names(least_latency(options)) == "bca"
    assert least_latency(options)[0][1] == "first token after 300 ms"


def test_one_that_is_not_known_is_tried_by_one_request() -> None:
    assert first_of(least_latency([option("a", typical_s=2), option("b")])) == "b"
    assert first_of(least_latency([option("a", typical_s=2), option("b", in_flight=1)])) == "a"


def test_the_cheapest_comes_first_and_the_unknown_last() -> None:
    options = [option("a"), option("b", price_usd=2.5), option("c", price_usd=0), option("d", price_usd=0.15)]
    assert names(cheapest(options)) == "cdba"
    reasons = [reason for _, reason in cheapest(options)]
    assert (reasons[1], reasons[3]) == ("$0.15 per million tokens", "price unknown")


def test_a_conversation_goes_back_to_where_it_was() -> None:
    ranked = affinity(ABC, b"key", "b/m")
    assert ranked[0][0].route.provider.name == "b"
    assert ranked[0][1] == "saw the beginning of this conversation"


def test_a_new_conversation_always_gets_the_same_order() -> None:
    assert names(affinity(ABC, b"key", None)) == names(affinity(ABC[::-1], b"key", None))


def test_conversations_are_spread_by_weight() -> None:
    options = [option("a", 3), option("b", 1)]
    firsts = Counter(first_of(affinity(options, f"key-{number}".encode(), None)) for number in range(4000))
    assert firsts["a"] / 4000 == pytest.approx(0.75, abs=0.03)


def test_one_that_goes_away_moves_its_own_conversations_only() -> None:
    for number in range(100):
        key = f"key-{number}".encode()
        before = names(affinity(ABC, key, None))
        assert names(affinity(ABC[:2], key, None)) == before.replace("c", "")


def test_a_crowded_one_sends_people_away() -> None:
    crowded = [option("a", in_flight=30), option("b", in_flight=3), option("c", in_flight=2)]
    ranked = affinity(crowded, b"key", "a/m")
    assert names(ranked)[-1] == "a"
    assert ranked[-1][1] == "crowded"


def test_busy_is_not_crowded_where_all_are_busy() -> None:
    busy = [option("a", in_flight=30), option("b", in_flight=25), option("c", in_flight=20)]
    assert first_of(affinity(busy, b"key", "a/m")) == "a"
    assert first_of(affinity([option("a", in_flight=500)], b"key", "a/m")) == "a"


def test_a_home_that_is_no_option_any_more_is_ignored() -> None:
    assert names(affinity(ABC, b"key", "gone/m")) == names(affinity(ABC, b"key", None))


def test_nothing_to_go_by_is_an_order_too() -> None:
    assert sorted(names(affinity(ABC, b"", None))) == ["a", "b", "c"]
