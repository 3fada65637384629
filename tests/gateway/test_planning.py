"""From the name in a request to routes, bounds and a decision."""

from collections.abc import Mapping
from typing import Any

import pytest

from llms.config import Config
from llms.errors import UnknownModel
from llms.gateway import Gateway, build
from llms.types import DEFAULT_BOUNDS, Bounds, Call, Candidate, Principal, Wishes
from tests.fakes.far import FarEnds, friendly, listing

PRICES = {"prompt": "0.000001", "completion": "0.000002"}


async def gateway(answers: Mapping[str, Any] | None = None, **more: Any) -> Gateway:
    far = FarEnds(answers or {"a": friendly, "b": friendly, "c": friendly, "or": friendly})
    config: dict[str, Any] = {
        "providers": {
            "a": {"base_url": "http://a/v1"},
            "b": {"base_url": "http://b/v1"},
            "c": {"base_url": "http://c/v1"},
            "router": {"type": "openrouter", "base_url": "http://or/v1", "api_key": "k"},
        },
        "models": {
            "fast": ["a/x", "b/y"],
            "other": ["c/z", "b/y"],
            "shared": {"routes": [{"route": "a/x", "weight": 0}, "b/y"], "strategy": "weighted"},
            "quick": {"routes": ["a/x", "b/y"], "strategy": "least-latency", "hedge": {"max_percent": 5}},
            "low": {"routes": ["a/big", "b/big"], "strategy": "cheapest"},
            "sticky": {"routes": ["a/x", "b/y", "c/z"], "strategy": "affinity"},
        },
        **more,
    }
    return await build(Config.model_validate(config), transport=far.transport)


def asking(model: str, *, content: str = "hi", wishes: Wishes | None = None, name: str = "me") -> Call:
    messages = [{"role": "user", "content": content}]
    return Call("id", {"model": model, "messages": messages}, True, Principal(name), wishes=wishes or Wishes())


async def planned(here: Gateway, call: Call) -> list[str]:
    await here.planner.plan(call)
    return [str(route) for route in call.routes]


async def test_the_usual_case_costs_nothing_new() -> None:
    here = await gateway()
    one, other = asking("fast"), asking("fast")
    assert await planned(here, one) == ["a/x", "b/y"]
    await planned(here, other)
    assert one.routes is other.routes
    assert one.decision is other.decision
    assert one.bounds == DEFAULT_BOUNDS
    assert one.decision is not None
    assert one.decision.reason == "the routes of 'fast'"


async def test_the_strategy_of_the_model_decides() -> None:
    here = await gateway()
    call = asking("shared")
    assert await planned(here, call) == ["b/y", "a/x"]
    assert call.decision is not None
    assert call.decision.strategy == "weighted"
    assert call.decision.candidates[0] == Candidate("b/y", kept=True, reason="drawn by weight 1 of 1")


async def test_the_request_may_wish_for_another_one() -> None:
    here = await gateway()
    call = asking("shared", wishes=Wishes(strategy="ordered"))
    assert await planned(here, call) == ["a/x", "b/y"]
    assert call.decision is not None
    assert call.decision.strategy == "ordered"


async def test_the_quickest_lately_comes_first() -> None:
    here = await gateway()
    for name, seconds in (("a/x", 3.0), ("b/y", 0.2)):
        for _ in range(5):
            here.learned.targets.of(name).waited(seconds, here.planner._rules.clock(), stream=True)
    call = asking("quick")
    assert await planned(here, call) == ["b/y", "a/x"]
    assert call.bounds == Bounds(hedge_percent=5)


async def test_the_cheapest_comes_first_by_the_lists_of_the_providers() -> None:
    here = await gateway(
        {
            "a": listing("big", pricing={"prompt": "0.00001", "completion": "0.00002"}),
            "b": listing("big", pricing=PRICES),
        }
    )
    await here.models()
    call = asking("low")
    assert await planned(here, call) == ["b/big", "a/big"]
    assert call.decision is not None
    assert call.decision.candidates[0].reason == "$1.25 per million tokens"


