"""What a model's name tells of it."""

import pytest

from llms.errors import BadRequest
from llms.providers.google.generation import GoogleModel


@pytest.mark.parametrize(
    ("name", "path", "generation"),
    [
        ("gemini-2.5-flash", "gemini-2.5-flash", 2.5),
        ("models/gemini-3-pro-preview", "gemini-3-pro-preview", 3.0),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash-preview-09-2025", 2.5),
        ("gemini-flash-latest", "gemini-flash-latest", 3.0),
        ("gemini-exp-1206", "gemini-exp-1206", 3.0),
        ("gemma-3-27b-it", "gemma-3-27b-it", 0.0),
        ("tunedModels/mine", "tunedModels/mine", 0.0),
        ("publishers/google/models/gemini-3.6-flash", "publishers/google/models/gemini-3.6-flash", 3.6),
    ],
)
def test_names(name: str, path: str, generation: float) -> None:
    model = GoogleModel.named(name)
    assert (model.path, model.generation) == (path, generation)


@pytest.mark.parametrize("name", ["", "models/", "../secrets", "a//b", "a/./b", "a?b=c", "a#b"])
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        GoogleModel.named(name)


def test_generations_differ() -> None:
    old, middle, new = (GoogleModel.named(f"gemini-{number}-flash") for number in ("2.0", "2.5", "3"))
    assert [model.takes_json_schema for model in (old, middle, new)] == [False, True, True]
    assert [model.thinks_in_tokens for model in (old, middle, new)] == [False, True, False]
    assert [model.thinks_in_levels for model in (old, middle, new)] == [False, False, True]
    assert [model.wants_signatures for model in (old, middle, new)] == [False, False, True]
