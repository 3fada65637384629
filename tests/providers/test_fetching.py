"""The guard: which addresses are public, what is fetched, and every way to be refused. Nothing leaves this machine."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
import trustme

from llms.errors import BadRequest
from llms.providers.fetching import FetchPolicy, MediaFetcher, is_public, resolve_by_system
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.types import Chat, Terms
from tests.fakes.openai_wire import completion, sse, text_chunks
from tests.fakes.upstream import Drip, Gate, Reply, Upstream

PICTURE = b"\x89PNG not really"
PNG = {"content-type": "image/png"}
PICTURE_URL = "data:image/png;base64," + base64.b64encode(PICTURE).decode()


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def chat_with(*parts: dict[str, Any]) -> Chat:
    return {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "Look"}, *parts]}]}


def never_kept(url: str) -> bool:
    return False


class Names:
    """A resolver with a table; a name may stand for something else the second time it is asked for."""

    def __init__(self, table: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.asked: list[str] = []
        self._left = {name: list(answers) for name, answers in table.items()}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self._left.get(host)
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Web:
    """A web of one server on loopback, under the name `pictures.test`, and whatever other names a test makes up."""

    def __init__(self, server: Upstream, **names: Sequence[Sequence[str]]) -> None:
        self.server = server
        table = {"pictures.test": [["127.0.0.1"]], **{name.replace("_", "."): each for name, each in names.items()}}
        self.names = Names(table)

    def url(self, path: str = "/cat.png", host: str = "pictures.test") -> str:
        return f"http://{host}:{self.server.port}{path}"

    async def fetch(self, *urls: str, **policy: Any) -> Chat:
        settings: dict[str, Any] = {
            "schemes": frozenset({"http", "https"}),
            "allows": lambda address: address == "127.0.0.1" or is_public(address),
            "resolve": self.names,
            **policy,
        }
        chat = chat_with(*map(picture, urls or [self.url()]))
        return await MediaFetcher(FetchPolicy(**settings)).inline(chat, keeps=never_kept)

    async def refusal(self, *urls: str, **policy: Any) -> str:
        with pytest.raises(BadRequest) as raised:
            await self.fetch(*urls, **policy)
        assert raised.value.status == 400
        assert raised.value.param == "messages[0].content[1]"
        assert raised.value.code == "invalid_image_url"
        assert "127.0.0.1" not in raised.value.message
        return raised.value.message


@pytest.fixture
async def server() -> AsyncIterator[Upstream]:
    async with Upstream() as running:
        yield running


@pytest.fixture
def web(server: Upstream) -> Web:
    return Web(server)


def pictures_of(chat: Chat) -> list[str]:
    return [part["image_url"]["url"] for part in chat["messages"][0]["content"] if part["type"] == "image_url"]


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::1", "::", "::127.0.0.1", "::8.8.8.8", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fc00::1",
        "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "not an address", "",
    ],
)  # fmt: skip
def test_an_address_of_any_other_network_is_not(address: str) -> None:
    assert not is_public(address)


async def test_a_picture_takes_the_place_of_its_address(web: Web) -> None:
    web.server.always(Reply((PICTURE,), headers=PNG))
    chat = chat_with(picture(web.url()))
    inlined = await web.fetch()
    assert inlined["messages"][0]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": PICTURE_URL, "detail": "low"},
    }
    assert chat == chat_with(picture(web.url()))
    request = await web.server.received(1)
    assert request.headers["host"] == f"pictures.test:{web.server.port}"
    assert not {"cookie", "authorization", "referer"} & request.headers.keys()


async def test_a_file_and_a_bare_address_are_fetched_too(web: Web) -> None:
    pdf = Reply((b"%PDF",), headers={"content-type": "application/pdf; charset=binary"})
    web.server.script(pdf, Reply((PICTURE,), headers=PNG))
    chat = chat_with(
        {"type": "file", "file": {"file_data": web.url("/a.pdf"), "filename": "a.pdf"}},
        {"type": "image_url", "image_url": web.url()},
    )
    policy = FetchPolicy(schemes=frozenset({"http"}), allows=bool, resolve=web.names, at_once=1)
    inlined = await MediaFetcher(policy).inline(chat, keeps=never_kept)
    _, document, image = inlined["messages"][0]["content"]
    assert document["file"] == {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"}
    assert image["image_url"] == {"url": PICTURE_URL}


async def test_a_refused_file_has_a_code_of_its_own(web: Web) -> None:
    chat = chat_with({"type": "file", "file": {"file_data": "https://inner.test/a.pdf"}})
    with pytest.raises(BadRequest) as raised:
        await MediaFetcher(FetchPolicy(resolve=web.names)).inline(chat, keeps=never_kept)
    assert raised.value.code == "invalid_media_url"


async def test_an_address_is_fetched_once_however_often_it_stands_there(web: Web) -> None:
    web.server.script(Reply((PICTURE,), headers=PNG))
    assert pictures_of(await web.fetch(web.url(), web.url())) == [PICTURE_URL] * 2
    assert len(web.server.requests) == 1


async def test_a_chat_without_addresses_is_left_alone() -> None:
    chat = chat_with(picture(PICTURE_URL), {"type": "file", "file": {"file_id": "file-1"}}, {"type": "image_url"})
    assert await MediaFetcher().inline(chat, keeps=never_kept) is chat


async def test_an_address_the_vendor_takes_is_left_alone() -> None:
    chat = chat_with(picture("gs://bucket/cat.png"))
    assert await MediaFetcher().inline(chat, keeps=lambda url: url.startswith("gs://")) is chat


async def test_only_so_many_are_fetched_at_once(web: Web) -> None:
    gate = Gate()
    web.server.always(Reply((PICTURE,), headers=PNG, before=(gate,)))
    urls = [web.url(f"/{number}.png") for number in range(5)]
    fetching = asyncio.get_running_loop().create_task(web.fetch(*urls, at_once=2))
    await web.server.received(2)
    await gate.reached()
    assert web.server.open_connections == 2
    gate.open()
    assert pictures_of(await fetching) == [PICTURE_URL] * 5


async def test_too_many_addresses_are_refused(web: Web) -> None:
    with pytest.raises(BadRequest, match="at most 1 addresses"):
        await web.fetch(web.url("/a.png"), web.url("/b.png"), max_addresses=1)


async def test_plain_http_is_refused_by_default(web: Web) -> None:
    assert "scheme must be https" in await web.refusal(schemes=FetchPolicy().schemes)
    assert web.server.connections == []


@pytest.mark.parametrize("url", ["ftp://pictures.test/a", "file:///etc/hostname", "gopher://pictures.test/"])
async def test_any_other_scheme_is_refused(web: Web, url: str) -> None:
    assert "scheme must be" in await web.refusal(url)


@pytest.mark.parametrize("url", ["http://user:word@pictures.test/a", "http://user@pictures.test/a"])
async def test_credentials_are_refused(web: Web, url: str) -> None:
    assert "credentials" in await web.refusal(url)


@pytest.mark.parametrize("url", ["http://", "http:///a.png", "http://pictures.test:99999/", "http://[::1/"])
async def test_what_is_no_address_is_refused(web: Web, url: str) -> None:
    assert await web.refusal(url)
    assert web.server.connections == []


INNER = ["localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "inner.test"]


@pytest.mark.parametrize("host", INNER)
async def test_an_inner_host_and_an_unknown_one_get_the_same_answer(server: Upstream, host: str) -> None:
    names = {"localhost": [["127.0.0.1", "::1"]], "inner_test": [["10.1.2.3"]]}
    web = Web(server, **names)
    told = await web.refusal(web.url(host=host), allows=is_public)
    assert told == await web.refusal(web.url(host="nowhere.test"), allows=is_public)
    assert server.connections == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1"])
async def test_loopback_in_disguise_is_refused(web: Web, host: str) -> None:
    message = await web.refusal(web.url(host=host), allows=is_public, resolve=resolve_by_system)
    assert "not public" in message
    assert web.server.connections == []


async def test_one_inner_address_among_public_ones_is_one_too_many(server: Upstream) -> None:
    web = Web(server, mixed_test=[["8.8.8.8", "192.168.0.1"]])
    assert "not public" in await web.refusal(web.url(host="mixed.test"))


async def test_a_name_that_means_something_else_the_second_time_is_asked_for_once(server: Upstream) -> None:
    web = Web(server, rebinding_test=[["127.0.0.1"], ["10.0.0.1"]])
    server.script(Reply((PICTURE,), headers=PNG))
    assert pictures_of(await web.fetch(web.url(host="rebinding.test"))) == [PICTURE_URL]
    assert web.names.asked == ["rebinding.test"]


async def test_a_name_that_turns_inward_on_the_way_is_refused(server: Upstream) -> None:
    web = Web(server, rebinding_test=[["127.0.0.1"], ["10.0.0.1"]])
    server.script(Reply(status=302, headers={"location": "/again.png"}))
    assert "not public" in await web.refusal(web.url(host="rebinding.test"))
    assert len(server.requests) == 1


async def test_redirects_are_followed(web: Web) -> None:
    here = Reply(status=301, headers={"location": "/b.png"})
    there = Reply(status=307, headers={"location": web.url("/c.png")})
    web.server.script(here, there, Reply((PICTURE,), headers=PNG))
    assert pictures_of(await web.fetch()) == [PICTURE_URL]
    assert [request.path for request in web.server.requests] == ["/cat.png", "/b.png", "/c.png"]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "//[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://inner.test/",
    ],
)
async def test_a_redirect_inward_is_refused(server: Upstream, target: str) -> None:
    web = Web(server, localhost=[["::1"]], inner_test=[["10.0.0.1"]])
    server.script(Reply(status=302, headers={"location": target}))
    assert "not public" in await web.refusal()
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/hostname", "scheme"),
        ("gopher://pictures.test/", "scheme"),
        ("http://user:word@pictures.test/", "credentials"),
        ("http://[::1/", "not a valid address"),
    ],
)
async def test_a_redirect_is_judged_like_an_address(web: Web, target: str, reason: str) -> None:
    web.server.script(Reply(status=302, headers={"location": target}))
    assert reason in await web.refusal()


async def test_a_redirect_without_end_is_refused(web: Web) -> None:
    web.server.always(Reply(status=302, headers={"location": "/cat.png"}))
    assert "more than 3 times" in await web.refusal()
    assert len(web.server.requests) == 4


async def test_a_large_answer_is_refused_before_it_is_read(web: Web) -> None:
    gate = Gate()
    web.server.script(Reply((gate,), headers=PNG, framing="length", length=101))
    assert "larger than 100 bytes" in await web.refusal(max_bytes=100)


async def test_a_large_answer_that_does_not_say_so_is_cut_off(web: Web) -> None:
    web.server.script(Reply((b"x" * 60, b"x" * 60, Gate()), headers=PNG))
    assert "larger than 100 bytes" in await web.refusal(max_bytes=100)
    await web.server.closed(1)


async def test_all_answers_together_are_bounded(web: Web) -> None:
    web.server.always(Reply((b"x" * 60,), headers=PNG))
    with pytest.raises(BadRequest, match="all of them are larger than 100 bytes"):
        await web.fetch(web.url("/a.png"), web.url("/b.png"), max_total_bytes=100)


async def test_a_slow_drip_ends_in_time(web: Web) -> None:
    web.server.script(Reply((Drip(b"x" * 1000, 1, 0.01),), headers=PNG))
    assert "longer than 0.1 s" in await web.refusal(timeout_s=0.1)
    await web.server.closed(1)


async def test_a_server_that_says_nothing_ends_in_time(web: Web) -> None:
    web.server.script(Reply(before=(Gate(),)))
    assert "longer than 0.05 s" in await web.refusal(timeout_s=0.05)


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "application/x-msdownload", "image"])
async def test_a_type_that_is_no_picture_is_refused(web: Web, media_type: str) -> None:
    web.server.script(Reply((b"<html>",), headers={"content-type": media_type}))
    assert f"its type is {media_type}" in await web.refusal()


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/octet-stream"}])
async def test_without_a_type_the_ending_counts(web: Web, headers: dict[str, str]) -> None:
    web.server.always(Reply((PICTURE,), headers=headers))
    assert pictures_of(await web.fetch()) == [PICTURE_URL]
    assert "its type is not given" in await web.refusal(web.url("/cat"))


async def test_compressed_bytes_are_refused(web: Web) -> None:
    web.server.script(Reply((b"x",), headers={**PNG, "content-encoding": "gzip"}))
    assert "compressed" in await web.refusal()
    assert (await web.server.received(1)).headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
async def test_an_answer_that_is_none_is_refused(web: Web, status: int) -> None:
    web.server.script(Reply(status=status, headers=PNG, framing="length"))
    assert f"answered {status}" in await web.refusal()


async def test_a_broken_answer_is_refused(web: Web) -> None:
    web.server.script(Reply((b"x",), headers=PNG, framing="length", length=10, end="fin"))
    assert "could not be read" in await web.refusal()


async def test_a_port_that_nobody_listens_on_is_refused(web: Web) -> None:
    assert "could not be read" in await web.refusal("http://pictures.test:1/cat.png")


async def test_no_proxy_of_the_environment_is_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    web.server.script(Reply((PICTURE,), headers=PNG))
    assert pictures_of(await web.fetch()) == [PICTURE_URL]


async def test_cookies_do_not_follow_a_redirect(web: Web) -> None:
    moved = Reply(status=302, headers={"location": "/b.png", "set-cookie": "a=b"})
    web.server.script(moved, Reply((PICTURE,), headers=PNG))
    await web.fetch()
    assert "cookie" not in (await web.server.received(2)).headers


async def test_leaving_closes_what_is_being_fetched(web: Web) -> None:
    gate = Gate()
    web.server.script(Reply((b"x", gate), headers=PNG))
    fetching = asyncio.get_running_loop().create_task(web.fetch())
    await gate.reached()
    fetching.cancel()
    await asyncio.wait([fetching])
    await web.server.closed(1)


class SecureServer:
    """One picture over TLS, for `pictures.test` by its certificate; it keeps the name each client asked for."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.asked_for: list[str] = []
        self.port = 0

    async def start(self) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("pictures.test").configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: self.asked_for.append(name)
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def trusted(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: %d\r\n\r\n" % len(PICTURE)
        writer.write(head + PICTURE)
        await writer.drain()
        writer.close()


async def test_over_tls_the_name_stays_the_name(web: Web) -> None:
    secure = SecureServer()
    server = await secure.start()
    async with server:
        url = f"https://pictures.test:{secure.port}/cat.png"
        inlined = await web.fetch(url, tls=secure.trusted(), schemes=FetchPolicy().schemes)
    assert pictures_of(inlined) == [PICTURE_URL]
    assert secure.asked_for == ["pictures.test"]


async def test_a_certificate_for_another_name_is_refused(server: Upstream) -> None:
    web = Web(server, other_test=[["127.0.0.1"]])
    secure = SecureServer()
    running = await secure.start()
    async with running:
        message = await web.refusal(f"https://other.test:{secure.port}/cat.png", tls=secure.trusted())
    assert "could not be read" in message


class Inlining(OpenAiProvider):
    """A dialect whose vendor takes data only, and objects of its own bucket."""

    inlines_media = True

    def takes_address(self, url: str) -> bool:
        return "/bucket/" in url or super().takes_address(url)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_provider_sends_data_where_its_vendor_wants_data(web: Web, stream: bool) -> None:
    asked: list[Request] = []

    def play(request: Request) -> Answer:
        asked.append(request)
        return Answer(sse(*text_chunks("A cat."))) if stream else json_answer(completion("A cat."))

    web.server.script(Reply((PICTURE,), headers=PNG))
    provider = Inlining("http://far/v1", "key", transport=ScriptedTransport("far", play))
    provider.media_fetcher = MediaFetcher(
        FetchPolicy(schemes=frozenset({"http"}), allows=bool, resolve=web.names),
    )
    theirs = picture("https://vendor.test/bucket/dog.png")
    chat = chat_with(picture(web.url()), theirs)
    async for _ in provider.replies(chat, stream=stream, terms=Terms()):
        pass
    [sent] = asked
    assert sent.body is not None
    assert json.loads(sent.body)["messages"][0]["content"][1:] == [picture(PICTURE_URL), theirs]


async def test_a_provider_refuses_what_must_not_be_fetched(web: Web) -> None:
    provider = Inlining("http://far/v1", "key", transport=ScriptedTransport("far", lambda request: Answer(())))
    with pytest.raises(BadRequest, match="not public"):
        await provider.chat(chat_with(picture("https://127.0.0.1/cat.png")))
