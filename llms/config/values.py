"""The kinds of value a configuration is made of, each with the phrase that says what it may be.

Knows pydantic, and nothing about sections or files. The phrase (`Allowed`) is the one source of the error messages and
of the reference page. No validator here puts the value it refuses into its message: it may be a secret.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    SerializerFunctionWrapHandler,
)
from pydantic_core import PydanticCustomError, core_schema

from llms.types import Secret, Strategy

PROBLEM = "llms"
"""The error type of a validator here whose message is shown as it stands."""

TAGS = ("mapping", "list", "single")
"""The forms of an `OrList`; pydantic puts the one it saw into the path of an error."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a value may be, as it follows the words "must be"."""

    phrase: str


def refusal(message: str) -> PydanticCustomError:
    """The error of a validator that says it in its own words: `message` follows the path."""
    return PydanticCustomError(PROBLEM, "{message}", {"message": message})


def _no_truth(value: Any) -> Any:
    """`yes` is no number, though Python would take it for 1."""
    if isinstance(value, bool):
        raise refusal("must be a number, not true or false")
    return value


class _SecretHook:
    """Makes a `Secret` of text, without the white space that files and shells leave at its ends."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._secret, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        )

    @staticmethod
    def _secret(value: Any) -> Secret:
        text = value.reveal() if isinstance(value, Secret) else value
        if not isinstance(text, str):
            raise refusal("must be text: put it in quotes")
        if any(character < " " or character == "\x7f" for character in text.strip()):
            raise refusal("must be one line of text without control characters")
        return Secret(text.strip())


def _database(secret: Secret) -> Secret:
    """A database's URL, as far as can be told without the package that opens it."""
    kind, separator, rest = secret.reveal().partition("://")
    if not separator or not rest or kind not in ("sqlite", "postgresql", "postgres"):
        raise refusal("must be a database's URL: sqlite:///path or postgresql://user:password@host/name")
    return secret


def _read_only(validated: core_schema.CoreSchema, mapping: core_schema.CoreSchema) -> core_schema.CoreSchema:
    """`validated`, whose results cannot be changed, and are written the way `mapping` says."""
    written = core_schema.wrap_serializer_function_ser_schema(_thawed, schema=mapping)
    return core_schema.no_info_after_validator_function(MappingProxyType, validated, serialization=written)


def _thawed(value: Mapping[str, Any], serialize: SerializerFunctionWrapHandler) -> Any:
    return serialize(dict(value))


class ReadOnly:
    """Makes a mapping one that cannot be changed. It stands last in an `Annotated`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        mapping = handler(source)
        return _read_only(mapping, mapping)


@dataclass(frozen=True, slots=True)
class OrList:
    """A read-only mapping that may be written as a list of `item`, or as one: `convert` makes the mapping of them."""

    item: Any
    convert: Callable[[list[Any]], Mapping[str, Any]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        mapping = handler(source)
        listed = core_schema.list_schema(handler.generate_schema(self.item))
        from_list = core_schema.no_info_after_validator_function(self.convert, listed)
        single = core_schema.no_info_before_validator_function(lambda text: [text], from_list)
        choices = dict(zip(TAGS, (mapping, from_list, single), strict=True))
        return _read_only(core_schema.tagged_union_schema(choices, discriminator=self._kind), mapping)

    @staticmethod
    def _kind(value: Any) -> str:
        return "single" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else "mapping"


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        complete = False
        parts = urlsplit("")
    if not complete or re.search(r"\s", text):
        raise refusal(f"must be {ADDRESS}")
    if parts.username is not None:
        raise refusal("must be without a user name and password: put them into headers")
    if parts.query or parts.fragment:
        raise refusal("must end with its path: what follows ? or # has no place in it")
    return text.rstrip("/")


def _host(text: str) -> str:
    return text.strip("[]") if text.startswith("[") else text


def _defaults(options: Mapping[str, Any]) -> Mapping[str, Any]:
    if taken := [name for name in ("messages", "model", "stream") if name in options]:
        raise refusal(f"must be without {' and '.join(taken)}: every request brings its own")
    return options


def _key(secret: Secret) -> Secret:
    if not secret or re.search(r"\s", secret.reveal()):
        raise refusal("must be text without spaces, and not empty")
    return secret


def is_loopback(host: str) -> bool:
    """Whether `host`, an address or a name, is one that other machines cannot reach."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


