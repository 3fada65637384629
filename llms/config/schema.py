"""Everything that can be configured, with its default and what it means.

Knows fields, not files: where values come from is `load`'s business. The reference page is generated from these models,
so a description here is a sentence there. Configurations are immutable, mappings inside them too (the values inside
`options` are handed on as they are); a change is a new `Config`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from llms.config.values import (
    Allowed,
    BaseUrl,
    Count,
    DatabaseUrl,
    Days,
    Flag,
    GatewayKey,
    HeaderName,
    Host,
    LogFormat,
    LogLevel,
    Megabytes,
    ModelId,
    Options,
    OrList,
    Percent,
    Port,
    ProviderName,
    ReadOnly,
    RouteName,
    Seconds,
    SecretText,
    Share,
    StrategyName,
    Text,
    Times,
    Wait,
    Weight,
    refusal,
)
from llms.types import Secret, Timeouts

_MIB = 1024 * 1024


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, and an explicit null means "not set"."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self  # nothing in it changes, and a read-only mapping cannot be copied

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in cls.model_fields}


class TimeoutsConfig(Section):
    """The four timers of a call to a provider; one that is not set leaves the decision to the next wider place."""

    connect: Seconds | None = Field(None, description="How long opening the connection may take.")
    first_token: Seconds | None = Field(
        None, description="How long the provider may think before the first meaningful chunk."
    )
    idle: Seconds | None = Field(None, description="How long the provider may be silent after it.")
    total: Seconds | None = Field(None, description="How long the whole call may take.")

    def timers(self) -> Timeouts:
        """These timers in seconds; those not set are None."""
        return Timeouts(connect_s=self.connect, first_token_s=self.first_token, idle_s=self.idle, total_s=self.total)


class ServerConfig(Section):
    """Where the gateway listens, and its limits."""

    host: Host = Field(
        "127.0.0.1",
        description="Where to listen. Any other than a loopback address is refused unless `auth.keys` has a key.",
    )
    port: Port = Field(8000, description="The port to listen on.")
    max_body_mb: Megabytes = Field(20, description="The largest request body that is accepted.")
    max_event_mb: Megabytes = Field(16, description="The largest single event that is accepted in a provider's stream.")
    drain_s: Wait = Field(30, description="How long open streams may go on after the signal to stop.")
    grace_s: Wait = Field(
        10,
        description="How long the headers of a stream are held back for its first meaningful chunk, so that a provider "
        "that fails before it is answered with its true status.",
    )
    keepalive_s: Seconds = Field(15, description="After how much silence a stream gets a sign of life.")
    strict: Flag = Field(
        False,
        description="Refuse a request that cannot be told to its provider whole, instead of dropping, clamping or "
        "emulating what has no place there. A request says so for itself with the header `x-llms-strict: true`.",
    )
    log_format: LogFormat = Field("human", description="Log lines for people, or one JSON object each.")
    log_level: LogLevel = Field("info", description="The least severe log lines that are written.")

    @property
    def max_body_bytes(self) -> int:
        """The largest request body, in bytes."""
        return int(self.max_body_mb * _MIB)

    @property
    def max_event_bytes(self) -> int:
        """The largest event of an upstream stream, in bytes."""
        return int(self.max_event_mb * _MIB)


def _same_names(ids: list[str]) -> dict[str, str]:
    return {model: model for model in ids}


def _numbered(keys: list[Secret]) -> dict[str, Secret]:
    return {f"key-{number}": key for number, key in enumerate(keys, start=1)}


class ProviderConfig(Section):
    """One upstream."""

    type: Text | None = Field(
        None, description="The dialect it speaks, such as `openai`; not needed for a provider with a known name."
    )
    base_url: BaseUrl | None = Field(
        None, description="Where it answers, as its vendor's own SDK wants it; not needed for one with a known name."
    )
    api_key: SecretText | None = Field(None, description="The key it wants, best given as a reference.")
    models: Annotated[
        Mapping[ModelId, ModelId],
        OrList(ModelId, _same_names),
        Allowed("a list of model names, or a mapping of public names to the provider's own"),
    ] = Field({}, description="The models to offer from it. Others are passed on when asked for as `provider/model`.")
    timeouts: TimeoutsConfig = Field(TimeoutsConfig(), description="Its timers.")
    headers: Annotated[
        Mapping[HeaderName, SecretText], ReadOnly(), Allowed("a mapping of header names to their values")
    ] = Field({}, description="Headers to send with every request to it. They are treated as secrets.")
    enabled: Flag = Field(True, description="Whether it is used.")
    options: Options = Field(
        {},
        description="Request fields to add where a client gives none, such as `temperature`. They are not secrets.",
    )

    def header_values(self) -> dict[str, str]:
        """The headers in clear, for the requests they belong in."""
        return {name: value.reveal() for name, value in self.headers.items()}


class HedgeConfig(Section):
    """Asking a second route at the same time, when the first keeps silent for longer than it usually does."""

    max_percent: Percent = Field(0, description="The share of calls that may ask two routes at once. 0: none.")


class ModelConfig(Section):
    """A public model name, and what serves it."""

    routes: Annotated[tuple[RouteName, ...], Field(min_length=1), Allowed("a list of one or more provider/model")] = (
        Field(
            description="Where requests for this name go: each `provider/model` is tried when those before it failed. "
            "In place of one may stand `{route: provider/model, weight: 3}`."
        )
    )
    strategy: StrategyName = Field(
        "ordered",
        description="Which route comes first: the first in the list, one by chance and weight, the one with the "
        "quickest first token lately, the cheapest, or the one that holds the conversation's beginning in its cache.",
    )
    weights: Annotated[tuple[Weight, ...], Allowed("a list of numbers, one for each route")] = Field(
        (), description="How much of the traffic each route gets, in proportion, where the strategy shares it out."
    )
    hedge: HedgeConfig = Field(HedgeConfig(), description="Asking two routes at once.")
    timeouts: TimeoutsConfig = Field(TimeoutsConfig(), description="The timers of calls to this name.")

    @model_validator(mode="before")
    @classmethod
    def _from_routes(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"routes": [given]}
        if isinstance(given, list | tuple):
            given = {"routes": given}
        return _with_weights_apart(given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights and (len(self.weights) != len(self.routes) or not any(self.weights)):
            raise refusal("must have as many weights as routes, one of them above 0")
        return self


def _with_weights_apart(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same model with its routes and their weights in two lists; what is not well formed stays to be refused."""
    routes = given.get("routes")
    if not isinstance(routes, list | tuple) or "weights" in given:
        return given
    weighed = [isinstance(route, Mapping) and {"route"} <= route.keys() <= {"route", "weight"} for route in routes]
    if not any(weighed):
        return given
    return {
        **given,
        "routes": [route["route"] if apart else route for route, apart in zip(routes, weighed, strict=True)],
        "weights": [route.get("weight", 1) if apart else 1 for route, apart in zip(routes, weighed, strict=True)],
    }


