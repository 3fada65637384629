"""What the demo model says: how to go from it to a real model, in Markdown, with a look at what was asked.

Texts only. What they claim of variables and vendors is taken from the table of presets, so that it stays true.
"""

import re

from llms.providers.presets import PRESETS

ADDRESS = "http://127.0.0.1:8000/v1"

WHAT_IT_IS = """\
Hello! I am the **demo model** of this gateway. There is no neural network behind me: my words are written down, and I \
am here so that everything can be tried before any key is set.

The gateway speaks the OpenAI API and passes each request on to the provider that has the model: a cloud service, or a \
server on your own machine. Clients need one address only."""

FILE = """\
## With a file

For more than keys, write a `llms.yaml` where you start the gateway:

```yaml
providers:
  openai:
    api_key: "${OPENAI_API_KEY}"
  mine:                              # any server that speaks the OpenAI API
    base_url: http://127.0.0.1:9000/v1
    models: [big, small]
models:
  fast: [mine/small, openai/gpt-4o-mini]   # tried in this order
```

Then look at what came of it:

```sh
llms config check     # is the file valid?
llms check            # which providers answer, and what to do where they do not
llms models           # every model you can ask for
```"""

PYTHON = f"""\
## From Python

The official SDK works as it is, with another address:

```python
from openai import OpenAI

client = OpenAI(base_url="{ADDRESS}", api_key="any")
stream = client.chat.completions.create(
    model="demo/guide",
    messages=[{{"role": "user", "content": "How do I add a provider?"}}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
```"""

JAVASCRIPT = f"""\
## From JavaScript

The official SDK works as it is, with another address:

```js
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{ADDRESS}", apiKey: "any" }});
const stream = await client.chat.completions.create({{
  model: "demo/guide",
  messages: [{{ role: "user", content: "How do I add a provider?" }}],
  stream: true,
}});
for await (const chunk of stream) {{
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}}
```"""

SHELL = f"""\
## From a shell

```sh
curl -N {ADDRESS}/chat/completions \\
  -H 'content-type: application/json' \\
  -d '{{"model": "demo/guide", "stream": true, "messages": [{{"role": "user", "content": "Hi"}}]}}'
```"""

TOOLS = """\
## Tools

Send `tools` with the request, and ask me to use one (or set `"tool_choice": "required"`): I call the first, with the \
smallest arguments that fit its schema. With `"parallel_tool_calls": true` I make two calls at once. Send the result \
back in a `tool` message, and I answer in words. The model `demo/tools` calls a tool without being asked."""

MODELS = """\
## What else I can do

- `demo/thinker` reasons before it answers; so does every demo model when you set `reasoning_effort`.
- `demo/words?words=200&gap_ms=5` says 200 words, one every 5 ms.
- `response_format` with a JSON schema gives the smallest value that fits it.
- `chaos/reset`, `chaos/stall` and others fail on purpose, for trying what a client does then."""

_TOPICS = (
    (re.compile(r"\b(javascript|typescript|node(\.?js)?|deno|bun)\b", re.IGNORECASE), JAVASCRIPT),
    (re.compile(r"\b(curl|shell|bash|terminal|http)\b", re.IGNORECASE), SHELL),
    (re.compile(r"\b(python|code|snippet|sdk|openai client|example|script)\b", re.IGNORECASE), PYTHON),
    (re.compile(r"\b(tools?|functions?|function[- ]call\w*)\b", re.IGNORECASE), TOOLS),
)
_CONFIGURE = re.compile(r"\b(configur\w*|providers?|api[- ]keys?|keys?|set ?up|yaml|env\w*|settings?)\b", re.IGNORECASE)


def guide(question: str, *, tools: list[str]) -> str:
    """The answer to `question`: what it asks for, or all that a newcomer needs. `tools` are the names offered."""
    parts = [text for pattern, text in _TOPICS if pattern.search(question)]
    if tools and TOOLS not in parts:
        parts.append(TOOLS)
    if tools:
        parts.append(f"Your request offers {_listed(tools)}.")
    if not parts or _CONFIGURE.search(question):
        parts = [environment(), FILE, *parts]
    if len(parts) == 2:
        parts += [PYTHON, MODELS]
    return "\n\n".join([WHAT_IT_IS, *parts])


def environment() -> str:
    """How to configure a provider without a file."""
    cloud = [preset for preset in PRESETS.values() if preset.env and not preset.keyless]
    local = [f"{preset.title} (port {preset.local_port})" for preset in PRESETS.values() if preset.local_port]
    rows = "\n".join(f"| {preset.title} | `{preset.env[0]}` | {preset.keys_page} |" for preset in cloud)
    return f"""\
## With a variable

Set the key of a provider and start the gateway again: it is found by itself.

```sh
export OPENAI_API_KEY=…
llms serve
```

| Provider | Variable | Keys |
|---|---|---|
{rows}

No key at all? Servers on this machine are found too: {", ".join(local)}."""


def thoughts(question: str, effort: str) -> str:
    """The reasoning before an answer: longer, the more `effort` is asked for."""
    asked = " ".join(question.split()) or "nothing in words"
    asked = asked if len(asked) <= 200 else f"{asked[:200]}…"
    steps = [
        f"The user asks: “{asked}”.",
        "I am the demo, so I look for what can be shown without a model: configuration, code, tools.",
        "A short introduction first, then the part that fits the question, with something to copy.",
        "I should not claim to know more than what is written down here. That is all; now the answer.",
    ]
    count = {"minimal": 1, "low": 1, "medium": 3}.get(effort, len(steps))
    return "\n".join(steps[:count])


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names[:5]]
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    *most, last = [*quoted, *more]
    return f"{', '.join(most)} and {last}" if most else f"one tool, {last}"
