"""Where an answer comes from: Google's grounding and citations as the annotations that OpenAI's clients know.

Google counts in bytes of UTF-8, OpenAI in characters. Source: ai.google.dev, grounding, 2026-08, and recordings.
"""

from collections.abc import Iterator
from typing import Any

_KINDS = ("web", "retrievedContext", "maps", "image")


def annotations(text: str, grounding: Any, citations: Any) -> list[dict[str, Any]]:
    """The `url_citation` annotations of an answer, each once, in the order of the text."""
    found = [*_of_grounding(text, grounding), *_of_citations(text, citations)]
    unique = {(note["start_index"], note["end_index"], note["url"]): note for note in found}
    ordered = sorted(unique.values(), key=lambda note: (note["start_index"], note["end_index"]))
    return [{"type": "url_citation", "url_citation": note} for note in ordered]


def _of_grounding(text: str, grounding: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(grounding, dict):
        return
    sources = [_source(chunk) for chunk in grounding.get("groundingChunks") or ()]
    for support in grounding.get("groundingSupports") or ():
        segment = support.get("segment") or {}
        start, end = _span(text, segment)
        for index in support.get("groundingChunkIndices") or ():
            if isinstance(index, int) and 0 <= index < len(sources) and sources[index]["url"]:
                yield {"start_index": start, "end_index": end, **sources[index]}


def _of_citations(text: str, citations: Any) -> Iterator[dict[str, Any]]:
    """Recitations. The Gemini API calls them `citationSources`, Vertex AI `citations`."""
    if not isinstance(citations, dict):
        return
    for citation in citations.get("citationSources") or citations.get("citations") or ():
        if citation.get("uri"):
            start, end = _span(text, citation)
            title = citation.get("title") or ""
            yield {"start_index": start, "end_index": end, "url": citation["uri"], "title": title}


def _source(chunk: Any) -> dict[str, str]:
    for kind in _KINDS:
        found = chunk.get(kind) if isinstance(chunk, dict) else None
        if isinstance(found, dict):
            url = found.get("uri") or found.get("sourceUri") or ""
            return {"url": url, "title": found.get("title") or found.get("domain") or ""}
    return {"url": "", "title": ""}


def _span(text: str, segment: dict[str, Any]) -> tuple[int, int]:
    """The characters of a segment given in bytes.

    Where the segment's own text is not what stands there (its offsets count from the start of a part that is not the
    first) it is looked for.
    """
    raw = text.encode("utf-8", "replace")
    start, end = (_characters(raw, segment.get(key)) for key in ("startIndex", "endIndex"))
    told = segment.get("text")
    if isinstance(told, str) and told and text[start:end] != told and (found := text.find(told)) >= 0:
        return found, found + len(told)
    return start, end


def _characters(raw: bytes, position: Any) -> int:
    """How many characters the first bytes are."""
    return len(raw[: max(position, 0)].decode("utf-8", "ignore")) if isinstance(position, int) else 0
