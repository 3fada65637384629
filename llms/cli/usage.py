"""`llms usage`: what was used and what it cost, from the history that the server keeps. No server need run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llms.cli.running import config_option, read_config, run
from llms.cli.terminal import columns, complain

if TYPE_CHECKING:
    from llms.config import Config

_COUNTS = ("calls", "errors", "prompt_tokens", "completion_tokens", "cached_tokens")


@click.command()
@click.option("--by", default="day", show_default=True, metavar="WORDS", help="day, model, provider, key, with commas.")
@click.option("--from", "first", metavar="DAY", help="The first day, such as 2026-11-01 (30 days up to the last).")
@click.option("--to", "last", metavar="DAY", help="The last day (today).")
@config_option
@click.option("--json", "as_json", is_flag=True, help="What GET /api/usage answers.")
def usage(*, by: str, first: str | None, last: str | None, config_file: Path | None, as_json: bool) -> int:
    """Tell what was used: calls, tokens, costs in US dollars. Days are in UTC.

    Costs are sums over the calls whose price is known; a `+` says that there were others. A `~` before tokens says that
    some are estimated, because an answer was cut off before its provider told them.
    """
    config, environ = read_config(config_file)
    told = run(_told(config, environ, by, (first, last)))
    if told is None:
        complain("no history is kept (store.enabled)")
        return 1
    if as_json:
        from llms import jsonio

        click.echo(jsonio.dumps(told))
    else:
        _print(told)
    return 0


async def _told(
    config: "Config", environ: Mapping[str, str], by: str, days: tuple[str | None, str | None]
) -> dict[str, Any] | None:
    from llms.config.files import home_or_none
    from llms.gateway.measuring import store_for
    from llms.metrics.usage import axes, period, told

    groups, asked = axes(by), period(*days)
    store = store_for(config, home_or_none(environ))
    if store is None:
        return None
    try:
        return told(groups, asked, await store.totals(groups, since=asked.since, until=asked.until))
    finally:
        await store.close()


def _print(told: Mapping[str, Any]) -> None:
    by: Sequence[str] = told["by"]
    groups = told["data"]
    if not groups:
        click.echo(f"No calls from {told['from']} to {told['to']}.")
        return
    heading = [*(axis.upper() for axis in by), "CALLS", "ERRORS", "PROMPT", "ANSWER", "CACHED", "COST $"]
    rows = [[*(str(group[axis]) or "-" for axis in by), *_cells(group)] for group in groups]
    total = {key: sum(group[key] for group in groups) for key in (*_COUNTS, "estimated_calls", "priced_calls")}
    total["cost_usd"] = sum(group["cost_usd"] for group in groups)
    rows.append([*("total" if position == 0 else "" for position, _ in enumerate(by)), *_cells(total)])
    click.echo("\n".join(columns([heading, *rows])))


def _cells(group: Mapping[str, Any]) -> list[str]:
    mark = "~" if group["estimated_calls"] else ""
    more = "+" if group["priced_calls"] < group["calls"] else ""
    calls, errors, *tokens = (group[name] for name in _COUNTS)
    return [f"{calls:,}", f"{errors:,}", *(f"{mark}{each:,}" for each in tokens), f"{group['cost_usd']:.4f}{more}"]