class NeedConfig(Section):
    """Who serves one kind of request to the model `auto`."""

    routes: Annotated[tuple[RouteName, ...], Allowed("a list of provider/model")] = Field(
        (), description="The routes to try, in this order. Not set: what the configured providers are known for."
    )
    words: Annotated[tuple[Text, ...], Allowed("a list of words")] = Field(
        (), description="Words that tell of this kind, besides those that are known."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_routes(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"routes": [given]}
        return {"routes": given} if isinstance(given, list | tuple) else given


class AutoConfig(Section):
    """The model `auto`: which kind of request goes where. A list of routes may stand in place of a kind's mapping."""

    fresh: NeedConfig = Field(NeedConfig(), description="What happens now: for models that search.")
    code: NeedConfig = Field(NeedConfig(), description="Programs, and what is wrong with them.")
    creative: NeedConfig = Field(NeedConfig(), description="Stories, poems, ideas.")
    images: NeedConfig = Field(NeedConfig(), description="Whatever comes with images.")
    long: NeedConfig = Field(NeedConfig(), description="More text than most models take.")
    cheap: NeedConfig = Field(NeedConfig(), description="Short and simple work, such as translating a sentence.")
    general: NeedConfig = Field(NeedConfig(), description="All else.")


class ResilienceConfig(Section):
    """What is done about providers that fail."""

    attempts: Count = Field(5, description="The most attempts for one request, all kinds together.")
    models: Count = Field(3, description="The most routes that one request tries.")
    retries: Times = Field(2, description="How often one request may ask the same route again.")
    retry_percent: Percent = Field(10, description="The share of a route's traffic that may be such retries.")
    backoff: Seconds = Field(1, description="The wait before the first of them; it doubles, and half of it is chance.")
    max_backoff: Seconds = Field(8, description="The longest such wait.")
    max_wait: Wait = Field(
        30, description="How long a provider is waited for that says when to come back (`Retry-After`)."
    )
    breaker_failures: Times = Field(
        5,
        description="How many failures of one kind, being half of its traffic, make a route avoided. 0: none.",
    )
    breaker_window: Seconds = Field(30, description="The time over which they are counted.")
    breaker_cooldown: Seconds = Field(
        10,
        description="For how long the route is then avoided, before one request goes to see; it doubles up to 120 s.",
    )


class AuthConfig(Section):
    """Who may use the gateway."""

    keys: Annotated[
        Mapping[Text, GatewayKey],
        OrList(GatewayKey, _numbered),
        Allowed("a mapping of names to keys, or a list of keys (named key-1, key-2 and so on)"),
    ] = Field({}, description="The API keys of this gateway. Without any, whoever reaches it may use it.")


class StoreConfig(Section):
    """Where the history of calls is kept: what each used, cost and met with; never what was said."""

    enabled: Flag = Field(True, description="Whether `llms serve` keeps a history at all.")
    url: DatabaseUrl | None = Field(
        None,
        description="The database: `sqlite:///path` or `postgresql://user:password@host/name`. Not set: `llms.db` in "
        "the folder `~/.llms`.",
    )
    retention_days: Days = Field(90, description="For how many days calls are kept. 0: for ever.")


class TargetsConfig(Section):
    """What the gateway is to achieve; the performance report says whether it does."""

    ttft_p95: Seconds = Field(1.5, description="The time to the first token that 95 % of the calls stay within.")
    latency_p95: Seconds = Field(6, description="The duration that 95 % of the answers stay within.")
    latency_p50: Seconds = Field(3.5, description="The duration that half of the answers stay within.")
    cancel: Seconds = Field(0.3, description="How long ending a call that is cancelled may take.")
    error_rate: Share = Field(0.01, description="The share of calls that may fail.")


class MetricsConfig(Section):
    """What is measured against, and who else is told."""

    targets: TargetsConfig = Field(TargetsConfig(), description="What the gateway is to achieve.")
    opentelemetry: Flag | None = Field(
        None,
        description="Whether to send spans and metrics to where OpenTelemetry's own variables say, such as "
        "`OTEL_EXPORTER_OTLP_ENDPOINT`; it needs `llms-gateway[otel]`. Not set: when such a variable is set.",
    )


class Config(Section):
    """A whole configuration."""

    server: ServerConfig = Field(ServerConfig(), description="Where the gateway listens, and its limits.")
    providers: Annotated[
        Mapping[ProviderName, ProviderConfig], ReadOnly(), Allowed("a mapping of provider names to their settings")
    ] = Field({}, description="The upstreams, by the name that stands before the slash in `provider/model`.")
    models: Annotated[
        Mapping[ModelId, ModelConfig], ReadOnly(), Allowed("a mapping of public model names to provider/model")
    ] = Field({}, description="Public model names, and what serves them.")
    auth: AuthConfig = Field(AuthConfig(), description="Who may use the gateway.")
    auto: AutoConfig = Field(AutoConfig(), description="The model `auto`: which kind of request goes where.")
    resilience: ResilienceConfig = Field(ResilienceConfig(), description="What is done about providers that fail.")
    store: StoreConfig = Field(StoreConfig(), description="Where the history of calls is kept.")
    metrics: MetricsConfig = Field(MetricsConfig(), description="What is measured against, and who else is told.")
    discover: Flag | None = Field(
        None,
        description="Whether to add providers whose usual variable holds a key, and model servers found on this "
        "machine. Not set: only when `providers` is empty.",
    )

    _source: Path | None = PrivateAttr(None)
    _notes: tuple[str, ...] = PrivateAttr(())

    @property
    def source(self) -> Path | None:
        """The file it came from."""
        return self._source

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how it was read: a sentence each, without secrets."""
        return self._notes

    def found(self, source: Path | None, notes: tuple[str, ...]) -> "Config":
        """This configuration, knowing where it came from."""
        copy = self.model_copy()
        copy._source, copy._notes = source, notes  # noqa: SLF001  it is one of ours
        return copy
