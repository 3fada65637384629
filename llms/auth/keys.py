"""The gateway's own API keys: which header carries one, and whose it is.

Keys are compared by digest, so looking one up takes the same time whether it nearly fits or not at all, and the keys
themselves are not kept.
"""

import hashlib
from collections.abc import Mapping

from llms.auth.browsers import check_page
from llms.errors import Unauthorized
from llms.types import Principal, Secret

_ANONYMOUS = Principal()


class Keys:
    """The configured keys, by name. Without any, everybody is `anonymous`."""

    def __init__(self, keys: Mapping[str, Secret]) -> None:
        self._principals = {_digest(secret.reveal()): Principal(name) for name, secret in keys.items()}

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """Who sent a request with these headers. Raises `Unauthorized`, or `Forbidden` for a foreign web page.

        The key may come the way any of the big SDKs sends it: `Authorization: Bearer`, `x-api-key`, `api-key`.
        """
        if not self._principals:
            check_page(headers)
            return _ANONYMOUS
        key = _presented(headers)
        if key is None:
            raise Unauthorized
        found = self._principals.get(_digest(key))
        if found is None:
            raise Unauthorized("this API key is not known here")
        return found


def _presented(headers: Mapping[str, str]) -> str | None:
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key") or headers.get("api-key")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
