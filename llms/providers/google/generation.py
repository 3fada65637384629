"""What the name of a Google model tells of what it takes: generations differ in thinking, signatures and schemas.

Sources: ai.google.dev, thinking, thought signatures and structured output, 2026-08.
"""

import re
from dataclasses import dataclass
from typing import Self

from llms.errors import BadRequest

_VERSION = re.compile(r"gemini-(?:[a-z-]*?)(\d{1,2}(?:\.\d+)?)(?!\d)")
_LATEST = 3.0
"""Names without a number (`gemini-flash-latest`) are aliases of the newest."""


@dataclass(frozen=True, slots=True)
class GoogleModel:
    """A model's path in the API, and its generation; 0 for what is no Gemini (Gemma, a tuned model's number)."""

    path: str
    generation: float

    @classmethod
    def named(cls, name: str) -> Self:
        """The model of this name, with or without `models/` before it. Raises `BadRequest` for no possible name."""
        path = name.strip().removeprefix("models/")
        if not path or any(step in {"", ".", ".."} for step in path.split("/")) or "?" in path or "#" in path:
            raise BadRequest("the name of the model is not one that Google could have", param="model")
        found = _VERSION.search(path)
        if found:
            return cls(path, float(found[1]))
        return cls(path, _LATEST if path.rpartition("/")[2].startswith("gemini-") else 0.0)

    @property
    def wants_signatures(self) -> bool:
        """Whether a function call without the signature it came with is refused."""
        return self.generation >= 3

    @property
    def thinks_in_levels(self) -> bool:
        """Whether thinking is asked for in words."""
        return self.generation >= 3

    @property
    def thinks_in_tokens(self) -> bool:
        """Whether thinking is asked for as a number of tokens."""
        return 2.5 <= self.generation < 3

    @property
    def takes_json_schema(self) -> bool:
        """Whether it takes JSON Schema, not only OpenAPI's part of it."""
        return self.generation >= 2.5

    @property
    def combines_tools(self) -> bool:
        """Whether functions and Google's own tools may be used in one request, and results may hold media."""
        return self.generation >= 3

    @property
    def is_pro(self) -> bool:
        """Pro models cannot be kept from thinking."""
        return "pro" in self.path.rpartition("/")[2].split("-")

    def level(self, effort: str) -> tuple[str, bool]:
        """The thinking level for an effort, and whether it is exactly that one.

        Pro models have no MINIMAL, nor has Flash from 3.8 on; 3.0 Pro had no MEDIUM. None can be kept from thinking.
        """
        lowest = "LOW" if self.is_pro or self.generation >= 3.8 else "MINIMAL"
        if effort in {"none", "minimal"}:
            return lowest, effort == "minimal" and lowest == "MINIMAL"
        if effort == "medium" and self.is_pro and self.generation == 3.0:
            return "HIGH", False
        if effort in {"xhigh", "max"}:
            return "HIGH", False
        return effort.upper(), True

    @property
    def budgets(self) -> tuple[int, int]:
        """The least and the most thinking tokens of a model that counts them."""
        if self.is_pro:
            return 128, 32_768
        return 0, 24_576
