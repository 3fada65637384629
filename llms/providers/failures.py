"""What went wrong upstream, told as one of our errors: from a status and a body, or from an error inside a stream.

Vendors put the message, the code and the hint when to come back in a dozen places. All shapes are read here, so
dialects only name what is truly theirs. The vendor's message is kept, without markup, keys and account ids.
"""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from llms import jsonio
from llms.errors import AccessDenied, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError

_MAX_MESSAGE = 2000
_MAX_RETRY_AFTER_S = 31 * 24 * 3600.0
"""A quota may be one of a month. What is longer is no wait: a moment since 1970, most likely."""

_SECRETS = re.compile(
    r"\b(?:sk|pk|gsk|xai|pplx|nvapi|csk)[-_][A-Za-z0-9*_\-]{12,}"
    r"|\b(?:hf|r8|fw|key)[-_](?=[a-z_\-]*[0-9A-Z*])[A-Za-z0-9*_\-]{12,}"
    r"|\bAIza[A-Za-z0-9*_\-]{12,}"
    r"|\b(?:org|proj|user|acct)[-_](?=[a-z]*[0-9A-Z])[A-Za-z0-9]{8,}"
    r"|(?<=:)\d{12}(?=:)"
    r"|(?<=Team: )[0-9a-f-]{36}|(?<=API key ID: )[0-9a-f-]{36}"
    r"|(?i:bearer)\s+(?=\S*[0-9_\-])\S{8,}"
    r"|(?<=key=)[^\s&\"']+"
)
"""Keys, and ids of accounts. Where plain words could look alike (`user_location`), a digit or capital decides."""

_PAGE = re.compile(r"<(!doctype|html|head|body|title|center|div|h\d|p|br|pre)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|</?[a-z!][^>]{0,200}>", re.DOTALL | re.IGNORECASE)

_CONTEXT = re.compile(
    r"context[ _](length|window)|maximum context|prompt is too long|too[ _]many[ _](prompt[ _])?tokens"
    r"|exceed_context_size|input is too long|exceeds the maximum number of tokens|input token count.*exceeds",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credits)|exceeded your current quota|billing|credit balance", re.IGNORECASE
)

_FLAGGED = re.compile(
    r"content[_ ]policy|violates? (?:our |the )?(?:usage|content)\b|(?:input|prompt|content|request) was flagged"
    r"|\bsafety[_ ]check",
    re.IGNORECASE,
)

_WORDS_OF = ("message", "Message", "detail", "error", "title")
"""Where vendors put what they say went wrong; the capital is AWS's."""

_BY_STATUS: dict[int, tuple[type[UpstreamError], int]] = {
    401: (AccessDenied, 502),
    403: (AccessDenied, 502),
    402: (RateLimited, 429),
    408: (TimedOut, 504),
    424: (Unavailable, 502),
    429: (RateLimited, 429),
    498: (Unavailable, 503),
    503: (Unavailable, 503),
    504: (TimedOut, 504),
    524: (TimedOut, 504),
    529: (Unavailable, 503),
}
_BY_WORD: dict[str, int] = {
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "badrequesterror": 400,
    "exceed_context_size_error": 400,
    "context_length_exceeded": 400,
    "tool_use_failed": 400,
    "authentication_error": 401,
    "unauthenticated": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "permission_denied": 403,
    "billing_error": 402,
    "insufficient_quota": 429,
    "not_found_error": 404,
    "not_found": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "too_many_requests": 429,
    "overloaded_error": 529,
    "unavailable": 503,
    "unavailable_error": 503,
    "timeout_error": 504,
    "deadline_exceeded": 504,
}


