"""The built UI as it lies in the package: a template of the page, and a fixed table of the files it may ask for.

Everything is read once, when the server starts; what is not in the table does not exist, so no path of a request ever
reaches the disk. Knows files and encodings, nothing of requests: `llms.server.page` answers those.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

PAGE = "index.html"

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_CODINGS = {"br": ".br", "gzip": ".gz"}  # the smaller one first
_HASHED_FOLDERS = ("assets/", "sandbox/")
_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"

_ACCEPTED = re.compile(r"([^\s;,]+)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*)?(?:,|$)")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the UI: its bytes as they are and as they were compressed at build, each coding under its HTTP name."""

    media_type: str
    etag: str
    cache_control: str
    plain: bytes
    coded: Mapping[str, bytes]

    def coding_for(self, accept_encoding: str) -> str:
        """The smallest coding that a client with this header takes; empty for none."""
        weights = {name.lower(): float(weight or 1) for name, weight in _ACCEPTED.findall(accept_encoding)}
        rest = weights.get("*", 0.0)
        return next((coding for coding in self.coded if weights.get(coding, rest) > 0), "")


@dataclass(frozen=True, slots=True)
class Ui:
    """What `llms serve` shows in a browser. `built` is False for the page that stands in for a missing build."""

    page: str
    files: Mapping[str, File]
    built: bool


def packaged() -> Traversable:
    """Where the build puts its files."""
    return files("llms").joinpath("_ui")


def read(folder: Traversable) -> Ui:
    """The UI in `folder`; where none was built, a page that says so."""
    if folder.joinpath(PAGE).is_file():
        return _read(folder, built=True)
    return _read(files("llms.server").joinpath("templates"), built=False)


def _read(folder: Traversable, *, built: bool) -> Ui:
    found = dict(_walk(folder))
    page = found.pop(PAGE).read_text("utf-8")
    table = {name: _file(name, found) for name in found if _suffix(name) in _TYPES}
    return Ui(page, MappingProxyType(table), built)


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _file(name: str, found: Mapping[str, Traversable]) -> File:
    plain = found[name].read_bytes()
    coded = {coding: found[name + suffix].read_bytes() for coding, suffix in _CODINGS.items() if name + suffix in found}
    return File(
        media_type=_TYPES[_suffix(name)],
        etag=hashlib.sha256(plain).hexdigest()[:20],
        cache_control=_FOREVER if name.startswith(_HASHED_FOLDERS) else _ASK_FIRST,
        plain=plain,
        coded=MappingProxyType(coded),
    )


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
