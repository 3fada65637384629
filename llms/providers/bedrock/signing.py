"""Signatures of AWS (version 4) with botocore, which finds the credentials wherever AWS's own tools do.

Only a provider without an API key needs this, and with it the extra `llms-gateway[bedrock]`. Both finding credentials
and refreshing them read files or ask the network, so `sign` belongs in a thread.
"""

import importlib.util
import re
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llms.errors import AccessDenied
from llms.providers.transport import Request

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_SERVICE = "bedrock"
_REGION = re.compile(r"bedrock(?:-runtime)?(?:-fips)?\.(?P<region>[a-z0-9-]+)\.")


def can_sign() -> bool:
    """Whether botocore is installed."""
    return importlib.util.find_spec("botocore") is not None


def region_of(url: str) -> str:
    """The region that an address of Bedrock names; empty where it names none."""
    found = _REGION.search(urlsplit(url).netloc)
    return found["region"] if found else ""


class Signer:
    """Signs requests for one region with the credentials of this machine."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._credentials: Credentials | None = None
        self._lock = Lock()

    def sign(self, request: Request) -> Request:
        """`request` with a signature among its headers. Raises `AccessDenied` where there are no credentials."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(request.method, request.url, dict(request.headers), request.body)
        SigV4Auth(self._found().get_frozen_credentials(), _SERVICE, self._region).add_auth(signed)
        return replace(request, headers=dict(signed.headers.items()))

    def _found(self) -> "Credentials":
        from botocore.session import Session

        with self._lock:
            if self._credentials is None:
                self._credentials = Session().get_credentials()
        if self._credentials is None:
            raise AccessDenied("there are no AWS credentials on this machine: set an API key, or configure AWS")
        return self._credentials
