"""What Google answers, as chunks: one `GenerateContentResponse`, from a stream or whole, is one chunk.

A stream's responses are pieces of one answer; what can be told only once all of it is known (annotations, the state to
give back) comes in the chunk with the finish reason. Source: ai.google.dev, GenerateContentResponse, 2026-08, and
recordings of the Gemini API and Vertex AI.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llms import jsonio
from llms.errors import AccessDenied, Malformed, Rejected, Unavailable
from llms.providers.base import Memo
from llms.providers.failures import clean_message, failure_from_error
from llms.providers.google.arguments import PartialArguments
from llms.providers.google.grounding import annotations

_FILTERED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "ESCALATION",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "IMAGE_OTHER",
    }
)
_ENDINGS = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length"} | dict.fromkeys(
    _FILTERED, "content_filter"
)
"""Every other word is a failure: what Google has added to them over the years were new ways to fail."""

_FINISH_NUMBERS = ("", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER")
_FINISH_NUMBERS_OF_GEMINI = (
    *_FINISH_NUMBERS,
    *("LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "IMAGE_SAFETY"),
    *("UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
)
_FINISH_NUMBERS_OF_VERTEX = (
    *_FINISH_NUMBERS,
    *("BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR", "IMAGE_SAFETY"),
    *("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "UNEXPECTED_TOOL_CALL", "NO_IMAGE"),
)
"""The two services number the same words differently, where a client asked for numbers."""

_MODALITIES = ("", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT")
_TIERS = {"standard": "default", "flex": "flex", "priority": "priority"}
_UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"


@dataclass(slots=True)
class _Call:
    """A function call that comes in pieces."""

    index: int
    name: str
    arguments: PartialArguments = field(default_factory=PartialArguments)


@dataclass(slots=True)
class _Candidate:
    """One alternative answer so far."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    open_call: _Call | None = None
    signature: str = ""
    has_server_parts: bool = False
    grounding: Any = None
    citations: Any = None
    sound: bytes = b""
    has_sound: bool = False


@dataclass(slots=True)
class GoogleMemo(Memo):
    """What is known of a stream: its candidates, the latest counts, and how the client wants calls told.

    `custom` are the names of tools that take a text; `legacy` clients asked with `functions` instead of `tools`.
    """

    is_vertex: bool = False
    custom: frozenset[str] = frozenset()
    legacy: bool = False
    counts: dict[str, Any] = field(default_factory=dict)
    candidates: dict[int, _Candidate] = field(default_factory=dict)


def chunk_of(body: Any, memo: GoogleMemo) -> dict[str, Any] | None:
    """The chunk that one response stands for, None for one that says nothing. Raises what it says went wrong."""
    if memo.candidates and (chunk := _more_text(body, memo)) is not None:
        return chunk
    if not isinstance(body, dict):
        raise Malformed("an event of the stream is not an object")
    if body.get("error"):
        raise failure_from_error(body)
    try:
        return _any_chunk(body, memo)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("the answer is not of the shape that Google promises") from error


def _any_chunk(body: dict[str, Any], memo: GoogleMemo) -> dict[str, Any] | None:
    counts = body.get("usageMetadata")
    if counts and ("promptTokenCount" in counts or not memo.counts):
        memo.counts = counts  # each response counts the whole answer so far; Vertex AI's early ones count nothing
    candidates = body.get("candidates")
    if not candidates:
        return _without_candidates(body, memo)
    chunk: dict[str, Any] = {"id": body.get("responseId"), "model": body.get("modelVersion")}
    if "createTime" in body and not memo.candidates:
        chunk["created"] = _seconds(body["createTime"])
    chunk["choices"] = [_choice(candidate, memo, chunk) for candidate in candidates]
    if any(choice["finish_reason"] for choice in chunk["choices"]):
        _add_counts(chunk, memo)
    return chunk


def _more_text(body: Any, memo: GoogleMemo) -> dict[str, Any] | None:
    """The chunk of a response that is one more text and nothing else, None for any other.

    Nearly every response of nearly every stream is one, so the shape is taken for granted and missed by exception.
    """
    try:
        (candidate,) = body["candidates"]
        (part,) = candidate["content"]["parts"]
        text = part["text"]
        index = candidate.get("index", 0)
        parts = memo.candidates[index].parts
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not text or len(part) > 1 or len(candidate) > 1 + ("index" in candidate) or "error" in body:
        return None
    counts = body.get("usageMetadata")
    if counts and "promptTokenCount" in counts:
        memo.counts = counts
    parts.append(part)
    return {"choices": [{"index": index, "delta": {"content": text}}]}


