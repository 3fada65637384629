"""What a process tree used: CPU time and memory, read from Linux's `/proc`.

CPU comes from `/proc/<pid>/task/*/schedstat`: nanoseconds on a core, per thread, the children's too, where other
counters have ticks of 10 ms. A thread or child that ended takes its share with it, so read before anything is stopped.
"""

from __future__ import annotations

import time
from pathlib import Path

_PROC = Path("/proc")


class Unmeasurable(Exception):
    """This machine does not say what a process used."""


def require() -> None:
    """Raise `Unmeasurable` where the kernel keeps no scheduler statistics (not Linux, or built without them)."""
    if not Path("/proc/self/task").is_dir() or not Path("/proc/self/schedstat").is_file():
        raise Unmeasurable("the bench reads /proc/<pid>/task/*/schedstat: it needs Linux with scheduler statistics")


def tree(pid: int) -> list[int]:
    """Return `pid` and all its descendants that are alive."""
    found = [pid]
    for parent in found:
        for children in (_PROC / str(parent) / "task").glob("*/children"):
            found += [int(child) for child in _read(children).split()]
    return found


def cpu_us(pid: int) -> float:
    """Return the CPU time of the whole tree of `pid` so far, in microseconds."""
    threads = (thread for member in tree(pid) for thread in (_PROC / str(member) / "task").glob("*/schedstat"))
    return sum(int((_read(thread) or "0").split()[0]) for thread in threads) / 1000


def rss_mb(pid: int, field: str = "VmRSS") -> float:
    """Return resident memory of the tree in MB; `field` may be `VmHWM` for the peak since the start."""
    lines = (line for member in tree(pid) for line in _read(_PROC / str(member) / "status").splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024


def settled_cpu_us(pid: int, limit_s: float = 3.0) -> float:
    """Wait until the tree has gone quiet (1 % of a core over 100 ms), at most `limit_s`; return its CPU time then."""
    deadline = time.monotonic() + limit_s
    before = cpu_us(pid)
    while True:
        time.sleep(0.1)
        after = cpu_us(pid)
        if after - before < 1000 or time.monotonic() > deadline:
            return after
        before = after


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended between being listed and being read
        return ""
