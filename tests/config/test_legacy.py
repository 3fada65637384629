from pathlib import Path
from typing import Any

import pytest

from llms.config import Config, load
from llms.config.legacy import convert, is_legacy, is_too_new
from llms.errors import ConfigError
from llms.types import Secret

ANCESTOR = Path(__file__).resolve().parent.parent / "fixtures" / "config" / "ancestor.json"
ENVIRON = {"FIRST_API_KEY": "CANARY-first", "GOOGLE_API_KEY": "CANARY-google", "KEYLESS_API_KEY": ""}


@pytest.fixture
def config() -> Config:
    return load(ANCESTOR, environ=ENVIRON)


def test_it_is_loaded_and_left_as_it_is(config: Config) -> None:
    before = ANCESTOR.read_bytes()
    assert load(ANCESTOR, environ={}).source == ANCESTOR
    assert ANCESTOR.read_bytes() == before


def test_a_provider_without_its_key_is_quietly_off(config: Config) -> None:
    on = {name for name, provider in config.providers.items() if provider.enabled}
    assert on == {"first", "versioned", "gemini", "local"}
    assert "the provider keyless is off: the environment variable KEYLESS_API_KEY is empty" in config.notes
    assert "the provider refinery is off: the environment variable REFINERY_API_KEY is not set" in config.notes
    assert not [note for note in config.notes if "resting" in note]


def test_without_any_key_only_what_needs_none_is_on() -> None:
    providers = load(ANCESTOR, environ={}).providers
    assert [name for name, provider in providers.items() if provider.enabled] == ["versioned", "local"]


def test_classes_become_types_and_addresses_get_their_version(config: Config) -> None:
    assert {name: (provider.type, provider.base_url) for name, provider in config.providers.items()} == {
        "first": ("openai", "https://first.example/api/v1"),
        "versioned": ("openai", "https://versioned.example/paas/v4"),
        "keyless": ("openai", "https://keyless.example/v1"),
        "gemini": ("google", "https://generativelanguage.googleapis.com/v1beta"),
        "local": ("ollama", "http://localhost:11434"),
        "resting": ("openai", "https://resting.example/v1"),
        "invented": (None, None),
        "refinery": ("airefinery", "https://refinery.example"),
    }


def test_keys_headers_and_request_options_are_carried_over(config: Config) -> None:
    first, versioned = config.providers["first"], config.providers["versioned"]
    assert first.api_key == Secret("CANARY-first")
    assert first.options == {"temperature": 0.5, "enable_thinking": False}
    assert versioned.api_key == Secret("CANARY-versioned")
    assert versioned.header_values() == {"x-team": "CANARY-header"}
    assert config.providers["gemini"].options == {
        "safety_settings": [{"category": "ANY", "threshold": "NONE"}],
        "thinking_config": {"thinkingBudget": 100},
    }
    assert config.server.max_body_bytes == 10485760


def test_a_name_that_several_have_is_public_in_the_order_of_the_file(config: Config) -> None:
    assert {name: model.routes for name, model in config.models.items()} == {
        "shared": ("first/shared", "versioned/shared"),
        "only:first": ("first/only:first",),
        "flash": ("gemini/flash",),
    }
    assert config.providers["first"].models["shared"] == "vendor/shared-9b"


def test_what_is_not_used_is_said(config: Config) -> None:
    notes = "\n".join(config.notes)
    for word in (
        "auth is not used",
        "defaults is not used",
        "convert is not used",
        "pricing",
        "stream",
    ):
        assert word in notes
    assert "the provider invented is off: its type has no counterpart here" in config.notes


def test_no_secret_is_shown(config: Config) -> None:
    assert "CANARY" not in repr(config) + config.model_dump_json() + "".join(config.notes)


def test_variables_and_flags_win_over_it() -> None:
    environ = {**ENVIRON, "LLMS_PROVIDERS__FIRST__BASE_URL": "http://other.example/v1"}
    config = load(ANCESTOR, environ=environ, flags={"server.port": 9})
    assert config.providers["first"].base_url == "http://other.example/v1"
    assert config.server.port == 9


def test_a_file_of_ours_is_not_taken_for_it() -> None:
    assert not is_legacy({"server": {}, "providers": {"mine": {"type": "openai"}, "other": None}, "models": {}})
    assert not is_legacy({"providers": []})
    assert is_legacy({"providers": {"a": {"type": "OllamaProvider"}}})


def test_a_later_version_is_refused_if_named_and_left_alone_if_found(tmp_path: Path) -> None:
    file = tmp_path / "llms.json"
    file.write_text('{"version": 3, "providers": {"groq": {"enabled": true}}}', "utf-8")
    with pytest.raises(ConfigError, match="of another program called llms"):
        load(file, environ={})
    config = load(environ={"LLMS_HOME": str(tmp_path)})
    assert config.providers == {}
    assert "it is left alone" in config.notes[0]
    assert not is_too_new({"version": 2})


@pytest.mark.parametrize(
    "held",
    [
        {"providers": {"a": {"type": "OpenAiProvider", "base_url": 5, "api_key": 5, "models": 5, "headers": 5}}},
        {"providers": {"a": 5}, "defaults": 5, "limits": 5},
        {"providers": [], "defaults": {}, "limits": {"client_max_size": "much"}},
    ],
)
def test_what_is_wrong_in_it_is_a_problem_and_no_failure(held: dict[str, Any], tmp_path: Path) -> None:
    convert(held, {})
    file = tmp_path / "llms.json"
    file.write_text(__import__("json").dumps(held), "utf-8")
    with pytest.raises(ConfigError):
        load(file, environ={})
