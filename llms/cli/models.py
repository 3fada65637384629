"""`llms models`, also `llms ls`: what can be asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llms.cli.origin import BUILT_IN, unknown_provider
from llms.cli.running import config_option, gateway_of, read_config, run
from llms.cli.terminal import columns, complain
from llms.types import ModelCard

if TYPE_CHECKING:
    from llms.config import Config
    from llms.gateway import Gateway


_HEADINGS = ["MODEL", "SERVED BY", "CONTEXT", "MEDIA", "$/M TOKENS"]
_ALWAYS_SHOWN = 2
_SIDES = ("input", "output")


@click.command()
@click.argument("provider", required=False)
@config_option
@click.option("--json", "as_json", is_flag=True, help="What GET /v1/models answers.")
def models(*, provider: str | None, config_file: Path | None, as_json: bool) -> int:
    """List the models: all, or those of one PROVIDER. Also `llms ls`.

    The names in the first column are what a request's `model` may be. Where it is known, what follows is the length of
    the context in tokens, what a model takes and gives besides text, and what a million tokens cost in US dollars, of
    the prompt and of the answer.
    """
    config, environ = read_config(config_file)
    run(_list(config, environ, provider, as_json=as_json))
    return 0


async def _list(config: "Config", environ: Mapping[str, str], provider: str | None, *, as_json: bool) -> None:
    async with gateway_of(config, environ) as gateway:
        if provider is not None and provider not in gateway.providers:
            raise unknown_provider(provider, gateway)
        cards = await (gateway.models() if provider is None else _of_one(gateway, provider))
        if as_json:
            _print_json(cards)
        else:
            _print_table(cards, gateway, everything=provider is not None)


async def _of_one(gateway: "Gateway", name: str) -> list[ModelCard]:
    """The models of one provider, which alone is asked. Raises `UpstreamError`."""
    from llms.providers.cards import described

    provider = gateway.providers[name]
    if provider.models:
        return [ModelCard(id=f"{name}/{model}", owned_by=name) for model in provider.models]
    return [described(card.named(f"{name}/{card.id}")) for card in await provider.list_models()]


def _print_json(cards: list[ModelCard]) -> None:
    from llms import jsonio
    from llms.server.models import entry

    click.echo(jsonio.dumps({"object": "list", "data": [entry(card) for card in cards]}))


def _print_table(cards: list[ModelCard], gateway: "Gateway", *, everything: bool) -> None:
    """A line per model. `chaos` is for tests, and its models are shown to who asks for them."""
    public = gateway.config.models
    shown = [card for card in cards if everything or card.id in public or not card.id.startswith("chaos/")]
    rows = [[card.id, _served_by(card, gateway), _context(card), _media(card), _price(card)] for card in shown]
    click.echo("\n".join(columns(_without_empty([_HEADINGS, *rows]))))
    silent = _without_models(cards, gateway)
    if silent and not everything:
        listed = ", ".join(silent)
        complain(f"no list of models from {listed}: `llms check {silent[0]}` says why")


def _without_empty(rows: list[list[str]]) -> list[list[str]]:
    """The rows without the columns that say nothing of any model."""
    told = [at for at in range(len(rows[0])) if at < _ALWAYS_SHOWN or any(row[at] for row in rows[1:])]
    return [[row[at] for at in told] for row in rows]


def _context(card: ModelCard) -> str:
    """The context window in thousands or millions of tokens: `128k`, `1M`."""
    tokens = card.extra.get("context_window")
    if not isinstance(tokens, int):
        return ""
    if tokens < 1000:
        return str(tokens)
    return f"{tokens // 1000}k" if tokens < 1_000_000 else f"{tokens / 1_000_000:.3g}M"


def _media(card: ModelCard) -> str:
    """What goes in and comes out that is not text: `image, audio`, `-> image`."""
    modalities = card.extra.get("modalities") or {}
    taken, given = (", ".join(each for each in modalities.get(side, ()) if each != "text") for side in _SIDES)
    return f"{taken} -> {given}".strip() if given else taken


def _price(card: ModelCard) -> str:
    """Dollars per million tokens: `0.15 / 0.6`, `free`."""
    prices = card.extra.get("pricing") or {}
    told = [prices.get("prompt"), prices.get("completion")]
    if not any(told):
        return "free" if 0 in told else ""
    return " / ".join("-" if price is None else f"{price:.4g}" for price in told)


def _served_by(card: ModelCard, gateway: "Gateway") -> str:
    public = gateway.config.models.get(card.id)
    return ", then ".join(public.routes) if public else card.id.partition("/")[0]


def _without_models(cards: list[ModelCard], gateway: "Gateway") -> list[str]:
    told = {card.id.partition("/")[0] for card in cards}
    return [name for name in gateway.providers if name not in told and name not in BUILT_IN]
