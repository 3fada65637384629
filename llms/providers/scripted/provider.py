"""A provider of OpenAI's dialect whose far end is a method of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from llms import jsonio
from llms.providers.embeddings import Embedder
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request, Transport


class ScriptedProvider(OpenAiProvider):
    """What `demo` and `chaos` have in common: no address, no key, no network, and a list of named models."""

    default_base_url: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False
    needs_base_url: ClassVar[bool] = False
    uses_network: ClassVar[bool] = False
    endpoints = frozenset[str]()
    embedder: ClassVar[Embedder | None] = None

    def __init__(self, *positional: Any, transport: Transport | None = None, **settings: Any) -> None:
        """As for any provider. Without a `transport` the answers come from `answer`."""
        super().__init__(*positional, transport=transport or ScriptedTransport(self.type, self._play), **settings)

    def named_models(self) -> Mapping[str, str]:
        """The models worth listing, each with what it does."""
        raise NotImplementedError

    def answer(self, body: dict[str, Any]) -> Answer:
        """What the far end says to the request `body`. Raises `Rejected` for what it refuses."""
        raise NotImplementedError

    def _play(self, request: Request) -> Answer:
        if request.method == "GET":
            listed = [
                {"id": name, "object": "model", "created": 0, "owned_by": "llms", "description": purpose}
                for name, purpose in self.named_models().items()
            ]
            return json_answer({"object": "list", "data": listed})
        return self.answer(jsonio.loads(request.body or b"{}"))
