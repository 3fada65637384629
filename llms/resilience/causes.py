"""Why an attempt failed, in the few words that the policy and the breaker distinguish.

Knows the error tree, not what is done about a cause. What vendors call "no such model" is told apart here from other
refusals, because another model may well take the same request.
"""

import re
from collections.abc import Sequence
from typing import Literal

from llms.errors import AccessDenied, GatewayError, Malformed, RateLimited, Rejected, TimedOut, UpstreamError

Cause = Literal["unavailable", "timeout", "malformed", "rate_limit", "quota", "auth", "model", "request"]
"""`unavailable` cannot be reached or failed, `timeout` a timer fired, `malformed` the answer broke off, `rate_limit` it
asks to slow down, `quota` nothing is left to spend, `auth` it refuses our key, `model` it does not serve this model, or
not for this, `request` the request itself is at fault.
"""

_REQUEST_AT_FAULT = frozenset({400, 413, 415, 422})

_BLAMES_THE_MODEL = re.compile(
    r"\b(?:invalid|unknown|unsupported|unrecognized|no such|not a valid) model\b"
    r"|\bmodel\b[^.]{0,120}\b(?:does not exist|not found|not exist|is not (?:valid|available|supported|allowed|a valid)"
    r"|is invalid|not (?:currently )?(?:available|supported)|decommissioned|deprecated|retired|is disabled)\b"
    r"|\bnot (?:supported|available) (?:by|with|for|in|on) (?:this|the|that) model\b"
    r"|\b(?:this|the) model does(?: not|n't) support\b|\bis not a chat model\b",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(r"\b(?:not supported|unsupported|does(?: not|n't) support)\b", re.IGNORECASE)
"""Of the model that the message names, as in OpenAI's "… are not supported for gpt-6-luna in …"."""

_MODEL_CODES = frozenset(
    {
        "context_length_exceeded",
        "invalid_model",
        "model_decommissioned",
        "model_not_found",
        "model_not_supported",
        "model_not_available",
        "unknown_model",
        "unsupported_model",
    }
)
"""A conversation too long for one model may fit the next."""

_USEFULNESS: dict[Cause, int] = {
    "rate_limit": 5,
    "unavailable": 4,
    "timeout": 4,
    "malformed": 4,
    "quota": 3,
    "model": 2,
    "auth": 1,
    "request": 6,
}
"""Who may act upon it: the one who asked, by waiting or asking otherwise; last the operator, whom the log tells."""


def cause_of(failure: GatewayError) -> Cause:
    """The cause of a failure. What is not of the upstream is the request's fault, or ours: nothing else can help."""
    match failure:
        case RateLimited():
            return "quota" if failure.code == "insufficient_quota" else "rate_limit"
        case AccessDenied():
            return "auth"
        case TimedOut():
            return "unavailable" if failure.code == "connect" else "timeout"
        case Malformed():
            return "malformed"
        case Rejected():
            at_fault = failure.status in _REQUEST_AT_FAULT and not _blames_the_model(failure)
            return "request" if at_fault else "model"
        case UpstreamError():
            return "unavailable"
    return "request"


def most_useful(failures: Sequence[UpstreamError]) -> UpstreamError:
    """The failure to tell the client when all attempts have failed; among equals the last."""
    return max(reversed(failures), key=lambda failure: _USEFULNESS[cause_of(failure)])


def _blames_the_model(failure: Rejected) -> bool:
    code, text, model = failure.code or "", str(failure), failure.route.partition("/")[2]
    if failure.param == "model" or code.lower() in _MODEL_CODES or _BLAMES_THE_MODEL.search(text):
        return True
    return bool(model) and model in text and bool(_UNSUPPORTED.search(text))
