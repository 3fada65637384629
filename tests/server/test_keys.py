"""The typed places where the application and a request hold our own things."""

from aiohttp.test_utils import make_mocked_request

from llms.server.keys import CALL, REQUEST_ID, call_of, request_id
from llms.types import Call


def test_a_request_has_its_id_and_no_call_at_first() -> None:
    request = make_mocked_request("GET", "/")
    request[REQUEST_ID] = "req_1"
    assert request_id(request) == "req_1"
    assert call_of(request) is None


def test_a_request_knows_the_call_it_led_to() -> None:
    request = make_mocked_request("POST", "/")
    call = request[CALL] = Call("req_1", {"model": "m", "messages": []}, stream=False)
    assert call_of(request) is call
