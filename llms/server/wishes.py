"""What a request says itself about where it may go: fallbacks in its body, and a few headers. Never passed on.

Knows how wishes are written and what is refused; what becomes of them is the gateway's business.
"""

from collections.abc import Mapping
from typing import Any

from llms.errors import BadRequest
from llms.routing.strategies import STRATEGIES
from llms.types import NO_WISHES, Bounds, Strategy, Wishes

_STRATEGY = "x-llms-strategy"
_ATTEMPTS = "x-llms-max-attempts"
_RETRIES = "x-llms-retries"
_MOST_MODELS = 16


def wishes_of(headers: Mapping[str, str], body: dict[str, Any], bounds: Bounds) -> Wishes:
    """The wishes of a request; `models` is taken out of its body. Raises `BadRequest` for one that makes no sense.

    A request may ask for less than `bounds`, not for more. `models` are fallbacks as OpenRouter has them: they follow
    `model`, and where that is missing the first of them is it.
    """
    models = _models(body) if "models" in body else ()
    if not (models or _STRATEGY in headers or _ATTEMPTS in headers or _RETRIES in headers):
        return NO_WISHES
    return Wishes(
        models,
        _strategy(headers[_STRATEGY]) if _STRATEGY in headers else None,
        _count(headers, _ATTEMPTS, 1, bounds.attempts),
        _count(headers, _RETRIES, 0, bounds.retries),
    )


def _models(body: dict[str, Any]) -> tuple[str, ...]:
    models = body.pop("models")
    if models is None:
        return ()
    if not isinstance(models, list) or not 1 <= len(models) <= _MOST_MODELS:
        raise BadRequest(f"'models' must be a list of 1 to {_MOST_MODELS} model names", param="models")
    for place, name in enumerate(models):
        if not isinstance(name, str) or not name:
            raise BadRequest(f"'models[{place}]' must be a model name", param=f"models[{place}]")
    if body.get("model") is None:
        body["model"] = models[0]
    return tuple(name for name in dict.fromkeys(models) if name != body["model"])


def _strategy(text: str) -> Strategy:
    name = text.strip().lower()
    if name not in STRATEGIES:
        raise BadRequest(f"the header {_STRATEGY} must be one of {', '.join(STRATEGIES)}", param=_STRATEGY)
    return name


def _count(headers: Mapping[str, str], header: str, least: int, most: int) -> int | None:
    if header not in headers:
        return None
    text = headers[header].strip()
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise BadRequest(f"the header {header} must be a whole number from {least} to {most}", param=header)
    return int(text)
