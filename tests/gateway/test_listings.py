"""What the providers list as their models: asked together, kept for a while, never waited for too long."""

import asyncio
import logging
from typing import Any

import pytest

from llms import tasks
from llms.errors import Unavailable
from llms.gateway import listings as module
from llms.gateway.listings import Listings
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import FOREVER, json_answer
from llms.routing.catalog import Catalog, PublicModel
from llms.types import ModelCard
from tests.fakes.far import FarEnds, listing, streaming


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def listings_of(far: FarEnds, **models: list[str]) -> Listings:
    providers = {
        name: OpenAiProvider(f"http://{name}/v1", name=name, models=ids, transport=far.transport)
        for name, ids in models.items()
    }
    listed = {name: provider.models for name, provider in providers.items()}
    return Listings(providers, Catalog(providers, listed, {"fast": PublicModel(("a/x",))}))


def names(of: Listings) -> list[str]:
    return [card.id for card in of.cards()]


async def test_every_provider_without_a_configured_list_is_asked() -> None:
    far = FarEnds({"a": listing("x", "y"), "b": listing("z"), "c": listing("never")})
    found = listings_of(far, a=[], b=[], c=["mine"])
    assert await found.refresh()
    assert sorted(names(found)) == ["a/x", "a/y", "b/z", "c/mine", "fast"]
    assert far.asked("c", "GET") == 0


async def test_what_a_provider_says_of_a_model_is_kept() -> None:
    found = listings_of(FarEnds({"a": listing("x", owner="maker", size=8, created=7)}), a=[])
    await found.refresh()
    [card] = [card for card in found.cards() if card.id == "a/x"]
    assert card == ModelCard("a/x", "maker", 7, {"size": 8})


async def test_a_list_is_kept_for_a_while(clock: Clock) -> None:
    far = FarEnds({"a": listing("x")})
    found = listings_of(far, a=[])
    assert [await found.refresh(), await found.refresh()] == [True, False]
    clock.now += 299
    assert not await found.refresh()
    clock.now += 2
    assert await found.refresh()
    assert far.asked("a", "GET") == 2


async def test_a_provider_that_fails_is_asked_again_sooner(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    far = FarEnds({"a": json_answer(Unavailable().body(), status=503), "b": listing("z")})
    found = listings_of(far, a=[], b=[])
    with caplog.at_level(logging.WARNING):
        assert await found.refresh()
    assert "provider a gave no list of models" in caplog.text
    assert names(found) == ["fast", "b/z"]
    assert not await found.refresh()
    clock.now += 31
    far.answers["a"] = listing("x")
    assert await found.refresh()
    assert "a/x" in names(found)
    assert far.asked("b", "GET") == 1


async def test_a_list_once_known_outlives_a_failure(clock: Clock) -> None:
    far = FarEnds({"a": listing("x")})
    found = listings_of(far, a=[])
    await found.refresh()
    far.answers.clear()
    clock.now += 301
    await found.refresh()
    assert "a/x" in names(found)


async def test_a_slow_provider_does_not_hold_the_others_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAIT_S", 0.01)
    far = FarEnds({"a": streaming(FOREVER), "b": listing("z")})
    found = listings_of(far, a=[], b=[])
    await found.refresh()
    assert names(found) == ["fast", "b/z"]
    [slow] = tasks.running()
    slow.cancel()
    await asyncio.wait([slow])


async def test_a_slow_provider_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAIT_S", 0.05)
    far = FarEnds({"a": streaming(FOREVER), "b": listing("z")})
    found = listings_of(far, a=[], b=[])
    assert await found.refresh()
    assert not await found.refresh()
    [slow] = tasks.running()
    slow.cancel()
    await asyncio.wait([slow])


async def test_an_old_list_is_shown_while_a_new_one_is_fetched(clock: Clock) -> None:
    far = FarEnds({"a": listing("x")})
    found = listings_of(far, a=[])
    await found.refresh(old_will_do=True)
    clock.now += 301
    far.answers["a"] = listing("x", "y")
    assert not await found.refresh(old_will_do=True)
    assert names(found) == ["fast", "a/x"]
    await asyncio.wait(tasks.running())
    assert names(found) == ["fast", "a/x", "a/y"]


async def test_a_provider_that_is_being_asked_is_not_asked_twice() -> None:
    far = FarEnds({"a": listing("x")})
    found = listings_of(far, a=[])
    first, second = await asyncio.gather(found.refresh(), found.refresh())
    assert first
    assert second
    assert far.asked("a", "GET") == 1


async def test_a_list_that_came_in_another_way_is_as_good() -> None:
    far = FarEnds({"a": listing("x")})
    found = listings_of(far, a=[])
    extra: dict[str, Any] = {"size": 7}
    found.note("a", [ModelCard("y", "them", 0, extra)])
    assert not await found.refresh()
    assert names(found) == ["fast", "a/y"]
