"""What `llms serve` says when it is up: where it is, what it found, how to add more."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from llms.cli.origin import addable, discovers, origin
from llms.cli.terminal import columns
from llms.version import VERSION

if TYPE_CHECKING:
    from llms.gateway import Gateway

_NAMED_VARIABLES = 3


def announcement(url: str, gateway: "Gateway", environ: Mapping[str, str]) -> Iterator[str]:
    """The lines for people; the first holds the address."""
    config = gateway.config
    yield f"llms {VERSION} serves at {url}"
    yield ""
    key = "with one of the keys of this gateway" if config.auth.keys else "any key will do"
    providers = [
        [provider.name, origin(provider, config, environ)]
        for name, provider in gateway.providers.items()
        if name != "chaos"  # it serves tests; `llms models chaos` has it
    ]
    rows = [["API", f"{url}/v1, for any OpenAI SDK ({key})"]]
    rows += [["" if position else "Providers", line] for position, line in enumerate(columns(providers))]
    rows.append(["Models", _known_models(gateway)])
    rows.append(["Config", str(config.source or "no file (`llms config path` says where one is looked for)")])
    yield from columns(rows, indent="  ")
    yield ""
    yield from _how_to_add(gateway)


def announcement_json(url: str, gateway: "Gateway") -> bytes:
    """The same facts as one JSON object."""
    from llms import jsonio

    source = gateway.config.source
    return jsonio.dumps(
        {
            "event": "serving",
            "url": url,
            "version": VERSION,
            "providers": list(gateway.providers),
            "models": len(gateway.listings.cards()),
            "config": str(source) if source else None,
        }
    )


def _known_models(gateway: "Gateway") -> str:
    known = len(gateway.listings.cards())
    so_far = f"{known} known so far, " if known else ""
    return f"{so_far}the providers are being asked for theirs (`llms models` lists all)"


def _how_to_add(gateway: "Gateway") -> Iterator[str]:
    config = gateway.config
    more = [preset for preset in addable(gateway) if preset.base_url]  # those that want a key and nothing else
    variables = [preset.env[0] for preset in more[:_NAMED_VARIABLES]]
    if discovers(config):
        rest = f" or {len(more) - len(variables)} others" if len(more) > len(variables) else ""
        if variables:
            yield f"To add a provider set its key ({', '.join(variables)}{rest}) and start again."
        yield "Ollama, LM Studio, llama.cpp and vLLM are found when they run. `llms check` tells more."
    elif more:
        where = config.source.name if config.source else "the configuration"
        yield f"To add a provider name it under `providers` in {where}, as in `{more[0].name}: {{}}`,"
        yield f"and set its key ({variables[0]}). `llms check` tells more."
    yield "Ctrl-C stops."
