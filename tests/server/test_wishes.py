"""What a request may say about where it goes: read, checked, and kept from the provider."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.server.wishes import wishes_of
from llms.types import NO_WISHES, Bounds, Wishes
from tests.fakes.openai_wire import answered, completion
from tests.fakes.upstream import Upstream
from tests.server.conftest import Serve

BOUNDS = Bounds(attempts=5, retries=2)


def read(headers: dict[str, str] | None = None, **body: Any) -> Wishes:
    return wishes_of(headers or {}, body, BOUNDS)


def test_most_requests_wish_for_nothing() -> None:
    assert read(model="m") is NO_WISHES


def test_headers_are_read() -> None:
    headers = {"x-llms-strategy": "Cheapest", "x-llms-max-attempts": "3", "x-llms-retries": "0"}
    assert read(headers) == Wishes((), "cheapest", 3, 0)


@pytest.mark.parametrize(
    ("header", "text", "allowed"),
    [
        ("x-llms-strategy", "best", "one of ordered, weighted, least-latency, cheapest, affinity"),
        ("x-llms-strategy", "", "one of ordered"),
        ("x-llms-max-attempts", "0", "a whole number from 1 to 5"),
        ("x-llms-max-attempts", "6", "a whole number from 1 to 5"),
        ("x-llms-max-attempts", "two", "a whole number from 1 to 5"),
        ("x-llms-max-attempts", "٣", "a whole number from 1 to 5"),
        ("x-llms-max-attempts", "9" * 5000, "a whole number from 1 to 5"),
        ("x-llms-retries", "3", "a whole number from 0 to 2"),
        ("x-llms-retries", "-1", "a whole number from 0 to 2"),
        ("x-llms-retries", "1.0", "a whole number from 0 to 2"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(header: str, text: str, allowed: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read({header: text})
    assert raised.value.param == header
    assert raised.value.message == f"the header {header} must be {allowed}" or allowed in raised.value.message


def test_fallbacks_are_taken_out_of_the_body() -> None:
    body: dict[str, Any] = {"model": "a", "models": ["b", "a", "b", "c"]}
    assert wishes_of({}, body, BOUNDS) == Wishes(("b", "c"))
    assert body == {"model": "a"}


def test_without_a_model_the_first_of_them_is_it() -> None:
    body: dict[str, Any] = {"models": ["a", "b"]}
    assert wishes_of({}, body, BOUNDS) == Wishes(("b",))
    assert body == {"model": "a"}


def test_an_empty_wish_is_none() -> None:
    assert read(model="a", models=None) is NO_WISHES
    assert read(model="a", models=["a"]) is NO_WISHES


@pytest.mark.parametrize(
    ("models", "param"),
    [
        ([], "models"),
        ("b", "models"),
        ({}, "models"),
        (["b"] * 17, "models"),
        (["b", 5], "models[1]"),
        ([""], "models[0]"),
    ],
)
def test_fallbacks_that_make_no_sense_are_refused(models: Any, param: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read(model="a", models=models)
    assert raised.value.param == param


# Through the door


async def test_the_fallbacks_of_a_request_serve_it(serve: Serve, upstream: Upstream) -> None:
    site = await serve()
    upstream.script_model("org/small", answered(completion("from the second")))
    answer = await site.chat(models=["mine/org/small"])
    assert answer.json["choices"][0]["message"]["content"] == "from the second"
    assert (answer.headers["x-llms-model"], answer.headers["x-llms-attempts"]) == ("org/small", "2")
    assert [("models" in request.json) for request in upstream.requests] == [False, False]


async def test_a_request_with_fallbacks_alone_is_served(serve: Serve, upstream: Upstream) -> None:
    site = await serve()
    upstream.always(answered(completion()))
    answer = await site.ask(
        "/v1/chat/completions", {"models": ["mine/big"], "messages": [{"role": "user", "content": "x"}]}
    )
    assert answer.status == 200
    assert upstream.requests[0].model == "big"


async def test_an_unknown_fallback_is_a_404_that_names_it(serve: Serve) -> None:
    site = await serve()
    answer = await site.chat(models=["mine/org/small", "nobody/x"])
    assert (answer.status, answer.error["code"], answer.error["param"]) == (404, "model_not_found", "models[1]")


async def test_the_bounds_of_a_request_are_kept(serve: Serve, upstream: Upstream) -> None:
    site = await serve(resilience={})
    answer = await site.chat(headers={"x-llms-max-attempts": "1"}, models=["mine/org/small"])
    assert (answer.status, len(upstream.requests)) == (404, 1)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/completions"])
async def test_a_wish_that_makes_no_sense_is_a_400_everywhere(serve: Serve, path: str) -> None:
    site = await serve()
    body = {"model": "mine/big", "messages": [{"role": "user", "content": "x"}], "input": "x", "prompt": "x"}
    answer = await site.ask(path, body, headers={"x-llms-strategy": "fast"})
    assert (answer.status, answer.error["param"]) == (400, "x-llms-strategy")


async def test_other_endpoints_fall_back_too(serve: Serve, upstream: Upstream) -> None:
    site = await serve()
    upstream.script_model("org/small", answered({"id": "cmpl-1", "choices": []}))
    answer = await site.ask("/v1/completions", {"model": "mine/big", "models": ["mine/org/small"], "prompt": "x"})
    assert (answer.status, answer.json["id"]) == (200, "cmpl-1")
