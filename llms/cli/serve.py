"""`llms serve`: the gateway as a server, until a signal ends it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llms import tasks
from llms.cli.announcement import announcement, announcement_json
from llms.cli.running import config_option, fast_loop, read_config, run

if TYPE_CHECKING:
    from llms.config import Config
    from llms.gateway import Gateway

_log = logging.getLogger(__name__)


def _port(text: str) -> int:
    """The port that `text` is; click's own range would refuse it in words that say less."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise click.BadParameter(f"{text!r} is not a whole number from 0 to 65535 (0: any free port)")


@click.command()
@config_option
@click.option("--host", metavar="HOST", help="The address to listen on (127.0.0.1); others need keys.")
@click.option("--port", type=_port, metavar="PORT", help="The port to listen on (8000); 0: any free.")
@click.option("--log-format", type=click.Choice(["human", "json"]), help="Log lines for people, or JSON.")
@click.option("--verbose", is_flag=True, help="Log more.")
def serve(
    *, config_file: Path | None, host: str | None, port: int | None, log_format: str | None, verbose: bool
) -> int:
    """Start the gateway: an OpenAI-compatible API at /v1, and a page at /.

    It needs no configuration: every provider whose usual variable (such as OPENAI_API_KEY) is set is on, and model
    servers on this machine are found. Ctrl-C lets open answers finish; a second one stops at once.
    """
    from llms.server.logs import setup_logging

    flags = {
        "server.host": host,
        "server.port": port,
        "server.log_format": log_format,
        "server.log_level": "debug" if verbose else None,
    }
    config, environ = read_config(config_file, flags)
    setup_logging(config.server.log_format, config.server.log_level)
    return run(_serve(config, environ), new_loop=fast_loop())


async def _serve(config: "Config", environ: Mapping[str, str]) -> int:
    from llms.config.files import home_or_none
    from llms.gateway import build
    from llms.gateway.measuring import store_for, wants_telemetry
    from llms.server.run import serve as serve_gateway

    gateway = await build(config, environ=environ)

    def announce(url: str) -> None:
        if config.server.log_format == "json":
            click.echo(announcement_json(url, gateway))
        else:
            click.echo("\n".join(announcement(url, gateway, environ)))
        # A page or a client that lists the models at once should find them; a key that is refused shows in the log now.
        tasks.spawn(_learn_models(gateway), name="llms.serve.models")
        store = store_for(config, home_or_none(environ))
        gateway.measuring.start(store, telemetry=wants_telemetry(config, environ))

    return await serve_gateway(gateway, announce)


async def _learn_models(gateway: "Gateway") -> None:
    await gateway.listings.refresh()
    _log.info("models known", extra={"fields": {"models": len(gateway.listings.cards())}})