def _without_candidates(body: dict[str, Any], memo: GoogleMemo) -> dict[str, Any] | None:
    """A refused prompt ends the answer before it has begun; else there is nothing but counts."""
    feedback = body.get("promptFeedback") or {}
    chunk: dict[str, Any] = {"id": body.get("responseId"), "model": body.get("modelVersion"), "choices": []}
    if feedback.get("blockReason"):
        chunk["choices"] = [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]
        chunk["prompt_feedback"] = feedback
        _add_counts(chunk, memo)
        return chunk
    if memo.candidates:
        _add_counts(chunk, memo)
    return chunk if "usage" in chunk else None


def _candidate(memo: GoogleMemo, index: int) -> _Candidate:
    state = memo.candidates.get(index)
    if state is None:
        state = memo.candidates[index] = _Candidate()
    return state


def _choice(candidate: dict[str, Any], memo: GoogleMemo, chunk: dict[str, Any]) -> dict[str, Any]:
    index = candidate.get("index") or 0
    state = _candidate(memo, index)
    delta: dict[str, Any] = {}
    for part in (candidate.get("content") or {}).get("parts") or ():
        _add_part(part, state, delta, memo)
    state.grounding = candidate.get("groundingMetadata") or state.grounding
    state.citations = candidate.get("citationMetadata") or state.citations
    reason = _finish_reason(candidate, is_vertex=memo.is_vertex)
    choice: dict[str, Any] = {"index": index, "delta": delta, "finish_reason": reason}
    if reason:
        _close(state, delta, memo)
        if memo.legacy and state.calls and reason == "stop":
            choice["finish_reason"] = "function_call"
        if index == 0:
            _add_whole(state, candidate, chunk, reason)
    if candidate.get("logprobsResult"):
        choice["logprobs"] = _logprobs(candidate["logprobsResult"])
    return choice


def _add_part(part: dict[str, Any], state: _Candidate, delta: dict[str, Any], memo: GoogleMemo) -> None:
    """Add one part of an answer to the delta, and to what is known of the candidate."""
    if "functionCall" in part:
        _add_call(part, state, delta, memo)
        return
    if part.get("thought"):
        if part.get("text"):
            delta["reasoning_content"] = delta.get("reasoning_content", "") + part["text"]
        state.signature = part.get("thoughtSignature") or state.signature
        return
    if "text" in part:
        if part["text"]:
            delta["content"] = delta.get("content", "") + part["text"]
        state.signature = part.get("thoughtSignature") or state.signature
        state.parts.append(part)
        return
    media = part.get("inlineData")
    kind = str(media.get("mimeType") or "").partition("/")[0] if isinstance(media, dict) else ""
    if kind == "image":
        delta.setdefault("images", []).append(_image(part))
    elif kind == "audio":
        _add_sound(part["inlineData"], state, delta)
    else:  # code it ran, tools it used at Google's: nothing for the client to do, but to be given back as it is
        state.parts.append(part)
        state.has_server_parts = True


def _add_call(part: dict[str, Any], state: _Candidate, delta: dict[str, Any], memo: GoogleMemo) -> None:
    call = part["functionCall"]
    name = call.get("name") or ""
    pieces = call.get("partialArgs")
    if name:
        _close(state, delta, memo)
    if not name and state.open_call is None:
        return  # Vertex AI ends a call in pieces with an empty one, sometimes twice
    if name:
        whole = not (call.get("willContinue") or pieces)
        _open(part, state, delta, memo, arguments=_text(call.get("args"), name, memo) if whole else "")
        if whole:
            return
        state.open_call = _Call(state.calls - 1, name)
    if state.open_call is None:
        return
    for piece in pieces or ():
        state.open_call.arguments.add(piece)
    if not call.get("willContinue") and not name:
        _close(state, delta, memo)


