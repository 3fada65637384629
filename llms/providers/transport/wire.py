"""A request as bytes of HTTP/1.1, and the headers of a reply as a mapping: no sockets here.

The head of a request hardly ever changes from call to call, so it is written once and kept by the caller. Whatever
could end a header early is refused here, before anything is sent. Source: RFC 9110 (5.5, 7.2), RFC 9112 (3, 6).
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from llms.errors import Unavailable
from llms.providers.transport import outcomes
from llms.providers.transport.interface import USER_AGENT

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LEFT_AS_IT_IS = "%/:@!$&'()*+,;=-._~?[]"
_FRAMING = frozenset({"content-length", "transfer-encoding"})
"""Headers that are this module's to write."""

_JOINED_AT_MOST = 256 * 1024
"""Up to here a second write to the socket costs more than the copy."""

_WITHOUT_BODY = frozenset({"GET", "HEAD"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """The far end of a connection, and what connections are kept by."""

    tls: bool
    host: str
    port: int


class Head(NamedTuple):
    """All of a request but its body: where it goes, what messages call that, and its first bytes.

    `start` lacks the length of the body and the empty line; `bare` is the whole of a request without a body.
    """

    origin: Origin
    host: str
    start: bytes
    bare: bytes

    def message(self, body: bytes | None) -> tuple[bytes, ...]:
        """The request as it is written to the socket: in one piece, but where the body is too large to be copied."""
        if body is None:
            return (self.bare,)
        if len(body) > _JOINED_AT_MOST:
            return (b"%bcontent-length: %d\r\n\r\n" % (self.start, len(body)), body)
        return (b"%bcontent-length: %d\r\n\r\n%b" % (self.start, len(body), body),)


def compose_head(method: str, url: str, headers: Iterable[tuple[str, str]]) -> Head:
    """The head of a request. Raises `Unavailable` for a URL that leads nowhere and for headers HTTP does not allow."""
    host = outcomes.host_of(url)
    try:
        parts, origin = _address(url)
    except ValueError:
        raise outcomes.bad_address(host) from None
    fields = {
        "host": _host_field(parts.scheme, origin),
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
    }
    if parts.username is not None:
        fields["authorization"] = _basic(parts)
    fields.update((name.lower(), value) for name, value in headers if name.lower() not in _FRAMING)
    lines = [f"{method} {_target(parts)} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    try:
        start = "\r\n".join([*lines, ""]).encode()
    except UnicodeEncodeError:
        raise outcomes.bad_header(host) from None
    _refuse_broken(host, method, fields)
    return Head(origin, host, start, start + (b"\r\n" if method in _WITHOUT_BODY else b"content-length: 0\r\n\r\n"))


def _refuse_broken(host: str, method: str, fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        if not _TOKEN.fullmatch(name) or _FORBIDDEN.search(value):
            raise outcomes.bad_header(host)
    if not _TOKEN.fullmatch(method):
        raise Unavailable(f"the method of a request to {host} is not valid")


def _address(url: str) -> tuple[SplitResult, Origin]:
    """The parts of `url`, and where it leads. Raises `ValueError`."""
    if _FORBIDDEN.search(url) or "\t" in url:
        raise ValueError("a control character")  # urlsplit would drop some of them silently
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.port == 0:
        raise ValueError("no address")
    host = parts.hostname
    if ":" not in host:
        host = host.encode("idna").decode("ascii")
    if not host.isprintable() or " " in host:
        raise ValueError("no host name")
    return parts, Origin(parts.scheme == "https", host, parts.port or _DEFAULT_PORTS[parts.scheme])


def _host_field(scheme: str, origin: Origin) -> str:
    host = f"[{origin.host.partition('%')[0]}]" if ":" in origin.host else origin.host
    return host if origin.port == _DEFAULT_PORTS[scheme] else f"{host}:{origin.port}"


def _target(parts: SplitResult) -> str:
    path = quote(parts.path, safe=_LEFT_AS_IT_IS) or "/"
    return f"{path}?{quote(parts.query, safe=_LEFT_AS_IT_IS)}" if parts.query else path


def _basic(parts: SplitResult) -> str:
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@final
class Headers(Mapping[str, str]):
    """The headers of a reply, by name without regard to case; of a header that comes twice, the first.

    Made from what the parser gives, names in lower case. Text is made of a header when somebody asks: few are.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[bytes, bytes]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return _text(self._fields[name.lower().encode("utf-8", "surrogateescape")])

    def __iter__(self) -> Iterator[str]:
        return map(_text, self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape").strip()
