"""From a configuration to a gateway: which providers there are, with which keys, and every fault at once."""

from collections.abc import Mapping
from typing import Any

import pytest

from llms.config import Config
from llms.errors import ConfigError
from llms.gateway import Gateway, build
from llms.providers import registry
from llms.providers.azure import AzureProvider
from llms.providers.openai import OpenAiProvider
from llms.providers.transport import Exchange, Request
from llms.types import Secret, Timeouts
from tests.fakes.far import FarEnds, listing


async def built(config: Mapping[str, Any], far: FarEnds | None = None, **environ: str) -> Gateway:
    return await build(Config.model_validate(config), environ=environ, transport=(far or FarEnds()).transport)


async def problems(config: Mapping[str, Any], **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        await built(config, None, **environ)
    return [str(problem) for problem in raised.value.problems]


@pytest.fixture(autouse=True)
def _what_is_installed_is_known() -> None:
    registry.types()  # looks once on the disk, which a start may do, and a test of a coroutine may not


async def test_the_demo_is_always_there() -> None:
    assert set((await built({})).providers) == {"demo", "chaos"}


async def test_a_known_name_needs_only_its_key() -> None:
    provider = (await built({"providers": {"groq": {"api_key": "canary"}}})).providers["groq"]
    assert (provider.name, provider.base_url) == ("groq", "https://api.groq.com/openai/v1")
    assert provider.api_key == Secret("canary")


async def test_the_key_may_come_from_the_environment() -> None:
    provider = (await built({"providers": {"groq": {}}}, GROQ_API_KEY="canary")).providers["groq"]
    assert provider.api_key == Secret("canary")


async def test_a_key_given_comes_before_that_of_the_environment() -> None:
    provider = (await built({"providers": {"groq": {"api_key": "mine"}}}, GROQ_API_KEY="other")).providers["groq"]
    assert provider.api_key == Secret("mine")


async def test_a_key_of_the_environment_goes_to_its_vendor_only() -> None:
    settings = {"providers": {"openai": {"base_url": "http://elsewhere/v1"}}}
    assert (await built(settings, OPENAI_API_KEY="canary")).providers["openai"].api_key is None


async def test_a_type_may_be_the_name_of_a_vendor() -> None:
    provider = (await built({"providers": {"work": {"type": "groq", "api_key": "k"}}})).providers["work"]
    assert (provider.name, provider.base_url) == ("work", "https://api.groq.com/openai/v1")


async def test_an_address_alone_is_one_of_openais_dialect() -> None:
    provider = (await built({"providers": {"mine": {"base_url": "http://far:9000/v1/"}}})).providers["mine"]
    assert isinstance(provider, OpenAiProvider)
    assert (provider.base_url, provider.api_key) == ("http://far:9000/v1", None)


async def test_a_dialect_of_its_own_is_found() -> None:
    settings = {"type": "azure", "base_url": "https://x/openai/v1", "api_key": "k"}
    assert isinstance((await built({"providers": {"work": settings}})).providers["work"], AzureProvider)


async def test_the_environment_may_move_an_address() -> None:
    settings: dict[str, Any] = {"providers": {"openai": {}}}
    provider = (await built(settings, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://proxy/v1")).providers["openai"]
    assert provider.base_url == "http://proxy/v1"


async def test_settings_reach_their_provider() -> None:
    settings: dict[str, Any] = {
        "base_url": "http://far/v1",
        "models": {"big": "big-2026"},
        "headers": {"x-team": "blue"},
        "timeouts": {"idle": 7},
        "options": {"seed": 3},
    }
    provider = (await built({"providers": {"mine": settings}, "server": {"max_event_mb": 2}})).providers["mine"]
    assert provider.models == {"big": "big-2026"}
    assert provider.headers()["x-team"] == "blue"
    assert provider.timeouts == Timeouts(idle_s=7)
    assert provider.options == {"seed": 3}
    assert provider.max_event_bytes == 2 * 1024 * 1024


async def test_a_provider_that_is_switched_off_is_not_there() -> None:
    gateway = await built({"providers": {"mine": {"base_url": "http://far/v1", "enabled": False}}})
    assert "mine" not in gateway.providers


async def test_a_keyless_provider_needs_no_key() -> None:
    assert (await built({"providers": {"lmstudio": {}}})).providers["lmstudio"].api_key is None


# What is wrong


async def test_a_missing_key_says_which_variables_may_hold_it() -> None:
    assert await problems({"providers": {"xai": {}}}) == [
        "providers.xai.api_key: is missing: give it, or set XAI_API_KEY or GROK_API_KEY"
    ]


async def test_an_unknown_provider_says_what_it_needs() -> None:
    [problem] = await problems({"providers": {"mine": {}}})
    assert problem.startswith("providers.mine: is not a known provider, so it needs a base_url (known are openai, ")


async def test_an_unknown_type_says_what_there_is() -> None:
    [problem] = await problems({"providers": {"mine": {"type": "opena1", "base_url": "http://far/v1"}}})
    assert problem == "providers.mine.type: there is no provider type 'opena1'; did you mean 'openai'?"


async def test_a_dialect_without_an_address_of_its_own_asks_for_one() -> None:
    [problem] = await problems({"providers": {"azure": {"api_key": "k"}}})
    assert problem.startswith("providers.azure.base_url: is missing")


async def test_a_route_to_nobody_says_who_there_is() -> None:
    config = {"providers": {"mine": {"base_url": "http://far/v1"}}, "models": {"fast": ["mine/x", "your/x"]}}
    assert await problems(config) == [
        "models.fast.routes[1]: 'your/x' names no configured provider (there are mine, demo, chaos)"
    ]


async def test_every_fault_is_told_at_once() -> None:
    providers: dict[str, Any] = {"xai": {}, "mine": {}, "groq": {}}
    assert len(await problems({"providers": providers, "models": {"fast": ["mine/x", "your/x"]}})) == 4


async def test_a_key_is_in_no_message() -> None:
    told = await problems({"providers": {"mine": {"api_key": "canary-0123456789"}, "azure": {"api_key": "canary-2"}}})
    assert "canary" not in " ".join(told)


# What is found


async def test_without_providers_the_environment_and_the_machine_are_searched() -> None:
    far = FarEnds({"127.0.0.1:1234": listing("qwen")})
    gateway = await built({}, far, OPENAI_API_KEY="k")
    assert set(gateway.providers) == {"openai", "lmstudio", "demo", "chaos"}
    assert "lmstudio/qwen" in [card.id for card in gateway.listings.cards()]


async def test_with_providers_nothing_is_searched() -> None:
    far = FarEnds({"127.0.0.1:1234": listing("qwen")})
    gateway = await built({"providers": {"mine": {"base_url": "http://far/v1"}}}, far, OPENAI_API_KEY="k")
    assert set(gateway.providers) == {"mine", "demo", "chaos"}
    assert far.requests == []


async def test_searching_can_be_asked_for_and_forbidden() -> None:
    far = FarEnds({"127.0.0.1:1234": listing("qwen")})
    both = {"providers": {"mine": {"base_url": "http://far/v1"}}, "discover": True}
    assert {"mine", "openai", "lmstudio"} <= set((await built(both, far, OPENAI_API_KEY="k")).providers)
    none = await built({"discover": False}, FarEnds(), OPENAI_API_KEY="k")
    assert set(none.providers) == {"demo", "chaos"}


async def test_without_an_environment_the_configuration_stands_alone() -> None:
    gateway = await build(Config(discover=True), transport=FarEnds().transport)
    assert set(gateway.providers) == {"demo", "chaos"}


@pytest.mark.parametrize("given", [True, False], ids=["a transport of the caller's", "its own"])
async def test_a_gateway_that_cannot_be_built_closes_what_is_its_own(
    given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closing:
        closed = False

        def open(self, request: Request, timeouts: Timeouts) -> Exchange:
            raise NotImplementedError

        async def close(self) -> None:
            self.closed = True

    transport = Closing()
    monkeypatch.setattr("llms.gateway.compose.default_transport", lambda **_: transport)
    config = Config.model_validate({"providers": {"xai": {}}})
    with pytest.raises(ConfigError):
        await (build(config, transport=transport) if given else build(config))
    assert transport.closed is not given