def _open(part: dict[str, Any], state: _Candidate, delta: dict[str, Any], memo: GoogleMemo, *, arguments: str) -> None:
    """Announce a call."""
    call = part["functionCall"]
    name = call["name"]
    if memo.legacy:
        if not state.calls:
            delta["function_call"] = {"name": name, "arguments": arguments}
        state.calls += 1
        return
    piece: dict[str, Any] = {"index": state.calls, "id": call.get("id") or "", "type": "function"}
    if name in memo.custom:
        piece.update(type="custom", custom={"name": name, "input": arguments})
    else:
        piece["function"] = {"name": name, "arguments": arguments}
    if part.get("thoughtSignature"):
        piece["extra_content"] = {"google": {"thought_signature": part["thoughtSignature"]}}
    delta.setdefault("tool_calls", []).append(piece)
    state.calls += 1


def _text(arguments: Any, name: str, memo: GoogleMemo) -> str:
    """Arguments as the text that OpenAI's clients parse; of a tool that takes a text, the text itself."""
    if name in memo.custom:
        given = arguments.get("input") if isinstance(arguments, dict) else None
        return given if isinstance(given, str) else jsonio.dumps(arguments or {}).decode()
    return jsonio.dumps(arguments or {}).decode()


def _close(state: _Candidate, delta: dict[str, Any], memo: GoogleMemo) -> None:
    """Tell the arguments of a call that came in pieces, and the last bytes of a sound."""
    call, state.open_call = state.open_call, None
    if call is not None:
        text = _text(call.arguments.value, call.name, memo)
        if memo.legacy:
            if not call.index:
                delta["function_call"] = {**delta.get("function_call", {}), "arguments": text}
        elif call.name in memo.custom:
            delta.setdefault("tool_calls", []).append({"index": call.index, "custom": {"input": text}})
        else:
            delta.setdefault("tool_calls", []).append({"index": call.index, "function": {"arguments": text}})
    if state.sound:
        audio = delta.setdefault("audio", {})
        audio["data"] = audio.get("data", "") + base64.b64encode(state.sound).decode()
        state.sound = b""


def _image(part: dict[str, Any]) -> dict[str, Any]:
    """An image the model made, in the form OpenRouter gave it; its signature goes with it."""
    media = part["inlineData"]
    url = f"data:{media['mimeType']};base64,{media.get('data') or ''}"
    image: dict[str, Any] = {"type": "image_url", "image_url": {"url": url}}
    if part.get("thoughtSignature"):
        image["extra_content"] = {"google": {"thought_signature": part["thoughtSignature"]}}
    return image


def _add_sound(media: dict[str, Any], state: _Candidate, delta: dict[str, Any]) -> None:
    """Sound the model made. Its base64 is joined by clients, so each piece is a whole number of three bytes."""
    sound = state.sound + base64.b64decode(media.get("data") or "")
    whole = len(sound) - len(sound) % 3
    state.sound = sound[whole:]
    audio = delta.setdefault("audio", {})
    audio["data"] = audio.get("data", "") + base64.b64encode(sound[:whole]).decode()
    if not state.has_sound:
        state.has_sound = True
        audio.update(id="audio", transcript="", expires_at=0, mime_type=media.get("mimeType") or "")


def _finish_reason(candidate: dict[str, Any], *, is_vertex: bool) -> str | None:
    """The reason in OpenAI's words, None where there is none yet. Raises for an end that is a failure."""
    native = candidate.get("finishReason")
    if isinstance(native, int):
        numbers = _FINISH_NUMBERS_OF_VERTEX if is_vertex else _FINISH_NUMBERS_OF_GEMINI
        native = numbers[native] if 0 <= native < len(numbers) else f"REASON_{native}"
    if not native or native == _UNSPECIFIED:
        return None
    if native in _ENDINGS:
        return _ENDINGS[native]
    said = candidate.get("finishMessage")
    message = f"the answer ended with {native}" + (f": {clean_message(said)}" if isinstance(said, str) and said else "")
    if native == "MISSING_THOUGHT_SIGNATURE":
        raise Rejected(message, code="missing_thought_signature")
    if native == "PUP_LIMITED_DISABLED":
        raise AccessDenied(message)
    raise Unavailable(message, code=str(native).lower())


