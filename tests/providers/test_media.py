import base64
from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.media import Media, guess_type, read_media

PNG = base64.b64encode(b"png").decode()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "text", "text": "hi"}, None),
        (
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
            Media("image", "image/png", data=PNG, detail="low"),
        ),
        ({"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"}, Media("image", "image/png", data=PNG)),
        (
            {"type": "image_url", "image_url": {"url": "https://host/a/cat.JPG?size=1"}},
            Media("image", "image/jpeg", url="https://host/a/cat.JPG?size=1"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": PNG, "format": "mp3"}},
            Media("audio", "audio/mpeg", data=PNG),
        ),
        (
            {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PNG}", "filename": "a.pdf"}},
            Media("document", "application/pdf", data=PNG, filename="a.pdf"),
        ),
        ({"type": "file", "file": {"file_data": PNG}}, Media("document", "application/pdf", data=PNG)),
        ({"type": "file", "file": {"file_id": "file-1"}}, Media("document", file_id="file-1")),
        (
            {"type": "file", "file": {"file_data": "data:text/plain,a%20b"}},
            Media("document", "text/plain", data=base64.b64encode(b"a b").decode()),
        ),
        (
            {"type": "file", "file": {"file_data": f"data:video/mp4;base64,{PNG}"}},
            Media("video", "video/mp4", data=PNG),
        ),
        (
            {"type": "image_url", "image_url": {"url": f"data:image/svg+xml;charset=utf-8;base64,{PNG}"}},
            Media("image", "image/svg+xml", data=PNG),
        ),
    ],
)
def test_a_part_is_read_for_what_it_is(part: dict[str, Any], expected: Media | None) -> None:
    assert read_media(part) == expected


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url"},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "image_url", "image_url": {"url": "file:///etc/hostname"}},
        {"type": "image_url", "image_url": {"url": "/etc/hostname"}},
        {"type": "image_url", "image_url": {"url": "data:nonsense"}},
        {"type": "input_audio", "input_audio": {"format": "wav"}},
        {"type": "file", "file": "x"},
        {"type": "file", "file": {}},
    ],
)
def test_a_broken_part_is_refused_and_its_place_named(part: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refused:
        read_media(part, path="messages[0].content[1]")
    assert refused.value.param == "messages[0].content[1]"


def test_data_that_is_not_base64_is_refused_when_it_is_needed() -> None:
    with pytest.raises(BadRequest):
        Media("image", "image/png", data="not base64!").decoded()


def test_inline_data_is_decoded() -> None:
    assert Media("image", "image/png", data=PNG).decoded() == b"png"


def test_an_unknown_ending_says_nothing() -> None:
    assert guess_type("https://host/thing") == ""
