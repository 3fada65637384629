"""The model `auto`: what a request needs, told from its content by rules, and who serves that need.

Pure functions. The rules are words and shapes, looked for in what was said last; each hit adds to its need's score, and
the need with the highest score wins. Images and sheer length win over words, for a model either takes them or not.
No model is asked, so the same request always goes the same way, and the reason can be told.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llms.types import Candidate, Chat

Need = Literal["fresh", "code", "creative", "images", "long", "cheap", "general"]

NEEDS: tuple[Need, ...] = ("images", "long", "fresh", "code", "creative", "cheap", "general")
"""In the order in which they win at the same score."""

_LONG_CHARACTERS = 300_000
"""Some 75,000 tokens, beyond which models of 128,000 have little room left for an answer."""

_SHORT_CHARACTERS = 600
_LOOKED_AT = 8_000
_ENOUGH = 2

_MEANING: Mapping[Need, str] = {
    "fresh": "it asks for what is happening now",
    "code": "it is about code",
    "creative": "it asks for something made up",
    "images": "it comes with images",
    "long": "it is very long",
    "cheap": "it is short and simple",
    "general": "it asks for nothing special",
}

_Rule = tuple[re.Pattern[str], int]


def _rules(*rules: tuple[str, int]) -> tuple[_Rule, ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), weight) for pattern, weight in rules)


_NEARBY = r"\b[^.?!\n]{0,60}\b"
_WORK_ON = r"\b(?:write|fix|debug|refactor|optimi[sz]e|review|implement|port|test|document)"
_CODE = r"(?:code|function|method|class|script|program|quer(?:y|ies)|regex|test|api|endpoint|component|bug)s?\b"
_MAKE_UP = r"\b(?:write|compose|create|tell|make up|invent|draft|continue|give me)"
_VERSE = r"(?:poem|sonnet|haiku|limerick|song|lyrics|rap|slogan|tagline|joke|riddle)s?\b"
_PROSE = r"(?:story|stories|tale|fable|legend|novel|chapter|screenplay|dialogue|scene|monologue|villain|character)s?\b"
_REWRITE = r"translate|proofread|spell-?check|rephrase|reword|shorten|capitali[sz]e|fix the (?:spelling|grammar|typos?)"
_SORT_OUT = r"classify|categori[sz]e|label|extract|convert|sort|list the"

_RULES: Mapping[Need, tuple[_Rule, ...]] = {
    "fresh": _rules(
        (r"\b(?:today|tonight|yesterday|right now|at the moment|this (?:week|month|morning|evening|weekend))\b", 2),
        (r"\b(?:current|recent|latest|upcoming|breaking) (?:events?|news|developments?|releases?|versions?)\b", 3),
        (r"\b(?:news|headlines?|weather|forecast|stock price|share price|exchange rate|box office|standings)\b", 2),
        (r"\b(?:happening|going on) (?:in|at|on|with|around)\b|\bwhat(?:.s| is) (?:new|happening|going on)\b", 2),
        (r"\bwho (?:won|is winning|is leading)\b|\b(?:live|final) scores?\b|\bas of (?:now|today|20\d\d)\b", 2),
        (r"\b(?:search|look (?:it )?up|browse) (?:on |in )?(?:the )?(?:web|internet|online)\b|\bup[- ]to[- ]date\b", 3),
        (r"\b(?:latest|recent(?:ly)?|currently|nowadays|these days|so far this year)\b", 1),
    ),
    "code": _rules(
        (r"```|^\s*(?:def |class |import |from \S+ import |#include|func |fn |public (?:class|static)|package )", 3),
        (r"\bTraceback \(most recent call last\)|\b\w+(?:Error|Exception):|\bstack ?trace\b|\bsegfault\b", 3),
        (_WORK_ON + _NEARBY + _CODE, 3),
        (r"\b(?:SELECT\b[^;]{1,200}\bFROM|CREATE TABLE|INSERT INTO)\b|\{[^{}\n]*;[^{}\n]*\}|=>|\(\)\s*[{:]", 2),
        (r"\b[\w/]+\.(?:py|js|ts|tsx|rs|go|java|cpp|rb|php|cs|sh|sql|ya?ml|toml)\b", 2),
        (r"\b(?:python|javascript|typescript|rust|golang|java|c\+\+|c#|kotlin|swift|sql|bash|html|css|react)\b", 1),
        (r"\b(?:compil\w+|unit tests?|regex|git|docker\w*|kubernetes|npm|pip|async|null pointer|off-by-one)\b", 1),
    ),
    "creative": _rules(
        (_MAKE_UP + _NEARBY + _PROSE, 3),
        (_MAKE_UP + _NEARBY + _VERSE, 3),
        (r"\b(?:brainstorm|imagine|role-?play|fiction\w*|in the style of|worldbuilding|rhym\w+|creative\w*)\b", 2),
        (r"\b(?:story|poem|song|haiku|fairy tale|novel)\b", 1),
    ),
    "cheap": _rules(
        (rf"^\s*(?:please )?(?:{_REWRITE}|{_SORT_OUT})\b", 3),
        (r"\b(?:in one (?:word|sentence|line)|yes or no|one-word answer|tl;?dr)\b", 2),
        (r"^\s*(?:hi|hello|hey|thanks|thank you|good (?:morning|evening)|ok(?:ay)?)\b[\s\w,!.?]{0,30}$", 3),
        (r"^\s*(?:what is|what's|how much is)\s+[\d\s.,+*/^%()-]+\??\s*$", 3),
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What the rules look at: what was said last, how much there is in all, and whether images come with it."""

    text: str
    characters: int
    has_images: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A need, and how much speaks for it. `signs` are words of the request, meant for who sent it and nobody else."""

    need: Need
    score: int
    signs: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What was found, without a word of the request."""
        return f"{self.need}: {_MEANING[self.need]}"


