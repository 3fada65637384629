"""Which client a gateway gets."""

import pytest

from llms.providers import transport
from llms.providers.transport import AiohttpTransport, HttpToolsTransport, default_transport


def test_the_lean_client_is_the_default() -> None:
    assert isinstance(default_transport(), HttpToolsTransport)


def test_proxies_need_aiohttps_client() -> None:
    assert isinstance(default_transport(use_environment_proxies=True), AiohttpTransport)


def test_without_a_parser_for_the_platform_it_is_aiohttps_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HttpToolsTransport", None)
    assert isinstance(default_transport(), AiohttpTransport)
