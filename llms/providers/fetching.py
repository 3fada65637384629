"""Media behind an address, fetched on behalf of a client for vendors that want it inside the request.

The address comes from a stranger and the request would come from inside our network, so nothing is trusted: every
address a name stands for must be public, the connection goes to just those addresses and no other resolution happens,
each redirect is judged anew, and size, type and time are bounded. What is refused is a 400 that names the part and
never says what our network looks like: an unknown host and an inner one get the same answer.
"""

import asyncio
import base64
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from llms.errors import BadRequest
from llms.providers.media import guess_type
from llms.providers.transport import USER_AGENT
from llms.types import Chat

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and a port to the IP addresses it stands for. Raises `OSError` where there are none."""

_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "::/96", "fec0::/10")))
_MEDIA = ("image/", "audio/", "video/")
_DOCUMENTS = ("application/pdf", "text/")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNREACHABLE = "its host is unknown or not public"


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it wraps an IPv4 address inside an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_is_global(each) for each in _meant(found))


def _is_global(address: _IpAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: _IpAddress) -> list[_IpAddress]:
    """The addresses that packets to `address` may end up at. `::` stands for one that never may be asked."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.scope_id is not None or any(address in network for network in _NEVER):
        return [ipaddress.IPv6Address("::")]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """The addresses the system's resolver knows."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What may be fetched. The defaults are for strangers' addresses; only a test has a reason for `allows` of its own.

    Sizes are in bytes, of one address and of all of a request; `timeout_s` bounds one address, with its redirects.
    """

    schemes: frozenset[str] = frozenset({"https"})
    max_bytes: int = 20 * 1024 * 1024
    max_total_bytes: int = 64 * 1024 * 1024
    max_addresses: int = 100
    max_redirects: int = 3
    timeout_s: float = 10.0
    at_once: int = 8
    allows: Callable[[str], bool] = is_public
    resolve: Resolve = resolve_by_system
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class _Wanted:
    """One address, the first part that holds it, and what it turned out to be."""

    url: str
    path: str
    types: tuple[str, ...]
    code: str
    media_type: str = ""
    content: bytes = b""

    def refusal(self, reason: str) -> BadRequest:
        return BadRequest(f"the address in {self.path} was not fetched: {reason}", param=self.path, code=self.code)

    def data_url(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(slots=True)
class _Budget:
    left: int


class MediaFetcher:
    """Fetches what a policy allows. It holds nothing between two requests: no connections, cookies or names."""

    def __init__(self, policy: FetchPolicy | None = None) -> None:
        self._policy = policy or FetchPolicy()

    async def inline(self, chat: Chat, *, keeps: Callable[[str], bool]) -> Chat:
        """`chat` with the content of web addresses in place of them, except those the vendor `keeps`.

        Each address is fetched once, several at a time. Raises `BadRequest` that names the part
        (`messages[2].content[0]`).
        """
        wanted: dict[str, _Wanted] = {}
        for message_at, message in enumerate(chat["messages"]):
            content = message.get("content")
            for part_at, part in enumerate(content if isinstance(content, list) else ()):
                url = _address_in(part)
                if url and not keeps(url):
                    path = f"messages[{message_at}].content[{part_at}]"
                    wanted.setdefault(url, _wanted(url, path, is_image=part["type"] == "image_url"))
        if not wanted:
            return chat
        if len(wanted) > self._policy.max_addresses:
            raise BadRequest(f"a request may hold at most {self._policy.max_addresses} addresses", param="messages")
        await self._fetch_all(list(wanted.values()))
        data_urls = {url: found.data_url() for url, found in wanted.items()}
        return _with_data(chat, data_urls)

    async def image(self, url: str) -> tuple[str, bytes]:
        """The type and the bytes of the image at an address. Raises `BadRequest` that names the parameter `url`."""
        wanted = _Wanted(url, "url", ("image/",), "invalid_image_url")
        await self._fetch(wanted, _Budget(self._policy.max_total_bytes))
        return wanted.media_type, wanted.content

    async def _fetch_all(self, wanted: Sequence[_Wanted]) -> None:
        budget = _Budget(self._policy.max_total_bytes)
        slots = asyncio.Semaphore(self._policy.at_once)

        async def fetch(each: _Wanted) -> None:
            async with slots:
                await self._fetch(each, budget)

        try:
            async with asyncio.TaskGroup() as group:
                for each in wanted:
                    group.create_task(fetch(each))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _fetch(self, wanted: _Wanted, budget: _Budget) -> None:
        try:
            async with asyncio.timeout(self._policy.timeout_s):
                await self._follow(wanted, budget)
        except TimeoutError:
            raise wanted.refusal(f"it took longer than {self._policy.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError):
            raise wanted.refusal("it could not be read") from None

    async def _follow(self, wanted: _Wanted, budget: _Budget) -> None:
        """Ask for the address, and for what it redirects to, each judged anew."""
        url = _parsed(wanted.url, wanted)
        for _ in range(self._policy.max_redirects + 1):
            addresses = await self._checked(url, wanted)
            pinned = _Pinned(addresses)
            async with self._session(pinned) as session, session.get(url, allow_redirects=False) as response:
                location = response.headers.get("location")
                if response.status not in _REDIRECTS or not location:
                    await self._read(response, wanted, budget)
                    return
            url = url.join(_parsed(location, wanted))
        raise wanted.refusal(f"it redirects more than {self._policy.max_redirects} times")

    async def _checked(self, url: URL, wanted: _Wanted) -> Sequence[str]:
        """The public addresses to connect to; there is no second resolution that could say something else."""
        if url.scheme not in self._policy.schemes:
            raise wanted.refusal(f"its scheme must be {' or '.join(sorted(self._policy.schemes))}")
        host, port = url.raw_host, url.port
        if url.user is not None or url.password is not None:
            raise wanted.refusal("it holds credentials")
        if not host or not port:
            raise wanted.refusal("it names no host")
        try:
            addresses = [str(ipaddress.ip_address(host))]
        except ValueError:
            try:
                addresses = list(await self._policy.resolve(host, port))
            except (OSError, UnicodeError):
                addresses = []
        if not addresses or not all(self._policy.allows(address) for address in addresses):
            raise wanted.refusal(_UNREACHABLE)
        return addresses

    def _session(self, resolver: "_Pinned") -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=resolver, use_dns_cache=False, force_close=True, ssl=self._policy.tls or True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,  # a small body must not become a large one
            trust_env=False,
        )

    async def _read(self, response: aiohttp.ClientResponse, wanted: _Wanted, budget: _Budget) -> None:
        if response.status != 200:
            raise wanted.refusal(f"its server answered {response.status}")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise wanted.refusal("its server sends it compressed")
        wanted.media_type = _media_type(response.headers, wanted.url)
        if not wanted.media_type.startswith(wanted.types):
            raise wanted.refusal(f"its type is {wanted.media_type or 'not given'}, which cannot be used here")
        largest = self._policy.max_bytes
        pieces: list[bytes] = []
        size = response.content_length or 0
        if size > largest:
            raise wanted.refusal(f"it is larger than {largest} bytes")
        size = 0
        async for piece in response.content.iter_any():
            size += len(piece)
            budget.left -= len(piece)
            if size > largest:
                raise wanted.refusal(f"it is larger than {largest} bytes")
            if budget.left < 0:
                raise wanted.refusal(f"all of them are larger than {self._policy.max_total_bytes} bytes")
            pieces.append(piece)
        wanted.content = b"".join(pieces)


@final
class _Pinned(AbstractResolver):
    """A resolver that knows the checked addresses of one host, and asks nobody."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The addresses, whatever the family asked for."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def _wanted(url: str, path: str, *, is_image: bool) -> _Wanted:
    """A web page is no image, whoever says so."""
    if is_image:
        return _Wanted(url, path, (*_MEDIA, "application/pdf"), "invalid_image_url")
    return _Wanted(url, path, _MEDIA + _DOCUMENTS, "invalid_media_url")


def _parsed(url: str, wanted: _Wanted) -> URL:
    try:
        return URL(url)
    except ValueError:
        raise wanted.refusal("it is not a valid address") from None


def _media_type(headers: Mapping[str, str], url: str) -> str:
    """The type the server names; where it names none, that of the ending."""
    named = headers.get("content-type", "").partition(";")[0].strip().lower()
    return guess_type(url) if named in {"", "application/octet-stream", "binary/octet-stream"} else named


def _address_in(part: Any) -> str | None:
    """The address in a content part, None where it holds something else."""
    holder, key = _place(part)
    found = holder.get(key) if isinstance(holder, dict) else holder
    return found if isinstance(found, str) and not found.startswith("data:") and "://" in found[:16] else None


def _place(part: Any) -> tuple[Any, str]:
    """Where a part keeps its address: the object and its key; an `image_url` may be the address itself."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "image_url":
        return part.get("image_url"), "url"
    return (part.get("file"), "file_data") if kind == "file" else (None, "")


def _with_data(chat: Chat, data_urls: Mapping[str, str]) -> Chat:
    """A copy of the chat with these addresses replaced; the client's own dicts stay as they were."""
    replaced = chat.copy()
    replaced["messages"] = [
        {**message, "content": [_part_with_data(part, data_urls) for part in message["content"]]}
        if isinstance(message.get("content"), list)
        else message
        for message in chat["messages"]
    ]
    return replaced


def _part_with_data(part: Any, data_urls: Mapping[str, str]) -> Any:
    url = _address_in(part)
    if url is None or url not in data_urls:
        return part
    holder, key = _place(part)
    kind: str = part["type"]
    return {**part, kind: {**(holder if isinstance(holder, dict) else {}), key: data_urls[url]}}