def failure_from_answer(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """The error for an answer with a status other than success. `status` 2xx means that the body holds an error."""
    try:
        parsed = jsonio.loads(body)
    except jsonio.JSONDecodeError:
        parsed = body.decode("utf-8", "replace")
    failure = failure_from_error(parsed, status=status)
    if failure.retry_after_s is None:
        failure.retry_after_s = retry_after_s(headers)
    return failure


def failure_from_error(raw: Any, *, status: int = 0) -> UpstreamError:
    """The error that `raw` (a parsed body, an event's data, a text) tells of; `status` 0 or 2xx means: look inside."""
    error = _inner(raw)
    message = _message(error, raw) or _unsaid(status)
    code = _word(error, "code") or _word(error, "type") or _word(error, "status")
    if not 300 <= status <= 599:
        status = _status_within(error, raw)
    if status == 400 and re.search(
        r"api[_ ]key[_ ](not valid|invalid)|incorrect api key|API_KEY_INVALID", _flat(raw), re.IGNORECASE
    ):
        status = 401  # Gemini and xAI answer 400 to a bad key
    if status == 403 and _is_flagged(error, f"{code} {message}"):
        status, code = 400, "content_policy_violation"
    if code == "invalid_request_error":
        code = None  # the name of the kind, which stands in `type`
    hint_s = _hint_within(error)
    if status == 429 and code == "RESOURCE_EXHAUSTED" and hint_s is not None:
        failure: UpstreamError = RateLimited(message)  # Google calls a limit per minute a quota too
    else:
        failure = _failure(status, message, code)
    failure.retry_after_s = hint_s
    if isinstance(error, dict) and isinstance(error.get("param"), str):
        failure.param = error["param"]
    return failure


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the headers: `retry-after-ms`, `x-ms-retry-after-ms`, `retry-after` as seconds or a date."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _number(headers.get(name))
        if milliseconds:
            return _plausible(milliseconds / 1000)
    value = headers.get("retry-after")
    if not value:
        return None
    seconds = _number(value)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = moment.timestamp() - time.time()
    return _plausible(seconds)


def clean_message(text: str) -> str:
    """A vendor's text fit to be shown: no markup, no keys, no account ids, at most 2,000 characters."""
    if _PAGE.search(text):
        text = " ".join(_MARKUP.sub(" ", text).split())
    text = text.strip()
    return _SECRETS.sub("[redacted]", text)[:_MAX_MESSAGE]


def _failure(status: int, message: str, code: str | None) -> UpstreamError:
    if status in {401, 403}:
        return AccessDenied(f"the provider refused the gateway's key ({status}): check its configuration")
    if status == 429 and _QUOTA.search(f"{code} {message}"):
        return RateLimited(message, code="insufficient_quota")
    if status == 402 or (status == 400 and message.startswith("Your credit balance is too low")):  # Anthropic's 400
        return RateLimited(message, code="insufficient_quota")
    if status in _BY_STATUS:
        kind, shown = _BY_STATUS[status]
        return kind(message, status=shown)
    if status >= 500 or status < 400:
        return Unavailable(message, status=502)
    if _CONTEXT.search(f"{code} {message}"):
        code = "context_length_exceeded"
    elif status == 404 and not code:
        code = "not_found"
    failure = Rejected(message, status=status)
    failure.code = code
    if status == 404 and "model" in f"{code} {message}".lower():
        failure.code = "model_not_found"
    return failure


def _is_flagged(error: Any, words: str) -> bool:
    """Whether a 403 is about what was said and not about the key: OpenRouter's moderation, xAI's checks (2026-11)."""
    about = error.get("metadata") if isinstance(error, dict) else None
    return (isinstance(about, dict) and "flagged_input" in about) or _FLAGGED.search(words) is not None


def _inner(raw: Any) -> Any:
    """The part of a body that tells of the error: an object or a string."""
    if isinstance(raw, list):
        raw = next((item for item in raw if isinstance(item, dict)), {})
    if not isinstance(raw, dict):
        return raw
    error = raw.get("error")
    if isinstance(error, str) and error:
        return {**raw, "message": error}
    if isinstance(error, dict) and error:
        return error
    errors = raw.get("errors")
    if isinstance(errors, list) and errors:
        return errors[0]
    return raw


def _message(error: Any, raw: Any) -> str:
    found: Any = error
    if isinstance(error, dict):
        found = next((error[key] for key in _WORDS_OF if error.get(key)), None)
        upstream = error.get("metadata")
        if isinstance(upstream, dict) and isinstance(upstream.get("raw"), str) and upstream["raw"]:
            found = f"{found}: {upstream['raw']}"  # OpenRouter: what the provider behind it said
    if found is None or found == "":
        found = raw if isinstance(raw, str) else ""
    if not isinstance(found, str):
        found = jsonio.dumps(found).decode()
    return clean_message(found)


def _unsaid(status: int) -> str:
    """What is said where the provider says nothing: a bare 404 is most often an address that is not quite right."""
    return f"the provider {f'answered {status}' if status >= 300 else 'failed'} without saying why"


def _word(error: Any, key: str) -> str | None:
    """A code made of words; numbers and statuses in words of their own are no codes."""
    value = error.get(key) if isinstance(error, dict) else None
    return value if isinstance(value, str) and value and not value.isdigit() and " " not in value else None


def _status_within(error: Any, raw: Any) -> int:
    """The status an error object itself speaks of, in a number or in its type; 502 where it does not."""
    if not isinstance(error, dict):
        return 502
    for key in ("status_code", "code", "status", "http_status"):
        value = error.get(key)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if isinstance(value, int) and 400 <= value <= 599:
            return value
    for key in ("type", "code", "status", "error_type"):
        word = error.get(key) or (raw.get(key) if isinstance(raw, dict) else None)
        if isinstance(word, str) and word.lower().replace("-", "_") in _BY_WORD:
            return _BY_WORD[word.lower().replace("-", "_")]
    return 502


def _hint_within(error: Any) -> float | None:
    """Google's `RetryInfo` among the details: it sends no `Retry-After` header."""
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and (seconds := _number(delay.removesuffix("s"))) is not None:
            return _plausible(seconds)
    return None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _plausible(seconds: float) -> float | None:
    return seconds if 0 < seconds <= _MAX_RETRY_AFTER_S else None


def _flat(raw: Any) -> str:
    return raw if isinstance(raw, str) else jsonio.dumps(raw).decode()
