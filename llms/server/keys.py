"""The typed keys under which the application and a request hold our own things."""

from aiohttp import web

from llms.gateway import Gateway
from llms.types import Call

GATEWAY = web.AppKey("gateway", Gateway)

REQUEST_ID = "llms.request_id"
CALL = "llms.call"


def request_id(request: web.Request) -> str:
    """The id of this request, as given by the client or made here."""
    found: str = request[REQUEST_ID]
    return found


def call_of(request: web.BaseRequest) -> Call | None:
    """The call this request led to, if it came that far."""
    found: Call | None = request.get(CALL)
    return found
