"""Model names with parameters: `words?words=200&gap_ms=5`, the way of a URL's query.

Knows how to read and to refuse them; what a parameter does is its provider's business.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from llms.errors import Rejected


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a number from `lowest` to `highest`; without a `default` it may be left open."""

    purpose: str
    default: float | None
    lowest: float
    highest: float
    whole: bool = False

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return f"a {'whole ' if self.whole else ''}number from {self.lowest:g} to {self.highest:g}"

    def read(self, text: str) -> float | None:
        """The value `text` stands for, or None."""
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            return None
        return value if self.lowest <= value <= self.highest else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that is one of a few words."""

    purpose: str
    default: str
    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return f"one of {', '.join(self.words)}"

    def read(self, text: str) -> str | None:
        """The value `text` stands for, or None."""
        return text if text in self.words else None


Parameters = Mapping[str, Number | Choice]


@dataclass(frozen=True, slots=True)
class Asked:
    """A model name taken apart: its name, and a value for each of its parameters."""

    name: str
    values: Mapping[str, float | str | None]

    def number(self, parameter: str) -> float:
        """The value of a number that has a default."""
        value = self.values[parameter]
        return value if isinstance(value, int | float) else 0.0

    def count(self, parameter: str) -> int | None:
        """The value of a whole number; None where it was left open."""
        value = self.values[parameter]
        return int(value) if isinstance(value, int | float) else None

    def word(self, parameter: str) -> str:
        """The value of a choice."""
        return str(self.values[parameter])

    def seconds(self, parameter: str) -> float:
        """The value of a number of milliseconds, in seconds."""
        return self.number(parameter) / 1000


def read_model(model: str, parameters_of: Callable[[str], Parameters]) -> Asked:
    """Take `model` apart. Raises `Rejected`, naming the parameter that is unknown or has a value it cannot have.

    `parameters_of` gives the parameters of a name, and may itself refuse the name.
    """
    name, _, query = model.partition("?")
    parameters = parameters_of(name)
    values = {key: parameter.default for key, parameter in parameters.items()}
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key not in parameters:
            raise refused(f"{key} is no parameter of {name}; it has {', '.join(parameters)}", "model")
        value = parameters[key].read(text)
        if value is None:
            raise refused(f"{key} must be {parameters[key].allowed}, not {text!r}", "model")
        values[key] = value
    return Asked(name, values)


def refused(message: str, param: str) -> Rejected:
    """The refusal of a request for what its field `param` holds."""
    return Rejected(message, param=param, code="invalid_value")


def whole_field(body: Mapping[str, Any], field: str, highest: int | None = None) -> int | None:
    """The field of a request that holds a whole number above 0; None where it is not given. Raises `Rejected`."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (highest is not None and value > highest):
        limits = "at least 1" if highest is None else f"from 1 to {highest}"
        raise refused(f"{field} must be a whole number {limits}", field)
    return value
