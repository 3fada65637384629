"""The model `auto` of one gateway: the rules of `llms.routing.auto` over the providers there are.

Knows who serves which need (the configuration's word, else what vendors are known for) and what is known against a
model: that it takes no images, or not so much text.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from llms.config import AutoConfig
from llms.errors import UnknownModel
from llms.routing import auto, auto_models
from llms.routing.auto import NEEDS, Need, Request
from llms.routing.catalog import Catalog, Plan
from llms.types import Call, Decision

AUTO = "auto"

_CHARACTERS_PER_TOKEN = 4
_ALWAYS_THERE = "demo/guide"


class Automatic:
    """Plans for `auto`. `vendors` has the vendor of each provider by its name, empty where it is none that is known.

    `about` tells what is known of the model behind a route, by the keys of `llms.providers.cards`.
    """

    def __init__(
        self,
        settings: AutoConfig,
        vendors: Mapping[str, str],
        catalog: Catalog,
        about: Callable[[str], Mapping[str, Any]],
    ) -> None:
        self._catalog = catalog
        self._vendors = vendors
        self._about = about
        self._routes: dict[Need, tuple[str, ...]] = {need: getattr(settings, need).routes for need in NEEDS}
        self._words: dict[Need, tuple[str, ...]] = {need: getattr(settings, need).words for need in NEEDS}

    @property
    def is_useful(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self._vendors) or any(self._routes.values())

    def means(self, model: str) -> bool:
        """Whether a name means this: a public name of the configuration comes first."""
        return model == AUTO and not self._catalog.is_public(AUTO)

    def plan(self, call: Call) -> Plan:
        """Who serves this request. Raises `UnknownModel` where there is nobody."""
        asked = auto.read(call.chat)
        findings = auto.needs(asked, self._words)
        candidates = auto.candidates(findings, self._serving(), partial(self._unfit, asked=asked))
        found = {each.route: self._catalog.resolve(each.route)[0] for each in candidates}
        fit = [found[each.route] for each in candidates if each.kept] or list(found.values())
        if not fit:
            raise UnknownModel(AUTO)
        told = tuple(replace(each, route=str(found[each.route])) for each in candidates)
        return Plan(tuple(fit), Decision(AUTO, findings[0].reason, told))

    def signs(self, call: Call) -> dict[str, Any]:
        """What was found in the request itself, for who sent it."""
        findings = auto.needs(auto.read(call.chat), self._words)
        return {
            "need": findings[0].need,
            "needs": [{"need": each.need, "score": each.score, "signs": list(each.signs)} for each in findings],
        }

    def _serving(self) -> dict[Need, tuple[str, ...]]:
        known: dict[str, Collection[str]] = {name: self._catalog.known(name) for name in self._vendors}
        serving: dict[Need, tuple[str, ...]] = {
            need: self._routes[need] or auto_models.defaults(need, self._vendors, known) for need in NEEDS
        }
        if not any(serving.values()):
            serving["general"] = (_ALWAYS_THERE,)
        return serving

    def _unfit(self, route: str, asked: Request) -> str:
        """Why a model cannot take a request, where that is known."""
        about = self._about(route)
        senses = (about.get("modalities") or {}).get("input")
        if asked.has_images and senses and "image" not in senses:
            return "it takes no images"
        window = about.get("context_window")
        if window and asked.characters / _CHARACTERS_PER_TOKEN > window:
            return f"its context of {window:,} tokens is too small"
        return ""
