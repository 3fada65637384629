"""The rows for known vendors: complete, well formed, and found under the names people use."""

from urllib.parse import urlsplit

import pytest

from llms.providers import registry
from llms.providers.presets import ALIASES, PRESETS, Preset, missing, plain_url, preset_for

every_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)


def test_the_vendors_we_promise_are_there() -> None:
    promised = (
        "openai azure openrouter perplexity groq mistral deepseek xai together fireworks cerebras huggingface moonshot "
        "zai alibaba nvidia ollama lmstudio llamacpp vllm airefinery demo chaos"
    )
    assert set(promised.split()) <= set(PRESETS)


@every_preset
def test_a_row_is_complete(preset: Preset) -> None:
    assert PRESETS[preset.name] is preset
    assert preset.title
    assert preset.type in registry.BUILT_IN
    assert preset.keyless or preset.env
    assert preset.keyless or preset.keys_page
    assert all(variable == variable.upper() for variable in (*preset.env, *preset.base_url_env))


@every_preset
def test_an_address_is_one(preset: Preset) -> None:
    if not preset.base_url:
        assert preset.base_url_env or not registry.resolve(preset.type).needs_base_url
        return
    parts = urlsplit(preset.base_url)
    local = bool(preset.local_port)
    assert parts.scheme == ("http" if local else "https")
    assert (parts.hostname == "127.0.0.1") is local
    assert not preset.base_url.endswith("/")
    assert not local or parts.port == preset.local_port


def test_no_variable_stands_for_two_vendors() -> None:
    variables = [variable for preset in PRESETS.values() for variable in preset.env]
    assert len(variables) == len(set(variables))


def test_no_two_local_servers_share_a_port() -> None:
    ports = [preset.local_port for preset in PRESETS.values() if preset.local_port]
    assert len(ports) == len(set(ports))


def test_the_dialects_take_their_base_url_as_the_vendors_sdk_does() -> None:
    assert PRESETS["openai"].base_url == "https://api.openai.com/v1"
    assert PRESETS["airefinery"].base_url == "https://api.airefinery.accenture.com"


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_leads_to_its_row(alias: str, name: str) -> None:
    assert preset_for(alias) is PRESETS[name]
    assert alias not in PRESETS


def test_a_name_nobody_knows_has_no_row() -> None:
    assert preset_for("nobody") is None
    assert preset_for("groq") is PRESETS["groq"]


def test_gemini_is_a_name_for_google() -> None:
    preset = preset_for("gemini")
    assert preset is not None
    assert (preset.name, preset.type, preset.env) == ("google", "google", ("GEMINI_API_KEY", "GOOGLE_API_KEY"))


def test_what_is_there_is_not_missing_also_under_another_name() -> None:
    names = [preset.name for preset in missing({"groq", "gemini"})]
    assert "openai" in names
    assert not {"groq", "google", "ollama", "demo"} & set(names)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:pw@host:1/v1?key=secret#more", "https://host:1/v1"),
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_secrets(address: str, shown: str) -> None:
    assert plain_url(address) == shown
