"""Which providers there are, how each fares, and which could be added: in words, without secrets."""

import json
from typing import Any

import pytest

from tests.fakes.upstream import Reply, Upstream
from tests.server.conftest import CANARY, Serve, Site


async def told_of(site: Site, name: str) -> dict[str, Any]:
    """The entry of one provider."""
    [entry] = [each for each in (await site.ask("/api/providers")).json["data"] if each["name"] == name]
    told: dict[str, Any] = entry
    return told


def listing(*models: str) -> Reply:
    return Reply((json.dumps({"object": "list", "data": [{"id": model} for model in models]}).encode(),))


async def test_a_provider_that_answers_is_ok(serve: Serve, upstream: Upstream) -> None:
    upstream.always(listing("a", "b", "c"))
    site = await serve(providers={"groq": {"base_url": upstream.url, "api_key": CANARY}})
    assert await told_of(site, "groq") == {
        "name": "groq",
        "type": "groq",
        "base_url": upstream.url,
        "configured": True,
        "status": "ok",
        "error": None,
        "models": 3,
        "key_variable": None,
        "docs": None,
    }


@pytest.mark.parametrize("settings", [("groq", {}), ("work", {"type": "groq"})])
async def test_at_its_vendors_own_address_it_takes_the_vendors_key(
    serve: Serve, settings: tuple[str, dict[str, str]]
) -> None:
    name, more = settings
    site = await serve(providers={name: {"api_key": CANARY, "models": ["m"], **more}})
    told = await told_of(site, name)
    assert (told["key_variable"], told["docs"]) == ("GROQ_API_KEY", "https://console.groq.com/keys")


async def test_one_that_fails_says_why(serve: Serve, upstream: Upstream) -> None:
    upstream.always(Reply((b'{"error": {"message": "Incorrect API key"}}',), status=401))
    site = await serve(providers={"openai": {"base_url": upstream.url, "api_key": CANARY}})
    told = await told_of(site, "openai")
    assert (told["status"], told["models"]) == ("error", 0)
    assert "refused the gateway's key (401)" in told["error"]


async def test_one_with_a_configured_list_was_not_asked(site: Site, upstream: Upstream) -> None:
    told = await told_of(site, "mine")
    assert (told["status"], told["models"], told["key_variable"], told["docs"]) == ("unknown", 2, None, None)
    assert upstream.requests == []


async def test_what_is_always_there_is_not_called_configured(site: Site) -> None:
    told = await told_of(site, "demo")
    assert (told["configured"], told["status"]) == (False, "ok")


async def test_what_only_needs_a_key_is_available(serve: Serve, upstream: Upstream) -> None:
    upstream.always(listing("a"))
    site = await serve(providers={"groq": {"base_url": upstream.url, "api_key": CANARY}})
    available = {each["name"]: each for each in (await site.ask("/api/providers")).json["available"]}
    assert available["openai"] == {
        "name": "openai",
        "title": "OpenAI",
        "key_variable": "OPENAI_API_KEY",
        "docs": "https://platform.openai.com/api-keys",
    }
    assert not {"groq", "demo", "ollama"} & set(available)


async def test_no_secret_is_told(serve: Serve, upstream: Upstream) -> None:
    upstream.always(Reply((f'{{"error": {{"message": "Incorrect API key {CANARY}"}}}}'.encode(),), status=401))
    mine = {"base_url": upstream.url, "api_key": CANARY, "headers": {"x-account": "canary"}}
    answer = await (await serve(providers={"mine": mine})).ask("/api/providers")
    assert answer.status == 200
    assert b"canary" not in answer.body


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("alice-key-0123456789", 200)])
async def test_with_keys_it_needs_one(serve: Serve, key: str | None, status: int) -> None:
    site = await serve(auth={"keys": {"alice": "alice-key-0123456789"}})
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    assert (await site.ask("/api/providers", headers=headers)).status == status
