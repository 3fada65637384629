"""The UI over HTTP: its page on every address, its files, and that nothing foreign gets into it."""

import html
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from llms.version import VERSION
from tests.server.conftest import Answered, Serve, Site

PAGE = """<!doctype html><html data-theme="{{ theme }}"><meta name="llms-settings" content="{{ boot }}">
<link href="{{ base }}assets/main-1.css"><script src="{{ base }}assets/main-1.js"></script></html>"""
FILES = {
    "index.html": PAGE,
    "icon.svg": "<svg/>",
    "sandbox.html": "<!doctype html>",
    "sources.sha256": "0",
    "assets/main-1.js": "let plain",
    "assets/main-1.js.br": "smallest",
    "assets/main-1.js.gz": "smaller",
    "assets/main-1.css": "a{}",
    "sandbox/frame-1.js": "let frame",
}
ADDRESSES = ["/", "/c/0192f3", "/c/a%2Fb", "/recents", "/analytics", "/providers"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build of the UI."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
async def built(serve: Serve, folder: Path) -> Site:
    return await serve(ui_folder=folder)


def policy_of(answer: Answered) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


def settings_of(answer: Answered) -> dict[str, Any]:
    [written] = re.findall(r'content="([^"]*)"', answer.body.decode())
    settings: dict[str, Any] = json.loads(html.unescape(written))
    return settings


@pytest.mark.parametrize("address", ADDRESSES)
async def test_the_page_is_on_each_of_its_addresses(built: Site, address: str) -> None:
    answer = await built.ask(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    base = "../" if address.startswith("/c/") else "./"
    assert settings_of(answer)["base"] == base
    assert f'<script src="{base}assets/main-1.js">' in answer.body.decode()


@pytest.mark.parametrize("address", ["/c/", "/c/1/2", "/recents/", "/nothing", "/index.html", "/v1/nothing"])
async def test_what_is_no_address_of_it_stays_an_error_of_the_api(built: Site, address: str) -> None:
    answer = await built.ask(address)
    assert answer.status == 404
    assert answer.error["code"] == "not_found"


async def test_the_page_knows_what_its_code_needs_to_begin(serve: Serve, folder: Path) -> None:
    site = await serve(ui_folder=folder, models={"fast": ["mine/big"]})
    assert settings_of(await site.ask("/")) == {
        "base": "./",
        "version": VERSION,
        "needsKey": False,
        "defaultModel": "fast",
    }


async def test_with_nothing_configured_the_demo_answers_first(serve: Serve, folder: Path) -> None:
    bare = await serve(ui_folder=folder, providers={}, discover=False)
    assert settings_of(await bare.ask("/"))["defaultModel"] == "demo/guide"
    assert settings_of(await (await serve(ui_folder=folder)).ask("/"))["defaultModel"] == ""


async def test_the_page_says_that_a_key_is_needed_and_never_which(serve: Serve, folder: Path) -> None:
    answer = await (await serve(ui_folder=folder, auth={"keys": ["canary-key-0123456789"]})).ask("/")
    assert settings_of(answer)["needsKey"] is True
    assert b"canary" not in answer.body


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("contrast", "contrast"), ("", "system"), ('"><script>', "system")]
)
async def test_the_theme_is_there_before_any_script(built: Site, cookie: str, theme: str) -> None:
    answer = await built.ask("/", headers={"Cookie": f"llms-theme={cookie}"})
    assert f'data-theme="{theme}"' in answer.body.decode()
    assert answer.headers["vary"] == "Cookie"


async def test_the_policy_lets_nothing_else_in(built: Site) -> None:
    answer = await built.ask("/")
    policy = policy_of(answer)
    assert policy.pop("default-src") == ["'none'"]
    assert policy.pop("require-trusted-types-for") == ["'script'"]
    assert policy.pop("trusted-types") == ["llms-worker"]
    assert policy["script-src"] == policy["connect-src"] == policy["frame-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'", "data:", "blob:"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_worker_is_held_to_the_policy_of_the_page(built: Site) -> None:
    worker = await built.ask("/assets/main-1.js", method="HEAD")
    assert policy_of(worker) == policy_of(await built.ask("/"))


async def test_the_sandbox_has_an_origin_of_its_own_and_no_network(built: Site) -> None:
    policy = policy_of(await built.ask("/sandbox.html"))
    assert policy["sandbox"] == ["allow-scripts"]
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert not {"connect-src", "frame-src", "child-src", "worker-src"} & set(policy)
    assert policy["img-src"] == ["data:", "blob:"]


async def test_only_the_scripts_of_the_sandbox_are_for_other_origins(built: Site) -> None:
    assert (await built.ask("/sandbox/frame-1.js", method="HEAD")).headers["access-control-allow-origin"] == "*"
    for address in ("/", "/assets/main-1.js", "/sandbox.html", "/v1/models"):
        assert "access-control-allow-origin" not in (await built.ask(address, method="HEAD")).headers


@pytest.mark.parametrize(
    ("name", "kind", "cache"),
    [
        ("assets/main-1.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/main-1.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("icon.svg", "image/svg+xml", "no-cache"),
        ("sandbox.html", "text/html; charset=utf-8", "no-cache"),
    ],
)
async def test_its_files_are_served(built: Site, name: str, kind: str, cache: str) -> None:
    answer = await built.ask(f"/{name}", headers={"Accept-Encoding": "identity"})
    assert (answer.status, answer.body.decode()) == (200, FILES[name])
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (kind, cache)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("accepted", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)])
async def test_a_file_comes_as_it_was_compressed_at_build(built: Site, accepted: str, coding: str | None) -> None:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(f"{built.url}/assets/main-1.js", headers={"Accept-Encoding": accepted}) as answer,
    ):
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        suffix = {"br": ".br", "gzip": ".gz", None: ""}[coding]
        assert (await answer.read()).decode() == FILES[f"assets/main-1.js{suffix}"]


