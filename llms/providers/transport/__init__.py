"""The seam to the network: send one request, get status, headers and the body as it arrives; closing is immediate.

Nothing outside this package knows which HTTP client stands behind it, or meets one of its exceptions: they are mapped
to `UpstreamError`s here, and the timer that fired is named.
"""

from llms.providers.transport.aiohttp_client import AiohttpTransport
from llms.providers.transport.interface import (
    USER_AGENT,
    Exchange,
    Reply,
    Request,
    Transport,
    read_all,
    read_some,
)

__all__ = [
    "USER_AGENT",
    "AiohttpTransport",
    "Exchange",
    "Reply",
    "Request",
    "Transport",
    "read_all",
    "read_some",
]
