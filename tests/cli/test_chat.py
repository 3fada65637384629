import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llms import jsonio
from tests.cli.conftest import Llms

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ENDLESS = "demo/words?words=100000&gap_ms=5"


def test_a_prompt_is_answered_on_standard_output_alone(llms: Llms) -> None:
    result = llms("-m", "demo/echo", "hello there")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "hello there\n", "")


def test_several_words_are_one_prompt(llms: Llms) -> None:
    assert llms("chat", "-m", "demo/echo", "hello", "there").stdout == "hello there\n"


def test_without_a_model_the_demo_answers_and_says_so(llms: Llms) -> None:
    result = llms("--args", "max_tokens=3", "hello there")
    assert result.exit_code == 0
    assert "no provider is configured, so this is the demo" in result.stderr
    assert result.stdout.strip()


@pytest.mark.parametrize("words", [["-"], ["chat"]], ids=["dash", "chat"])
def test_what_is_piped_in_is_the_prompt(llms: Llms, words: list[str]) -> None:
    assert llms(*words, "-m", "demo/echo", stdin="from a pipe\n").stdout == "from a pipe\n"


def test_what_is_piped_in_is_added_to_the_prompt(llms: Llms) -> None:
    assert llms("-m", "demo/echo", "say this:", stdin="from a pipe\n").stdout == "say this:\n\nfrom a pipe\n"


def test_nothing_to_ask_is_told(llms: Llms) -> None:
    result = llms("chat")
    assert result.exit_code == 2
    assert "give a prompt" in result.stderr


def test_json_lines_are_chunks(llms: Llms) -> None:
    lines = llms("-m", "demo/echo", "--json", "hello there").stdout.splitlines()
    chunks = [jsonio.loads(line) for line in lines]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[-1]["usage"]


def test_json_of_a_whole_answer_is_a_completion(llms: Llms) -> None:
    answer = jsonio.loads(llms("-m", "demo/echo", "--json", "--no-stream", "hello there").stdout)
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == "hello there"


def test_fields_can_turn_the_stream_off(llms: Llms) -> None:
    answer = jsonio.loads(llms("-m", "demo/echo", "--json", "--args", "stream=false", "hello there").stdout)
    assert answer["object"] == "chat.completion"


def test_a_request_can_come_from_a_file(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"model": "demo/echo", "messages": [{"role": "user", "content": "filed"}]}')
    assert llms("--chat", "request.json").stdout == "filed\n"
    assert llms("--chat", "request.json", "said instead").stdout == "said instead\n"


def test_a_request_can_be_piped_in(llms: Llms) -> None:
    request = '{"model": "demo/echo", "messages": [{"role": "user", "content": "filed"}]}'
    assert llms("--chat", "-", stdin=request).stdout == "filed\n"


def test_a_failure_of_the_provider_is_one_line(llms: Llms, tmp_path: Path) -> None:
    (tmp_path / "llms.yaml").write_text("providers: {mine: {base_url: 'http://127.0.0.1:1/v1', api_key: topsecret}}")
    for words in (["--stream"], ["--no-stream"]):
        result = llms("-m", "mine/x", *words, "hello there")
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.startswith("llms: mine/x: ")
        assert len(result.stderr.splitlines()) == 1
        assert "topsecret" not in result.stderr


def started(tmp_path: Path, *words: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "HOME": str(tmp_path), "LLMS_DISCOVER": "false", "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen(
        [sys.executable, "-m", "llms", *words],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT can be sent to one process there")
def test_ctrl_c_cancels_the_answer(tmp_path: Path) -> None:
    with started(tmp_path, "-m", ENDLESS, "hello there") as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"w"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors == b"canceled\n"


@pytest.mark.process
def test_a_reader_that_leaves_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with started(tmp_path, "-m", ENDLESS, "hello there") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(1) == b"w"
        process.stdout.close()
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == b""
