"""Which path leads where, and that whatever leads nowhere is told in OpenAI's error shape, never in HTML."""

import pytest

from tests.fakes.openai_wire import answered, completion
from tests.fakes.upstream import Upstream
from tests.server.conftest import CHAT, Site


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/v1/chat", "/nothing", "/api/x", "/v2/models", "/health/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_unknown_path_is_not_found(site: Site, path: str, method: str) -> None:
    answer = await site.ask(path, method=method)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.error == {
        "message": f"There is nothing at {method} {path}.",
        "type": "invalid_request_error",
        "param": None,
        "code": "not_found",
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/chat/completions", "POST"),
        ("POST", "/v1/models", "GET"),
        ("GET", "/v1/chat/completions/x/cancel", "POST"),
        ("POST", "/health", "GET"),
        ("POST", "/", "GET"),
    ],
)
async def test_a_wrong_method_is_told_with_the_right_ones(site: Site, method: str, path: str, allowed: str) -> None:
    answer = await site.ask(path, method=method)
    assert answer.status == 405
    assert allowed in answer.headers["allow"]
    assert (answer.error["code"], answer.error["param"]) == ("method_not_allowed", None)
    assert method in answer.error["message"]


async def test_the_api_answers(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion("Hello.")))
    answer = await site.ask("/v1/chat/completions", CHAT)
    assert (answer.status, answer.json) == (200, completion("Hello."))
