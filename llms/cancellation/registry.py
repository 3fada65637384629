"""Which calls are in flight, found by the id of their request.

Only the principal that owns a call can see or end it: for others it does not exist. Ids are the client's to choose, so
the same one may be in flight twice; a cancel ends all that carry it. One event loop owns a registry: no locks.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from llms.cancellation.scope import Scope
from llms.errors import Cancelled, GatewayError
from llms.types import Principal

CancelResult = Literal["cancelled", "finished", "not_found"]


class Scopes:
    """The registry of scopes. `has_ended` knows which calls there have been: it is asked for those not in flight."""

    def __init__(self, has_ended: Callable[[str, Principal], bool]) -> None:
        self._has_ended = has_ended
        self._active: dict[str, list[Scope]] = {}
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return self._count

    def add(self, scope: Scope) -> None:
        """Take in a call that starts."""
        self._active.setdefault(scope.id, []).append(scope)
        self._count += 1
        self._idle.clear()

    def remove(self, scope: Scope) -> None:
        """Note that a call has ended."""
        scopes = self._active.get(scope.id)
        if scopes is None or scope not in scopes:
            return
        scopes.remove(scope)
        self._count -= 1
        if not self._count:
            self._idle.set()
        if not scopes:
            del self._active[scope.id]

    async def idle(self) -> None:
        """Wait until no call is in flight."""
        await self._idle.wait()

    def cancel(self, call_id: str, principal: Principal) -> CancelResult:
        """End the calls with this id that `principal` owns. Asking again is safe and says `finished`."""
        mine = [scope for scope in self._active.get(call_id, ()) if scope.principal == principal]
        stopped = [scope for scope in mine if scope.reason is None and scope.cancel(Cancelled())]
        if stopped:
            return "cancelled"
        return "finished" if mine or self._has_ended(call_id, principal) else "not_found"

    def cancel_all(self, reason: GatewayError) -> int:
        """End every call, as when the server stops; gives their number."""
        scopes = [scope for group in self._active.values() for scope in group]
        return sum(scope.cancel(reason) for scope in scopes)