async def test_a_conversation_goes_back_to_who_answered_it() -> None:
    here = await gateway()
    call = asking("sticky")
    first = (await planned(here, call))[0]
    away = next(name for name in ("a/x", "b/y", "c/z") if name != first)
    trail = await here.planner.plan(call)
    call.route = next(route for route in call.routes if str(route) == away)
    call.timing.upstream_answered = 1.0
    here.planner.remember(trail, call)
    assert (await planned(here, asking("sticky")))[0] == away
    assert (await planned(here, asking("sticky", name="you")))[0] in {"a/x", "b/y", "c/z"}


async def test_who_did_not_answer_is_not_remembered() -> None:
    here = await gateway()
    call = asking("sticky")
    before = await planned(here, call)
    trail = await here.planner.plan(call)
    call.route = call.routes[-1]
    here.planner.remember(trail, call)
    assert await planned(here, asking("sticky")) == before


async def test_the_gateway_remembers_who_answered() -> None:
    here = await gateway()
    call = asking("sticky")
    async with here.call(call) as chunks:
        assert [chunk async for chunk in chunks]
    again = asking("sticky")
    await here.planner.plan(again)
    assert again.decision is not None
    assert again.decision.candidates[0].reason == "saw the beginning of this conversation"
    await here.close()


# What a request itself wishes


async def test_its_own_fallbacks_come_last_and_once() -> None:
    call = asking("fast", wishes=Wishes(models=("other", "c/new")))
    assert await planned(await gateway(), call) == ["a/x", "b/y", "c/z", "c/new"]
    assert call.decision is not None
    assert [each.reason for each in call.decision.candidates][2:] == ["a fallback of the request itself"] * 2
    assert call.decision.strategy == "ordered"


async def test_a_fallback_that_nobody_knows_is_told_by_its_place() -> None:
    with pytest.raises(UnknownModel) as raised:
        await planned(await gateway(), asking("fast", wishes=Wishes(models=("other", "nowhere"))))
    assert raised.value.param == "models[1]"


async def test_names_of_openrouter_are_its_own_where_it_is_asked() -> None:
    call = asking("router/vendor/one", wishes=Wishes(models=("vendor/two", "fast")))
    assert await planned(await gateway(), call) == ["router/vendor/one", "router/vendor/two", "a/x", "b/y"]


async def test_its_bounds_are_kept() -> None:
    here = await gateway(resilience={"attempts": 9, "retries": 4})
    call = asking("fast", wishes=Wishes(retries=0))
    await planned(here, call)
    assert call.bounds == Bounds(9, 3, 0)
    call = asking("quick", wishes=Wishes(attempts=1))
    await planned(here, call)
    assert call.bounds == Bounds(1, 3, 4, hedge_percent=5)


# Explaining


async def test_an_explanation_says_who_and_why_and_asks_nobody() -> None:
    here = await gateway()
    told = await here.planner.explain(asking("fast"))
    assert (told["provider"], told["model"], told["strategy"]) == ("a", "x", "ordered")
    assert told["reason"] == "the routes of 'fast'; number 1 in the list"
    assert told["candidates"][1] == {"provider": "b", "model": "y", "kept": True, "reason": "number 2 in the list"}


async def test_an_explanation_knows_who_is_avoided() -> None:
    here = await gateway()
    now = here.planner._rules.clock()
    for _ in range(5):
        here.learned.targets.of("a/x").failed("timeout", now, now)
    told = await here.planner.explain(asking("fast"))
    assert told["provider"] == "b"
    assert told["candidates"][0]["kept"] is False
    assert told["candidates"][0]["reason"].startswith("open after timeout")
    assert list(here._avoided()) == [("a", "x", "timeout", "open")]
    for _ in range(5):
        here.learned.targets.of("b/y").failed("timeout", now, now)
    assert (await here.planner.explain(asking("fast")))["provider"] == "a"
