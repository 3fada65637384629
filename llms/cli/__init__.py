"""The command `llms`: one file per command. Knows the terminal; all else is asked of the layers below.

What a command does not need is not imported: each takes the gateway, the server and rich on first use, so that
`llms --version` and `llms --help` are quick.
"""

import logging
import sys


def main() -> None:
    """Run the command line of this process; ends with its exit code."""
    from llms.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Windows code page lacks most of what models write: a question mark is better than a traceback.
            stream.reconfigure(errors="replace")
    # A command says itself what went wrong; `serve` sets the log up in its own way.
    logging.getLogger("llms").addHandler(logging.NullHandler())
    app()
