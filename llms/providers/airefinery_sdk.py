"""The way to AI Refinery through the vendor's own SDK, as a transport: its chunks leave as the events they came from.

Everything else (translation, shape, errors, cancelling) stays as it is for any provider. The SDK is an extra
(`llms-gateway[airefinery]`, Python 3.12 or newer) and heavy, so it is imported only where a configuration asks for it;
its client asks the service about the key when it is made, and blocks meanwhile: that happens in a thread, at the first
call. What the SDK itself drops is lost: `reasoning_content` and fields that its types do not know.
Source: airefinery-sdk 1.33.2.
"""

import ast
import asyncio
import contextlib
import importlib
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, final

import aiohttp

from llms import jsonio
from llms.errors import AccessDenied, ConfigError, Malformed, Problem, UpstreamError
from llms.providers.failures import failure_from_error
from llms.providers.transport import Exchange, Request, Transport, outcomes
from llms.types import Timeouts

_NEEDED = (
    "the vendor's SDK is not installed: pip install 'llms-gateway[airefinery]' (it needs Python 3.12 or newer), "
    "or leave `sdk` out: the service is reached without it"
)
_OF_THE_CALL = frozenset({"timeout", "extra_headers", "extra_body"})
_OF_THE_SDK = frozenset({"authorization", "content-type", "sdk_version"})
_EVENT_STREAM = {"content-type": "text/event-stream"}
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Sdk:
    """What is used of the SDK: its client, and the error the client raises where its key is not good."""

    client: Callable[..., Any]
    refusal: type[Exception]


def load_sdk(*, path: str) -> Sdk:
    """The SDK. Raises `ConfigError`, about `path`, where it is not installed."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # importing it prints a notice, which belongs to no command
            client = importlib.import_module("air").AsyncAIRefinery
            return Sdk(client, importlib.import_module("air.distiller.exceptions").AuthenticationError)
    except ImportError as error:
        raise ConfigError([Problem(path, _NEEDED)]) from error


@final
class SdkTransport:
    """Chat completions go through the SDK, everything else through `inner`."""

    def __init__(self, inner: Transport, sdk: Sdk, *, api_key: str, base_url: str) -> None:
        self._inner = inner
        self._sdk = sdk
        self._settings = {"api_key": api_key, "base_url": base_url}
        self._making = asyncio.Lock()
        self._client: Any = None

    def open(self, request: Request, timeouts: Timeouts) -> Exchange:
        """Prepare an exchange."""
        if request.method != "POST" or request.body is None:
            return self._inner.open(request, timeouts)
        return _SdkExchange(self.client, request, timeouts)

    async def client(self) -> Any:
        """The SDK's client, made at the first call. Raises `AccessDenied` where the service does not know the key."""
        async with self._making:
            if self._client is None:
                try:
                    self._client = await asyncio.to_thread(self._sdk.client, **self._settings)
                except self._sdk.refusal as refusal:
                    raise AccessDenied("the vendor's SDK could not validate the gateway's key") from refusal
        return self._client

    async def close(self) -> None:
        """Close what is not the SDK's: it opens and closes a session for every request."""
        await self._inner.close()


@final
class _SdkExchange:
    """One call of the SDK; both `Exchange` and `Reply`."""

    def __init__(self, client: Callable[[], Awaitable[Any]], request: Request, timeouts: Timeouts) -> None:
        self._client = client
        self._request = request
        self._timeouts = timeouts
        self._chunks: AsyncGenerator[Any, None] | None = None
        self._ready: list[bytes] = []
        self.status = 200
        self.headers: Mapping[str, str] = {}

    async def __aenter__(self) -> Self:
        fields = jsonio.loads(self._request.body or b"{}")
        try:
            async with asyncio.timeout(self._timeouts.first_token_s):
                if fields.get("stream"):
                    self.headers = _EVENT_STREAM
                    self._chunks = await self._call(fields)
                    self._ready.append(await self._next())  # the SDK sends nothing before
                else:
                    self.headers = _JSON
                    self._ready.append(jsonio.dumps(_plain(await self._call(fields))))
        except aiohttp.ClientResponseError as refusal:
            self.status = refusal.status  # without the body: the SDK does not read it
            self.headers = refusal.headers or {}
        except TimeoutError as error:
            raise outcomes.no_first_token(self._host, self._timeouts.first_token_s) from error
        except (aiohttp.ClientError, OSError) as error:
            raise outcomes.unanswered(self._host) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        chunks, self._chunks = self._chunks, None
        if chunks is not None:
            await chunks.aclose()

    async def read(self) -> bytes:
        """The next event."""
        if self._ready:
            return self._ready.pop()
        if self._chunks is None:
            return b""
        try:
            async with asyncio.timeout(self._timeouts.idle_s):
                return await self._next()
        except TimeoutError as error:
            raise outcomes.fell_silent(self._host, self._timeouts.idle_s) from error
        except (aiohttp.ClientError, OSError) as error:
            raise outcomes.broken_off(self._host) from error

    async def _call(self, fields: dict[str, Any]) -> Any:
        given = {key: value for key, value in fields.items() if key not in _OF_THE_CALL}
        client = await self._client()
        return await client.chat.completions.create(
            **given,
            timeout=self._timeouts.total_s or (None if fields.get("stream") else self._timeouts.first_token_s),
            extra_headers={
                name: value for name, value in self._request.headers.items() if name.lower() not in _OF_THE_SDK
            },
        )

    async def _next(self) -> bytes:
        """The next chunk as an event; nothing at the end. Raises what the SDK tells of an error in the stream."""
        if self._chunks is None:
            return b""
        try:
            chunk = await anext(self._chunks, None)
        except RuntimeError as error:  # the SDK's own errors are: an error event, or a chunk it cannot read
            raise _failure(error) from error
        return b"" if chunk is None else b"data: " + jsonio.dumps(_plain(chunk)) + b"\n\n"

    @property
    def _host(self) -> str:
        return outcomes.host_of(self._request.url)


def _plain(answer: Any) -> Any:
    """A model of the SDK as the dict it was read from."""
    return answer.model_dump(mode="json", exclude_unset=True)


def _failure(error: RuntimeError) -> UpstreamError:
    """The SDK's error as one of ours: it tells what the service said as `Upstream error payload: {…}`."""
    kind, _, told = str(error).partition(": ")
    if not kind.startswith("Upstream"):
        return Malformed("the stream holds what the vendor's SDK cannot read")
    try:
        payload = jsonio.loads(told) if kind.endswith("event") else ast.literal_eval(told)
    except (jsonio.JSONDecodeError, ValueError, SyntaxError):
        payload = told
    return failure_from_error(payload)
