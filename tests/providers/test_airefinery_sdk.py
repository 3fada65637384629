"""AI Refinery through the vendor's SDK: with a stand-in for it, and with the real one where a Python can run it."""

import asyncio
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from llms.errors import AccessDenied, ConfigError, Malformed, RateLimited, TimedOut, Unavailable
from llms.providers import airefinery_sdk
from llms.providers.airefinery import AirRefineryProvider
from llms.providers.scripted.transport import ScriptedTransport, json_answer
from llms.streaming.fold import fold
from llms.types import Secret, Terms, Timeouts
from tests.fakes.openai_wire import DONE, completion, event, refused, sse, streamed, text_chunks
from tests.fakes.openai_wire import answered as answered_whole
from tests.fakes.upstream import Gate, Upstream
from tests.providers.dialect import chat

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class Model:
    """What the SDK gives for an answer or a chunk."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def model_dump(self, *, mode: str, exclude_unset: bool) -> dict[str, Any]:
        assert (mode, exclude_unset) == ("json", True)
        return self._told


class Client:
    """A stand-in for `AsyncAIRefinery`: it plays `steps` for a stream, the first of them for a whole answer."""

    steps: tuple[Any, ...] = ()

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.asked: dict[str, Any] = {}
        self.open = 0
        self.chat = self.completions = self

    async def create(self, **fields: Any) -> Any:
        self.asked = fields
        return self._played() if fields.get("stream") else await anext(self._played())

    async def _played(self) -> AsyncGenerator[Model, None]:
        self.open += 1
        try:
            for step in self.steps:
                if isinstance(step, BaseException):
                    raise step
                if step is None:
                    await asyncio.Event().wait()
                yield Model(step)
        finally:
            self.open -= 1


class KeyNotKnownError(Exception):
    """What the SDK's client raises when it is made with a key that the service does not know."""


def provider_with(monkeypatch: pytest.MonkeyPatch, *steps: Any) -> tuple[AirRefineryProvider, Client]:
    """A provider whose SDK plays `steps`."""
    client = Client()
    client.steps = steps

    def make(**settings: Any) -> Client:
        client.settings = settings
        if settings["api_key"] == "wrong":
            raise KeyNotKnownError
        return client

    monkeypatch.setattr(airefinery_sdk, "load_sdk", lambda *, path: airefinery_sdk.Sdk(make, KeyNotKnownError))
    rest = ScriptedTransport("far", lambda _: json_answer({"data": [{"id": "big"}]}))
    provider = AirRefineryProvider(
        "http://far/v1", Secret("key"), options={"sdk": True, "seed": 7}, headers={"x-team": "blue"}, transport=rest
    )
    return provider, client


async def test_a_key_that_the_sdk_cannot_validate_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    provider_with(monkeypatch)
    provider = AirRefineryProvider(
        "http://far", "wrong", options={"sdk": True}, transport=ScriptedTransport("far", lambda _: json_answer({}))
    )
    for _ in range(2):
        with pytest.raises(AccessDenied, match="could not validate"):
            await provider.chat(chat())


def test_without_the_sdk_the_configuration_says_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"providers\.mine\.options\.sdk: .*llms-gateway\[airefinery\]"):
        AirRefineryProvider(name="mine", api_key="key", options={"sdk": True})


async def test_a_stream_is_the_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, client = provider_with(monkeypatch, *text_chunks("Hello", " there."))
    answer = fold([each async for each in provider.chat(chat(), True)])
    assert answer == completion("Hello there.")
    assert client.settings == {"api_key": "key", "base_url": "http://far"}
    told = {key: client.asked[key] for key in ("model", "stream", "seed", "extra_headers", "stream_options")}
    options = {"include_usage": True}
    headers = {"x-team": "blue"}
    assert told == {"model": "big", "stream": True, "seed": 7, "extra_headers": headers, "stream_options": options}
    assert client.open == 0


async def test_an_answer_is_the_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, client = provider_with(monkeypatch, completion("Hello there."))
    assert await provider.chat(chat()) == completion("Hello there.")
    assert client.asked["timeout"] == 600


async def test_the_models_are_listed_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, _ = provider_with(monkeypatch)
    assert [card.id for card in await provider.list_models()] == ["big"]


async def test_leaving_a_stream_closes_the_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, client = provider_with(monkeypatch, *text_chunks("Hello"), None)
    stream = provider.chat(chat(), True)
    await anext(stream)
    assert client.open == 1
    await stream.aclose()
    assert client.open == 0


def _status(status: int) -> aiohttp.ClientResponseError:
    url = URL("http://far")
    request = aiohttp.RequestInfo(url, "POST", CIMultiDictProxy(CIMultiDict()), url)
    return aiohttp.ClientResponseError(request, (), status=status, headers=CIMultiDict({"Retry-After": "7"}))


