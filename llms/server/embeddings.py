"""`POST /v1/embeddings`: OpenAI's body in, OpenAI's answer out, whichever dialect the provider speaks."""

from typing import cast

from aiohttp import web

from llms.errors import BadRequest
from llms.server.chat import check_model_and_stream, is_strict, read_object, timeouts_of
from llms.server.keys import CALL, GATEWAY, request_id
from llms.server.reply import completion_reply
from llms.server.wishes import wishes_of
from llms.types import Call, Chat


async def embed(request: web.Request) -> web.StreamResponse:
    """Answer with the embeddings of one text, or of several."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    body = read_object(await request.read())
    wishes = wishes_of(request.headers, body, gateway.bounds)
    check_model_and_stream(body)
    if body.get("stream"):
        raise BadRequest("embeddings are not streamed", param="stream")
    call = Call(
        id=request_id(request),
        chat=cast(Chat, body),
        stream=False,
        principal=principal,
        timeouts=timeouts_of(request, stream=False),
        strict=is_strict(request),
        traceparent=request.headers.get("traceparent", ""),
        wishes=wishes,
        endpoint="embeddings",
    )
    request[CALL] = call
    return await completion_reply(request, gateway, call)
