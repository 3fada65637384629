from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from llms.config.values import BaseUrl, GatewayKey, HeaderName, Host, Port, SecretText, is_loopback
from llms.types import Secret


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST.", "::ffff:127.0.0.1"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.1", "127.1", "my-machine", "localhost.example", "0"])
def test_what_others_may_reach_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/v1", "http://[::1]:9000/v1"),
    ],
)
def test_an_address_keeps_its_meaning_with_or_without_a_last_slash(given: str, meant: str) -> None:
    assert read(BaseUrl, given) == meant


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:9000/v1", "ftp://a", "http://", "http://a:x", "http://a:70000", "http://[a", "http://a b/", "", 5],
)
def test_what_is_no_address_is_refused(address: Any) -> None:
    with pytest.raises(ValidationError):
        read(BaseUrl, address)


@pytest.mark.parametrize("address", ["http://me:canary@a/v1", "http://a/v1?key=canary", "http://a/v1#canary"])
def test_an_address_holds_no_secret(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(BaseUrl, address)
    assert "canary" not in refused.value.errors()[0]["msg"]


def test_a_secret_loses_the_line_end_of_the_file_it_was_in() -> None:
    assert read(SecretText, "abc\n") == Secret("abc")
    assert read(SecretText, Secret("abc")) == Secret("abc")


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\x00", 5, None, ["a"]])
def test_a_secret_that_no_header_can_carry_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        read(SecretText, value)


@pytest.mark.parametrize("key", ["", "  ", "a b"])
def test_a_key_that_nobody_could_send_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        read(GatewayKey, key)


def test_a_number_may_be_text_but_not_a_truth() -> None:
    assert read(Port, "9000") == 9000
    for value in (True, "http", 65536, -1, 1.5):
        with pytest.raises(ValidationError):
            read(Port, value)


def test_an_address_to_listen_on_may_be_in_brackets() -> None:
    assert read(Host, "[::1]") == "::1"


@pytest.mark.parametrize("name", ["x team", "x:", "", "é"])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        read(HeaderName, name)
