"""The gateway's numbers for Prometheus: counters and histograms over finished calls, gauges over what is running.

Labels are bounded: models are named by requests, so from a limit on a new one is counted as `other`. Times are in
seconds. Each pair of provider and model has its series looked up once: a lookup costs more than a count.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from llms.metrics.record import CallRecord

_FAST = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LONG = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_TINY = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
_MODELS = 500
_ERRORS = 100
_OTHER = "other"


class Metrics:
    """An observer that counts, and tells what it counted in the text format a scraper asks for."""

    def __init__(self, max_models: int = _MODELS) -> None:
        self.registry = CollectorRegistry()
        self._families = _Families(self.registry)
        self._max_models = max_models
        self._known: set[tuple[str, str]] = set()
        self._errors: set[str] = set()
        self._series: dict[tuple[str, str], _Series] = {}

    def finished(self, record: CallRecord) -> None:
        """Count a call."""
        self._series_of(record.provider, record.model).count(record, self._bounded_error(record.error or ""))
        if record.overhead_s is not None:
            self._families.overhead.observe(record.overhead_s)
        for attempt in record.tries:
            if attempt.kind != "first" or attempt.error is not None:
                provider, model = self._bounded(attempt.provider, attempt.model)
                error = self._bounded_error(attempt.error or "")
                self._families.attempts.labels(provider, model, attempt.kind, error).inc()

    def lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._families.lag.observe(seconds)

    def watch(self, name: str, about: str, read: Callable[[], Mapping[tuple[str, ...], float]], *labels: str) -> None:
        """Offer gauges that are read when somebody asks: `read` gives values by their labels' values."""
        self.registry.register(_Read(f"llms_{name}", about, read, labels))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Everything, as a scraper with this `Accept` header wants it, and the content type of that."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _series_of(self, provider: str, model: str) -> "_Series":
        labels = self._bounded(provider, model)
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = _Series(self._families, labels)
        return series

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


class _Families:
    """Everything that is counted as calls end, by name."""

    def __init__(self, registry: CollectorRegistry) -> None:
        route = ("provider", "model")

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"llms_{name}", about, labels, registry=registry)

        def histogram(name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"llms_{name}_seconds", about, labels, buckets=buckets, registry=registry)

        self.requests = counter("requests", "Finished requests", *route, "outcome", "error")
        self.tokens = counter("tokens", "Tokens: told by the provider, or estimated", *route, "kind")
        self.cost = counter("cost_usd", "What requests cost, in US dollars, where a price is known", *route)
        self.attempts = counter(
            "attempts", "Requests to providers that were not the first of a call, or failed", *route, "kind", "error"
        )
        self.duration = histogram("request_duration", "From the request to the end of its answer", _LONG, *route)
        self.ttft = histogram("time_to_first_token", "From the request to the first token", _FAST, *route)
        self.per_token = histogram("time_per_output_token", "Per token after the first", _TINY, *route)
        self.overhead = histogram("gateway_overhead", "In the gateway before a provider is asked", _TINY)
        self.lag = histogram("event_loop_lag", "How late the event loop was", _TINY)


class _Series:
    """The series of one provider and model that every call counts in."""

    def __init__(self, families: _Families, labels: tuple[str, str]) -> None:
        self._labels = labels
        self._requests = families.requests
        self._outcomes: dict[tuple[str, str], Counter] = {}
        self._ttft = families.ttft.labels(*labels)
        self._duration = families.duration.labels(*labels)
        self._per_token = families.per_token.labels(*labels)
        self._cost = families.cost.labels(*labels)
        self._prompt, self._completion, self._cached, self._reasoning = (
            families.tokens.labels(*labels, kind) for kind in ("prompt", "completion", "cached", "reasoning")
        )

    def count(self, record: CallRecord, error: str) -> None:
        """Count one call."""
        end = (record.outcome, error)
        outcome = self._outcomes.get(end)
        if outcome is None:
            outcome = self._outcomes[end] = self._requests.labels(*self._labels, *end)
        outcome.inc()
        self._duration.observe(record.duration_s)
        tokens = record.tokens
        if record.ttft_s is not None:
            self._ttft.observe(record.ttft_s)
            if record.stream and tokens.completion > 1:
                self._per_token.observe((record.duration_s - record.ttft_s) / (tokens.completion - 1))
        if tokens.prompt:
            self._prompt.inc(tokens.prompt)
        if tokens.completion:
            self._completion.inc(tokens.completion)
        if tokens.cached:
            self._cached.inc(tokens.cached)
        if tokens.reasoning:
            self._reasoning.inc(tokens.reasoning)
        if record.cost_usd:
            self._cost.inc(record.cost_usd)


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
