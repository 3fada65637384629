"""Which files of a build are served, and in which coding."""

from pathlib import Path

import pytest

from llms.server import ui
from llms.server.ui import Ui

SCRIPT = "assets/main-Ab3.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A small build."""
    for name, text in {
        "index.html": "<!doctype html>",
        "icon.svg": "<svg/>",
        "sources.sha256": "0",
        SCRIPT: "let plain",
        f"{SCRIPT}.br": "br",
        f"{SCRIPT}.gz": "gz",
        f"{SCRIPT}.map": "{}",
        "assets/main-Ab3.css": "a{}",
        "assets/source.ts": "let x: string",
        ".vite/manifest.json": "{}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def found(built: Path) -> Ui:
    return ui.read(built)


def test_the_table_holds_what_a_browser_loads_and_nothing_else(found: Ui) -> None:
    assert set(found.files) == {"icon.svg", SCRIPT, "assets/main-Ab3.css"}
    assert (found.page, found.built) == ("<!doctype html>", True)


def test_a_file_whose_name_holds_its_hash_is_kept_for_ever(found: Ui) -> None:
    assert "immutable" in found.files[SCRIPT].cache_control
    assert found.files["icon.svg"].cache_control == "no-cache"


def test_other_content_has_another_tag(built: Path) -> None:
    before = ui.read(built).files["icon.svg"].etag
    (built / "icon.svg").write_text("<svg></svg>")
    assert ui.read(built).files["icon.svg"].etag != before


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("gzip;q=0.000,br;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("brotli", ""),
        (";;q=,gzip;q=many,", ""),
    ],
)
def test_the_smallest_coding_that_a_client_takes_is_chosen(found: Ui, header: str, coding: str) -> None:
    assert found.files[SCRIPT].coding_for(header) == coding


def test_a_file_that_was_not_compressed_has_no_coding(found: Ui) -> None:
    assert found.files["icon.svg"].coding_for("gzip, br") == ""


def test_where_nothing_was_built_a_page_stands_in(tmp_path: Path) -> None:
    stand_in = ui.read(tmp_path)
    assert not stand_in.built
    assert set(stand_in.files) == {"icon.svg", "page.css"}


def test_the_packaged_ui_lies_inside_the_package() -> None:
    assert str(ui.packaged()).endswith("_ui")
