"""`POST /api/router/choose`: it explains, and asks nobody."""

from typing import Any

import pytest

from tests.fakes.upstream import Upstream
from tests.server.conftest import Serve, Site

PROVIDERS = {
    "perplexity": {"api_key": "sk-canary-1"},
    "openai": {"api_key": "sk-canary-2"},
    "gemini": {"api_key": "sk-canary-3"},
}


async def choose(site: Site, body: Any, **headers: str) -> dict[str, Any]:
    answer = await site.ask("/api/router/choose", body, headers=headers)
    assert answer.status == 200, answer.body
    assert b"canary" not in answer.body
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize(
    ("message", "provider", "model"),
    [
        ("What's happening in Delhi today?", "perplexity", "sonar"),
        ("What are recent events in Delhi?", "perplexity", "sonar"),
        ("Explain machine learning", "openai", None),
        ("Write a story about a robot", "gemini", None),
    ],
)
async def test_a_message_is_enough(serve: Serve, message: str, provider: str, model: str | None) -> None:
    site = await serve(providers=PROVIDERS)
    told = await choose(site, {"message": message}, **{"x-org-id": "demo-org"})
    assert told["provider"] == provider
    assert model in {None, told["model"]}
    assert told["reason"]
    assert {each["provider"] for each in told["candidates"]} == set(PROVIDERS)


async def test_a_chat_with_a_model_is_explained_too(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    body = {"model": "fast", "messages": [{"role": "user", "content": "hi"}], "models": ["mine/new"]}
    told = await choose(site, body)
    assert (told["provider"], told["model"], told["strategy"]) == ("mine", "big", "ordered")
    assert [each["model"] for each in told["candidates"]] == ["big", "org/small", "new"]
    assert "need" not in told
    assert upstream.requests == []
    assert len(site.gateway.measuring.recent.last(10)) == 0


async def test_a_wish_is_explained(serve: Serve) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    body = {"model": "fast", "message": "hi"}
    assert (await choose(site, body, **{"x-llms-strategy": "cheapest"}))["strategy"] == "cheapest"


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 400, "message"),
        ({"message": 5}, 400, "message"),
        ({"messages": []}, 400, "message"),
        ({"messages": [5]}, 400, "message"),
        ({"message": "hi", "model": 5}, 400, "model"),
        ({"message": "hi", "model": "nobody/x"}, 404, "model"),
        ([], 400, None),
    ],
)
async def test_what_makes_no_sense_is_refused(site: Site, body: Any, status: int, param: str | None) -> None:
    answer = await site.ask("/api/router/choose", body)
    assert (answer.status, answer.error["param"]) == (status, param)


async def test_it_wants_a_key_like_all_others(serve: Serve) -> None:
    site = await serve(auth={"keys": ["key-0123456789abcdef"]})
    assert (await site.ask("/api/router/choose", {"message": "hi"})).status == 401


async def test_who_is_avoided_is_told_here_and_by_health(serve: Serve) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    now = site.gateway.planner._rules.clock()
    for _ in range(5):
        site.gateway.learned.targets.of("mine/big").failed("timeout", now, now)
    told = await choose(site, {"model": "fast", "message": "hi"})
    assert told["model"] == "org/small"
    assert told["candidates"][0]["kept"] is False
    assert (await site.ask("/health")).json["avoided"]["mine/big"].startswith("open after timeout")
    metrics = (await site.ask("/metrics")).body.decode()
    assert 'llms_targets_avoided{cause="timeout",model="big",provider="mine",state="open"} 1.0' in metrics
