"""What the commands share: the configuration, an event loop, a gateway that is closed in the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from llms.config import Config
    from llms.gateway import Gateway

T = TypeVar("T")

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration file, instead of the one that is found.",
)


def read_config(file: Path | None, flags: Mapping[str, Any] | None = None) -> tuple["Config", Mapping[str, str]]:
    """The configuration, and the environment it was read with; a note on standard error for what was read freely.

    `flags` are dotted paths and values from the command line, None meaning not given. Raises `ConfigError`.
    """
    from llms.config import environment, load

    environ = environment()
    given = {path: value for path, value in (flags or {}).items() if value is not None}
    config = load(file, environ=environ, flags=given)
    for note in config.notes:
        click.echo(f"llms: note: {note}", err=True)
    return config, environ


def run(work: Coroutine[Any, Any, T], *, new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Run `work` to its end. Ctrl-C cancels it and raises `KeyboardInterrupt` when it has cleaned up."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The maker of uvloop's event loops where it is installed (it is not for Windows), else None."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@asynccontextmanager
async def gateway_of(config: "Config", environ: Mapping[str, str]) -> AsyncIterator["Gateway"]:
    """A gateway without a server, closed in the end."""
    from llms.gateway import build

    gateway = await build(config, environ=environ)
    try:
        yield gateway
    finally:
        await gateway.close()
