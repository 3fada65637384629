"""Everything that is measured of one gateway, in one place: prices, the last calls, Prometheus, the history.

Knows who wants which fact. What becomes of a fact is the business of `llms.metrics`, how it is asked for the server's.
"""

import asyncio
import gc
import importlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llms import tasks
from llms.config import Config
from llms.metrics.ends import Ends
from llms.metrics.history import History
from llms.metrics.performance import Targets, report, summary
from llms.metrics.pricing import Prices
from llms.metrics.prometheus import Metrics
from llms.metrics.recent import Recent
from llms.metrics.record import CallRecord, Observer
from llms.store.opening import OpeningStore
from llms.store.rows import Store

if TYPE_CHECKING:
    from llms.metrics.otel import Telemetry

_log = logging.getLogger(__name__)

_LAG_PERIOD_S = 0.5
_SUMMED = 100
"""How many of the last calls a summary is made of, unless it is asked for otherwise."""


def store_for(config: Config, home: Path | None) -> Store | None:
    """The store that a configuration asks for, in the user's own folder where it names none; None without either."""
    settings = config.store
    if not settings.enabled:
        return None
    if settings.url is not None:
        return OpeningStore(settings.url.reveal())
    return OpeningStore(f"sqlite:///{home / 'llms.db'}") if home is not None else None


_COLLECTORS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)


def wants_telemetry(config: Config, environ: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry is to be told: as configured, else when there is a collector to tell."""
    asked = config.metrics.opentelemetry
    return any(map(environ.get, _COLLECTORS)) if asked is None else asked


class Measuring:
    """The observer that tells all others. `store` is where the history is; None where none is kept.

    `ends` takes note of calls that have ended; `observers` are all who are told of them. Whatever is read here knows of
    every call that has ended before.
    """

    def __init__(self, config: Config, prices: Prices) -> None:
        targets = config.metrics.targets
        self.prices = prices
        self.observers: list[Observer] = [self]
        self.ends = Ends(self.observers, prices.cost_usd)
        self._recent = Recent()
        self.metrics = Metrics()
        self.store: Store | None = None
        self.history: History | None = None
        self._telemetry: Telemetry | None = None
        self._lag: asyncio.Task[Any] | None = None
        self._loading: asyncio.Task[Any] | None = None
        self._retention_days = config.store.retention_days or None
        self._targets = Targets(
            ttft_p95_s=targets.ttft_p95,
            latency_p95_s=targets.latency_p95,
            latency_p50_s=targets.latency_p50,
            cancel_s=targets.cancel,
            error_rate=targets.error_rate,
        )
        self.metrics.watch("history_dropped", "Calls the history had no room for", self._dropped)

    @property
    def recent(self) -> Recent:
        """The last calls."""
        self.ends.settle()
        return self._recent

    def finished(self, record: CallRecord) -> None:
        """Tell everybody of a call that has ended."""
        self._recent.finished(record)
        self.metrics.finished(record)
        if self.history is not None:
            self.history.finished(record)
        if self._telemetry is not None:
            self._telemetry.finished(record)

    def start(self, store: Store | None, *, telemetry: bool = False) -> None:
        """Begin what runs beside the calls: the history in `store`, if there is one, and the watch over the loop.

        With `telemetry`, OpenTelemetry is told too, as soon as it has been loaded.
        """
        self._lag = tasks.spawn(self._watch_lag(), name="llms.measuring.lag")
        if store is not None:
            self.store = store
            self.history = History(store, retention_days=self._retention_days)
            self.history.start()
        self._loading = tasks.spawn(self._load(telemetry=telemetry), name="llms.measuring.load")

    async def close(self) -> None:
        """Write what is not written yet."""
        self.ends.settle()
        if self._lag is not None:
            self._lag.cancel()
        if self.history is not None:
            await self.history.close()
        if self._loading is not None:
            self._loading.cancel()
        if self._telemetry is not None:
            await self._telemetry.close()

    def performance(self, last: int = _SUMMED) -> dict[str, Any]:
        """The report over the last calls."""
        return report(self.recent.last(last), self._targets)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """What a scraper with this `Accept` header is told, and the content type of that."""
        self.ends.settle()
        return self.metrics.exposition(accept)

    async def flush(self) -> None:
        """Have everything written to the history that there is, as far as it can be reached."""
        self.ends.settle()
        if self.history is not None:
            await self.history.flush()

    def summary(self) -> dict[str, Any]:
        """What a health check tells of the last calls, in seconds."""
        told = summary(self.recent.last(_SUMMED))
        return {
            "calls": told["calls"],
            "ttft_p95": told["ttft"]["p95"],
            "latency_p95": told["latency"]["p95"],
            "error_rate": told["errors"]["rate"],
            "retries": told["retries"],
            "fallbacks": told["fallbacks"],
        }

    async def _load(self, *, telemetry: bool) -> None:
        """Load what takes a while and is wanted soon, beside the first calls.

        It stays as long as the process, so the garbage collector need not look at it again: with a quarter of a million
        more objects to visit, its rounds were a tenth of the CPU time of a call.
        """
        await asyncio.to_thread(importlib.import_module, "genai_prices")
        if self.history is not None:
            await self.history.open()
        if telemetry:
            await self._open_telemetry()
        gc.freeze()

    async def _open_telemetry(self) -> None:
        """Load OpenTelemetry, which takes a while, in a thread."""
        try:
            module = await asyncio.to_thread(importlib.import_module, "llms.metrics.otel")
        except ImportError as error:
            _log.warning("OpenTelemetry is not told: %s; pip install 'llms-gateway[otel]'", error)
            return
        self._telemetry = await asyncio.to_thread(module.Telemetry.from_environment)

    async def _watch_lag(self) -> None:
        while True:
            due = time.monotonic() + _LAG_PERIOD_S
            await asyncio.sleep(_LAG_PERIOD_S)
            self.metrics.lagged(max(0.0, time.monotonic() - due))

    def _dropped(self) -> dict[tuple[str, ...], float]:
        return {(): float(self.history.dropped if self.history else 0)}
