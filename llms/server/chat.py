"""`POST /v1/chat/completions`: the body checked as far as the gateway needs it, everything else passed on untouched."""

from typing import Any, cast

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest
from llms.server.keys import CALL, GATEWAY, request_id
from llms.server.reply import completion_reply, stream_reply
from llms.server.wishes import wishes_of
from llms.types import NO_TIMEOUTS, Call, Chat, Timeouts

_TIMER_HEADERS = {
    "connect_s": "x-llms-timeout-connect",
    "first_token_s": "x-llms-timeout-first-token",
    "idle_s": "x-llms-timeout-idle",
    "total_s": "x-llms-timeout-total",
}
_DEADLINE_HINTS = {"x-stainless-read-timeout": 0.0, "x-stainless-timeout": 1.0}
"""What the SDKs of Python and JavaScript send, with the seconds that may be missing: the latter cuts off fractions."""


async def complete(request: web.Request) -> web.StreamResponse:
    """Answer a chat, as a stream or whole."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    raw = body_at_hand(request)
    body = read_object(await request.read() if raw is None else raw)
    wishes = wishes_of(request.headers, body, gateway.bounds)
    chat = checked(body)
    stream = chat.get("stream") is True
    call = Call(
        id=request_id(request),
        chat=chat,
        stream=stream,
        principal=principal,
        timeouts=timeouts_of(request, stream=stream),
        strict=is_strict(request),
        traceparent=request.headers.get("traceparent", ""),
        wishes=wishes,
    )
    request[CALL] = call
    return await (stream_reply if stream else completion_reply)(request, gateway, call)


def checked(body: dict[str, Any]) -> Chat:
    """The request body as a chat. Raises `BadRequest` that names the field at fault."""
    _check(body)
    return cast(Chat, body)


def body_at_hand(request: web.Request) -> bytes | None:
    """The body of a request that has come with its head, as most do; None where there is more to wait for.

    `request.read` gives the same, by way of three coroutines.
    """
    content = request.content
    if not content.is_eof() or content.total_bytes >= request.client_max_size:
        return None
    return content.read_nowait()


def read_object(raw: bytes) -> dict[str, Any]:
    """The request body as an object of any endpoint. Raises `BadRequest` for anything else.

    Some SDKs nest what `extra_body` holds instead of merging it (AI Refinery's): it is merged here.
    """
    try:
        body = jsonio.loads(raw)
    except jsonio.JSONDecodeError as error:
        raise BadRequest(f"the request body is not valid JSON: {error}", code="invalid_json") from None
    if not isinstance(body, dict):
        raise BadRequest("the request body must be a JSON object", code="invalid_json")
    if "extra_body" in body:
        extra = body.pop("extra_body")
        if isinstance(extra, dict):
            body = {**extra, **body}
    return body


def is_strict(request: web.Request) -> bool:
    """Whether a request is to be refused rather than told to the provider with a loss."""
    return request[GATEWAY].config.server.strict or request.headers.get("x-llms-strict", "").lower() == "true"


def timeouts_of(request: web.Request, *, stream: bool) -> Timeouts:
    """The timers this request asks for, in seconds.

    The SDKs tell in a header how long they wait for a read. A whole answer that comes later reaches nobody, so there
    it bounds the call; a stream sends something long before.
    """
    headers = request.headers
    found = {field: _seconds(headers[header], header) for field, header in _TIMER_HEADERS.items() if header in headers}
    if not stream and "total_s" not in found:
        for hint, missing_s in _DEADLINE_HINTS.items():
            if hint in headers:
                try:
                    found["total_s"] = _seconds(headers[hint], hint) + missing_s
                except BadRequest:
                    pass  # only a hint
                break
    return Timeouts(**found) if found else NO_TIMEOUTS


def _seconds(text: str, header: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e7:
        raise BadRequest(f"the header {header} must be a number of seconds above 0", param=header)
    return seconds


def check_model_and_stream(body: dict[str, Any]) -> None:
    """Raise `BadRequest` unless `body` names a model, and says true or false to a stream, or nothing."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise _invalid("model", "a model name", model)
    if body.get("stream") not in (None, True, False) or (
        isinstance(body.get("stream"), int | float) and not isinstance(body.get("stream"), bool)
    ):
        raise _invalid("stream", "true or false", body["stream"])


def _check(body: dict[str, Any]) -> None:
    check_model_and_stream(body)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid("messages", "a list with at least one message", messages)
    for position, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _invalid(f"messages[{position}]", "an object with a role", message)
    if not isinstance(body.get("stream_options"), dict | None):
        raise _invalid("stream_options", "an object", body["stream_options"])


def _invalid(param: str, expected: str, found: object) -> BadRequest:
    """An error that says what is wanted, and only the type of what came: never its content."""
    if found is None:
        return BadRequest(
            f"{param!r} is missing: it must be {expected}", param=param, code="missing_required_parameter"
        )
    return BadRequest(f"{param!r} must be {expected}, not {_kind(found)}", param=param, code="invalid_type")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}
    name = names.get(type(value), "something else")
    return f"an empty {name.partition(' ')[2]}" if value in ("", [], {}) else name
