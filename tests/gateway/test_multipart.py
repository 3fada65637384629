"""A form that is passed on while it comes, cut anywhere."""

from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from llms.errors import BadRequest, GatewayError, TooLarge
from llms.gateway.multipart import Multipart, boundary_of
from tests.fakes.upstream import bytewise

TYPE = 'multipart/form-data; boundary="cut"'
FILE = b'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n'
MODEL = b'Content-Disposition: form-data; name="model"\r\n\r\n'


def form(*parts: bytes) -> bytes:
    return b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"


MODEL_FIRST = form(MODEL + b"mine/whisper", FILE + b"\x00\r\n--cu\r\nsound")
FILE_FIRST = form(
    FILE + b"\r\nsound\r\n\r\n", b'content-disposition: form-data; name="x"\r\n\r\n', MODEL + b"mine/whisper"
)


class Coming:
    """The pieces of a body; it tells how many have been asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.asked = 0
        self._pieces = list(pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.asked += 1
            yield piece


async def read(
    pieces: Iterable[bytes], *, content_type: str = TYPE, size: int | None = None, limit: int = 10_000
) -> Multipart:
    return await Multipart.read(content_type, aiter(Coming(pieces)), size=size, max_held=limit)


async def told(body: Multipart, model: str = "large") -> tuple[int | None, bytes]:
    size, pieces = body.told(model)
    return size, b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("body", [MODEL_FIRST, FILE_FIRST], ids=["model first", "file first"])
@pytest.mark.parametrize("cut", [lambda body: (body,), bytewise], ids=["at once", "single bytes"])
async def test_only_the_name_of_the_model_is_another(body: bytes, cut: Callable[[bytes], Iterable[bytes]]) -> None:
    form = await read(cut(body), size=len(body))
    assert form.model == "mine/whisper"
    expected = body.replace(b"mine/whisper", b"large")
    assert await told(form) == (len(expected), expected)


@pytest.mark.parametrize("cut_at", range(0, len(FILE_FIRST), 7))
async def test_one_cut_anywhere_changes_nothing(cut_at: int) -> None:
    form = await read((FILE_FIRST[:cut_at], FILE_FIRST[cut_at:]))
    assert await told(form) == (None, FILE_FIRST.replace(b"mine/whisper", b"large"))


async def test_what_comes_after_the_model_is_not_read_before_it_is_sent() -> None:
    coming = Coming([MODEL_FIRST[:80], *[b"x" * 100] * 50])
    form = await Multipart.read(TYPE, aiter(coming), max_held=100)
    assert coming.asked == 1
    _, pieces = form.told("large")
    first = await anext(pieces)
    assert first.startswith(b"--cut")
    assert form.untouched
    await anext(pieces)
    assert coming.asked == 2
    assert not form.untouched


async def test_as_long_as_only_what_is_held_was_sent_it_can_be_sent_again() -> None:
    form = await read([MODEL_FIRST])
    _, pieces = form.told("first")
    await anext(pieces)
    assert form.untouched
    assert (await told(form, "second"))[1] == MODEL_FIRST.replace(b"mine/whisper", b"second")


async def test_a_file_before_the_model_may_only_be_so_large() -> None:
    with pytest.raises(TooLarge, match="before the file") as raised:
        await read([b"--cut\r\n" + FILE, *[b"x" * 100] * 20], limit=1000)
    assert raised.value.status == 413


async def test_a_second_model_is_refused_also_while_it_is_sent() -> None:
    twice = form(MODEL + b"small", FILE + b"sound", MODEL + b"large")
    body = await read([twice[:70], twice[70:]])
    assert body.model == "small"
    with pytest.raises(BadRequest, match="twice"):
        await told(body)
    assert isinstance(body.failure, GatewayError)
    with pytest.raises(BadRequest, match="twice"):
        await read([twice])


async def test_no_model_is_a_missing_parameter() -> None:
    with pytest.raises(BadRequest) as raised:
        await read([form(FILE + b"sound")])
    assert raised.value.code == "missing_required_parameter"


@pytest.mark.parametrize(
    "part",
    [
        b'Content-Disposition: form-data; name="file"; filename="model"\r\n\r\nx',
        b'Content-Disposition: form-data; name="models"\r\n\r\nx',
        b'X-Other: form-data; name="model"\r\n\r\nx',
        FILE + MODEL + b"x",
        FILE + b"\r\n--cute\r\n" + MODEL + b"x",
    ],
)
async def test_what_only_looks_like_the_model_is_not(part: bytes) -> None:
    body = form(part, MODEL + b"right")
    assert (await read(bytewise(body))).model == "right"


async def test_a_name_without_quotes_is_a_name() -> None:
    assert (await read([form(b"Content-Disposition: form-data; name=model\r\n\r\nright")])).model == "right"


@pytest.mark.parametrize("model", [b"", b"  ", b"a\r\nb", b"a\x00b"])
async def test_a_model_that_is_no_name_is_refused(model: bytes) -> None:
    with pytest.raises(BadRequest) as raised:
        await read([form(MODEL + model)])
    assert raised.value.param == "model"


async def test_a_model_without_end_is_refused() -> None:
    with pytest.raises(BadRequest, match="too long"):
        await read([b"--cut\r\n" + MODEL, *[b"x" * 100] * 20])


async def test_a_header_without_end_is_refused() -> None:
    with pytest.raises(BadRequest, match="header of a part"):
        await read([b"--cut\r\nX: ", *[b"x" * 1000] * 20], limit=100_000)


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=a"])
def test_any_other_body_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest, match="multipart/form-data"):
        boundary_of(content_type)


@pytest.mark.parametrize("parameter", ["boundary=cut", 'boundary="cut"', "charset=utf-8; Boundary=cut"])
def test_the_boundary_is_read(parameter: str) -> None:
    assert boundary_of(f"multipart/form-data; {parameter}") == b"cut"
