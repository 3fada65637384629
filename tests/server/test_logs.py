"""How log lines look: for people or as JSON, one each, whatever a record carries."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from llms.server.logs import GatheringHandler, HumanFormatter, JsonFormatter, setup_logging


def record(message: str = "request", level: int = logging.INFO, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "llms.request", "levelno": level, "msg": message, "created": 1_750_000_000.25}
    )
    made.levelname = logging.getLevelName(level)
    made.msecs = 250.0
    made.__dict__.update(extra)
    return made


def failed() -> Any:
    try:
        1 / 0  # noqa: B018  what it raises is wanted
    except ZeroDivisionError:
        return sys.exc_info()


def test_a_line_for_people() -> None:
    line = HumanFormatter().format(record(fields={"id": "req_1", "status": 200, "ms": 1.5}))
    assert line[2] == line[5] == ":"
    assert line[8:] == " info    request  id=req_1 status=200 ms=1.5"


def test_a_line_for_people_without_fields() -> None:
    assert HumanFormatter().format(record("started", logging.WARNING))[8:] == " warning started"


def test_the_id_of_a_record_is_a_field() -> None:
    assert HumanFormatter().format(record("failed", id="req_1")).endswith("failed  id=req_1")
    assert json.loads(JsonFormatter().format(record("failed", id="req_1")))["id"] == "req_1"


@pytest.mark.parametrize("value", ["a b", "a\nFORGED", "a\x1b[31m", "a\u2028b", "a\u202eb"])
def test_a_value_cannot_forge_a_line_or_a_field(value: str) -> None:
    line = HumanFormatter().format(record(fields={"path": value, "status": 200}))
    assert line.isprintable()
    assert line.endswith(f"path={value!r} status=200")
    line = JsonFormatter().format(record(fields={"path": value}))
    assert "\n" not in line
    assert json.loads(line)["path"] == value


def test_a_line_of_json() -> None:
    line = json.loads(JsonFormatter().format(record(fields={"id": "req_1", "status": 200})))
    assert line == {
        "time": "2025-06-15T15:06:40.250Z",
        "level": "info",
        "logger": "llms.request",
        "event": "request",
        "id": "req_1",
        "status": 200,
    }


def test_a_traceback_stands_below_the_line_or_inside_it() -> None:
    broken = record("failed", logging.ERROR, exc_info=failed())
    first, *below = HumanFormatter().format(broken).splitlines()
    assert first.endswith("error   failed")
    assert below[-1] == "ZeroDivisionError: division by zero"
    line = JsonFormatter().format(broken)
    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ZeroDivisionError: division by zero")


# The handler


def handler() -> tuple[GatheringHandler, io.StringIO]:
    stream = io.StringIO()
    return GatheringHandler(stream), stream


def test_without_an_event_loop_lines_are_written_at_once() -> None:
    made, stream = handler()
    made.emit(record("one"))
    assert stream.getvalue() == "one\n"


async def test_lines_are_gathered_and_written_together() -> None:
    made, stream = handler()
    made.emit(record("one"))
    made.emit(record("two"))
    assert stream.getvalue() == ""
    async with asyncio.timeout(5):
        while not stream.getvalue():
            await asyncio.sleep(0.01)
    assert stream.getvalue() == "one\ntwo\n"


async def test_a_warning_is_written_at_once_with_what_came_before_it() -> None:
    made, stream = handler()
    made.emit(record("one"))
    made.emit(record("two", logging.WARNING))
    assert stream.getvalue() == "one\ntwo\n"


async def test_what_is_left_is_written_at_exit_and_only_once() -> None:
    made, stream = handler()
    made.emit(record("one"))
    made.flush()
    made.flush()
    assert stream.getvalue() == "one\n"


@pytest.mark.parametrize("message", ["%d tries", "%(count)s tries", "%s of %s tries", "100 %!"])
async def test_a_message_given_the_wrong_values_costs_no_other_line(message: str) -> None:
    made, stream = handler()
    made.emit(record("one"))
    made.emit(record(message, args=("two",), name="library"))
    made.emit(record("three", logging.WARNING))
    assert stream.getvalue() == f"one\ninfo library {message!r}\nthree\n"


def test_a_reader_that_has_gone_does_not_stop_the_traffic() -> None:
    made, stream = handler()
    stream.close()
    made.emit(record("one"))


# All of it


@pytest.fixture
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("llms")
    kept = (root.handlers, root.level, ours.level, logging.raiseExceptions, logging._srcfile)
    factory = logging.getLogRecordFactory()
    yield
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    logging.raiseExceptions = kept[3]
    logging._srcfile = kept[4]
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("_logging_as_it_was")
def test_the_log_goes_to_standard_error_in_the_form_and_from_the_level_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup_logging("json", "info")
    logging.getLogger("llms.request").info("request", extra={"fields": {"status": 200}})
    logging.getLogger("llms.request").debug("detail")
    logging.getLogger("aiohttp.access").info("foreign")
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert json.loads(line)["status"] == 200


@pytest.mark.usefixtures("_logging_as_it_was")
def test_a_setup_replaces_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("json", "debug")
    setup_logging("human", "warning")
    logging.getLogger("llms.request").info("request")
    logging.getLogger("llms.request").warning("careful")
    assert capsys.readouterr().err.splitlines()[0].endswith("warning careful")


@pytest.mark.usefixtures("_logging_as_it_was")
def test_what_a_library_logs_is_written_as_it_means_it(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("human", "warning")
    foreign = logging.getLogger("foreign")
    foreign.warning("%s of %d", "one", 2)
    foreign.warning("%(name)s", {"name": "by name"})
    foreign.warning("%s", {})
    foreign.error("failed", exc_info=failed(), stack_info=True)
    lines = capsys.readouterr().err.splitlines()
    assert [line[9:] for line in lines[:4]] == [
        "warning one of 2",
        "warning by name",
        "warning {}",
        "error   failed",
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.usefixtures("_logging_as_it_was")
def test_a_record_has_every_field_that_a_formatter_of_others_may_name() -> None:
    usual = set(logging.LogRecord("a", logging.INFO, "", 0, "b", (), None).__dict__)
    setup_logging("human", "info")
    made = logging.getLogger("llms").makeRecord("a", logging.INFO, "", 0, "b", (), None)
    assert usual <= set(made.__dict__)
