"""In which order the routes of a model are tried: pure functions over lists of options.

Each gives the same options in another order, each with the reason it stands where it does. What is measured, learned
and priced comes in with the options; chance is passed in as a function that gives numbers from 0 to 1.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from llms.types import Route, Strategy

STRATEGIES: tuple[Strategy, ...] = ("ordered", "weighted", "least-latency", "cheapest", "affinity")

_CROWD = 4
"""Requests in flight that nobody is sent away for."""


@dataclass(frozen=True, slots=True)
class Option:
    """A route with what is known of it: its share, the median time to its first token, requests in flight, the price of
    a usual mix of a million tokens; None for what is not known.
    """

    route: Route
    weight: float = 1.0
    typical_s: float | None = None
    in_flight: int = 0
    price_usd: float | None = None


Ranked = list[tuple[Option, str]]
"""Options in the order they are to be tried, with the reason of each."""


def ordered(options: Sequence[Option]) -> Ranked:
    """As they were written."""
    return [(option, f"number {place} in the list") for place, option in enumerate(options, start=1)]


def weighted(options: Sequence[Option], chance: Callable[[], float]) -> Ranked:
    """Each comes first as often as its weight says; of the rest the same is true. Weight 0 comes last, in order.

    The draw is that of Efraimidis and Spirakis (2006): the keys `u ** (1 / weight)`, largest first.
    """
    total = sum(option.weight for option in options)
    keys = {
        place: math.log(max(chance(), 1e-300)) / option.weight if option.weight else -math.inf
        for place, option in enumerate(options)
    }
    drawn = sorted(keys, key=lambda place: -keys[place])
    return [(options[place], f"drawn by weight {options[place].weight:g} of {total:g}") for place in drawn]


def least_latency(options: Sequence[Option]) -> Ranked:
    """The quickest first token first. One whose time is not known goes first as long as nobody else is finding out."""

    def key(option: Option) -> float:
        if option.typical_s is None:
            return math.inf if option.in_flight else -1.0
        return option.typical_s

    def reason(option: Option) -> str:
        if option.typical_s is not None:
            return f"first token after {option.typical_s * 1000:.0f} ms"
        return "being measured" if option.in_flight else "to be measured"

    return [(option, reason(option)) for option in sorted(options, key=key)]


def cheapest(options: Sequence[Option]) -> Ranked:
    """The lowest price first; without a known price last."""

    def key(option: Option) -> float:
        return math.inf if option.price_usd is None else option.price_usd

    def reason(option: Option) -> str:
        return "price unknown" if option.price_usd is None else f"${option.price_usd:.4g} per million tokens"

    return [(option, reason(option)) for option in sorted(options, key=key)]


def affinity(options: Sequence[Option], key: bytes, home: str | None) -> Ranked:
    """Where the conversation's beginning was seen last (`home`), unless that one is crowded. The others come in an
    order that is always the same for this beginning, so that machines which share nothing agree, and fair to the
    weights.

    The order is that of weighted rendezvous hashing: each option's score is `-weight / ln(hash)`, largest first.
    """
    crowded = {str(option.route) for option in options if _is_crowded(option, options)}
    ranked = sorted(options, key=lambda option: (str(option.route) in crowded, -_score(option, key)))
    reasons = {str(option.route): "crowded" if str(option.route) in crowded else "by hash" for option in options}
    if home is not None and home not in crowded:
        ranked.sort(key=lambda option: str(option.route) != home)
        if home in reasons:
            reasons[home] = "saw the beginning of this conversation"
    return [(option, reasons[str(option.route)]) for option in ranked]


def _is_crowded(option: Option, options: Sequence[Option]) -> bool:
    others = [each.in_flight for each in options if each is not option]
    return bool(others) and option.in_flight > _CROWD + 2 * fmean(others)


def _score(option: Option, key: bytes) -> float:
    digest = hashlib.blake2b(str(option.route).encode(), key=key, digest_size=8).digest()
    chance = ((int.from_bytes(digest, "big") >> 12) + 0.5) / 2**52
    return -option.weight / math.log(chance)
