"""`POST /api/router/choose`: where a request would go, and why. No provider is asked."""

from typing import Any, cast

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest
from llms.gateway.automatic import AUTO
from llms.server.chat import read_object
from llms.server.keys import GATEWAY, request_id
from llms.server.wishes import wishes_of
from llms.types import Call, Chat


async def choose(request: web.Request) -> web.Response:
    """Explain the choice for `{"message": …}` or a chat's body; without a model it is that of `auto`.

    Nothing is remembered or counted. An `x-org-id` that some clients send means nothing here.
    """
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    body = read_object(await request.read())
    wishes = wishes_of(request.headers, body, gateway.bounds)
    call = Call(request_id(request), _chat(body), body.get("stream") is True, principal, wishes=wishes)
    return web.Response(body=jsonio.dumps(await gateway.planner.explain(call)), content_type="application/json")


def _chat(body: dict[str, Any]) -> Chat:
    model = body.get("model") or AUTO
    if not isinstance(model, str):
        raise BadRequest("'model' must be a model name", param="model", code="invalid_type")
    messages = body.get("messages")
    if messages is None and isinstance(body.get("message"), str):
        messages = [{"role": "user", "content": body["message"]}]
    if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
        raise BadRequest(
            "'message' is missing: it must be the text to choose a model for, or 'messages' those of a chat",
            param="message",
            code="missing_required_parameter",
        )
    return cast(Chat, {**body, "model": model, "messages": messages})
