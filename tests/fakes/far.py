"""Far ends without a network: each host answers from a script, all behind one transport."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from llms.providers.scripted.transport import STREAM_TYPE, Answer, Cut, ScriptedTransport, Step, json_answer
from llms.providers.transport import Request
from tests.fakes.openai_wire import completion, sse, text_chunks

Script = Answer | Callable[[Request], Answer]

NOBODY = Answer((Cut(),))
"""A connection that closes without an answer."""


def streaming(*steps: Step) -> Answer:
    """A stream of these pieces."""
    return Answer(steps, content_type=STREAM_TYPE)


def listing(*ids: str, owner: str = "them", **extra: Any) -> Answer:
    """A list of models."""
    return json_answer({"object": "list", "data": [{"id": each, "owned_by": owner, **extra} for each in ids]})


def friendly(request: Request) -> Answer:
    """A provider that lists `big` and `small`, and answers every chat with a greeting."""
    if request.method == "GET":
        return listing("big", "small")
    if b'"stream":true' in (request.body or b""):
        return streaming(*sse(*text_chunks("Hello", " there.")))
    return json_answer(completion("Hello there."))


class FarEnds:
    """The hosts there are, what they answer, and what they were asked; a host that is not there hangs up."""

    def __init__(self, answers: Mapping[str, Script] | None = None) -> None:
        self.answers = dict(answers or {})
        self.requests: list[Request] = []
        self.transport = ScriptedTransport("far", self._play)

    def asked(self, host: str, method: str = "POST") -> int:
        """How many requests a host has had."""
        return sum(1 for each in self.requests if urlsplit(each.url).netloc == host and each.method == method)

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        script = self.answers.get(urlsplit(request.url).netloc, NOBODY)
        return script(request) if callable(script) else script