ADDRESS = "an address that begins with http:// or https://"

Flag = Annotated[bool, Allowed("true or false")]
Text = Annotated[str, Field(min_length=1), Allowed("text")]
Host = Annotated[
    str, Field(min_length=1, pattern=r"^\S+$"), AfterValidator(_host), Allowed("an address or a host name")
]
Port = Annotated[
    int, BeforeValidator(_no_truth), Field(ge=0, le=65535), Allowed("a whole number from 0 to 65535 (0: any free port)")
]
Seconds = Annotated[
    float, BeforeValidator(_no_truth), Field(gt=0, allow_inf_nan=False), Allowed("a number of seconds above 0")
]
Wait = Annotated[
    float, BeforeValidator(_no_truth), Field(ge=0, allow_inf_nan=False), Allowed("a number of seconds, 0 or more")
]
Megabytes = Annotated[
    float, BeforeValidator(_no_truth), Field(gt=0, allow_inf_nan=False), Allowed("a number of MiB above 0")
]
Days = Annotated[
    float, BeforeValidator(_no_truth), Field(ge=0, allow_inf_nan=False), Allowed("a number of days, 0 or more")
]
Share = Annotated[
    float, BeforeValidator(_no_truth), Field(ge=0, le=1, allow_inf_nan=False), Allowed("a number from 0 to 1")
]
BaseUrl = Annotated[str, AfterValidator(_address), Allowed(ADDRESS)]
SecretText = Annotated[Secret, _SecretHook(), Allowed("text, which is never shown")]
DatabaseUrl = Annotated[
    Secret,
    _SecretHook(),
    AfterValidator(_database),
    Allowed("sqlite:///path or postgresql://user:password@host/name; it is never shown"),
]
GatewayKey = Annotated[
    Secret, _SecretHook(), AfterValidator(_key), Allowed("text without spaces, which is never shown")
]
ProviderName = Annotated[str, Field(pattern=r"^[^\s/]+$"), Allowed("a name without spaces and slashes")]
HeaderName = Annotated[
    str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), Allowed("the name of a header, such as x-team")
]
ModelId = Annotated[str, Field(pattern=r"^\S(.*\S)?$"), Allowed("the name of a model")]
RouteName = Annotated[str, Field(pattern=r"^[^\s/]+/\S(.*\S)?$"), Allowed("provider/model, such as openai/gpt-4o-mini")]
Option = Annotated[JsonValue, Allowed("a value that JSON knows")]
Options = Annotated[
    Mapping[str, Option], AfterValidator(_defaults), ReadOnly(), Allowed("a mapping of request fields to their values")
]
Count = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=100), Allowed("a whole number from 1 to 100")]
Times = Annotated[int, BeforeValidator(_no_truth), Field(ge=0, le=100), Allowed("a whole number from 0 to 100")]
Percent = Annotated[
    float, BeforeValidator(_no_truth), Field(ge=0, le=100, allow_inf_nan=False), Allowed("a number from 0 to 100")
]
Weight = Annotated[float, BeforeValidator(_no_truth), Field(ge=0, allow_inf_nan=False), Allowed("a number, 0 or more")]
StrategyName = Annotated[Strategy, Allowed("ordered, weighted, least-latency, cheapest or affinity")]
LogFormat = Annotated[Literal["human", "json"], Allowed("human or json")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], Allowed("debug, info, warning or error")]
