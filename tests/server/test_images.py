"""Images of the web through the gateway: only images, only from public hosts, and harmless once here."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import pytest

from llms.providers.fetching import FetchPolicy, MediaFetcher
from tests.fakes.upstream import Reply, Upstream
from tests.server.conftest import Answered, Serve, Site

PICTURE = b"\x89PNG not really"


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture
async def near(serve: Serve) -> Site:
    """A gateway for which this machine is the public web, as far as images go."""
    policy = FetchPolicy(
        schemes=frozenset({"http"}), max_bytes=64, allows=lambda address: address == "127.0.0.1", resolve=resolve
    )
    return await serve(images=MediaFetcher(policy))


Ask = Callable[..., Awaitable[Answered]]


@pytest.fixture
def ask(near: Site, upstream: Upstream) -> Ask:
    """Asks for an image that the fake upstream serves as `media_type`."""

    async def _ask(media_type: str, body: bytes = PICTURE, headers: dict[str, str] | None = None) -> Answered:
        upstream.always(Reply((body,), headers={"content-type": media_type}))
        address = f"{upstream.url}/picture".replace("127.0.0.1", "pictures.test")
        return await near.ask(f"/api/image?url={quote(address, safe='')}", headers=headers)

    return _ask


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp", "image/svg+xml"])
async def test_an_image_comes_as_it_is(ask: Ask, media_type: str) -> None:
    answer = await ask(media_type)
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == media_type


async def test_nothing_in_it_runs_and_no_other_page_may_use_it(ask: Ask) -> None:
    headers = (await ask("image/svg+xml", b"<svg><script>alert(1)</script></svg>")).headers
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-disposition"] == "attachment"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


async def test_its_host_learns_nothing_of_the_reader(ask: Ask, upstream: Upstream) -> None:
    await ask("image/png", headers={"Cookie": "llms-theme=dark", "Referer": "http://here/c/secret", "X-Api-Key": "k"})
    [sent] = upstream.requests
    assert not {"cookie", "referer", "x-api-key", "authorization", "origin"} & set(sent.headers)


@pytest.mark.parametrize("media_type", ["text/html", "application/pdf", "video/mp4", "image/x-unknown"])
async def test_what_is_no_image_is_refused(ask: Ask, media_type: str) -> None:
    answer = await ask(media_type)
    assert answer.status == 400
    assert (answer.error["code"], answer.error["param"]) == ("invalid_image_url", "url")


async def test_an_image_that_is_too_large_is_refused(ask: Ask) -> None:
    answer = await ask("image/png", b"x" * 65)
    assert answer.status == 400
    assert "larger than 64 bytes" in answer.error["message"]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/picture.png",
        "https://127.0.0.1/picture.png",
        "https://[::1]/picture.png",
        "https://169.254.169.254/latest/meta-data",
        "https://me:pw@example.com/picture.png",
        "file:///etc/hostname",
        "data:image/png;base64,AAAA",
        "not an address",
    ],
)
async def test_only_public_addresses_are_asked(site: Site, address: str) -> None:
    answer = await site.ask(f"/api/image?url={quote(address, safe='')}")
    assert answer.status == 400
    assert answer.error["code"] == "invalid_image_url"


@pytest.mark.parametrize("query", ["", "?url="])
async def test_the_address_is_needed(site: Site, query: str) -> None:
    answer = await site.ask(f"/api/image{query}")
    assert (answer.status, answer.error["param"]) == (400, "url")


@pytest.mark.parametrize("site_of_the_page", ["cross-site", "same-site"])
async def test_a_foreign_page_cannot_have_images_fetched(ask: Ask, upstream: Upstream, site_of_the_page: str) -> None:
    answer = await ask("image/png", headers={"Sec-Fetch-Site": site_of_the_page})
    assert answer.status == 403
    assert upstream.requests == []


async def test_with_keys_an_image_needs_one(serve: Serve) -> None:
    keyed = await serve(auth={"keys": {"alice": "alice-key-0123456789"}})
    address = "/api/image?url=http%3A%2F%2Fexample.com%2F"
    assert (await keyed.ask(address)).status == 401
    # Known by its key, and refused for the address only.
    assert (await keyed.ask(address, headers={"Authorization": "Bearer alice-key-0123456789"})).status == 400
