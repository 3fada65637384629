"""What providers say when something goes wrong, in all the shapes they say it, told as one of our errors."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.errors import AccessDenied, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.providers.failures import clean_message, failure_from_answer, failure_from_error, retry_after_s

Shown = tuple[type[UpstreamError], int, str | None, str]


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> UpstreamError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure_from_answer(status, headers or {}, raw)


QUOTA = "You exceeded your current quota, please check your plan and billing details."

SHAPES: dict[str, tuple[int, Any, Shown]] = {
    "OpenAI": (
        400,
        {"error": {"message": "bad value", "type": "invalid_request_error", "param": "n", "code": "unsupported_value"}},
        (Rejected, 400, "unsupported_value", "bad value"),
    ),
    "OpenAI without a code": (
        400,
        {"error": {"message": "bad value", "type": "invalid_request_error", "param": None, "code": None}},
        (Rejected, 400, None, "bad value"),
    ),
    "OpenAI, no such model": (
        404,
        {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}},
        (Rejected, 404, "model_not_found", "The model `x` does not exist"),
    ),
    "OpenAI, quota": (
        429,
        {"error": {"message": QUOTA, "type": "insufficient_quota", "code": "insufficient_quota"}},
        (RateLimited, 429, "insufficient_quota", QUOTA),
    ),
    "OpenAI, too long": (
        400,
        {"error": {"message": "This model's maximum context length is 10 tokens", "code": None}},
        (Rejected, 400, "context_length_exceeded", "This model's maximum context length is 10 tokens"),
    ),
    "Azure, no deployment": (
        404,
        {"error": {"type": "invalid_request_error", "code": "DeploymentNotFound", "message": "no deployment"}},
        (Rejected, 404, "DeploymentNotFound", "no deployment"),
    ),
    "Azure, filtered": (
        400,
        {"error": {"code": "content_filter", "message": "filtered", "innererror": {"content_filter_result": {}}}},
        (Rejected, 400, "content_filter", "filtered"),
    ),
    "Azure, rate limit": (
        429,
        {"error": {"code": "RateLimitReached", "message": "slow down", "details": "x"}},
        (RateLimited, 429, "rate_limit_exceeded", "slow down"),
    ),
    "Anthropic, overloaded": (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "r"},
        (Unavailable, 503, "upstream_error", "Overloaded"),
    ),
    "Anthropic, too long": (
        400,
        {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8"}},
        (Rejected, 400, "context_length_exceeded", "prompt is too long: 9 tokens > 8"),
    ),
    "Anthropic, no credit": (
        400,
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."},
        },
        (RateLimited, 429, "insufficient_quota", "Your credit balance is too low to access the API."),
    ),
    "Anthropic, no such model": (
        404,
        {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-x"}},
        (Rejected, 404, "model_not_found", "model: claude-x"),
    ),
    "Gemini": (
        400,
        {"error": {"code": 400, "message": "bad schema", "status": "INVALID_ARGUMENT"}},
        (Rejected, 400, "INVALID_ARGUMENT", "bad schema"),
    ),
    "Gemini in a list": (
        503,
        [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}],
        (Unavailable, 503, "upstream_error", "The model is overloaded."),
    ),
    "Perplexity": (
        400,
        {"error": {"message": "too many", "type": "too_many_prompt_tokens", "code": 400}},
        (Rejected, 400, "context_length_exceeded", "too many"),
    ),
    "OpenRouter, what stands behind": (
        502,
        {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "boom"}}, "user_id": "u"},
        (Unavailable, 502, "upstream_error", "Provider returned error: boom"),
    ),
    "OpenRouter, no credits": (
        402,
        {"error": {"code": 402, "message": "more credits, please"}},
        (RateLimited, 429, "insufficient_quota", "more credits, please"),
    ),
    "Groq": (
        400,
        {"error": {"message": "bad call", "code": "tool_use_failed", "failed_generation": "{"}},
        (Rejected, 400, "tool_use_failed", "bad call"),
    ),
    "Groq, flex": (498, {"error": {"message": "no capacity"}}, (Unavailable, 503, "upstream_error", "no capacity")),
    "Mistral": (
        400,
        {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"},
        (Rejected, 400, "invalid_model", "Invalid model: x"),
    ),
    "Mistral, validation": (
        422,
        {"detail": [{"loc": ["body"], "msg": "missing", "type": "missing"}]},
        (Rejected, 422, None, '[{"loc":["body"],"msg":"missing","type":"missing"}]'),
    ),
    "Mistral, validation as a message": (
        422,
        {"object": "error", "message": {"detail": [{"msg": "missing"}]}},
        (Rejected, 422, None, '{"detail":[{"msg":"missing"}]}'),
    ),
    "xAI": (
        400,
        {"code": "invalid-argument", "error": "Model not found: x"},
        (Rejected, 400, "invalid-argument", "Model not found: x"),
    ),
    "Cohere": (404, {"id": "x", "message": "it was removed"}, (Rejected, 404, "not_found", "it was removed")),
    "llama.cpp": (
        400,
        {"error": {"code": 400, "message": "too big", "type": "exceed_context_size_error", "n_ctx": 8}},
        (Rejected, 400, "context_length_exceeded", "too big"),
    ),
    "llama.cpp, loading": (
        503,
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        (Unavailable, 503, "upstream_error", "Loading model"),
    ),
    "llama.cpp, not supported": (
        501,
        {"error": {"code": 501, "message": "no", "type": "not_supported_error"}},
        (Unavailable, 502, "upstream_error", "no"),
    ),
    "vLLM": (
        400,
        {"error": {"message": "bad", "type": "BadRequestError", "param": None, "code": 400}},
        (Rejected, 400, "BadRequestError", "bad"),
    ),
    "vLLM, old": (
        404,
        {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
        (Rejected, 404, "model_not_found", "The model `x` does not exist."),
    ),
    "Ollama": (404, {"error": "model 'x' not found"}, (Rejected, 404, "model_not_found", "model 'x' not found")),
    "FastAPI": (404, {"detail": "Not Found"}, (Rejected, 404, "not_found", "Not Found")),
    "Cloudflare": (
        400,
        {"success": False, "errors": [{"code": 7003, "message": "no route"}]},
        (Rejected, 400, None, "no route"),
    ),
    "a status in words": (
        400,
        {"type": "Bad Request", "code": 400, "message": "bad"},
        (Rejected, 400, None, "bad"),
    ),
    "plain text": (500, b"upstream connect error", (Unavailable, 502, "upstream_error", "upstream connect error")),
    "HTML": (
        502,
        b"<!DOCTYPE html><html><style>p{color:red}</style><title>502</title>\n<h1>Bad  Gateway</h1><script>1</script>",
        (Unavailable, 502, "upstream_error", "502 Bad Gateway"),
    ),
    "nothing": (500, b"", (Unavailable, 502, "upstream_error", "the provider answered 500 without saying why")),
    "nothing where there is no such path": (
        404,
        b"",
        (Rejected, 404, "not_found", "the provider answered 404 without saying why"),
    ),
    "nothing in an answer that is good": (
        200,
        {"error": {}},
        (Unavailable, 502, "upstream_error", "the provider failed without saying why"),
    ),
    "an empty object": (500, {}, (Unavailable, 502, "upstream_error", "the provider answered 500 without saying why")),
    "an empty error": (
        500,
        {"error": {}},
        (Unavailable, 502, "upstream_error", "the provider answered 500 without saying why"),
    ),
    "null": (500, None, (Unavailable, 502, "upstream_error", "the provider answered 500 without saying why")),
    "a list of nothing": (
        500,
        [],
        (Unavailable, 502, "upstream_error", "the provider answered 500 without saying why"),
    ),
    "bytes that are no text": (500, b"\xff\xfe", (Unavailable, 502, "upstream_error", "\ufffd\ufffd")),
}


@pytest.mark.parametrize(("status", "body", "shown"), SHAPES.values(), ids=SHAPES)
def test_every_shape_is_told_in_ours(status: int, body: Any, shown: Shown) -> None:
    failure = answer(status, body)
    kind, shown_status, code, message = shown
    assert (type(failure), failure.status, failure.code) == (kind, shown_status, code)
    assert failure.message == message


@pytest.mark.parametrize(
    ("status", "kind", "shown"),
    [
        (400, Rejected, 400),
        (402, RateLimited, 429),
        (404, Rejected, 404),
        (405, Rejected, 405),
        (408, TimedOut, 504),
        (409, Rejected, 409),
        (413, Rejected, 413),
        (422, Rejected, 422),
        (429, RateLimited, 429),
        (498, Unavailable, 503),
        (500, Unavailable, 502),
        (502, Unavailable, 502),
        (503, Unavailable, 503),
        (504, TimedOut, 504),
        (520, Unavailable, 502),
        (524, TimedOut, 504),
        (529, Unavailable, 503),
        (301, Unavailable, 502),
    ],
)
def test_every_status_has_its_error(status: int, kind: type[UpstreamError], shown: int) -> None:
    failure = answer(status, {"error": {"message": "x"}})
    assert (type(failure), failure.status) == (kind, shown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": {"message": "Incorrect API key provided: sk-ab****yz", "code": "invalid_api_key"}}),
        (403, {"error": {"message": "not for project x"}}),
        (401, {"detail": "Invalid API Key"}),
        (401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}),
        (400, {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}),
        (400, [{"error": {"code": 400, "message": "x", "details": [{"reason": "API_KEY_INVALID"}]}}]),
        (400, {"code": "invalid-argument", "error": "Incorrect API key provided: xa***yz. See https://console.x.ai."}),
    ],
)
def test_a_refused_key_is_the_operators_business(status: int, body: Any) -> None:
    failure = answer(status, body)
    assert isinstance(failure, AccessDenied)
    assert (failure.status, failure.code) == (502, "upstream_auth")
    assert "Incorrect" not in failure.message


XAI = "Content violates usage guidelines. Team: {0}, API key ID: {0}, Failed check: SAFETY_CHECK_TYPE_BIO"
ACCOUNT = "6e0e9d34-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 403, "message": "Sorry.", "metadata": {"reasons": ["violence"], "flagged_input": "I …"}}},
        {"error": {"code": 403, "message": "Your chosen model requires moderation and your input was flagged"}},
        {"error": {"code": "content_policy_violation", "message": "No."}},
        {"code": "The caller does not have permission", "error": XAI.format(ACCOUNT)},
    ],
)
def test_a_request_that_was_flagged_is_the_clients_business(body: Any) -> None:
    failure = answer(403, body)
    assert isinstance(failure, Rejected)
    assert (failure.status, failure.code) == (400, "content_policy_violation")
    assert ACCOUNT not in failure.message


def test_the_parameter_at_fault_is_kept() -> None:
    assert answer(400, {"error": {"message": "x", "param": "messages[0]"}}).param == "messages[0]"
    assert answer(400, {"error": {"message": "x", "param": 3}}).param is None


INSIDE: dict[str, tuple[Any, type[UpstreamError], int]] = {
    "a status as code": ({"error": {"message": "x", "code": 429}}, RateLimited, 429),
    "a status as a text": ({"error": {"message": "x", "code": "503"}}, Unavailable, 503),
    "a status of its own": ({"message": "x", "status_code": 400}, Rejected, 400),
    "a kind": ({"error": {"message": "x", "type": "rate_limit_error"}}, RateLimited, 429),
    "a kind in capitals": ({"error": {"message": "x", "status": "RESOURCE_EXHAUSTED"}}, RateLimited, 429),
    "a kind with dashes": ({"code": "invalid-argument", "error": "x"}, Rejected, 400),
    "Anthropic's": ({"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, Unavailable, 503),
    "a code that is no status": ({"error": {"message": "x", "code": 1500}}, Unavailable, 502),
    "a text": ({"error": "x"}, Unavailable, 502),
    "only a text": ("x", Unavailable, 502),
    "nothing known": ({"error": {"message": "x", "type": "server_error"}}, Unavailable, 502),
    "true": ({"error": True}, Unavailable, 502),
    "a boolean code": ({"error": {"message": "x", "code": True}}, Unavailable, 502),
}


@pytest.mark.parametrize(("raw", "kind", "status"), INSIDE.values(), ids=INSIDE)
def test_an_error_in_a_good_answer_tells_its_status_itself(raw: Any, kind: type[UpstreamError], status: int) -> None:
    failure = failure_from_error(raw)
    assert (type(failure), failure.status) == (kind, status)


def test_the_status_of_the_answer_counts_more_than_what_the_body_says() -> None:
    assert answer(400, {"error": {"message": "x", "code": 500}}).status == 400


# When to come back

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"x-ms-retry-after-ms": "200"}, 0.2),
        ({"retry-after-ms": "0", "retry-after": "1"}, 1.0),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": ""}, None),
        ({"retry-after": "172800"}, 172800.0),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, None),
    ],
)
def test_headers_say_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


def test_a_date_says_when_to_come_back() -> None:
    then = datetime.now(UTC) + timedelta(seconds=100)
    found = retry_after_s({"retry-after": format_datetime(then, usegmt=True)})
    assert found is not None
    assert 90 < found <= 100


def test_details_say_when_to_come_back() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48.5s"}
    body = {"error": {"code": 429, "message": "Please retry in 48.5s", "details": [{"@type": "x"}, info]}}
    assert answer(429, body).retry_after_s == 48.5
    assert answer(429, body, {"retry-after": "7"}).retry_after_s == 48.5


@pytest.mark.parametrize(
    "details", ["x", [None], [{"retryDelay": 5}], [{"retryDelay": "soon"}], [{"retryDelay": "0s"}]]
)
def test_details_that_say_nothing_are_skipped(details: Any) -> None:
    assert answer(429, {"error": {"message": "x", "details": details}}).retry_after_s is None


# What is not passed on


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdefghijklmnopqrstuvwx",
        "sk-proj-AbCd1234_efgh-5678",
        "sk-ab**************wxyz",
        "gsk_abcdefghijklmnop1234",
        "xai-abcdefghijklmnop1234",
        "pplx-abcdefghijklmnop123",
        "hf_AbCdEfGhIjKlMnOpQr",
        "AIzaSyA-abcdefghijklmnop",
        "nvapi-abcdefghijklmnop12",
        "org-AbCdEfGh12345678",
        "user_2abcDEF1234567",
        "proj_abc123DEF456",
        "Bearer abcdefgh-12345678",
    ],
)
@pytest.mark.parametrize("message", ["{}", "wrong key: {}", "in organization '{}', on tokens", "https://x/?key={}&b=1"])
def test_keys_and_accounts_are_not_passed_on(message: str, secret: str) -> None:
    shown = clean_message(message.format(secret))
    assert "[redacted]" in shown
    assert secret not in shown
    assert secret[-8:] not in shown


@pytest.mark.parametrize(
    "message",
    [
        "skip_special_tokens is not supported",
        "Unknown parameter: web_search_options.user_location",
        "user-provided schema is not valid",
        "org_level_settings forbid it",
        "keyboard-interrupts, skateboarding and hf_transfer",
        "a bearer authentication is needed",
        "use <provider>/<model>, 1 < 2 > 0",
        "line one\n  line two",
    ],
)
def test_a_message_without_secrets_stays_as_it_is(message: str) -> None:
    assert clean_message(message) == message


def test_a_message_is_bounded() -> None:
    assert len(clean_message("x" * 10_000)) == 2000
    assert len(answer(500, b"<html>" + b"word " * 100_000).message) <= 2000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "message", "code", "type", "status", "details", "metadata", "raw", "param"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(raw=anything, status=st.sampled_from([0, 200, 301, 400, 401, 404, 429, 500, 503]))
def test_whatever_comes_there_is_an_error_with_a_message(raw: Any, status: int) -> None:
    failure = failure_from_error(raw, status=status)
    assert isinstance(failure, UpstreamError)
    assert failure.message
    assert 400 <= failure.status <= 599
    told = failure.body()["error"]
    assert isinstance(told["type"], str)
    assert isinstance(told["code"], str | None)
    assert isinstance(told["param"], str | None)


@given(st.binary(max_size=60))
def test_whatever_bytes_come_there_is_an_error(body: bytes) -> None:
    assert answer(500, body).message


def test_a_limit_per_minute_that_google_calls_a_quota_is_a_limit() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"}
    body = {"error": {"code": 429, "message": QUOTA, "status": "RESOURCE_EXHAUSTED", "details": [info]}}
    assert answer(429, body).code == "rate_limit_exceeded"
    assert answer(429, {"error": {**body["error"], "details": []}}).code == "insufficient_quota"
