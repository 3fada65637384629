"""Which failure has which cause, and which of several is worth telling."""

import pytest

from llms.errors import AccessDenied, BadRequest, Internal, Malformed, RateLimited, Rejected, TimedOut, Unavailable
from llms.providers.failures import failure_from_answer
from llms.resilience.causes import Cause, cause_of, most_useful


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (Unavailable(), "unavailable"),
        (Unavailable(status=503), "unavailable"),
        (TimedOut(code="connect"), "unavailable"),
        (TimedOut(code="first_token"), "timeout"),
        (TimedOut(code="idle"), "timeout"),
        (Malformed(), "malformed"),
        (RateLimited(), "rate_limit"),
        (RateLimited(code="insufficient_quota"), "quota"),
        (AccessDenied(), "auth"),
        (Rejected(status=400), "request"),
        (Rejected(status=413), "request"),
        (Rejected(status=422), "request"),
        (Rejected(status=404), "model"),
        (Rejected(status=409), "model"),
        (Rejected(code="context_length_exceeded"), "model"),
        (Rejected(param="model"), "model"),
        (BadRequest(), "request"),
        (Internal(), "request"),
    ],
)
def test_every_failure_has_one_cause(failure: Unavailable, cause: Cause) -> None:
    assert cause_of(failure) == cause


@pytest.mark.parametrize(
    "message",
    [
        "Invalid model 'sonar-huge'. Permitted models can be found in the documentation",
        "meta/llama-99 is not a valid model ID",
        "The model `gpt-9` does not exist or you do not have access to it.",
        "The model `llama2-70b-4096` has been decommissioned and is no longer supported.",
        "Model x is not available in your region",
        "This model does not support image input",
        "tools is not supported with this model",
        "Unknown model: x",
    ],
)
def test_a_400_that_blames_the_model_is_no_fault_of_the_request(message: str) -> None:
    assert cause_of(Rejected(message, status=400)) == "model"


@pytest.mark.parametrize(
    "message",
    [
        "temperature must be at most 2",
        "messages: roles must alternate",
        "Invalid value for 'tool_choice'",
        "the JSON body is not valid",
        "Unsupported value: 'stop'. Talk about the model as you like, this is one sentence. It is invalid",
    ],
)
def test_a_400_that_does_not_is(message: str) -> None:
    assert cause_of(Rejected(message, status=400)) == "request"


def test_what_this_very_model_cannot_do_another_one_may() -> None:
    message = "Function tools with reasoning_effort are not supported for gpt-6-luna in /v1/chat/completions."
    assert cause_of(Rejected(message, status=400).at("openai/gpt-6-luna")) == "model"
    assert cause_of(Rejected(message, status=400).at("openai/other")) == "request"


def test_what_vendors_answer_is_told_apart() -> None:
    groq = b'{"error":{"message":"m was retired","type":"invalid_request_error","code":"model_decommissioned"}}'
    openai = b'{"error":{"message":"maximum context length is 8192 tokens","code":"context_length_exceeded"}}'
    assert [cause_of(failure_from_answer(400, {}, body)) for body in (groq, openai)] == ["model", "model"]


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ([RateLimited("slow"), Unavailable("down")], "slow"),
        ([Unavailable("one"), TimedOut("two"), Malformed("three")], "three"),
        ([Unavailable("down"), AccessDenied("key")], "down"),
        ([Rejected("no model", status=404), AccessDenied("key")], "no model"),
        ([Rejected("no model", status=404), Unavailable("down")], "down"),
        ([RateLimited("empty", code="insufficient_quota"), Rejected("no model", status=404)], "empty"),
        ([RateLimited("one"), AccessDenied("key"), RateLimited("two")], "two"),
    ],
)
def test_the_client_is_told_what_it_can_act_upon(failures: list[Unavailable], told: str) -> None:
    assert str(most_useful(failures)) == told
