import pytest

from llms.auth.browsers import check_page
from llms.errors import Forbidden


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8000"},
        {"Host": "gateway.example"},
        {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"},
        {"Host": "localhost:8000", "Origin": "http://localhost:8000"},
        {"Host": "[::1]:8000", "Origin": "http://[::1]:8000"},
    ],
)
def test_programs_and_the_gateways_own_page_may_call(headers: dict[str, str]) -> None:
    check_page(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8000", "Origin": "https://evil.example"},
        {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:3000"},
        {"Host": "127.0.0.1:8000", "Origin": "null"},
        {"Host": "evil.example:8000", "Origin": "http://evil.example:8000"},
        {"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"},
    ],
)
def test_foreign_and_rebound_pages_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        check_page(headers)
