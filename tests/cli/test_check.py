from pathlib import Path
from typing import Any

import pytest

from llms.cli.check import Finding, find
from llms.errors import Malformed, TimedOut, Unavailable
from tests.cli.conftest import Llms
from tests.cli.fakes import Answer, gateway, listing

REFUSED = 401, {"error": {"message": "Incorrect API key provided: sk-secretsecretsecret", "code": "invalid_api_key"}}


async def found(answer: Answer, *, environ: dict[str, str] | None = None, **settings: Any) -> Finding:
    mine = {"base_url": "http://mine.example/v1", **settings}
    running = await gateway({"providers": {"mine": mine}}, {"http": answer}, environ)
    return await find(running.providers["mine"], running, environ or {})


async def test_a_list_is_an_answer() -> None:
    finding = await found(listing("a", "b"))
    assert finding.state == "ok"
    assert finding.answer.startswith("2 models in ")
    assert finding.advice == ""


async def test_configured_models_that_are_not_listed_are_told() -> None:
    finding = await found(listing("a"), models={"big": "a", "small": "gone"})
    assert finding.state == "ok"
    assert "does not list gone" in finding.advice


@pytest.mark.parametrize(
    ("answer", "state", "advice"),
    [
        (REFUSED, "failed", "check providers.mine.api_key"),
        ((404, {}), "unsure", "no list of models"),
        ((429, {}), "failed", "limits"),
        (Unavailable("cannot connect"), "failed", "check the network"),
        (TimedOut("too slow"), "failed", "check the network"),
        (Malformed("not JSON"), "failed", "base_url is http://mine.example/v1"),
        ((200, {"data": []}), "unsure", "lists no models"),
        ((400, {}), "failed", "base_url is http://mine.example/v1"),
    ],
)
async def test_a_failure_says_what_to_do(answer: Answer, state: str, advice: str) -> None:
    finding = await found(answer, api_key="sk-secretsecretsecret")
    assert finding.state == state
    assert advice in finding.advice
    assert "secretsecret" not in str(finding)


async def test_a_refused_key_from_the_environment_names_its_variable() -> None:
    environ = {"GROQ_API_KEY": "gsk_secretsecret"}
    running = await gateway({"discover": True}, {"https://api.groq.com": REFUSED}, environ)
    finding = await find(running.providers["groq"], running, environ)
    assert finding.advice == "check the key in GROQ_API_KEY"


async def test_a_server_without_a_key_that_wants_one() -> None:
    assert "it wants a key" in (await found(REFUSED)).advice


async def test_a_local_server_may_not_be_running() -> None:
    finding = await found(Unavailable("cannot connect"), base_url="http://127.0.0.1:9000/v1")
    assert finding.advice == "is its server running at http://127.0.0.1:9000/v1?"


def test_what_is_configured_and_silent_is_exit_code_1(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "llms.yaml").write_text(
        "providers: {mine: {base_url: 'http://127.0.0.1:1/v1', api_key: sk-verysecret}}"
    )
    result = llms("check")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith("mine  failed  from llms.yaml  ")
    assert "verysecret" not in result.output
    assert llms("check", "mine").exit_code == 1
    assert llms("check", "demo").exit_code == 0


def test_with_nothing_configured_it_says_which_variables_to_set(llms: Llms) -> None:
    result = llms("check")
    assert result.exit_code == 0
    assert "only the demo answers" in result.output
    assert "GROQ_API_KEY" in result.output


def test_an_unknown_provider_is_one_line(llms: Llms) -> None:
    result = llms("check", "dmo")
    assert result.exit_code == 2
    assert result.output == "llms: there is no provider 'dmo': did you mean 'demo'?\n"