def _add_whole(state: _Candidate, candidate: dict[str, Any], chunk: dict[str, Any], reason: str) -> None:
    """What is known at the end of an answer: the state that Google wants back, and where it comes from."""
    own: dict[str, Any] = {}
    if state.has_server_parts:
        own["parts"] = _joined(state.parts)
    elif state.signature:
        own["thought_signature"] = state.signature
    if own:
        chunk["extra_content"] = {"google": own}
    if state.grounding:
        chunk["grounding_metadata"] = state.grounding
    if state.citations:
        chunk["citation_metadata"] = state.citations
    if state.grounding or state.citations:
        text = "".join(part.get("text") or "" for part in state.parts)
        if notes := annotations(text, state.grounding, state.citations):
            chunk["annotations"] = notes
    if candidate.get("urlContextMetadata"):
        chunk["url_context_metadata"] = candidate["urlContextMetadata"]
    if reason == "content_filter" and candidate.get("safetyRatings"):
        chunk["safety_ratings"] = candidate["safetyRatings"]


def _joined(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts with texts put together that a stream cut; one with a signature ends a text."""
    joined: list[dict[str, Any]] = []
    for part in parts:
        if joined and joined[-1].keys() == {"text"} and "text" in part:
            joined[-1] = {**part, "text": joined[-1]["text"] + part["text"]}
        else:
            joined.append(part)
    return joined


def _add_counts(chunk: dict[str, Any], memo: GoogleMemo) -> None:
    """The counts so far, under OpenAI's names: what Google used for tools is prompt, what it thought is completion."""
    counts = memo.counts
    if "promptTokenCount" not in counts and "totalTokenCount" not in counts:
        return
    prompt = counts.get("promptTokenCount", 0) + counts.get("toolUsePromptTokenCount", 0)
    completion = counts.get("candidatesTokenCount", 0) + counts.get("thoughtsTokenCount", 0)
    asked = {"cached_tokens": counts.get("cachedContentTokenCount", 0)}
    made = {"reasoning_tokens": counts.get("thoughtsTokenCount", 0)}
    if counts.get("toolUsePromptTokenCount"):
        asked["tool_use_tokens"] = counts["toolUsePromptTokenCount"]
    asked.update(_by_modality(counts.get("promptTokensDetails")))
    made.update(_by_modality(counts.get("candidatesTokensDetails")))
    chunk["usage"] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": counts.get("totalTokenCount", prompt + completion),
        "prompt_tokens_details": asked,
        "completion_tokens_details": made,
    }
    tier = _TIERS.get(str(counts.get("serviceTier") or "").lower())
    if tier:
        chunk["service_tier"] = tier


def _by_modality(details: Any) -> dict[str, int]:
    """Counts of what is not text: `audio_tokens`, `image_tokens` …"""
    found: dict[str, int] = {}
    for detail in details if isinstance(details, list) else ():
        kind = detail.get("modality")
        if isinstance(kind, int):
            kind = _MODALITIES[kind] if 0 <= kind < len(_MODALITIES) else ""
        count = detail.get("tokenCount")
        if kind and kind not in {"TEXT", "MODALITY_UNSPECIFIED"} and isinstance(count, int):
            found[f"{kind.lower()}_tokens"] = count
    return found


def _logprobs(result: dict[str, Any]) -> dict[str, Any]:
    """Google's two lists, the chosen tokens and the likeliest at each place, as OpenAI's one."""
    likeliest = [each.get("candidates") or [] for each in result.get("topCandidates") or ()]
    content = []
    for position, chosen in enumerate(result.get("chosenCandidates") or ()):
        others = likeliest[position] if position < len(likeliest) else []
        content.append({**_logprob(chosen), "top_logprobs": [_logprob(other) for other in others]})
    return {"content": content, "refusal": None}


def _logprob(token: dict[str, Any]) -> dict[str, Any]:
    text = token.get("token") or ""
    return {"token": text, "logprob": float(token.get("logProbability") or 0), "bytes": list(text.encode("utf-8"))}


def _seconds(moment: Any) -> int | None:
    """An RFC 3339 time in seconds since 1970."""
    try:
        return int(datetime.fromisoformat(moment).timestamp())
    except (TypeError, ValueError):
        return None
