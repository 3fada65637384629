import asyncio
from pathlib import Path

import pytest

from llms.cli.running import fast_loop, gateway_of, read_config, run
from llms.config import Config


def test_work_runs_in_the_loop_that_is_asked_for() -> None:
    made: list[asyncio.AbstractEventLoop] = []

    def new_loop() -> asyncio.AbstractEventLoop:
        made.append(asyncio.new_event_loop())
        return made[-1]

    async def work() -> bool:
        return asyncio.get_running_loop() is made[0]

    assert run(work(), new_loop=new_loop)


def test_uvloop_is_used_where_it_is_installed() -> None:
    uvloop = pytest.importorskip("uvloop")
    assert fast_loop() is uvloop.new_event_loop


def test_without_uvloop_the_usual_loop_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "uvloop", None)
    assert fast_loop() is None


async def test_a_gateway_is_closed_also_after_a_failure() -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("demo")

    opened = gateway_of(Config(discover=False), {})
    gateway = await opened.__aenter__()
    gateway.providers["demo"].close = close  # type: ignore[method-assign]
    failure = KeyError()
    assert not await opened.__aexit__(KeyError, failure, None)
    assert closed == ["demo"]


def test_flags_that_were_not_given_set_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my.yaml").write_text("server: {port: 9000}")
    config, _ = read_config(tmp_path / "my.yaml", {"server.port": None, "server.host": "::1"})
    assert (config.server.port, config.server.host) == (9000, "::1")


def test_notes_go_to_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = Config(discover=False).found(None, ("the file was read freely",))
    monkeypatch.setattr("llms.config.load", lambda *_, **__: noted)
    read_config(None)
    assert capsys.readouterr() == ("", "llms: note: the file was read freely\n")
