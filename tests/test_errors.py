"""The error tree: each class fixes status, type and code, and becomes OpenAI's error object."""

from collections.abc import Iterator

import pytest

from llms import errors
from llms.errors import (
    ConfigError,
    GatewayError,
    Problem,
    RateLimited,
    Rejected,
    Unavailable,
    UnknownModel,
    UpstreamError,
)


def tree(kind: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


KINDS = [kind for kind in tree() if kind.__module__ == "llms.errors" and kind is not UnknownModel]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

STATUSES = {
    "BadRequest": 400,
    "TooLarge": 413,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "LimitExceeded": 429,
    "Cancelled": 499,
    "Draining": 503,
    "Internal": 500,
    "Rejected": 400,
    "AccessDenied": 502,
    "RateLimited": 429,
    "Unavailable": 502,
    "TimedOut": 504,
    "Malformed": 502,
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_kind_of_error_has_its_status(name: str, status: int) -> None:
    kind: type[GatewayError] = getattr(errors, name)
    assert kind().status == status


@every_kind
def test_an_error_becomes_openais_error_object(kind: type[GatewayError]) -> None:
    told = kind("it failed").body()
    assert list(told) == ["error"]
    assert set(told["error"]) == {"message", "type", "param", "code"}
    assert told["error"]["message"] == "it failed"
    assert told["error"]["param"] is None
    assert isinstance(told["error"]["type"], str)
    assert isinstance(told["error"]["code"], str | None)


@every_kind
def test_an_error_without_words_explains_itself(kind: type[GatewayError]) -> None:
    assert kind().message == (kind.__doc__ or "").split("\n")[0]
    assert kind().message


@every_kind
def test_the_tree_at_the_top_of_the_module_shows_every_error(kind: type[GatewayError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_what_an_error_carries_is_its_own() -> None:
    special = Rejected("no", param="n", code="unsupported_value", status=422, retry_after_s=3, headers={"a": "b"})
    assert (special.param, special.code, special.status, special.retry_after_s) == ("n", "unsupported_value", 422, 3)
    assert special.headers == {"a": "b"}
    plain = Rejected("no")
    assert (plain.param, plain.code, plain.status, plain.retry_after_s, plain.headers) == (None, None, 400, None, {})


def test_an_upstream_error_says_which_route_it_is_about() -> None:
    failure = Unavailable("busy").at("mine/big")
    assert failure.message == failure.body()["error"]["message"] == "mine/big: busy"
    assert Unavailable("busy").message == "busy"


def test_the_innermost_route_stays() -> None:
    assert Unavailable("busy").at("mine/big").at("public").message == "mine/big: busy"


def test_only_failures_of_the_other_side_are_worth_another_try() -> None:
    retryable = {kind.__name__ for kind in KINDS if kind.retryable}
    assert retryable == {"Draining", "AccessDenied", "RateLimited", "Unavailable", "TimedOut", "Malformed"}
    assert issubclass(RateLimited, UpstreamError)


@pytest.mark.parametrize(
    ("near", "hint"),
    [
        (None, "GET /v1/models lists what there is."),
        (["a"], "Did you mean 'a'?"),
        (["a", "b"], "Did you mean 'a' or 'b'?"),
        (["a", "b", "c"], "Did you mean 'a', 'b' or 'c'?"),
    ],
)
def test_an_unknown_model_comes_with_near_ones(near: list[str] | None, hint: str) -> None:
    failure = UnknownModel("x", near)
    assert failure.message == f"The model 'x' does not exist here. {hint}"
    assert (failure.status, failure.code, failure.param) == (404, "model_not_found", "model")
    assert (failure.model, failure.near) == ("x", near or [])


def test_a_configuration_error_tells_every_problem_in_a_line() -> None:
    failure = ConfigError([Problem("providers.x.type", "is unknown", "llms.yaml"), Problem("", "is empty")])
    assert str(failure) == "llms.yaml: providers.x.type: is unknown\nis empty"
    assert not isinstance(failure, GatewayError)
