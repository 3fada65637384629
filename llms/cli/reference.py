"""Writes `docs/cli.md` from the commands themselves: `python -m llms.cli.reference`; `--check` only compares."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from llms.cli.app import ALIASES, app

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "cli.md"

_OPENING = """\
# The command line

<!-- Written by `make docs` from the commands' own help: change it there. -->

```sh
llms serve            # start the gateway and its page
llms "why is it so?"  # ask a model, here in the terminal
llms check            # see what is configured, what answers, what to do
```

`python -m llms` is the same as `llms`. A first word that is no command is a prompt; a word that looks like a misspelt
command is not sent anywhere. What is piped in is added to the prompt: `git diff | llms "write a commit message"`.

| exit code | meaning |
|---|---|
| 0 | done; for `serve`, stopped by a signal |
| 1 | the work failed: a provider, the network, a model that does not exist |
| 2 | the command line or the configuration is wrong |
| 130 | Ctrl-C ended it |

Failures are one line on standard error, which begins with `llms:`.

For completion by the shell: `eval "$(_LLMS_COMPLETE=bash_source llms)"`, or `zsh_source`, `fish_source`.

The older spellings `llms --serve PORT`, `llms --list` and `llms --check PROVIDER` work too.
"""


def page() -> str:
    """The whole page."""
    with click.Context(app, info_name="llms") as context:
        return "\n".join([_OPENING, *_commands(app, context)])


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        with click.Context(command, info_name=name, parent=context) as inner:
            if isinstance(command, click.Group):
                yield from _commands(command, inner)
            else:
                yield from _section(command, inner)


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```\n{context.command_path} {usage}\n```\n"
    yield f"{_unwrapped(command.help or '')}\n"
    names = [alias for alias, target in ALIASES.items() if target == command.name and context.parent is not None]
    if names and context.parent is not None and context.parent.command is app:
        yield f"Also: {', '.join(f'`llms {name}`' for name in names)}.\n"
    records = [record for option in command.params if (record := option.get_help_record(context))]
    if told := [(name, meaning) for name, meaning in records if meaning]:
        yield "| option | meaning |\n|---|---|"
        # A bar ends a cell, even inside of code, unless it is escaped.
        yield from ("| `{}` | {} |".format(*(cell.replace("|", r"\|") for cell in row)) for row in told)
        yield ""


def _unwrapped(text: str) -> str:
    """The paragraphs of a help text, each on one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def main() -> int:
    """Write the page, or with `--check` say whether it is what the commands say."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text("utf-8") == page():
        return 0
    click.echo(f"{PAGE.name} is not what the commands say: run `make docs`", err=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
