"""Chats that a page is given as a file, as an export of its own: for tests that need a past."""

import json
from collections.abc import Iterable
from pathlib import Path

BEGAN_MS = 1_760_000_000_000


def export_of(title: str, turns: Iterable[tuple[str, str]], *, id_: str = "past", model: str = "") -> str:
    """An export with one chat, whose turns are pairs of a prompt and `model`'s answer."""
    header = {"format": "llms-threads", "version": 1, "exportedAt": "2026-01-01T00:00:00Z", "threadCount": 1}
    lines = [json.dumps({"thread": {"id": id_, "title": title, "leafId": None}})]
    parent = None
    for number, texts in enumerate(turns):
        for role, text in zip(("user", "assistant"), texts, strict=True):
            own = f"{id_}-{number}-{role}"
            message = {"id": own, "parentId": parent, "role": role, "content": text, "seq": len(lines)}
            message |= {"createdAt": BEGAN_MS + len(lines), "model": model} if role == "assistant" else {}
            lines.append(json.dumps({"message": message}))
            parent = own
    return json.dumps(header, separators=(",", ":"))[:-1] + ',"records":[\n' + "\n,".join(lines) + "\n]}\n"


def write_export(folder: Path, title: str, turns: Iterable[tuple[str, str]], **more: str) -> Path:
    """The same as a file."""
    file = folder / f"{len(list(folder.iterdir()))}.json"
    file.write_text(export_of(title, turns, **more), "utf-8")
    return file
