"""The gateway's numbers for Prometheus: counters and histograms over finished calls, gauges over what is running.

Labels are bounded: models are named by requests, so from a limit on a new one is counted as `other`. Times are in
seconds. What is counted for every call is counted in plain numbers (`llms.metrics.series`) and given to
`prometheus_client` when a scraper asks: its own counters take locks, and four times as long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from llms.metrics.record import CallRecord
from llms.metrics.series import TINY_S, Distribution, RouteSeries

_MODELS = 500
_ERRORS = 100
_OTHER = "other"
_ROUTE = ("provider", "model")


class Metrics:
    """An observer that counts, and tells what it counted in the text format a scraper asks for."""

    def __init__(self, max_models: int = _MODELS) -> None:
        self.registry = CollectorRegistry()
        self._max_models = max_models
        self._known: set[tuple[str, str]] = set()
        self._errors: set[str] = set()
        self._routes: dict[tuple[str, str], RouteSeries] = {}
        self._attempts: dict[tuple[str, ...], int] = {}
        self._overhead = Distribution(TINY_S)
        self._lag = Distribution(TINY_S)
        self.registry.register(_Counted(self._families))

    def finished(self, record: CallRecord) -> None:
        """Count a call."""
        series = self._routes.get((record.provider, record.model))
        if series is None:
            series = self._series_of(record.provider, record.model)
        series.count(record, self._bounded_error(record.error) if record.error else "")
        if record.overhead_s is not None:
            self._overhead.observe(record.overhead_s)
        for attempt in record.tries:
            if attempt.kind != "first" or attempt.error is not None:
                route = self._bounded(attempt.provider, attempt.model)
                labels = (*route, attempt.kind, self._bounded_error(attempt.error or ""))
                self._attempts[labels] = self._attempts.get(labels, 0) + 1

    def lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._lag.observe(seconds)

    def watch(self, name: str, about: str, read: Callable[[], Mapping[tuple[str, ...], float]], *labels: str) -> None:
        """Offer gauges that are read when somebody asks: `read` gives values by their labels' values."""
        self.registry.register(_Read(f"llms_{name}", about, read, labels))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Everything, as a scraper with this `Accept` header wants it, and the content type of that."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _series_of(self, provider: str, model: str) -> RouteSeries:
        return self._routes.setdefault(self._bounded(provider, model), RouteSeries())

    def _bounded(self, provider: str, model: str) -> tuple[str, str]:
        """The labels of a route, `other` for a model when there are too many already."""
        route = (provider, model)
        if route in self._known:
            return route
        if len(self._known) >= self._max_models:
            return provider, _OTHER
        self._known.add(route)
        return route

    def _bounded_error(self, code: str) -> str:
        """The code of an error; providers make up their own, so from a limit on it is `other`."""
        if code in self._errors:
            return code
        if len(self._errors) >= _ERRORS:
            return _OTHER
        self._errors.add(code)
        return code

    def _families(self) -> Iterator[Metric]:
        """Everything that is counted as calls end."""
        routes = self._routes.items()
        yield _counter(
            "requests",
            "Finished requests",
            (*_ROUTE, "outcome", "error"),
            {(*labels, *end): count for labels, series in routes for end, count in series.outcomes.items()},
        )
        yield _counter(
            "tokens",
            "Tokens: told by the provider, or estimated",
            (*_ROUTE, "kind"),
            {
                (*labels, kind): getattr(series, kind)
                for labels, series in routes
                for kind in ("prompt", "completion", "cached", "reasoning")
            },
        )
        yield _counter(
            "cost_usd",
            "What requests cost, in US dollars, where a price is known",
            _ROUTE,
            {labels: series.cost_usd for labels, series in routes},
        )
        yield _counter(
            "attempts",
            "Requests to providers that were not the first of a call, or failed",
            (*_ROUTE, "kind", "error"),
            self._attempts,
        )
        for name, about, each in (
            ("request_duration", "From the request to the end of its answer", "duration"),
            ("time_to_first_token", "From the request to the first token", "ttft"),
            ("time_per_output_token", "Per token after the first", "per_token"),
        ):
            yield _histogram(name, about, _ROUTE, {labels: getattr(series, each) for labels, series in routes})
        yield _histogram("gateway_overhead", "In the gateway before a provider is asked", (), {(): self._overhead})
        yield _histogram("event_loop_lag", "How late the event loop was", (), {(): self._lag})


def _counter(name: str, about: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(f"llms_{name}", about, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _histogram(name: str, about: str, labels: tuple[str, ...], found: Mapping[tuple[str, ...], Distribution]) -> Metric:
    family = HistogramMetricFamily(f"llms_{name}_seconds", about, labels=labels)
    for values, distribution in found.items():
        family.add_metric(values, distribution.cumulative(), distribution.total)
    return family


@dataclass(frozen=True, slots=True)
class _Counted(Collector):
    """What is counted elsewhere, in families made on demand."""

    families: Callable[[], Iterable[Metric]]

    def collect(self) -> Iterable[Metric]:
        """The families as they stand now."""
        return self.families()


@dataclass(frozen=True, slots=True)
class _Read(Collector):
    """Gauges that are read on demand."""

    name: str
    about: str
    read: Callable[[], Mapping[tuple[str, ...], float]]
    labels: tuple[str, ...]

    def collect(self) -> Iterable[Metric]:
        """The gauges as they stand now."""
        family = GaugeMetricFamily(self.name, self.about, labels=self.labels)
        for labels, value in self.read().items():
            family.add_metric(labels, value)
        return [family]
