"""Sources as annotations: bytes to characters, supports to sources, recitations."""

from typing import Any

import pytest

from llms.providers.google.grounding import annotations

TEXT = "Ça, c'est 🐦. Fin."
WEB = {"web": {"uri": "https://a", "title": "A"}}


def grounded(*supports: dict[str, Any], chunks: Any = (WEB,)) -> list[dict[str, Any]]:
    notes = annotations(TEXT, {"groundingChunks": list(chunks), "groundingSupports": list(supports)}, None)
    return [note["url_citation"] for note in notes]


def support(segment: dict[str, Any], *indices: Any) -> dict[str, Any]:
    return {"segment": segment, "groundingChunkIndices": list(indices or (0,))}


def marked(note: dict[str, Any]) -> str:
    return TEXT[note["start_index"] : note["end_index"]]


def test_bytes_are_counted_as_characters() -> None:
    start = len("Ça, c'est ".encode())
    (note,) = grounded(support({"startIndex": start, "endIndex": start + len("🐦".encode())}))
    assert marked(note) == "🐦"
    assert (note["url"], note["title"]) == ("https://a", "A")


def test_a_missing_start_is_the_start() -> None:
    (note,) = grounded(support({"endIndex": len("Ça".encode())}))
    assert marked(note) == "Ça"


def test_a_segment_is_looked_for_where_its_offsets_are_wrong() -> None:
    (note,) = grounded(support({"startIndex": 1, "endIndex": 4, "text": "Fin."}))
    assert marked(note) == "Fin."


def test_each_source_of_a_segment_is_cited_once() -> None:
    other = {"retrievedContext": {"uri": "gs://b"}}
    segment = {"endIndex": 2}
    notes = grounded(support(segment, 0, 1), support(segment, 0), chunks=(WEB, other))
    assert [(note["url"], note["title"]) for note in notes] == [("https://a", "A"), ("gs://b", "")]


@pytest.mark.parametrize("index", [5, -1, "0", None])
def test_a_source_that_is_not_there_is_not_cited(index: Any) -> None:
    assert grounded(support({"endIndex": 2}, index)) == []


def test_recitations_are_cited_under_either_name() -> None:
    source = {"startIndex": 0, "endIndex": 3, "uri": "https://b"}
    wanted = {"start_index": 0, "end_index": 2, "url": "https://b", "title": ""}
    for key in ("citationSources", "citations"):
        assert annotations(TEXT, None, {key: [source]}) == [{"type": "url_citation", "url_citation": wanted}]


def test_nothing_is_cited_where_nothing_is_told() -> None:
    assert annotations(TEXT, None, None) == annotations(TEXT, {}, {}) == []
    assert annotations(TEXT, {"groundingSupports": [{}], "groundingChunks": [{}]}, {"citations": [{}]}) == []
