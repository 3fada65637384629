"""How the log looks: one line per record, for people or as JSON, with the fields a record carries.

Writes to standard error, leaving standard output to what a command prints.
"""

import asyncio
import functools
import logging
import sys
import time
from typing import Any, Literal, TextIO

from llms import jsonio

LogFormat = Literal["human", "json"]


_GATHER_S = 0.05
_HARMLESS = frozenset({int, float, bool})
"""What needs no escaping."""


def setup_logging(form: LogFormat, level: str) -> None:
    """Send the package's log to standard error in the given form."""
    handler = GatheringHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else HumanFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("llms").setLevel(level.upper())
    logging.raiseExceptions = False
    logging._srcfile = None  # noqa: SLF001 - the documented way to leave the caller unsought
    logging.setLogRecordFactory(LeanRecord)


_NOWHERE = {
    "pathname": "",
    "filename": "",
    "module": "",
    "lineno": 0,
    "funcName": None,
    "thread": None,
    "threadName": None,
    "process": None,
    "processName": None,
    "taskName": None,
    "exc_text": None,
    "relativeCreated": 0.0,
}
"""Where a record comes from, for formatters of others that name these fields."""


class LeanRecord(logging.LogRecord):
    """A record that does not know the file, thread and process it comes from: nobody here reads that, and finding it
    out takes longer than everything else about a record.
    """

    def __init__(self, name: str, level: int, *about: Any, **_more: object) -> None:
        _, _, msg, args, exc_info, *rest = about
        now = time.time()
        self.__dict__.update(
            _NOWHERE,
            name=name,
            levelno=level,
            levelname=logging.getLevelName(level),
            msg=msg,
            args=args[0] if args and len(args) == 1 and isinstance(args[0], dict) and args[0] else args,
            exc_info=exc_info,
            stack_info=rest[1] if len(rest) > 1 else None,
            created=now,
            msecs=now % 1 * 1000,
        )


class GatheringHandler(logging.StreamHandler[TextIO]):
    """Writes the lines of 50 ms at once: a write per request would cost the event loop more than the line itself, and
    making the lines one after the other costs less than making each between other things.

    Warnings and worse are written at once, and so is everything where no event loop runs. `flush`, which logging calls
    at exit, writes what is left.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._waiting: list[logging.LogRecord | _Note] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take the record in."""
        self._waiting.append(record)
        if record.levelno >= logging.WARNING:
            self.flush()
        elif len(self._waiting) == 1:
            self._flush_soon()

    def note(self, name: str, message: str, fields: dict[str, Any]) -> None:
        """Take in what an `info` record of the logger `name` will be made of, when its line is."""
        note = (time.time(), name, message, fields)
        self._waiting.append(note)
        if len(self._waiting) == 1:
            self._flush_soon()

    def _flush_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_later(_GATHER_S, self.flush)
        except RuntimeError:
            self.flush()

    def flush(self) -> None:
        """Write the lines of what was taken in so far."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            try:
                self.stream.write("".join([self._line(each) + "\n" for each in waiting]))
                self.stream.flush()
            except (OSError, ValueError):
                pass  # nobody reads the log any more; the traffic goes on

    def _line(self, waiting: "logging.LogRecord | _Note") -> str:
        """The line of one. A record given the wrong values for its message must not cost the lines beside it."""
        record = _record_of(waiting) if isinstance(waiting, tuple) else waiting
        try:
            return self.format(record)
        except (IndexError, KeyError, TypeError, ValueError):
            return f"{record.levelname.lower()} {record.name} {record.msg!r}"


_Note = tuple[float, str, str, dict[str, Any]]
"""When it was, the logger's name, the message and the fields."""


def _record_of(note: _Note) -> logging.LogRecord:
    moment, name, message, fields = note
    record = LeanRecord(name, logging.INFO, "", 0, message, (), None)
    record.created, record.msecs, record.fields = moment, moment % 1 * 1000, fields
    return record


def tell(logger: logging.Logger, message: str, fields: dict[str, Any]) -> None:
    """What `logger.info` with these fields does, less its detours, which every request would pay for.

    Whoever calls has seen that the logger is enabled. Where the root has other handlers than that of `setup_logging`,
    it goes the usual way; handlers and filters of the loggers below it are not looked for.
    """
    listening = logging.root.handlers
    if len(listening) == 1 and isinstance(gathering := listening[0], GatheringHandler):
        gathering.note(logger.name, message, fields)
    else:
        logger.info(message, extra={"fields": fields})


class HumanFormatter(logging.Formatter):
    """`12:03:04 info request  id=req_1 status=200 …`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it where there is one."""
        moment = _clock_of(int(record.created))
        found = fields_of(record).items()
        fields = " ".join([f"{key}={value if type(value) in _HARMLESS else _plain(value)}" for key, value in found])
        line = f"{moment} {record.levelname.lower():7} {record.getMessage()}"
        line = f"{line}  {fields}" if fields else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's time (UTC), level, logger, message and fields."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return jsonio.dumps(line).decode()


@functools.lru_cache(maxsize=4)
def _clock_of(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record tells beside its message."""
    fields = getattr(record, "fields", None)
    if isinstance(fields, dict):
        return fields
    request_id = getattr(record, "id", None)
    return {"id": request_id} if request_id else {}


def _plain(value: Any) -> str:
    """A value without what could forge a line or a field: control characters and blanks are escaped."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isprintable() and " " not in text else repr(text)
