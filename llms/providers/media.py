"""The parts of a message that are not text, read once for all dialects that must tell them in another way.

OpenAI has three kinds: `image_url`, `input_audio` and `file`. What is inside is a data URL, plain base64, an address,
or the id of an uploaded file.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from llms.errors import BadRequest

Kind = Literal["image", "audio", "video", "document"]

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*?(?P<base64>;base64)?,(?P<data>.*)", re.DOTALL)
_AUDIO_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}
_BY_ENDING = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
    "html": "text/html",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


@dataclass(frozen=True, slots=True)
class Media:
    """One part of a message that is not text. Exactly one of `data` (base64), `url` and `file_id` is set."""

    kind: Kind
    media_type: str = ""
    data: str = ""
    url: str = ""
    file_id: str = ""
    filename: str = ""
    detail: str = ""

    def decoded(self) -> bytes:
        """The bytes of an inline part. Raises `BadRequest` where they are not base64."""
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error:
            raise BadRequest("a part of a message holds data that is not base64", param="messages") from None


def read_media(part: dict[str, Any], *, path: str = "messages") -> Media | None:
    """The media of a content part, None for a part that is none (text, refusal). Raises `BadRequest` if broken."""
    kind = part.get("type")
    if kind == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        detail = image.get("detail") or "" if isinstance(image, dict) else ""
        return _from_url("image", url, path, detail=detail)
    if kind == "input_audio":
        audio = part.get("input_audio")
        if not isinstance(audio, dict) or not isinstance(audio.get("data"), str):
            raise BadRequest("an input_audio part must hold base64 data and a format", param=path)
        audio_format = str(audio.get("format") or "wav")
        return Media("audio", _AUDIO_TYPES.get(audio_format, f"audio/{audio_format}"), data=audio["data"])
    if kind == "file":
        return _from_file(part.get("file"), path)
    return None


def _from_file(file: Any, path: str) -> Media:
    if not isinstance(file, dict):
        raise BadRequest("a file part must hold an object with file_data or file_id", param=path)
    filename = str(file.get("filename") or "")
    if isinstance(file.get("file_id"), str):
        return Media("document", guess_type(filename), file_id=file["file_id"], filename=filename)
    content = file.get("file_data")
    if isinstance(content, str) and not content.startswith(("data:", "http://", "https://")):
        return Media("document", guess_type(filename) or "application/pdf", data=content, filename=filename)
    return _from_url("document", content, path, filename=filename)


def _from_url(kind: Kind, url: Any, path: str, *, detail: str = "", filename: str = "") -> Media:
    if not isinstance(url, str) or not url:
        raise BadRequest(f"a part with {kind} content must hold a URL", param=path)
    if not url.startswith("data:"):
        if not url.startswith(("https://", "http://", "gs://")):
            raise BadRequest("the address of a part must be a data:, https: or http: URL", param=path)
        return Media(kind, guess_type(filename or url), url=url, filename=filename, detail=detail)
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise BadRequest("a part holds a data URL that cannot be read", param=path)
    media_type = found["type"] or "text/plain"
    data = found["data"] if found["base64"] else base64.b64encode(unquote_to_bytes(found["data"])).decode()
    return Media(kind_of(media_type, kind), media_type, data=data, filename=filename, detail=detail)


def kind_of(media_type: str, default: Kind = "document") -> Kind:
    """What a media type is: an image, audio, a video, else `default`'s kind."""
    top = media_type.partition("/")[0]
    if top == "image":
        return "image"
    if top == "audio":
        return "audio"
    return "video" if top == "video" else ("document" if default != "image" else default)


def guess_type(name: str) -> str:
    """The media type that the ending of a file name or URL speaks of; empty where it does not."""
    ending = name.partition("?")[0].rpartition(".")[2].lower()
    return _BY_ENDING.get(ending, "")
