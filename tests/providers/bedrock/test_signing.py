"""Signatures of AWS, version 4, compared with ones made by hand."""

import hashlib
import hmac

import pytest

from llms.errors import AccessDenied
from llms.providers.bedrock.signing import Signer, can_sign, region_of
from llms.providers.transport import Request

URL = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn:aws:x%2Fy:0/converse"


@pytest.mark.parametrize(
    ("url", "region"),
    [
        (URL, "eu-west-1"),
        ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com", "us-east-1"),
        ("https://bedrock.us-east-1.amazonaws.com", "us-east-1"),
        ("https://proxy.example/bedrock-runtime.us-east-1.x", ""),
    ],
)
def test_the_region_of_an_address(url: str, region: str) -> None:
    assert region_of(url) == region


def expected_signature(request: Request, secret: str) -> str:
    """The signature of a request, made by hand after AWS's description of version 4."""
    date, scope = request.headers["X-Amz-Date"], "eu-west-1/bedrock/aws4_request"
    host, path = request.url.removeprefix("https://").partition("/")[::2]
    headers = {"content-type": request.headers["Content-Type"], "host": host, "x-amz-date": date, "x-team": "blue"}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    digest = hashlib.sha256(request.body or b"").hexdigest()
    canonical = f"{request.method}\n/{path.replace('%', '%25').replace(':', '%3A')}\n\n{lines}\n{names}\n{digest}"
    text = f"AWS4-HMAC-SHA256\n{date}\n{date[:8]}/{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + secret.encode()
    for part in (date[:8], *scope.split("/")):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(("method", "body"), [("POST", b'{"messages":[]}'), ("GET", None)])
def test_a_signature_is_the_one_made_by_hand(method: str, body: bytes | None) -> None:
    plain = Request(URL, {"Content-Type": "application/json", "x-team": "blue"}, body, method, (("dropped", "n"),))
    signed = Signer("eu-west-1").sign(plain)
    told = signed.headers["Authorization"]
    assert told.startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert told.endswith(f"Signature={expected_signature(signed, 'CANARY-secret')}")
    assert (signed.url, signed.body, signed.method, signed.changes) == (URL, body, method, plain.changes)
    assert signed.headers["Content-Type"] == "application/json"
    assert "CANARY" not in str(signed.headers)
    assert "Authorization" not in plain.headers


@pytest.mark.usefixtures("credentials")
def test_a_session_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert Signer("eu-west-1").sign(Request(URL, {}, b"{}")).headers["X-Amz-Security-Token"] == "token"


@pytest.mark.usefixtures("no_credentials")
def test_a_machine_without_credentials_says_so() -> None:
    assert can_sign()
    with pytest.raises(AccessDenied, match="no AWS credentials"):
        Signer("eu-west-1").sign(Request(URL, {}, b"{}"))
