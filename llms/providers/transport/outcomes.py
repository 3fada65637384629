"""How an exchange ends: as a fact, and, where it fails, in words that are the same whichever client carried it.

`host` is what the URL names, with its port where it gives one. No text holds a header, a body or a path, so no key.
"""

import enum
import os
from urllib.parse import urlsplit

from llms.errors import Malformed, TimedOut, Unavailable


class Ending(enum.Enum):
    """How an exchange ended on its connection."""

    WHOLE = enum.auto()
    UNANSWERED = enum.auto()
    BROKEN_OFF = enum.auto()
    SILENT = enum.auto()
    NOT_HTTP = enum.auto()
    OVERSIZED_HEAD = enum.auto()


def host_of(url: str) -> str:
    """The name in messages: host and port of `url`, without whatever stands before an `@`."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def bad_address(host: str) -> Unavailable:
    """The URL leads nowhere."""
    return Unavailable(f"the address of the provider is not valid: {host or 'no host'}")


def bad_header(host: str) -> Unavailable:
    """A header would break the request apart; its value stays untold, for it may be a key."""
    return Unavailable(f"a header for {host} holds a character that HTTP does not allow")


def slow_to_connect(host: str, limit_s: float | None) -> TimedOut:
    """The connect timer fired."""
    return TimedOut(f"connecting to {host} took longer than {limit_s or 0:g} s", code="connect")


def no_first_token(host: str, limit_s: float | None) -> TimedOut:
    """The first-token timer fired."""
    return TimedOut(f"{host} gave no first token within {limit_s or 0:g} s", code="first_token")


def fell_silent(host: str, limit_s: float | None) -> TimedOut:
    """The idle timer fired."""
    return TimedOut(f"{host} sent nothing for {limit_s or 0:g} s", code="idle")


def unresolved(host: str) -> Unavailable:
    """The name has no address."""
    return Unavailable(f"the name {host} cannot be resolved")


def refused(host: str, error: OSError) -> Unavailable:
    """The operating system could not connect."""
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else "refused"
    return Unavailable(f"cannot connect to {host}: {reason}")


def untrusted(host: str) -> Unavailable:
    """No TLS there, or a certificate nobody vouches for."""
    return Unavailable(f"no trusted TLS connection to {host}")


def unanswered(host: str) -> Unavailable:
    """The connection ended before the head of an answer was there."""
    return Unavailable(f"{host} closed the connection without an answer")


def broken_off(host: str) -> Malformed:
    """The connection ended inside the body."""
    return Malformed(f"{host} broke the answer off")


def not_http(host: str) -> Malformed:
    """What came cannot be read as HTTP/1.1."""
    return Malformed(f"{host} answered with something that is not HTTP")


def oversized_head(host: str) -> Malformed:
    """The headers do not end."""
    return Malformed(f"the headers of the answer of {host} are too large")


def unknown_coding(host: str) -> Malformed:
    """The body is compressed, unasked, in a way that cannot be undone."""
    return Malformed(f"{host} compressed its answer in a way that was not asked for")
