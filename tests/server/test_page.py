"""The page at `/`: what it says, and that nothing foreign gets into it."""

import re

import pytest

from llms.version import VERSION
from tests.server.conftest import Serve, Site


async def test_the_page_tells_where_to_point_an_sdk(site: Site) -> None:
    answer = await site.ask("/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    text = answer.body.decode()
    assert f"{site.url}/v1" in text
    assert VERSION in text
    assert "mine/big" in text


async def test_the_policy_lets_nothing_else_in(site: Site) -> None:
    headers = (await site.ask("/")).headers
    policy = {
        name: sources for name, *sources in (part.split() for part in headers["content-security-policy"].split(";"))
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert not any("unsafe" in source or source == "*" for sources in policy.values() for source in sources)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_the_page_needs_nothing_its_policy_forbids(site: Site) -> None:
    text = (await site.ask("/")).body.decode()
    assert not re.search(r"<script|\sstyle=|\son\w+=|<style", text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert not address.startswith(("http", "//", "/"))
        assert (await site.ask(f"/{address}")).status == 200


@pytest.mark.parametrize(("name", "kind"), [("page.css", "text/css"), ("icon.svg", "image/svg+xml")])
async def test_its_files_are_served(site: Site, name: str, kind: str) -> None:
    answer = await site.ask(f"/assets/{name}")
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, kind)
    assert answer.body


@pytest.mark.parametrize("name", ["nothing.css", "index.html", "..%2Fapp.py", "%2e%2e%2fapp.py", "page.css%00"])
async def test_no_other_file_is_served(site: Site, name: str) -> None:
    answer = await site.ask(f"/assets/{name}")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")


async def test_names_are_escaped(serve: Serve) -> None:
    mine = {"base_url": "http://127.0.0.1:1/v1", "models": ["<b>x</b>"]}
    text = (await (await serve(providers={"mine": mine})).ask("/")).body.decode()
    assert "<b>x" not in text
    assert "mine/&lt;b&gt;x" in text


async def test_the_host_of_a_request_is_escaped(site: Site) -> None:
    text = (await site.ask("/", headers={"Host": 'x"><script>'})).body.decode()
    assert "<script>" not in text


async def test_the_page_says_whether_a_key_is_needed(serve: Serve) -> None:
    assert "none needed" in (await (await serve()).ask("/")).body.decode()
    keyed = (await (await serve(auth={"keys": ["canary-key-0123456789"]})).ask("/")).body.decode()
    assert "your key for this gateway" in keyed
    assert "canary" not in keyed
