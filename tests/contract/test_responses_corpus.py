"""Every recorded exchange of the Responses API, passed on by the gateway: the provider's answer, byte for byte."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2 as httpx
import openai
import pytest
import pytest_asyncio

from tests.contract.native import native_recordings
from tests.contract.recordings import Recording
from tests.contract.replay import Replay, cuts, replaying

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ALL = native_recordings("openai-responses")
STREAMS = [case for case in _ALL if case.mode == "stream"]
ANSWERS = [case for case in _ALL if case.mode == "json" and case.status == 200]
REFUSALS = [case for case in _ALL if case.status != 200]


def _each(cases: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def responses(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replay]:
    providers = sorted({case.provider for case in _ALL})
    async with replaying(providers, tmp_path_factory.mktemp("responses")) as running:
        yield running


async def test_the_corpus_is_replayed(corpus: object) -> None:
    assert (len(STREAMS), len(ANSWERS) + len(REFUSALS)) == (13, 5)


async def asked(responses: Replay, model: str, **fields: Any) -> tuple[int, str, bytes]:
    body = {"model": model, "input": "hello", **fields}
    async with responses.session.post(f"{responses.url}/responses", json=body) as response:
        return response.status, response.content_type, await response.read()


def read_by_the_sdk(case: Recording) -> openai.OpenAI:
    """OpenAI's SDK with the recording for an answer to whatever it asks."""
    headers = {"content-type": case.headers["content-type"]}
    far = httpx.MockTransport(lambda _: httpx.Response(case.status, headers=headers, content=case.body))
    return openai.OpenAI(
        api_key="none", base_url="http://far/v1", http_client=httpx.Client(transport=far), max_retries=0
    )


@_each(STREAMS)
async def test_a_stream_passes_byte_for_byte_however_it_is_cut(responses: Replay, case: Recording) -> None:
    for parts in cuts(case.body, case.id):
        status, kind, body = await asked(responses, responses.play(case, *parts), stream=True)
        assert (status, kind) == (200, "text/event-stream")
        assert body == case.body


@_each(STREAMS)
async def test_the_sdk_reads_the_same_events_as_from_the_provider(responses: Replay, case: Recording) -> None:
    async with openai.AsyncOpenAI(base_url=responses.url, api_key="none", max_retries=0) as client:
        seen: list[Any] = []
        failed: list[type[Exception]] = []
        try:
            async for event in await client.responses.create(model=responses.play(case), input="hello", stream=True):
                seen += [event.to_dict()]  # one by one, for it may break off
        except openai.APIError as failure:
            failed.append(type(failure))
    expected: list[Any] = []
    refused: list[type[Exception]] = []
    try:
        for event in read_by_the_sdk(case).responses.create(model="m", input="hello", stream=True):
            expected += [event.to_dict()]
    except openai.APIError as failure:
        refused.append(type(failure))
    assert seen == expected
    assert failed == refused
    assert seen


@_each(ANSWERS)
async def test_an_answer_passes_byte_for_byte(responses: Replay, case: Recording) -> None:
    status, kind, body = await asked(responses, responses.play(case))
    assert (status, kind, body) == (200, "application/json", case.body)


@_each(REFUSALS)
async def test_a_refusal_comes_in_openais_shape(responses: Replay, case: Recording) -> None:
    async with openai.AsyncOpenAI(base_url=responses.url, api_key="none", max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as refused:
            await client.responses.create(model=responses.play(case), input="hello")
    assert refused.value.status_code == (502 if case.status in {401, 403} else case.status)
    assert refused.value.response.json()["error"].keys() == {"message", "type", "param", "code"}
