"""How the log looks: one line per record, for people or as JSON, with the fields a record carries.

Writes to standard error, leaving standard output to what a command prints.
"""

import logging
import sys
import time
from typing import Any, Literal

from llms import jsonio

LogFormat = Literal["human", "json"]


def setup_logging(form: LogFormat, level: str) -> None:
    """Send the package's log to standard error in the given form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else HumanFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("llms").setLevel(level.upper())
    logging.raiseExceptions = False
    # Neither is read anywhere, and finding them out costs time for every record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


class HumanFormatter(logging.Formatter):
    """`12:03:04 info request  id=req_1 status=200 …`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it where there is one."""
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = " ".join(f"{key}={_plain(value)}" for key, value in _fields(record).items())
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
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return jsonio.dumps(line).decode()


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = getattr(record, "fields", None)
    if isinstance(fields, dict):
        return fields
    request_id = getattr(record, "id", None)
    return {"id": request_id} if request_id else {}


def _plain(value: Any) -> str:
    """A value without what could forge a line or a field: control characters and blanks are escaped."""
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)
