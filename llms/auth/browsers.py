"""Which web pages may call a gateway that asks for no key: only its own.

Without keys whoever reaches the gateway may use it, and a browser reaches 127.0.0.1 for any page it shows. Two headers
that a page cannot forge tell: `Origin`, which must be the gateway's own address, and `Host`, which must be an IP
address or localhost, for a name can be made to point here (DNS rebinding). Programs send no `Origin` and are not asked.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from llms.errors import Forbidden


def check_page(headers: Mapping[str, str]) -> None:
    """Raise `Forbidden` for a request that a foreign web page makes a browser send."""
    origin = headers.get("Origin")
    if origin is None:
        return
    host = headers.get("Host", "")
    if urlsplit(origin).netloc != host:
        raise Forbidden("web pages of other origins may not use this gateway while it asks for no key (auth.keys)")
    if not _cannot_be_rebound(urlsplit(f"//{host}").hostname or ""):
        raise Forbidden(f"this gateway asks for no key, so pages may only reach it by an IP address, not as {host!r}")


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
