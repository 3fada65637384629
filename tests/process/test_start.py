"""Starting `llms serve`, and the ways in which it refuses to start."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes import serving
from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.serving import Serving
from tests.fakes.upstream import Upstream

HELLO = {"model": "mine/small", "messages": [{"role": "user", "content": "hello"}]}


def _written(folder: Path, settings: Any) -> str:
    file = folder / "llms.json"
    file.write_text(json.dumps(settings))
    return str(file)


async def test_health_answers_soon_and_the_process_stays(gateway: Serving) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/health", "/health/live", "/health/ready", "/v1/models"):
            async with session.get(gateway.url + path) as response:
                assert response.status == 200, path
                assert response.content_type == "application/json"
    assert gateway.started_within_s < 5, "a second on an idle machine"
    assert gateway.process.returncode is None


async def test_it_says_where_it_listens(gateway: Serving) -> None:
    assert gateway.url in gateway.output


async def test_a_stream_passes_through(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hel", "lo"))))
    async with (
        aiohttp.ClientSession() as session,
        session.post(gateway.chat_url, json={**HELLO, "stream": True}) as response,
    ):
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        lines = (await response.text()).split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    assert "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]) == "Hello"
    assert upstream.requests[0].json["model"] == "small"
    assert upstream.requests[0].headers["authorization"] == "Bearer upstream-key"


async def test_a_port_in_use_is_one_line(upstream: Upstream, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = _written(tmp_path, serving.configuration(port, upstream.url))
        finished = await serving.run(["serve", "--config", settings], tmp_path)
    assert finished.code not in {0, None}
    assert len(finished.lines) == 1, finished.output
    assert str(port) in finished.output
    assert "in use" in finished.output


@pytest.mark.parametrize("port", [70_000, -1, "many"])
async def test_a_bad_port_in_the_file_is_one_line(upstream: Upstream, tmp_path: Path, port: Any) -> None:
    settings = _written(tmp_path, serving.configuration(port, upstream.url))
    finished = await serving.run(["serve", "--config", settings], tmp_path)
    assert finished.code == 2
    assert len(finished.lines) == 1, finished.output
    assert "server.port" in finished.output


@pytest.mark.parametrize("port", ["70000", "many"])
async def test_a_bad_port_on_the_command_line_is_refused(tmp_path: Path, port: str) -> None:
    finished = await serving.run(["serve", "--port", port], tmp_path)
    assert finished.code == 2
    assert port in finished.output
    assert "Traceback" not in finished.output


async def test_an_unknown_setting_is_one_line_with_file_and_path(upstream: Upstream, tmp_path: Path) -> None:
    settings = serving.configuration(serving.free_port(), upstream.url)
    settings["providers"]["mine"]["colour"] = "blue"
    file = _written(tmp_path, settings)
    finished = await serving.run(["serve", "--config", file], tmp_path)
    assert finished.code == 2
    assert len(finished.lines) == 1, finished.output
    assert Path(file).name in finished.output
    assert "providers.mine.colour" in finished.output


async def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    finished = await serving.run(["serve", "--config", "nowhere.yaml"], tmp_path)
    assert finished.code == 2
    assert "nowhere.yaml" in finished.output
    assert "Traceback" not in finished.output


async def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("server: {port: [")
    finished = await serving.run(["serve", "--config", "bad.yaml"], tmp_path)
    assert finished.code == 2
    assert "bad.yaml" in finished.output
    assert "Traceback" not in finished.output


async def test_beyond_loopback_keys_are_required(upstream: Upstream, tmp_path: Path) -> None:
    settings = serving.configuration(serving.free_port(), upstream.url, host="0.0.0.0")
    finished = await serving.run(["serve", "--config", _written(tmp_path, settings)], tmp_path)
    assert finished.code == 2
    assert "key" in finished.output
    assert "Traceback" not in finished.output


def test_the_package_can_be_run_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "llms", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=serving.CHECKOUT)
    assert done.stdout.strip()
