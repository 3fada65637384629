"""Drives the page in Chromium and reads what its frames and its main thread did.

Times of the main thread are CPU times, so that other processes count less. Long tasks come from a trace: a page itself
could only see them by the clock.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--js-flags=--expose-gc"]
_MB = 1024 * 1024
_LONG_TASK_MS = 50.0


@dataclass(frozen=True, slots=True)
class Load:
    """One text, and how fast it comes. Characters, four to a token."""

    name: str
    characters_per_s: int


@dataclass(frozen=True, slots=True)
class Result:
    """What one stream cost. Frames are by the clock, the rest is CPU time of the main thread."""

    name: str
    slowdown: int
    stream_s: float
    task_s: float
    style_s: float
    layout_s: float
    frames_ms: list[float]
    updates_ms: list[float]
    long_tasks_ms: list[float]
    finish_ms: float
    heap_mb: float
    elements: int


LOADS = [
    Load("mixed", 2000),
    Load("fence", 2000),
    Load("list", 2000),
    Load("nested", 2000),
    Load("table", 1000),
    Load("formulas", 1500),
    Load("paragraph", 2000),
]


@contextmanager
def browser_page(url: str) -> Iterator[Page]:
    """Opens the measured page in a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.on("pageerror", lambda problem: print(f"page: {problem}"))
            page.on("console", lambda message: print(f"page: {message.text}") if message.type == "error" else None)
            page.goto(url)
            page.wait_for_function("globalThis.bench !== undefined")
            yield page
        finally:
            browser.close()


def measure(page: Page, load: Load, slowdown: int) -> Result:
    """Streams one text on a CPU that is slowed down so many times."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.evaluate("gc()")
    before = _metrics(session)
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["toplevel"])
    told: dict[str, Any] = page.evaluate("([name, rate]) => bench.run(name, rate)", [load.name, load.characters_per_s])
    long_tasks = _long_tasks(browser.stop_tracing())
    after = _metrics(session)
    page.evaluate("gc()")
    heap = _metrics(session)["JSHeapUsedSize"]
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()
    return Result(
        name=load.name,
        slowdown=slowdown,
        stream_s=sum(told["frames"]) / 1000,
        task_s=after["TaskDuration"] - before["TaskDuration"],
        style_s=after["RecalcStyleDuration"] - before["RecalcStyleDuration"],
        layout_s=after["LayoutDuration"] - before["LayoutDuration"],
        frames_ms=told["frames"],
        updates_ms=told["updates"],
        long_tasks_ms=long_tasks,
        finish_ms=told["finishMs"],
        heap_mb=(heap - before["JSHeapUsedSize"]) / _MB,
        elements=told["elements"],
    )


def _long_tasks(trace: bytes) -> list[float]:
    told = json.loads(trace)
    events = told["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = (
        event.get("tdur", 0) / 1000
        for event in events
        if event["name"] == "ThreadControllerImpl::RunTask" and (event["pid"], event["tid"]) in threads
    )
    return [task for task in tasks if task > _LONG_TASK_MS]


def _metrics(session: CDPSession) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
