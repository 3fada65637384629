"""A conversation as Google's `contents` and `systemInstruction`.

Google knows two roles, `user` and `model`; results of tools are the user's, and name the function, not the call. The
signatures that Gemini gave with its calls and texts go back where they came from. Source: ai.google.dev, Content,
thought signatures, function calling, 2026-08, and recordings.
"""

from collections.abc import Mapping
from typing import Any

from llms import jsonio
from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.google.generation import GoogleModel
from llms.providers.history import all_text, arguments_of, parts_of, text_of
from llms.providers.media import Media, read_media

ESCAPE_SIGNATURE = "skip_thought_signature_validator"
"""What Google documents for calls whose signature is lost, or that another model made."""

_TYPES = {"image": "image/png", "audio": "audio/wav", "video": "video/mp4", "document": "application/pdf"}
_YOUTUBE = ("https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/", "https://m.youtube.com/")
_RESOLUTIONS = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}

Part = dict[str, Any]


def is_youtube(url: str) -> bool:
    """Whether Google fetches this address itself, as a video."""
    return url.startswith(_YOUTUBE)


class Conversation:
    """Messages told one by one; `contents` and `system` are what has been told.

    `files_url` is where uploaded files are; changes that telling costs are noted in `fields`.
    """

    def __init__(self, model: GoogleModel, fields: Fields, *, files_url: str) -> None:
        self.contents: list[dict[str, Any]] = []
        self.system: list[Part] = []
        self._model = model
        self._fields = fields
        self._files_url = files_url
        self._names: dict[str, str] = {}
        self._order: dict[str, int] = {}
        self._results: list[tuple[int, Part]] = []
        self._after_results: list[Part] = []
        self._details: set[str] = set()

    def tell(self, messages: list[dict[str, Any]]) -> None:
        """Take in all messages. Raises `BadRequest` for what Google cannot be told."""
        for message in messages:
            role = message.get("role")
            if role not in {"tool", "function"}:
                self._end_results()
            if message.get("name") and role != "function":
                self._fields.note("dropped", "messages.name")
            if role in {"system", "developer"}:
                self._tell_system(message)
            elif role == "user":
                self._add("user", self._parts(message))
            elif role == "assistant":
                self._tell_assistant(message)
            elif role in {"tool", "function"}:
                self._tell_result(message)
            else:
                raise BadRequest(f"a message has the role {role!r}", param="messages")
        self._end_results()
        if not self.contents and self.system:
            # Google wants something to answer: instructions alone are taken for it
            self.contents = [{"role": "user", "parts": self.system}]
            self.system = []
            self._fields.note("emulated", "messages.role")

    def take_resolution(self) -> str | None:
        """Google's word for the detail that all images ask for; where they differ it is left to Google, and noted."""
        asked = self._details - {"auto"}
        if not asked:
            return None
        if len(asked) == 1 and (known := _RESOLUTIONS.get(next(iter(asked)))):
            self._fields.note("emulated", "messages.image_url.detail")
            return known
        self._fields.note("dropped", "messages.image_url.detail")
        return None

    def _add(self, role: str, parts: list[Part]) -> None:
        """Append parts, to the last content where that is of the same role (and no results of tools)."""
        if not parts:
            return
        last = self.contents[-1] if self.contents else None
        if last is not None and last["role"] == role and "functionResponse" not in last["parts"][0]:
            last["parts"].extend(parts)
        else:
            self.contents.append({"role": role, "parts": parts})

    def _tell_system(self, message: Mapping[str, Any]) -> None:
        """Instructions at the start stand apart. Later ones keep their place, in the user's words."""
        parts = [{"text": text} for part in parts_of(message) if (text := text_of(part))]
        if self.contents:
            self._fields.note("emulated", "messages.role")
            self._add("user", parts)
        else:
            self.system.extend(parts)

    def _parts(self, message: Mapping[str, Any]) -> list[Part]:
        parts = []
        for part in parts_of(message):
            self._note_caching(part)
            text = text_of(part)
            if part.get("type") in {"text", "refusal"} and text is not None:
                if text:
                    parts.append({"text": text})
            else:
                parts.append(self._media(part))
        return parts

    def _note_caching(self, part: Mapping[str, Any]) -> None:
        for field in ("cache_control", "prompt_cache_breakpoint"):
            if part.get(field):
                self._fields.note("dropped", f"messages.{field}")

    def _media(self, part: dict[str, Any]) -> Part:
        if part.get("type") == "video_url":
            video = part.get("video_url")
            part = {
                **part,
                "type": "file",
                "file": {"file_data": video.get("url") if isinstance(video, dict) else video},
            }
        media = read_media(part)
        if media is None:
            raise BadRequest(f"Google has no place for a part of the type {part.get('type')!r}", param="messages")
        if media.detail:
            self._details.add(media.detail)
        told = self._told_media(media, _named_type(part))
        settings = part.get("video_metadata") or part.get("videoMetadata")
        return {**told, "videoMetadata": settings} if settings else told

    def _told_media(self, media: Media, named_type: str) -> Part:
        media_type = named_type or media.media_type
        if media.data:
            return {"inlineData": {"mimeType": media_type or _TYPES[media.kind], "data": media.data}}
        uri = media.url or self._file_uri(media.file_id)
        if not media_type and is_youtube(uri):
            media_type = "video/mp4"
        return {"fileData": {"fileUri": uri, **({"mimeType": media_type} if media_type else {})}}

    def _file_uri(self, file_id: str) -> str:
        if "://" in file_id:
            return file_id
        if not file_id.startswith("files/"):
            raise BadRequest("a file_id for Google is a URI or 'files/…' of its Files API", param="messages")
        return f"{self._files_url}/{file_id}"

    def _tell_assistant(self, message: dict[str, Any]) -> None:
        state = _google_state(message)
        kept = state.get("parts")
        if isinstance(kept, list) and kept:
            parts = [part for part in kept if isinstance(part, dict)]
        else:
            parts = self._parts(message)
            if isinstance(message.get("refusal"), str) and message["refusal"]:
                parts.append({"text": message["refusal"]})
            _sign(parts, state.get("thought_signature"), has_calls=bool(message.get("tool_calls")))
        parts += [self._made_image(image) for image in _objects(message.get("images"))]
        self._add("model", parts + self._calls(message))

    def _made_image(self, image: dict[str, Any]) -> Part:
        return _signed(self._media(image), _google_state(image).get("thought_signature"))

    def _calls(self, message: Mapping[str, Any]) -> list[Part]:
        """The calls of a message; the first of them must be signed where the model looks for signatures."""
        calls = _objects(message.get("tool_calls"))
        if isinstance(message.get("function_call"), dict):
            calls = [{"function": message["function_call"]}]
        if calls:
            self._order = {}
        parts = []
        for position, call in enumerate(calls):
            tool_id, name, arguments = _called(call)
            self._names[tool_id] = name
            self._order[tool_id] = position
            told: Part = {"functionCall": {**({"id": tool_id} if tool_id else {}), "name": name, "args": arguments}}
            parts.append(_signed(told, _google_state(call).get("thought_signature")))
        if parts and self._model.wants_signatures and not any("thoughtSignature" in part for part in parts):
            parts[0]["thoughtSignature"] = ESCAPE_SIGNATURE
        return parts

    def _tell_result(self, message: Mapping[str, Any]) -> None:
        tool_id = str(message.get("tool_call_id") or "")
        name = self._names.get(tool_id) or message.get("name") or tool_id
        media = [self._media(part) for part in parts_of(message) if text_of(part) is None]
        result: dict[str, Any] = {"name": name, "response": _response(all_text(message))}
        if tool_id:
            result["id"] = tool_id
        if media and self._model.combines_tools:
            result["parts"] = media
        else:
            self._after_results += media
        self._results.append((self._order.get(tool_id, len(self._order)), {"functionResponse": result}))

    def _end_results(self) -> None:
        """Results belong together in one content, in the order of the calls."""
        if self._results:
            self._results.sort(key=lambda each: each[0])
            self.contents.append({"role": "user", "parts": [part for _, part in self._results]})
            self._results = []
            if self._after_results:
                self.contents.append({"role": "user", "parts": self._after_results})
                self._after_results = []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _google_state(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of Google's that a message, a call or an image holds: `extra_content.google`."""
    extra = holder.get("extra_content")
    state = extra.get("google") if isinstance(extra, dict) else None
    return state if isinstance(state, dict) else {}


def _signed(part: Part, signature: Any) -> Part:
    return {**part, "thoughtSignature": signature} if isinstance(signature, str) and signature else part


def _sign(parts: list[Part], signature: Any, *, has_calls: bool) -> None:
    """Give the signature of an answer to its last text; an answer without one has an empty text for it."""
    texts = [position for position, part in enumerate(parts) if "text" in part]
    if texts:
        parts[texts[-1]] = _signed(parts[texts[-1]], signature)
    elif not has_calls and signature:
        parts.append(_signed({"text": ""}, signature))


def _called(call: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Id, name and arguments of a call; a custom tool's text is the `input` of the function that stands for it."""
    tool_id = str(call.get("id") or "")
    custom = call.get("custom")
    if isinstance(custom, dict):
        return tool_id, str(custom.get("name") or ""), {"input": custom.get("input") or ""}
    if not isinstance(call.get("function"), dict):
        raise BadRequest("a tool call holds no function", param="messages")
    return tool_id, str(call["function"].get("name") or ""), arguments_of(call)


def _response(text: str) -> dict[str, Any]:
    """The result of a tool as the object Google wants: one that is an object already, else under `output`."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            parsed = jsonio.loads(text)
        except jsonio.JSONDecodeError:
            return {"output": text}
        return parsed if isinstance(parsed, dict) else {"output": parsed}
    return {"output": text}


def _named_type(part: Mapping[str, Any]) -> str:
    """The media type a client gives beside an address that does not tell it (`format`, as LiteLLM has it)."""
    holder = part.get(str(part.get("type")))
    for key in ("format", "mime_type"):
        named = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(named, str) and "/" in named:
            return named
    return ""
