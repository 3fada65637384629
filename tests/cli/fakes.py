"""Gateways whose providers answer from a table, without a network."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from llms import jsonio
from llms.config import Config
from llms.errors import UpstreamError
from llms.gateway import Gateway, build
from llms.providers.transport import Request
from llms.types import Timeouts

Answer = UpstreamError | tuple[int, Any]
"""What asking a provider gives: a failure of the network, or a status and a JSON body."""


class CannedReply:
    """One exchange that gives its answer at once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.status = 0
        self.headers: Mapping[str, str] = {"content-type": "application/json"}
        self._body = b""

    async def __aenter__(self) -> Self:
        if isinstance(self._answer, UpstreamError):
            raise self._answer
        self.status, body = self._answer
        self._body = jsonio.dumps(body)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def read(self) -> bytes:
        body, self._body = self._body, b""
        return body


class CannedTransport:
    """Answers by the beginning of the address; what stands nowhere is not found."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self.requests: list[Request] = []

    def open(self, request: Request, timeouts: Timeouts) -> CannedReply:
        self.requests.append(request)
        found = (answer for start, answer in self._answers.items() if request.url.startswith(start))
        return CannedReply(next(found, (404, {"error": {"message": "there is nothing here"}})))

    async def close(self) -> None:
        return None


def listing(*models: str) -> Answer:
    """A good answer to the question for models."""
    return 200, {"object": "list", "data": [{"id": model, "object": "model"} for model in models]}


async def gateway(
    settings: Mapping[str, Any], answers: Mapping[str, Answer] | None = None, environ: Mapping[str, str] | None = None
) -> Gateway:
    """A gateway for a configuration, with answers by address."""
    return await build(Config.model_validate(settings), environ=environ, transport=CannedTransport(answers or {}))
