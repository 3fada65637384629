"""The group of all commands: what the words on the command line mean, and how a failure is told.

A first word that is no command is a prompt. Every failure is one line on standard error and an exit code: 2 where the
command or the configuration is wrong, 1 where the work failed, 130 where Ctrl-C ended it. No traceback for any of them.
"""

import contextlib
import difflib
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from llms.cli.chat import chat
from llms.cli.check import check
from llms.cli.config import config
from llms.cli.models import models
from llms.cli.serve import serve
from llms.cli.terminal import complain
from llms.cli.usage import usage
from llms.errors import ConfigError, GatewayError, UnknownModel
from llms.version import VERSION

ALIASES = {"ls": "models"}

_OWN_OPTIONS = ("-h", "--help", "--version")
_FIRST_STEPS = """\b
  llms serve            start the gateway and its page
  llms "why is it so?"  ask a model, here in the terminal
  llms check            see what is configured, what answers, what to do
"""


class Commands(click.Group):
    """A click group that takes prompts for words it does not know, and tells failures in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order they were added: the most useful first."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name or its alias."""
        return super().get_command(ctx, ALIASES.get(cmd_name, cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what the words mean (see `understood`)."""
        return super().parse_args(ctx, understood(args, [*self.commands, *ALIASES]))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; gives the exit code."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                complain(str(problem))
            return 2
        except UnknownModel as error:
            # The error's own words are for a client, and name the path of the API where the models are listed.
            near = f"did you mean {' or '.join(error.near)}?" if error.near else "`llms models` lists what there is"
            complain(f"there is no model {error.model!r} here: {near}")
            return 1
        except GatewayError as error:
            complain(error.message)
            return 1
        except KeyboardInterrupt:
            click.echo("canceled", err=True)
            return 130

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]  # all but the words by name
        """Run a command line. Ends the process with the exit code, or gives it where not `standalone_mode`."""
        extra.setdefault("prog_name", self.name)
        extra.setdefault("windows_expand_args", False)  # a prompt's question mark is no pattern of file names
        try:
            code = super().main(args, standalone_mode=False, **extra)
        except click.Abort:
            code = 130
        except click.ClickException as error:
            complain(error.format_message())
            code = error.exit_code
        except OSError as error:
            if error.errno not in {errno.EPIPE, errno.EINVAL}:  # Windows says EINVAL of a pipe that nobody reads
                raise
            _discard_output()
            code = 1
        if not standalone_mode:
            return code
        sys.exit(code or 0)


def understood(args: Sequence[str], commands: Sequence[str]) -> list[str]:
    """What the words mean, as a command and its own words. Raises `UsageError` for what looks like a misspelt command.

    `--serve PORT`, `--list` and `--check` are how an older tool of this name spells its commands.
    """
    if not args:
        return ["--help"]
    first, *rest = args
    if first in commands or first in _OWN_OPTIONS:
        return list(args)
    if first == "help":
        return [*rest[:1], "--help"]
    if first == "--config" and len(rest) > 1 and rest[1] in commands:
        return [rest[1], first, rest[0], *rest[2:]]
    if older := _older_spelling(args):
        return older
    near = difflib.get_close_matches(first, commands, n=1, cutoff=0.7)
    if near and not first.startswith("-"):
        raise click.UsageError(
            f"there is no command {first!r}: did you mean `llms {near[0]}`? As a prompt it is `llms chat {first}`"
        )
    return ["chat", *args]


def _older_spelling(args: Sequence[str]) -> list[str]:
    for position, word in enumerate(args):
        option, _, value = word.partition("=")
        others = [*args[:position], *args[position + 1 :]]
        if option == "--serve":
            # The port is the word that follows; options may stand around both.
            port = [value] if value else args[position + 1 : position + 2]
            others = others if value else [*args[:position], *args[position + 2 :]]
            return ["serve", *others, "--port", *port]
        if word in {"--list", "--check"}:
            return ["models" if word == "--list" else "check", *others]
        if word == "--":
            break
    return []


def _discard_output() -> None:
    """Nobody reads on: let what is still buffered go nowhere, where flushing it would fail once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = Commands(
    "llms",
    help=f"An OpenAI-compatible gateway in front of every model provider.\n\n{_FIRST_STEPS}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar='COMMAND | "PROMPT" [OPTIONS]',
    epilog="`llms COMMAND --help` tells more of a command.",
)
click.version_option(VERSION, prog_name="llms", message="%(prog)s %(version)s")(app)
for _command in (serve, chat, check, models, usage, config):
    app.add_command(_command)
