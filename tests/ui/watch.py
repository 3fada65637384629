"""Watches a browser while a test drives it: what it asks for, and whatever it complains about.

A page of this project asks nobody but its gateway, runs without an error, and never meets its own policy. A test that
provokes complaints names them beforehand.
"""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError


class Watch:
    """The eye on one context, with all its pages and workers; `verify` at the end of the test."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.asked: list[str] = []
        """Everything the pages asked for, as `METHOD address`."""
        self._origin = origin
        self._complaints: list[str] = []
        self._strangers: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", self._note_error)

    def expect_complaint(self, pattern: str) -> None:
        """Complaints that match this are what the test is about."""
        self._expected.append(re.compile(pattern))

    def posted_to(self, path: str) -> int:
        """How often something was posted to this path."""
        return self.asked.count(f"POST {self._origin}{path}")

    def verify(self) -> None:
        """Fail if anything was wrong."""
        assert not self._strangers, f"the page asked others: {self._strangers}"
        unexpected = [text for text in self._complaints if not any(known.search(text) for known in self._expected)]
        assert not unexpected, f"the browser complains: {unexpected}"

    def _note_request(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url}")
        if not request.url.startswith((f"{self._origin}/", "data:", "blob:", "about:")):
            self._strangers.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self._complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_error(self, error: WebError) -> None:
        self._complaints.append(error.error.message)
