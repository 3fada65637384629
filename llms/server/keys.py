"""The typed keys under which a request holds our own things: a handler asks the request, not the application, so that
it need not have come by way of it (`llms.server.connection`).
"""

from aiohttp import web

from llms.gateway import Gateway
from llms.types import Call

GATEWAY = web.RequestKey("gateway", Gateway)
REQUEST_ID = web.RequestKey("request_id", str)
CALL = web.RequestKey("call", Call)


def request_id(request: web.Request) -> str:
    """The id of this request, as given by the client or made here."""
    return request[REQUEST_ID]


def call_of(request: web.BaseRequest) -> Call | None:
    """The call this request led to, if it came that far."""
    return request.get(CALL)
