"""`llms config`: which file is used, what it comes to, whether it is valid."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llms.cli.running import config_option, read_config

if TYPE_CHECKING:
    from llms.config import Config


@click.group()
def config() -> None:
    """Show where the configuration comes from, what it comes to, whether it is valid."""


@config.command()
@config_option
def path(*, config_file: Path | None) -> int:
    """Print the file in use; where there is none, the places it is looked for (exit code 1)."""
    from llms.config import candidates, environment, find_file

    found = config_file or find_file(environment())
    if found is not None:
        click.echo(str(found.absolute()))
        return 0
    click.echo("no configuration file; it is looked for here, in this order:", err=True)
    for place in candidates(environment()):
        click.echo(str(place.absolute()))
    return 1


@config.command()
@config_option
def show(*, config_file: Path | None) -> int:
    """Print the configuration in force as YAML, defaults included, with every secret masked."""
    import yaml

    from llms.cli.origin import discovers
    from llms.gateway.discovery import from_environment

    loaded, environ = read_config(config_file)
    click.echo(f"# from {loaded.source or 'defaults and the environment: there is no file'}")
    click.echo(yaml.safe_dump(_plain(loaded), sort_keys=False, allow_unicode=True), nl=False)
    if discovers(loaded):
        names = ", ".join(from_environment(environ)) or "none"
        click.echo(f"# providers that are added as their usual variable holds a key: {names}")
    return 0


@config.command()
@config_option
def check(*, config_file: Path | None) -> int:
    """Say whether the configuration is valid: every problem in a line, exit code 2 where there is one.

    Providers are not asked; that is `llms check`. Only model servers on this machine are looked for, as at a start.
    """
    from llms.cli.running import run

    loaded, environ = read_config(config_file)
    run(_build_and_close(loaded, environ))
    click.echo(f"{loaded.source or 'the environment (there is no file)'}: valid")
    return 0


async def _build_and_close(loaded: "Config", environ: Mapping[str, str]) -> None:
    """Find also what only shows when the providers are made: types that do not exist, keys that are missing."""
    from llms.cli.running import gateway_of

    async with gateway_of(loaded, environ):
        return


def _plain(loaded: "Config") -> dict[str, Any]:
    """The configuration without what nobody set and nothing stands for."""
    return _without_nothing(loaded.model_dump(mode="json", exclude_none=True))


def _without_nothing(section: dict[str, Any]) -> dict[str, Any]:
    kept = {key: _without_nothing(item) if isinstance(item, dict) else item for key, item in section.items()}
    return {key: item for key, item in kept.items() if item not in ({}, [])}