def read(chat: Chat) -> Request:
    """The parts of a chat that the rules look at."""
    last, characters, has_images = "", 0, False
    for message in chat.get("messages") or ():
        text, images = _content(message.get("content"))
        characters += len(text)
        if message.get("role") == "user":
            last, has_images = text, has_images or images
    if len(last) > _LOOKED_AT:  # what is wanted stands at the beginning or at the end of what is pasted in
        last = last[: _LOOKED_AT // 2] + "\n" + last[-_LOOKED_AT // 2 :]
    return Request(last, characters, has_images)


def needs(request: Request, words: Mapping[Need, Sequence[str]] | None = None) -> list[Finding]:
    """What the request needs, what speaks loudest first; `general` always is among it. `words` are more words to look
    for, per need, that alone are enough.
    """
    found: list[Finding] = []
    if request.has_images:
        found.append(Finding("images", 100))
    if request.characters > _LONG_CHARACTERS:
        found.append(Finding("long", 90))
    for need in NEEDS:
        score, hits = _score(need, request, (words or {}).get(need, ()))
        if score >= _ENOUGH:
            found.append(Finding(need, score, tuple(dict.fromkeys(" ".join(hit.split())[:40] for hit in hits))))
    found.sort(key=lambda each: (-each.score, NEEDS.index(each.need)))
    return [*found, Finding("general", 0)]


def candidates(
    findings: Sequence[Finding], serving: Mapping[Need, Sequence[str]], unfit: Callable[[str], str]
) -> list[Candidate]:
    """The routes for these needs, each once, in the order they are to be tried, then those that cannot serve it.

    `serving` has the routes of each need; `unfit` says why a route cannot take the request, or nothing.
    """
    found: dict[str, Candidate] = {}
    for finding in findings:
        for route in serving.get(finding.need, ()):
            if route not in found:
                against = unfit(route)
                found[route] = Candidate(route, kept=not against, reason=against or finding.reason)
    return sorted(found.values(), key=lambda each: not each.kept)


def _score(need: Need, request: Request, words: Iterable[str]) -> tuple[int, list[str]]:
    score, hits = 0, []
    for pattern, weight in _RULES.get(need, ()):
        if (hit := pattern.search(request.text)) is not None:
            score += weight
            hits.append(hit[0])
    if need == "cheap" and request.characters > _SHORT_CHARACTERS:
        score = 0
    for word in words:
        if re.search(rf"\b{re.escape(word)}\b", request.text, re.IGNORECASE):
            score += 4
            hits.append(word)
    return score, hits


def _content(content: Any) -> tuple[str, bool]:
    """The text of a message's content, and whether there are images in it."""
    if isinstance(content, str):
        return content, False
    parts = [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    text = "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    return text, any(part.get("type") in {"image_url", "input_image", "image"} for part in parts)
