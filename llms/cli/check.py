"""`llms check`: what is configured, what answers, and what to do about the rest.

A provider is asked for its list of models, which costs nothing; nobody is ever asked to generate anything.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from llms.cli.origin import (
    BUILT_IN,
    addable,
    discovers,
    how_to_give_a_key,
    key_variable,
    origin,
    unknown_provider,
    variables_of,
)
from llms.cli.running import config_option, gateway_of, read_config, run
from llms.cli.terminal import columns, one_line
from llms.errors import AccessDenied, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.providers.presets import plain_url
from llms.types import Timeouts

if TYPE_CHECKING:
    from llms.config import Config
    from llms.gateway import Gateway
    from llms.providers.base import Provider

_PATIENCE = Timeouts(connect_s=5, first_token_s=15, idle_s=15)
_COLOURS = {"ok": "green", "unsure": "yellow", "failed": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What asking one provider gave."""

    provider: str
    origin: str
    state: Literal["ok", "unsure", "failed"]
    answer: str
    advice: str = ""


@click.command()
@click.argument("provider", required=False)
@config_option
def check(*, provider: str | None, config_file: Path | None) -> int:
    """Ask every provider, or one PROVIDER, whether it answers, and say what to do where it does not.

    It asks for lists of models, which costs nothing. The exit code is 1 where one that is configured does not answer.
    """
    config, environ = read_config(config_file)
    return run(_check(config, environ, provider))


async def _check(config: "Config", environ: Mapping[str, str], only: str | None) -> int:
    async with gateway_of(config, environ) as gateway:
        if only is not None and only not in gateway.providers:
            raise unknown_provider(only, gateway)
        asked = [
            provider
            for name, provider in gateway.providers.items()
            if only == name or (only is None and (name not in BUILT_IN or name in config.providers))
        ]
        findings = await asyncio.gather(*(find(provider, gateway, environ) for provider in asked))
        _tell(findings)
        if only is None:
            _tell_what_else(gateway, nothing_found=not findings)
    return 1 if any(finding.state == "failed" for finding in findings) else 0


async def find(provider: "Provider", gateway: "Gateway", environ: Mapping[str, str]) -> Finding:
    """Ask a provider for its models, and make of the answer what a person needs to know."""
    comes_from = origin(provider, gateway.config, environ)
    if provider.models_request() is None and provider.uses_network:
        return Finding(provider.name, comes_from, "unsure", "not asked: it has no list of models")
    started = time.monotonic()
    try:
        cards = await provider.list_models(_PATIENCE)
    except UpstreamError as failure:
        state: Literal["unsure", "failed"] = "unsure" if _has_no_list(failure) else "failed"
        return Finding(provider.name, comes_from, state, failure.message, advice(failure, provider, gateway, environ))
    answer = f"{len(cards)} model{'' if len(cards) == 1 else 's'} in {(time.monotonic() - started) * 1000:.0f} ms"
    if not cards:
        told = f"it answers, but lists no models; if it should, check its base_url ({plain_url(provider.base_url)})"
        return Finding(provider.name, comes_from, "unsure", answer, told)
    listed = {card.id for card in cards}
    missing = [model for model in provider.models.values() if model not in listed]
    told = f"it does not list {', '.join(missing)}, which the configuration names" if missing else ""
    return Finding(provider.name, comes_from, "ok", answer, told)


def advice(failure: UpstreamError, provider: "Provider", gateway: "Gateway", environ: Mapping[str, str]) -> str:
    """What to do about a failure."""
    where = plain_url(provider.base_url)
    if isinstance(failure, AccessDenied):
        return _about_the_key(provider, gateway.config, environ)
    if _has_no_list(failure):
        return f"it answers, but has no list of models; if chats fail too, check its base_url ({where})"
    if isinstance(failure, RateLimited):
        return "it answers, but refuses more for now: wait, or look at the account's limits"
    if isinstance(failure, Unavailable | TimedOut):
        if _is_local(where):
            return f"is its server running at {where}?"
        return f"check the network, the proxy and the base_url ({where}), or try later"
    return f"is this the address of such an API? The base_url is {where}"


def _about_the_key(provider: "Provider", config: "Config", environ: Mapping[str, str]) -> str:
    settings = config.providers.get(provider.name)
    variable = key_variable(provider.name, environ)
    if settings is not None and settings.api_key:
        where = config.source.name if config.source else "the environment"
        return f"check providers.{provider.name}.api_key in {where}, and the variable it may refer to"
    if variable:
        return f"check the key in {variable}"
    return f"it wants a key: give it as providers.{provider.name}.api_key"


def _has_no_list(failure: UpstreamError) -> bool:
    return isinstance(failure, Rejected) and failure.status in {404, 405, 501}


def _is_local(url: str) -> bool:
    from urllib.parse import urlsplit

    from llms.config.values import is_loopback

    return is_loopback(urlsplit(url).hostname or "")


def _tell(findings: list[Finding]) -> None:
    rows = [[finding.provider, finding.state, finding.origin, finding.answer] for finding in findings]
    for finding, line in zip(findings, columns(rows), strict=True):
        coloured = click.style(finding.state, fg=_COLOURS[finding.state])
        # The name may hold the word too: it is the second of the columns that is coloured.
        head, tail = line[: len(finding.provider)], line[len(finding.provider) :]
        click.echo(head + tail.replace(finding.state, coloured, 1))
        if finding.advice:
            click.echo(f"  → {one_line(finding.advice)}")


def _tell_what_else(gateway: "Gateway", *, nothing_found: bool) -> None:
    config = gateway.config
    if nothing_found:
        click.echo("No provider is configured: only the demo answers, as the model demo/guide.")
    if more := addable(gateway):
        click.echo("\nNot configured:")
        rows = [[preset.title, variables_of(preset), preset.keys_page] for preset in more]
        click.echo("\n".join(columns(rows, indent="  ")))
        click.echo(f"To use one: {how_to_give_a_key(more[0], config)}.")
    if discovers(config) and (absent := _not_running(gateway)):
        click.echo(f"Not running on this machine: {', '.join(absent)}.")


def _not_running(gateway: "Gateway") -> list[str]:
    from llms.providers.presets import PRESETS

    return [preset.title for name, preset in PRESETS.items() if preset.local_port and name not in gateway.providers]
