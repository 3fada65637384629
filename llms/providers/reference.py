"""Writes `docs/providers.md` from the presets and the registry: `python -m llms.providers.reference`.

With `--check` it only compares. The prose stands here; what one dialect keeps, drops and mends is in `docs/providers/`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from llms.providers import registry
from llms.providers.presets import ALIASES, PRESETS, Preset

PAGE = Path(__file__).resolve().parents[2] / "docs" / "providers.md"
MATRIX = ("<!-- matrix -->", "<!-- /matrix -->")
"""The marks of a section that is not written here."""

_OPENING = """\
# Providers

<!-- Written by `make docs` from llms/providers: change it there. -->

A provider is named before the first slash of a model: `groq/llama-3.3-70b-versatile`. Those in the table need no type
and no address, only a key: set the variable and start again, or name the provider in the configuration.

```yaml
providers:
  groq: {}                                          # key from GROQ_API_KEY
  work:                                             # a second account: any name, and the type says which vendor
    type: openai
    base_url: https://api.openai.com/v1
    api_key: "${WORK_OPENAI_KEY}"
```

A key from the environment goes to its vendor's own address only. Where a configuration gives a `base_url`, it gives the
key too.

"""

_LOCAL = """
## On this machine

These are looked for at start, on their usual loopback ports, where the configuration names no providers (or
`discover: true` is set). They need no key.

"""

_BUILT_IN = """
## Built in

`demo` answers without any key, and `chaos` fails in every way a provider can: see [demo and chaos](demo-and-chaos.md).

## Addresses

`base_url` means what the vendor's own SDK means by it, with or without a trailing slash: for OpenAI's dialect it
includes the version (`https://api.openai.com/v1`), for Anthropic, Cohere and Ollama it is the host, for Google it ends
in `/v1beta`, for Azure in `/openai/v1`. Azure's classic API is known by an address that ends in `/openai`, or that
names a deployment; the option `api_version` goes with it. AI Refinery's address is the host.

## Whatever speaks OpenAI's dialect

A private server needs a name, an address, and a key if it wants one:

```yaml
providers:
  copilot:
    base_url: https://models.internal.example/v1
    api_key: "${COPILOT_KEY}"
    headers: {editor-version: "x/1.0"}              # whatever else it wants to see
    models: {gpt-4o: gpt-4o, fast: gpt-4o-mini}      # public names and its own; a list where they agree
```

Request fields that OpenAI does not know pass through, in both directions.

"""


def render() -> str:
    """The page."""
    hosted = [preset for preset in PRESETS.values() if preset.env and not preset.local_port]
    local = [preset for preset in PRESETS.values() if preset.local_port]
    return "".join([_OPENING, *_hosted(hosted), _LOCAL, *_local(local), _BUILT_IN, *_types(), *_matrix()])


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code says whether it was up to date."""
    page = render()
    if "--check" not in arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write("docs/providers.md is not up to date: run make docs\n")
    return 1


def _hosted(presets: list[Preset]) -> Iterator[str]:
    yield "| name | vendor | key | address | where keys are made |\n|---|---|---|---|---|\n"
    names = {name: [alias for alias, of in ALIASES.items() if of == name] for name in PRESETS}
    for preset in presets:
        name = " or ".join(f"`{each}`" for each in [preset.name, *names[preset.name]])
        keys = ", ".join(f"`{variable}`" for variable in preset.env)
        moved = "".join(f", or `{variable}`" for variable in preset.base_url_env)
        address = f"`{preset.base_url}`" if preset.base_url else "your own"
        yield f"| {name} | {preset.title} | {keys} | {address}{moved} | {preset.keys_page} |\n"


def _matrix() -> Iterator[str]:
    """The section between the marks, as it stands: the tests write it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    kept = page.partition(MATRIX[0])[2].partition(MATRIX[1])[0]
    yield f"\n## Who does what\n\n{MATRIX[0]}{kept or chr(10)}{MATRIX[1]}\n"


def _local(presets: list[Preset]) -> Iterator[str]:
    yield "| name | server | address |\n|---|---|---|\n"
    for preset in presets:
        yield f"| `{preset.name}` | {preset.title} | `{preset.base_url}` |\n"


def _types() -> Iterator[str]:
    yield "## Types\n\nWhat `type` may say, besides the name of any provider above:\n\n"
    yield "| type | class |\n|---|---|\n"
    for name, target in registry.BUILT_IN.items():
        yield f"| `{name}` | `{target.replace(':', '.')}` |\n"
    yield (
        "\nA package of your own adds one with an entry point in the group `llms.providers`, "
        "whose value is `module:Class`.\n"
    )
    folder = PAGE.parent / "providers"
    pages = sorted(folder.glob("*.md")) if folder.is_dir() else []
    if pages:
        yield "\n## What each dialect keeps, drops and mends\n\n"
        for page in pages:
            title = page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
            yield f"- [{title}](providers/{page.name})\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
