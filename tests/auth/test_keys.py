"""The gateway's own keys: found wherever an SDK puts them, kept only as digests."""

import pytest

from llms.auth.keys import Keys
from llms.errors import Unauthorized
from llms.types import Principal, Secret

KEYS = Keys({"blue": Secret("canary-blue"), "red": Secret("canary-red")})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer canary-blue"},
        {"Authorization": "bearer canary-blue"},
        {"Authorization": "BEARER   canary-blue  "},
        {"x-api-key": "canary-blue"},
        {"api-key": "canary-blue"},
        {"Authorization": "Basic xyz", "x-api-key": "canary-blue"},
        {"Authorization": "Bearer ", "api-key": "canary-blue"},
    ],
)
def test_a_key_is_found_where_sdks_put_it(headers: dict[str, str]) -> None:
    assert KEYS.principal(headers) == Principal("blue")


def test_every_key_has_its_name() -> None:
    assert KEYS.principal({"Authorization": "Bearer canary-red"}) == Principal("red")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "canary-blue"}, {"x-api-key": ""}],
)
def test_no_key_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized, match="Authorization: Bearer") as raised:
        KEYS.principal(headers)
    assert (raised.value.status, raised.value.code) == (401, "invalid_api_key")


@pytest.mark.parametrize("key", ["canary-blu", "canary-blue2", "CANARY-BLUE", "blue", "\udcff", "ä"])
def test_another_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(Unauthorized) as raised:
        KEYS.principal({"Authorization": f"Bearer {key}"})
    assert key not in raised.value.message


def test_a_wrong_key_is_not_saved_by_a_right_one_in_another_header() -> None:
    with pytest.raises(Unauthorized):
        KEYS.principal({"Authorization": "Bearer wrong", "x-api-key": "canary-blue"})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer anything"}])
def test_without_keys_everybody_is_anonymous(headers: dict[str, str]) -> None:
    assert Keys({}).principal(headers) == Principal("anonymous")


def test_the_keys_themselves_are_not_kept() -> None:
    assert "canary" not in repr(vars(KEYS))
