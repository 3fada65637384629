import pytest

from llms.cli.origin import addable, origin, unknown_provider, variables_of
from llms.providers.presets import PRESETS
from tests.cli.fakes import gateway

FOUND = {"discover": True}
KEYS = {"GROQ_API_KEY": "gsk-secret"}


async def test_where_providers_come_from() -> None:
    mine = {"base_url": "http://mine/v1", "api_key": "secret"}
    running = await gateway(
        {**FOUND, "providers": {"mine": mine, "openai": {}}}, environ={**KEYS, "OPENAI_API_KEY": "x"}
    )
    told = {
        name: origin(provider, running.config, {**KEYS, "OPENAI_API_KEY": "x"})
        for name, provider in running.providers.items()
    }
    assert told == {
        "groq": "key from GROQ_API_KEY",
        "mine": "from the environment",
        "openai": "from the environment, key from OPENAI_API_KEY",
        "demo": "built in, needs no key",
        "chaos": "built in, needs no key",
    }


async def test_a_server_of_this_machine_was_found_whatever_the_environment_holds() -> None:
    listed = (200, {"models": [{"name": "llama"}]})
    environ = {"OLLAMA_API_KEY": "x"}
    running = await gateway(FOUND, {"http://127.0.0.1:11434": listed}, environ)
    assert origin(running.providers["ollama"], running.config, environ) == "found at http://127.0.0.1:11434"


async def test_what_is_there_is_not_offered() -> None:
    running = await gateway(FOUND, environ=KEYS)
    names = [preset.name for preset in addable(running)]
    assert "openai" in names
    assert not {"groq", "ollama", "demo"} & set(names)


async def test_an_alias_counts_as_the_vendor() -> None:
    running = await gateway({"providers": {"qwen": {"api_key": "x"}}})
    assert "alibaba" not in [preset.name for preset in addable(running)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("groq", "groq has no key: set GROQ_API_KEY (from console.groq.com/keys)"),
        ("ollama", "ollama is not running: nothing that looks like it answers at http://127.0.0.1:11434"),
        ("dmo", "there is no provider 'dmo': did you mean 'demo'?"),
        ("zzz", "there is no provider 'zzz': there are demo, chaos"),
    ],
)
async def test_a_provider_that_is_not_there(name: str, expected: str) -> None:
    assert unknown_provider(name, await gateway(FOUND)).message == expected


async def test_with_providers_in_a_file_a_key_alone_adds_nothing() -> None:
    running = await gateway({"providers": {"mine": {"base_url": "http://mine/v1"}}})
    assert "`groq: {}` under `providers`" in unknown_provider("groq", running).message


def test_azure_needs_its_address_too() -> None:
    assert variables_of(PRESETS["azure"]).endswith(", and AZURE_OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT")
