"""Which routes have an endpoint, and what is said where none has. The exchanges are tested through the server."""

from typing import Any

import pytest

from llms.config import Config
from llms.errors import EndpointNotSupported
from llms.gateway import Gateway, build
from llms.gateway.forwarding import Forwarding
from llms.providers.base import Provider
from llms.providers.endpoints import BY_VENDOR, OPENAI
from llms.providers.presets import PRESETS
from llms.providers.scripted.transport import Answer, ScriptedTransport
from llms.types import Route


def forwarding(**endpoints: set[str]) -> Forwarding:
    transport = ScriptedTransport("far", lambda request: Answer(()))
    providers = {
        name: Provider("http://far", name=name, endpoints=has, transport=transport) for name, has in endpoints.items()
    }
    return Forwarding(providers, transport)


def routes(forwarding: Forwarding, *names: str) -> list[Route]:
    return [Route(forwarding._providers[name], "m") for name in names]


def test_routes_without_the_endpoint_are_left_out() -> None:
    found = forwarding(one=set(), two={"responses"}, three={"responses"})
    able = found.able("responses", routes(found, "three", "one", "two"))
    assert [route.provider.name for route in able] == ["three", "two"]


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("responses", "/v1/responses is not supported by one and two; these providers have it: three, four."),
        ("audio/speech", "/v1/audio/speech is not supported by one and two; no configured provider has it."),
    ],
)
def test_where_no_route_has_it_others_are_named(endpoint: str, message: str) -> None:
    found = forwarding(one=set(), two=set(), three={"responses"}, four={"responses"})
    with pytest.raises(EndpointNotSupported) as raised:
        found.able(endpoint, routes(found, "one", "two", "one"))
    assert str(raised.value) == message
    assert (raised.value.status, raised.value.code, raised.value.param) == (404, "endpoint_not_supported", "model")


async def gateway(**providers: Any) -> Gateway:
    settings = {"discover": False, "providers": providers}
    transport = ScriptedTransport("far", lambda request: Answer(()))
    return await build(Config.model_validate(settings), transport=transport)


@pytest.mark.parametrize("vendor", sorted(BY_VENDOR))
async def test_a_vendor_has_its_endpoints_under_any_name(vendor: str) -> None:
    made = await gateway(
        mine={"type": vendor, "api_key": "k", "base_url": "http://far/v1"},
        **{vendor: {"api_key": "k", "base_url": "http://far/v1"}},
    )
    assert made.providers["mine"].endpoints == made.providers[vendor].endpoints == BY_VENDOR[vendor]


async def test_a_server_nothing_is_known_of_is_asked_for_anything() -> None:
    made = await gateway(mine={"base_url": "http://far/v1"}, openai={"api_key": "k"})
    assert made.providers["mine"].endpoints == made.providers["openai"].endpoints == OPENAI


async def test_demo_and_chaos_have_chats_only() -> None:
    made = await gateway()
    assert {name: provider.endpoints for name, provider in made.providers.items()} == {
        "demo": frozenset(),
        "chaos": frozenset(),
    }


def test_every_vendor_of_the_table_is_one_and_says_something_that_is_asked_for() -> None:
    assert BY_VENDOR.keys() <= PRESETS.keys()
    assert all(endpoints <= OPENAI for endpoints in BY_VENDOR.values())
