"""Providers nobody had to configure: keys in the environment, servers on this machine."""

import pytest

from llms.errors import Unauthorized
from llms.gateway.discovery import from_environment, local_servers
from llms.providers.scripted.transport import FOREVER, Answer, json_answer
from tests.fakes.far import FarEnds, Script, listing, streaming

OLLAMA, LMSTUDIO, LLAMACPP, VLLM = "127.0.0.1:11434", "127.0.0.1:1234", "127.0.0.1:8080", "127.0.0.1:8000"


async def found(far: FarEnds, *taken: str, **environ: str) -> list[str]:
    return sorted(server.name for server in await local_servers(far.transport, taken=taken, environ=environ))


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, []),
        ({"OPENAI_API_KEY": "k"}, ["openai"]),
        ({"OPENAI_API_KEY": ""}, []),
        ({"GROQ_API_KEY": "k", "HF_TOKEN": "k"}, ["groq", "huggingface"]),
        ({"GROK_API_KEY": "k"}, ["xai"]),
        ({"AZURE_OPENAI_API_KEY": "k"}, []),
        ({"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_BASE_URL": "https://x/openai/v1"}, ["azure"]),
        ({"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://x"}, ["azure"]),
        ({"VLLM_API_KEY": "k"}, []),
        ({"PATH": "/bin"}, []),
    ],
)
def test_a_provider_whose_key_is_set_is_on(environ: dict[str, str], names: list[str]) -> None:
    assert sorted(from_environment(environ)) == names


async def test_a_machine_without_servers_has_none() -> None:
    assert await found(FarEnds()) == []


async def test_servers_on_their_usual_ports_are_found() -> None:
    far = FarEnds(
        {
            LMSTUDIO: listing("qwen", owner="organization_owner"),
            LLAMACPP: listing("gguf", owner="llamacpp"),
            VLLM: listing("meta/llama", owner="vllm"),
        }
    )
    servers = await local_servers(far.transport)
    assert {server.name: [card.id for card in server.cards] for server in servers} == {
        "lmstudio": ["qwen"],
        "llamacpp": ["gguf"],
        "vllm": ["meta/llama"],
    }
    assert far.transport.open_exchanges == 0


@pytest.mark.parametrize("host", [LLAMACPP, VLLM])
async def test_somebody_else_on_a_shared_port_is_not_taken_for_it(host: str) -> None:
    assert await found(FarEnds({host: listing("big", owner="llms")})) == []
    assert await found(FarEnds({host: listing()})) == []


NO_MODEL_SERVERS: dict[str, Script] = {
    "a web page": Answer((b"<html>hello</html>",), content_type="text/html"),
    "another API": json_answer({"hello": "world"}),
    "a number": json_answer(7),
    "data that is no list": json_answer({"data": 7}),
    "an error": json_answer({"error": "no"}, status=404),
    "an error with status 200": json_answer({"error": "no"}),
    "somebody who wants a key": json_answer(Unauthorized().body(), status=401),
    "nothing": Answer((b"",)),
    "a stream without end": streaming(FOREVER),
}


@pytest.mark.parametrize("script", NO_MODEL_SERVERS.values(), ids=NO_MODEL_SERVERS)
async def test_what_is_no_model_server_is_not_taken_for_one(script: Script) -> None:
    far = FarEnds(dict.fromkeys((OLLAMA, LMSTUDIO, LLAMACPP, VLLM), script))
    assert await found(far) == []
    assert far.transport.open_exchanges == 0


TAGS = json_answer({"models": [{"name": "qwen3:4b", "size": 7}]})


async def test_ollama_is_asked_in_its_own_words() -> None:
    (server,) = await local_servers(FarEnds({OLLAMA: TAGS}).transport)
    assert (server.name, [card.id for card in server.cards]) == ("ollama", ["qwen3:4b"])
    assert await found(FarEnds({OLLAMA: listing("qwen3:4b")})) == []


async def test_ollama_is_asked_where_its_own_variable_says() -> None:
    far = FarEnds({"box:11434": TAGS})
    assert await found(far, OLLAMA_HOST="box") == ["ollama"]
    assert far.asked(OLLAMA, "GET") == 0


async def test_a_name_that_is_configured_is_not_looked_for() -> None:
    far = FarEnds({LMSTUDIO: listing("qwen"), VLLM: listing("llama", owner="vllm")})
    assert await found(far, "lmstudio") == ["vllm"]
    assert far.asked(LMSTUDIO, "GET") == 0
