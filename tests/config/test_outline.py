import pytest

from llms.config.outline import ROOT, Path, leaves, shape_at, written


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("server", "port"), "server.port"),
        (("models", "fast", 0), "models.fast[0]"),
        (("providers", "z.ai", "api_key"), 'providers["z.ai"].api_key'),
        (("models", "a b"), 'models["a b"]'),
        (("models", ""), 'models[""]'),
        ((), ""),
    ],
)
def test_a_path_is_written_as_people_write_it(path: Path, text: str) -> None:
    assert written(path) == text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ((), "a mapping with any of auth, auto, discover, metrics, models, providers, resilience, server, store"),
        (("server", "port"), "a whole number from 0 to 65535 (0: any free port)"),
        (("providers", "mine", "timeouts", "idle"), "a number of seconds above 0"),
        (("providers", "mine", "models", "list", 0), "the name of a model"),
        (("providers", "a/b", "[key]"), "a name without spaces and slashes"),
        (("models", "fast", "routes", 3), "provider/model, such as openai/gpt-4o-mini"),
    ],
)
def test_what_is_allowed_is_known_at_every_place(path: Path, allowed: str) -> None:
    assert shape_at(path).allowed == allowed


def test_the_leaves_are_the_settings() -> None:
    paths = [".".join(path) for path, _ in leaves(ROOT)]
    assert {"server.port", "providers.<name>.timeouts.idle", "models.<name>.routes", "auth.keys", "discover"} < set(
        paths
    )
    assert "providers.<name>.timeouts" not in paths
