import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Llms


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("llms")
    before = root.handlers, root.level, ours.level, logging.raiseExceptions
    switches = {name: getattr(logging, name) for name in dir(logging) if name.startswith("log") and name[3:4].isupper()}
    yield
    root.handlers, root.level, ours.level, logging.raiseExceptions = before
    for name, value in switches.items():
        setattr(logging, name, value)


@pytest.mark.parametrize("port", ["many", "70000", "-1", "1.5", ""])
def test_a_bad_port_is_one_line(llms: Llms, port: str) -> None:
    result = llms("serve", "--port", port)
    assert result.exit_code == 2
    assert result.stderr.startswith("llms: Invalid value for '--port'")
    assert len(result.output.splitlines()) == 1


def test_a_port_in_use_is_one_line(llms: Llms) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = llms("--serve", str(port))
    assert result.exit_code == 2
    assert result.output == f"llms: server.port: port {port} is in use; choose another with --port\n"


def test_other_machines_are_refused_without_keys(llms: Llms) -> None:
    result = llms("serve", "--host", "0.0.0.0", "--port", "0")
    assert result.exit_code == 2
    assert "without a key" in result.output
    assert len(result.output.splitlines()) == 1


def test_flags_win_over_the_file(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("server: {host: 0.0.0.0}\nauth: {keys: [secret]}\n")
    result = llms("serve", "--config", "my.yaml", "--host", "no.such.host.invalid", "--port", "0")
    assert result.exit_code == 2
    assert "no.such.host.invalid" in result.stderr
