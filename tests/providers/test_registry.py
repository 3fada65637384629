"""From a type's name to its class, through one door for built-ins and third parties."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from llms.errors import ConfigError
from llms.providers import registry
from llms.providers.base import Provider
from llms.providers.openai import OpenAiProvider


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    points = {
        "good": "llms.providers.openai:OpenAiProvider",
        "gone": "no_such_package.provider:Thing",
        "empty": "llms.providers.openai:NoSuchClass",
        "wrong": "llms.providers.openai:Chat",
        "function": "llms.jsonio:dumps",
    }
    found = [EntryPoint(name, value, registry.ENTRY_POINT_GROUP) for name, value in points.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == registry.ENTRY_POINT_GROUP else [])
    registry._entry_points.cache_clear()
    yield
    registry._entry_points.cache_clear()


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_built_in_is_a_provider_of_its_name(name: str) -> None:
    kind = registry.resolve(name)
    assert issubclass(kind, Provider)
    assert kind.type == name


def test_a_type_nobody_has_is_told_with_the_nearest_name() -> None:
    with pytest.raises(
        ConfigError, match=r"providers\.x\.type: there is no provider type 'opena1'; did you mean 'openai'"
    ):
        registry.resolve("opena1", path="providers.x.type")


def test_a_type_like_no_other_is_told_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"it may be airefinery, alibaba"):
        registry.resolve("zzzzzz")


@pytest.mark.usefixtures("third_party")
def test_a_package_adds_a_type() -> None:
    assert registry.resolve("good") is OpenAiProvider
    assert {"good", "openai"} <= set(registry.types())


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize("name", ["gone", "empty"])
def test_a_type_that_cannot_be_loaded_says_why(name: str) -> None:
    with pytest.raises(ConfigError, match=f"the provider type '{name}' cannot be loaded: "):
        registry.resolve(name)


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize("name", ["wrong", "function"])
def test_a_type_that_is_no_provider_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match="is not a provider class"):
        registry.resolve(name)


def test_a_built_in_cannot_be_replaced_by_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_entry_points", lambda: {"openai": "llms.jsonio:dumps"})
    assert registry.resolve("openai") is OpenAiProvider
