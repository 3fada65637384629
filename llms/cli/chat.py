"""`llms chat`, and `llms "a prompt"`: one question, its answer on the terminal as it comes.

No server is needed: the question goes through a gateway in this process, by the same configuration.
"""

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from llms.cli.arguments import compose, read_arguments, read_template
from llms.cli.running import config_option, gateway_of, read_config, run
from llms.cli.terminal import complain
from llms.types import Call, Chat

if TYPE_CHECKING:
    from llms.cli.display import Display
    from llms.config import Config


@click.command()
@click.argument("prompt", nargs=-1)
@click.option("-m", "--model", metavar="MODEL", help="The model to ask, as `llms models` lists it.")
@click.option("-s", "--system", metavar="TEXT", help="The system message.")
@config_option
@click.option("--stream/--no-stream", default=None, help="Show the answer as it comes (so by default), or when whole.")
@click.option("--raw", is_flag=True, help="Plain text on a terminal too, Markdown as it was written.")
@click.option("--json", "as_json", is_flag=True, help="What the API answers: a line per chunk, or one completion.")
@click.option("--args", "arguments", metavar="FIELDS", default="", help='Request fields: "temperature=0.2&top_p=1".')
@click.option(
    "--chat", "template", type=click.File("rb"), metavar="FILE", help="A request in JSON to start from; -: stdin."
)
def chat(
    *,
    prompt: tuple[str, ...],
    model: str | None,
    system: str | None,
    config_file: Path | None,
    stream: bool | None,
    raw: bool,
    as_json: bool,
    arguments: str,
    template: IO[bytes] | None,
) -> int:
    """Ask a model. `llms "why is it so?"` is the same as `llms chat "why is it so?"`.

    What is piped in is added to the prompt, or is the prompt. On a terminal the answer is formatted; in a pipe it is
    the bare text. Ctrl-C cancels the request.
    """
    given = read_template(template.read(), "the request of --chat") if template else None
    piped = _piped()  # nothing is left there where the request came from it
    said = "" if prompt == ("-",) else " ".join(prompt)
    question = "\n\n".join(filter(None, (said, piped)))
    request = compose(question, system=system, model=model, template=given, fields=read_arguments(arguments))
    streamed = request.get("stream") is not False if stream is None else stream
    request["stream"] = streamed
    config, environ = read_config(config_file)
    run(_ask(config, environ, request, _display(raw=raw, as_json=as_json)))
    return 0


async def _ask(config: "Config", environ: Mapping[str, str], request: Chat, display: "Display") -> None:
    from llms.cli.choice import default_model

    async with gateway_of(config, environ) as gateway:
        if not request.get("model"):
            chosen = await default_model(gateway)
            request["model"] = chosen.model
            if chosen.remark:
                complain(chosen.remark)
        call = Call(id=f"cli_{secrets.token_hex(8)}", chat=request, stream=bool(request["stream"]))
        if not call.stream:
            completion = await gateway.complete(call)
            with display:
                display.completion(completion)
            return
        async with gateway.call(call) as chunks:
            with display:
                async for chunk in chunks:
                    display.chunk(chunk)


def _display(*, raw: bool, as_json: bool) -> "Display":
    from llms.cli.display import JsonLines, PlainText

    if as_json:
        return JsonLines()
    if raw or not sys.stdout.isatty():
        return PlainText()
    from llms.cli.markdown import MarkdownDisplay

    return MarkdownDisplay()


def _piped() -> str:
    """What is piped in; empty where a terminal or nothing is there."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    piped: bytes = sys.stdin.buffer.read()
    return piped.decode("utf-8", "replace").strip()
