"""Tool calls in a stream: which call a piece belongs to, and what of it has been told already.

Clients use `tool_calls[].index` as a position in a list and add strings up, so indexes must be dense from 0 in order of
appearance, and `id`, `type` and `function.name` must come once. Providers send no index (older Mistral), the same index
or the same id for different calls, an empty id in later pieces (Alibaba), or id and name again in every piece.
"""

import secrets
from typing import Any

from llms import jsonio

_TOLD_ABOVE = frozenset({"index", "id", "type", "function", "custom"})


class ToolCalls:
    """The tool calls of one choice, as far as the stream has told them."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: list[_ToolCall] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, pieces: list[Any]) -> list[dict[str, Any]]:
        """The pieces under dense indexes, each saying only what has not been said."""
        return [self._piece(piece) for piece in pieces if isinstance(piece, dict)]

    def close(self) -> list[dict[str, Any]]:
        """What is missing at the end: a call that never got arguments has the empty object."""
        return [
            {"index": call.index, "function": {"arguments": call.add("{}")}}
            for call in self._calls
            if call.is_function and not any(call.arguments)
        ]

    def _piece(self, piece: dict[str, Any]) -> dict[str, Any]:
        function = piece.get("function")
        custom = piece.get("custom")
        if not isinstance(function, dict):
            function = {}
        if not isinstance(custom, dict) or not any(custom.values()):
            custom = {}  # Snowflake: every function call comes with an empty one
        name = function.get("name") or ""
        arguments = _text(function.get("arguments"))
        call = self._find(piece.get("index"), str(piece.get("id") or ""), name, arguments)
        told: dict[str, Any] = {"index": call.index}
        if not call.announced:
            call.announced = True
            call.is_function = not custom
            told["id"] = call.id
            told["type"] = piece.get("type") or ("function" if call.is_function else "custom")
        if not call.is_function:
            told["custom"] = self._custom(call, custom)
        else:
            told["function"] = {"arguments": call.add(arguments)}
            if name and not call.name:
                call.name = name
                told["function"] = {"name": name, **told["function"]}
        told.update({key: value for key, value in piece.items() if key not in _TOLD_ABOVE and value is not None})
        return told

    def _custom(self, call: "_ToolCall", custom: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"input": _text(custom.get("input"))}
        if custom.get("name") and not call.name:
            call.name = custom["name"]
            told["name"] = call.name
        return told

    def _find(self, index: Any, upstream_id: str, name: str, arguments: str) -> "_ToolCall":
        known = self._known(index, upstream_id, name)
        if known is not None and not known.is_over(upstream_id, name, arguments):
            return known
        taken = {call.id for call in self._calls}
        public_id = upstream_id if upstream_id and upstream_id not in taken else f"call_{secrets.token_hex(12)}"
        call = _ToolCall(len(self._calls), index, upstream_id, public_id)
        self._calls.append(call)
        return call

    def _known(self, index: Any, upstream_id: str, name: str) -> "_ToolCall | None":
        """The latest call this piece may continue: by upstream index, else by id, else simply the last."""
        if isinstance(index, int):
            return next((call for call in reversed(self._calls) if call.upstream_index == index), None)
        if upstream_id:
            return next((call for call in reversed(self._calls) if call.upstream_id == upstream_id), None)
        return self._calls[-1] if self._calls and not name else None


class _ToolCall:
    __slots__ = ("announced", "arguments", "id", "index", "is_function", "name", "upstream_id", "upstream_index")

    def __init__(self, index: int, upstream_index: Any, upstream_id: str, public_id: str) -> None:
        self.index = index
        self.upstream_index = upstream_index
        self.upstream_id = upstream_id
        self.id = public_id
        self.name = ""
        self.arguments: list[str] = []
        self.announced = False
        self.is_function = True

    def add(self, arguments: str) -> str:
        self.arguments.append(arguments)
        return arguments

    def is_over(self, upstream_id: str, name: str, arguments: str) -> bool:
        """Whether a piece that looks like a continuation really starts another call under the same index or id.

        Another id together with a name starts one. So does a name where this call's arguments are whole already and the
        piece brings an object of its own: some providers give every parallel call the same id or none.
        """
        if not name or not self.name:
            return False
        if upstream_id and upstream_id != self.upstream_id:
            return True
        return arguments.lstrip().startswith("{") and self._is_whole()

    def _is_whole(self) -> bool:
        try:
            jsonio.loads("".join(self.arguments))
        except jsonio.JSONDecodeError:
            return False
        return True


def _text(value: Any) -> str:
    """Arguments as the string OpenAI's format wants: some providers send the object itself, or null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsonio.dumps(value).decode()
