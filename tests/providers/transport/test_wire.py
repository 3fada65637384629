"""Requests as bytes, and the headers of replies."""

import pytest

from llms.errors import Unavailable
from llms.providers.transport.interface import USER_AGENT
from llms.providers.transport.wire import Headers, Origin, compose_head


def lines_of(url: str, headers: dict[str, str] | None = None, method: str = "POST") -> list[str]:
    head = compose_head(method, url, (headers or {}).items())
    return b"".join(head.message(b"{}")).decode().split("\r\n")


def test_a_request_is_one_piece() -> None:
    (message,) = compose_head("POST", "http://far:8080/v1/chat", [("X-Key", "k")]).message(b'{"a":1}')
    assert message == (
        b"POST /v1/chat HTTP/1.1\r\nhost: far:8080\r\nuser-agent: " + USER_AGENT.encode() + b"\r\naccept: */*\r\n"
        b'accept-encoding: identity\r\nx-key: k\r\ncontent-length: 7\r\n\r\n{"a":1}'
    )


@pytest.mark.parametrize(("method", "end"), [("GET", b"identity\r\n\r\n"), ("POST", b"content-length: 0\r\n\r\n")])
def test_a_request_without_a_body_says_so_where_one_is_expected(method: str, end: bytes) -> None:
    (message,) = compose_head(method, "http://far/", ()).message(None)
    assert message.endswith(end)


def test_a_large_body_is_not_copied() -> None:
    body = bytes(1_000_000)
    head, sent = compose_head("POST", "http://far/", ()).message(body)
    assert sent is body
    assert head.endswith(b"content-length: 1000000\r\n\r\n")


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("http://far", Origin(tls=False, host="far", port=80), "far"),
        ("https://Far.Example/v1", Origin(tls=True, host="far.example", port=443), "far.example"),
        ("https://far:443/", Origin(tls=True, host="far", port=443), "far"),
        ("https://far:80/", Origin(tls=True, host="far", port=80), "far:80"),
        ("http://[::1]:9/", Origin(tls=False, host="::1", port=9), "[::1]:9"),
        (
            "http://b\u00fccher.example/",
            Origin(tls=False, host="xn--bcher-kva.example", port=80),
            "xn--bcher-kva.example",
        ),
    ],
)
def test_a_url_names_an_origin(url: str, origin: Origin, host: str) -> None:
    assert compose_head("POST", url, ()).origin == origin
    assert f"host: {host}" in lines_of(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://far", "/"),
        ("http://far?api-version=1", "/?api-version=1"),
        ("http://far/a%2Fb/c:stream?alt=sse&x=a+b#part", "/a%2Fb/c:stream?alt=sse&x=a+b"),
        ("http://far/two words/\u00e4?q=\u00e4 b", "/two%20words/%C3%A4?q=%C3%A4%20b"),
    ],
)
def test_the_target_is_the_path_and_the_query(url: str, target: str) -> None:
    assert lines_of(url)[0] == f"POST {target} HTTP/1.1"


def test_the_callers_headers_count() -> None:
    lines = lines_of(
        "http://far", {"User-Agent": "mine", "Host": "other", "Content-Length": "99", "X-\u0041": "\u00e4"}
    )
    assert {"user-agent: mine", "host: other", "content-length: 2", "x-a: \u00e4"} < set(lines)
    assert sum("user-agent" in line for line in lines) == 1
    assert "content-length: 99" not in lines


def test_a_name_and_a_password_in_the_url_become_a_header() -> None:
    assert "authorization: Basic YW5uOnNlY3JldDo=" in lines_of("http://ann:secret%3A@far/")
    assert "authorization: Bearer key" in lines_of("http://ann:secret@far/", {"Authorization": "Bearer key"})
    assert not any("ann" in line for line in lines_of("http://ann:secret@far/"))


@pytest.mark.parametrize(
    "url", ["", "far", "ftp://far/", "http://", "http://far:x/", "http://far:0/", "http://a..b/", "http://[::1/",
            "http://far/\r\nx-more: 1", "http://far\x00/", "http://fa r/", "http://far/\tx"]
)  # fmt: skip
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(Unavailable, match="the address of the provider is not valid"):
        compose_head("POST", url, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [("x-a", "secret\r\nx-b: c"), ("x-a", "secret\n"), ("x-a", "secret\x00"), ("x a", "secret"), ("", "secret"),
     ("x-a\r\n", "secret"), ("x-a", "secret\ud800")],
)  # fmt: skip
def test_a_header_that_http_does_not_allow_is_refused_untold(name: str, value: str) -> None:
    with pytest.raises(Unavailable) as raised:
        compose_head("POST", "http://far:1/v1", [(name, value)])
    assert raised.value.message == "a header for far:1 holds a character that HTTP does not allow"


def test_a_method_is_a_word() -> None:
    with pytest.raises(Unavailable, match="method"):
        compose_head("GET / HTTP/1.1\r\n", "http://far", ())


def test_headers_are_found_in_any_case() -> None:
    headers = Headers({b"content-type": b"text/plain ", b"x-name": "\u00e4".encode(), b"x-odd": b"\xff"})
    assert headers["Content-Type"] == headers["content-type"] == "text/plain"
    assert headers.get("X-NAME") == "\u00e4"
    assert headers["x-odd"] == "\udcff"
    assert "X-Name" in headers
    assert "x-other" not in headers
    assert headers.get("x-other") is None
    assert dict(headers)["content-type"] == "text/plain"
    assert len(headers) == 3
    assert repr(headers) == "Headers(content-type, x-name, x-odd)"
