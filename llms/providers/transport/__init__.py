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

try:
    from llms.providers.transport.httptools_client import HttpToolsTransport
except ImportError:  # no `httptools` for this platform
    HttpToolsTransport = None  # type: ignore[assignment, misc]

__all__ = [
    "USER_AGENT",
    "AiohttpTransport",
    "Exchange",
    "HttpToolsTransport",
    "Reply",
    "Request",
    "Transport",
    "default_transport",
    "read_all",
    "read_some",
]


def default_transport(*, use_environment_proxies: bool = False) -> Transport:
    """The leanest transport that will do: only aiohttp's knows proxies, and runs where `httptools` does not."""
    if use_environment_proxies or HttpToolsTransport is None:
        return AiohttpTransport(use_environment_proxies=use_environment_proxies)
    return HttpToolsTransport()
