"""The PEP 517 and PEP 660 hooks: setuptools' own, with the chat page built before a wheel or a source distribution.

Whoever installs needs no Node.js: where none is found and the page must be built, the hooks ask for one as a build
requirement. A source distribution holds the built page, so a wheel made from it needs none at all. An editable install
builds nothing; `make serve` does, and until then the server says how.
"""

import shutil
from collections.abc import Mapping
from typing import Any

from setuptools import build_meta

from build_backend.ui import ROOT, Ui

Settings = Mapping[str, Any] | None

build_editable = build_meta.build_editable
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable
prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What setuptools needs, and a Node.js where there is none."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *Ui(ROOT).requirements()]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """The same as for a wheel."""
    return [*build_meta.get_requires_for_build_sdist(config_settings), *Ui(ROOT).requirements()]


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """The wheel with the page in it; its file name."""
    _build_page()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """The source distribution with the page's sources and the page; its file name."""
    _build_page()
    return build_meta.build_sdist(sdist_directory, config_settings)


def _build_page() -> None:
    Ui(ROOT).build()
    # setuptools gathers a wheel's files here and never removes one: those of earlier builds would come along.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