@pytest.mark.parametrize(
    "name",
    [
        "assets/nothing.css",
        "assets/main-1.js.br",
        "assets/..%2Findex.html",
        "assets/%2e%2e%2fpage.py",
        "assets/main-1.css%00",
        "sandbox/main-1.js",
        "page.css",
        "sources.sha256",
    ],
)
async def test_no_other_file_is_served(built: Site, name: str) -> None:
    answer = await built.ask(f"/{name}")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("address", ["/", "/c/1", "/icon.svg", "/assets/main-1.js"])
async def test_what_a_browser_has_is_not_sent_again(built: Site, address: str) -> None:
    first = await built.ask(address, headers={"Accept-Encoding": "identity"})
    conditions = {"If-None-Match": f'"other", {first.headers["etag"]}', "Accept-Encoding": "identity"}
    again = await built.ask(address, headers=conditions)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_a_page_with_another_theme_is_another_page(built: Site) -> None:
    tag = (await built.ask("/")).headers["etag"]
    answer = await built.ask("/", headers={"If-None-Match": tag, "Cookie": "llms-theme=dark"})
    assert answer.status == 200


@pytest.mark.parametrize("address", ["/", "/c/1", "/icon.svg", "/assets/main-1.js"])
async def test_head_tells_the_same_without_the_body(built: Site, address: str) -> None:
    headers = {"Accept-Encoding": "identity"}
    whole, head = await built.ask(address, headers=headers), await built.ask(address, method="HEAD", headers=headers)
    assert (head.status, head.body) == (200, b"")
    for name in ("content-length", "content-type", "etag", "content-security-policy"):
        assert head.headers[name] == whole.headers[name]


async def test_the_host_of_a_request_is_escaped(built: Site) -> None:
    text = (await built.ask("/", headers={"Host": 'x"><script>'})).body.decode()
    assert "<script>" not in text


# Where nothing was built


async def test_without_a_build_the_page_says_how_to_build_and_where_to_point_an_sdk(site: Site) -> None:
    answer = await site.ask("/")
    assert answer.status == 200
    text = answer.body.decode()
    assert "make ui" in text
    assert f"{site.url}/v1" in text
    assert VERSION in text
    assert "mine/big" in text


@pytest.mark.parametrize("address", ADDRESSES)
async def test_the_page_without_a_build_needs_nothing_its_policy_forbids(site: Site, address: str) -> None:
    text = (await site.ask(address)).body.decode()
    assert not re.search(r"<script|\sstyle=|\son\w+=|<style", text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    for each in addresses:
        assert each.startswith("../" if address.startswith("/c/") else "./")
        assert (await site.ask("/" + each.lstrip("./"))).status == 200


async def test_names_are_escaped(serve: Serve) -> None:
    mine = {"base_url": "http://127.0.0.1:1/v1", "models": ["<b>x</b>"]}
    text = (await (await serve(providers={"mine": mine})).ask("/")).body.decode()
    assert "<b>x" not in text
    assert "mine/&lt;b&gt;x" in text


async def test_a_long_list_of_models_is_cut(serve: Serve) -> None:
    mine = {"base_url": "http://127.0.0.1:1/v1", "models": [f"m{number}" for number in range(100)]}
    text = (await (await serve(providers={"mine": mine})).ask("/")).body.decode()
    assert "mine/m99" not in text
    assert re.search(r"and \d+ more", text)


async def test_without_a_build_the_page_says_whether_a_key_is_needed(serve: Serve) -> None:
    assert "none needed" in (await (await serve()).ask("/")).body.decode()
    keyed = (await (await serve(auth={"keys": ["canary-key-0123456789"]})).ask("/")).body.decode()
    assert "your key for this gateway" in keyed
    assert "canary" not in keyed
