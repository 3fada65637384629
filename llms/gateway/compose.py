"""From a configuration to a gateway: which providers there are, and with what.

Providers come from the configuration, or, where it names none, from the environment and from servers found on this
machine. Every fault is collected, so that one start shows them all.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from llms.config import Config, ModelConfig, ProviderConfig
from llms.errors import ConfigError, Problem
from llms.gateway.discovery import Found, from_environment, local_servers
from llms.gateway.forwarding import upload_transport
from llms.gateway.gateway import Gateway
from llms.metrics.record import Observer
from llms.providers import registry
from llms.providers.base import Provider
from llms.providers.endpoints import BY_VENDOR
from llms.providers.presets import PRESETS, Preset, preset_for
from llms.providers.transport import Transport, default_transport
from llms.providers.vault import Vault
from llms.routing.auto import NEEDS
from llms.routing.catalog import Catalog, PublicModel
from llms.types import Secret

_PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
_ALWAYS = ("demo", "chaos")


async def build(
    config: Config,
    *,
    environ: Mapping[str, str] | None = None,
    observers: Sequence[Observer] = (),
    transport: Transport | None = None,
) -> Gateway:
    """A gateway for `config`. Raises `ConfigError` with every problem found.

    `environ` is where keys of providers that give none are looked for; without it the configuration stands alone.
    """
    variables = environ or {}
    proxies = any(map(variables.get, _PROXY_VARIABLES))
    shared = transport or default_transport(use_environment_proxies=proxies)
    uploads = transport or upload_transport(use_environment_proxies=proxies)
    try:
        return await _assemble(config, variables, shared, uploads=uploads, observers=observers)
    except BaseException:
        if transport is None:
            await shared.close()
        raise


async def _assemble(
    config: Config,
    variables: Mapping[str, str],
    shared: Transport,
    *,
    uploads: Transport,
    observers: Sequence[Observer],
) -> Gateway:
    """The providers there are, all on one transport, and a gateway over them."""
    wanted = {name: settings for name, settings in config.providers.items() if settings.enabled}
    found: list[Found] = []
    if config.discover or (config.discover is None and not config.providers):
        wanted = {**from_environment(variables), **wanted}
        found = await local_servers(shared, taken=wanted, environ=variables)
        wanted |= {server.name: server.settings for server in found}
    for name in _ALWAYS:
        wanted.setdefault(name, ProviderConfig(type=name))
    providers, problems = _create(config, wanted, variables, shared)
    problems += _lost_routes(config, wanted)
    if problems:
        raise ConfigError(problems)
    catalog = Catalog(
        providers,
        {name: provider.models for name, provider in providers.items()},
        {name: _public(model) for name, model in config.models.items()},
        qualified_only=_ALWAYS,
    )
    gateway = Gateway(config, providers, catalog, transport=shared, upload_transport=uploads, observers=observers)
    for server in found:
        gateway.listings.note(server.name, server.cards)
    return gateway


def _public(model: ModelConfig) -> PublicModel:
    return PublicModel(
        model.routes, model.timeouts.timers(), model.strategy, model.weights, hedge_percent=model.hedge.max_percent
    )


def _create(
    config: Config, wanted: Mapping[str, ProviderConfig], environ: Mapping[str, str], transport: Transport
) -> tuple[dict[str, Provider], list[Problem]]:
    """The providers that can be made, and what is wrong with the others."""
    providers: dict[str, Provider] = {}
    problems: list[Problem] = []
    vault = Vault()
    limit = config.server.max_event_bytes
    for name, settings in wanted.items():
        try:
            providers[name] = create_provider(name, settings, environ, transport, max_event_bytes=limit, vault=vault)
        except ConfigError as error:
            problems += [Problem(problem.path, problem.message, _source(config)) for problem in error.problems]
    return providers, problems


def create_provider(
    name: str,
    settings: ProviderConfig,
    environ: Mapping[str, str],
    transport: Transport,
    *,
    max_event_bytes: int,
    vault: Vault | None = None,
) -> Provider:
    """One provider from its settings and the preset of its name or type. Raises `ConfigError`."""
    path = f"providers.{name}"
    preset = preset_for(settings.type or name) or preset_for(name)
    type_name = _type_of(settings, preset, path)
    kind = registry.resolve(type_name, path=f"{path}.type")
    base_url = settings.base_url or (preset.address(environ) if preset else "")
    base_url = base_url or kind.default_base_url
    if not base_url and kind.needs_base_url:
        raise ConfigError([Problem(f"{path}.base_url", "is missing: give the address, such as http://host:9000/v1")])
    # A key from the environment goes to its vendor's own address only, never to one given here.
    api_key = settings.api_key or (None if settings.base_url else _key_of(preset, environ))
    headers = {**(preset.headers if preset else {}), **settings.header_values()}
    keyless = kind.finds_key or (preset and preset.keyless) or "authorization" in map(str.lower, headers)
    if preset and not (api_key or keyless or settings.base_url):
        raise ConfigError([Problem(f"{path}.api_key", f"is missing: give it, or set {' or '.join(preset.env)}")])
    network: dict[str, Any] = {"transport": transport} if kind.uses_network else {}
    known: dict[str, Any] = {"endpoints": BY_VENDOR[preset.name]} if preset and preset.name in BY_VENDOR else {}
    return kind(
        base_url,
        api_key,
        settings.models,
        name=name,
        headers=headers,
        timeouts=settings.timeouts.timers(),
        options=settings.options,
        max_event_bytes=max_event_bytes,
        vault=vault,
        **known,
        **network,
    )


def _type_of(settings: ProviderConfig, preset: Preset | None, path: str) -> str:
    """The dialect: the type given, which may be the name of a preset, else that of the preset of the name."""
    if settings.type in registry.BUILT_IN:
        return settings.type
    if preset is not None:
        return preset.type
    if settings.type:
        return settings.type  # a package's own, or unknown: the registry says
    if settings.base_url:
        return "openai"
    known = ", ".join(PRESETS)
    raise ConfigError([Problem(path, f"is not a known provider, so it needs a base_url (known are {known})")])


def _key_of(preset: Preset | None, environ: Mapping[str, str]) -> Secret | None:
    key = _first(environ, preset.env if preset else ())
    return Secret(key) if key else None


def _first(environ: Mapping[str, str], names: Sequence[str]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _lost_routes(config: Config, names: Collection[str]) -> list[Problem]:
    """The configured routes that lead to none of the providers there are to be, by their `names`."""
    places = {f"models.{name}": model.routes for name, model in config.models.items()}
    places |= {f"auto.{need}": getattr(config.auto, need).routes for need in NEEDS}
    return [
        Problem(
            f"{place}.routes[{position}]",
            f"{route!r} names no configured provider (there are {', '.join(names)})",
            _source(config),
        )
        for place, routes in places.items()
        for position, route in enumerate(routes)
        if route.partition("/")[0] not in names
    ]


def _source(config: Config) -> str:
    return str(config.source) if config.source else ""