class ChunkValidationError(RuntimeError):
    """The SDK's error for a chunk that is none."""


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError('Upstream SSE error event: {"message": "slow", "code": 429}'), RateLimited),
        (RuntimeError("Upstream error payload: {'error': {'message': 'slow', 'code': 429}}"), RateLimited),
        (RuntimeError("Upstream error payload: slow"), Unavailable),
        (ChunkValidationError("Invalid chunk payload (strict streaming): {}"), Malformed),
        (RuntimeError("Failed to parse SSE JSON frame: 'x'"), Malformed),
    ],
)
async def test_what_the_sdk_says_went_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], after: int
) -> None:
    provider, client = provider_with(monkeypatch, *text_chunks("Hello")[:after], error)
    with pytest.raises(kind):
        fold([each async for each in provider.chat(chat(), True)])
    assert client.open == 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_status(401), AccessDenied),
        (_status(429), RateLimited),
        (aiohttp.ServerDisconnectedError(), Unavailable),
        (OSError("gone"), Unavailable),
    ],
)
async def test_a_refusal_keeps_its_status(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], stream: bool
) -> None:
    provider, _ = provider_with(monkeypatch, error)
    with pytest.raises(kind) as raised:
        await (anext(provider.chat(chat(), True)) if stream else provider.chat(chat()))
    if kind is RateLimited:
        assert getattr(raised.value, "retry_after_s", None) == 7


async def test_a_connection_that_breaks_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, _ = provider_with(monkeypatch, *text_chunks("Hello")[:2], aiohttp.ClientPayloadError("cut"))
    with pytest.raises(Malformed, match="broke the answer off"):
        fold([each async for each in provider.chat(chat(), True)])


@pytest.mark.parametrize(("steps", "code"), [((None,), "first_token"), ((*text_chunks("a")[:2], None), "idle")])
async def test_its_silence_has_limits(monkeypatch: pytest.MonkeyPatch, steps: tuple[Any, ...], code: str) -> None:
    provider, client = provider_with(monkeypatch, *steps)
    terms = Terms(Timeouts(first_token_s=0.02, idle_s=0.02))
    with pytest.raises(TimedOut) as raised:
        fold([each async for each in provider.chat(chat(), True, terms=terms)])
    assert raised.value.code == code
    assert client.open == 0


# The real SDK, in an environment of its own

SCRIPT = """
import asyncio, json, sys
from llms.errors import GatewayError
from llms.providers.airefinery import AirRefineryProvider
from llms.streaming.fold import fold

async def told(provider, model, stream):
    asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    try:
        if stream:
            return fold([chunk async for chunk in provider.chat(asked, True)])
        return await provider.chat(asked)
    except GatewayError as error:
        return [type(error).__name__, error.status, error.message]

async def main(url):
    provider = AirRefineryProvider(url, "key", options={"sdk": True})
    answers = {}
    for model in ("good", "refused", "broken", "silent"):
        answers[model] = await told(provider, model, True)
    for model in ("whole", "refused"):
        answers[model + "/whole"] = await told(provider, model, False)
    left = provider.chat({"model": "long", "messages": []}, True)
    await anext(left)
    await left.aclose()
    await provider.close()
    print(json.dumps(answers))

asyncio.run(main(sys.argv[1]))
"""


def newer_pythons() -> Iterator[Path]:
    """Interpreters that the SDK runs on: this one, those on the path, those of pyenv."""
    if sys.version_info >= (3, 12):
        yield Path(sys.executable)
    for minor in (12, 13, 14):
        found = shutil.which(f"python3.{minor}")
        if found:
            yield Path(found)
        yield from sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def newer_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with what the package needs and its extra `airefinery`."""
    for python in newer_pythons():
        if subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0:
            break
    else:
        pytest.skip("the vendor's SDK needs Python 3.12 or newer, and there is none here")
    environment = tmp_path_factory.mktemp("airefinery")
    run(python, "-m", "venv", environment)
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["airefinery"]]
    run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needed)
    return environment / "bin" / "python"


@pytest.mark.slow
@pytest.mark.package
@pytest.mark.timeout(600)
async def test_the_real_sdk_answers(newer_python: Path) -> None:
    late = Gate()
    async with Upstream() as upstream:
        upstream.always(answered_whole({"organization_id": "org"}))  # the SDK asks about its key first
        upstream.script_model("good", streamed(*sse(*text_chunks("Hello", " there."))))
        upstream.script_model("whole", answered_whole(completion("Hello there.")))
        upstream.script_model("refused", refused(401, "no"))
        error = event({"error": {"message": "slow down", "code": 429}})
        upstream.script_model("broken", streamed(*sse(*text_chunks("Hello"), done=False)[:2], error))
        upstream.script_model("silent", streamed(*sse(*text_chunks("Hello"), done=False)[:2], b": ping\n\n", DONE))
        upstream.script_model("long", streamed(*sse(*text_chunks("Hello"), done=False)[:2], late))
        script = await asyncio.create_subprocess_exec(
            newer_python,
            "-c",
            SCRIPT,
            upstream.url,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await script.communicate()
        assert script.returncode == 0, errors.decode()[-4000:]
        await upstream.closed(len(upstream.requests))
        about_the_key = upstream.requests[0]
        first = next(request for request in upstream.requests if request.path != about_the_key.path)
    answers = json.loads(out)  # nothing else was printed: no notice of the SDK's
    assert answers["good"] == completion("Hello there.")
    assert answers["whole/whole"]["choices"][0]["message"]["content"] == "Hello there."
    assert [answers[name][:2] for name in ("refused", "refused/whole")] == [["AccessDenied", 502]] * 2
    assert answers["broken"][:2] == ["RateLimited", 429]
    assert answers["silent"][0] == "Malformed", "the SDK takes a comment for the end: that must not look whole"
    assert about_the_key.path == "/authentication/validate"
    assert first.path == "/v1/chat/completions"
    assert first.headers["authorization"] == "Bearer key"
    assert first.json["temperature"] == 0.5
