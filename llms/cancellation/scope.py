"""The cancellable extent of one call: whoever holds the scope can end the task inside it, giving a reason.

The technique is that of `asyncio.timeout`: the task is cancelled, and where the cancellation leaves the scope it is
taken back and the reason raised instead. A cancellation that comes from elsewhere too (the client has gone) stays one.
"""

import asyncio
import time
from types import TracebackType
from typing import Self

from llms.errors import GatewayError, TimedOut
from llms.types import Principal


class Scope:
    """Async context manager around the work of one call, in the task that does it.

    Raises the reason given to `cancel` when it ends that way; one that is `bound` ends itself.
    """

    __slots__ = ("_cancelling", "_task", "_timer", "cancelled", "ended", "id", "principal", "reason")

    def __init__(self, call_id: str, principal: Principal) -> None:
        self.id = call_id
        self.principal = principal
        self.reason: GatewayError | None = None
        self.cancelled = 0.0
        self.ended = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._timer: asyncio.TimerHandle | None = None

    def cancel(self, reason: GatewayError) -> bool:
        """End the call: its task is cancelled now, `reason` raised where the scope is left. False if it has ended."""
        if self.ended or self._task is None:
            return False
        if self.reason is None:
            self.reason = reason
            self.cancelled = time.monotonic()
            self._task.cancel()
        return True

    def __enter__(self) -> Self:
        task = asyncio.current_task()  # not request.task: that is the connection's, which serves many requests
        if task is None:
            raise RuntimeError("a scope belongs to a task")
        self._task = task
        self._cancelling = task.cancelling()
        return self

    def bound(self, total_s: float) -> None:
        """Let the call take this long from now on, and no longer."""
        late = TimedOut(f"the call took longer than {total_s:g} s", code="total")
        self._timer = asyncio.get_running_loop().call_later(total_s, self.cancel, late)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended = True
        if self._timer is not None:
            self._timer.cancel()
        task, self._task = self._task, None
        if self.reason is None or task is None:
            return
        only_ours = task.uncancel() <= self._cancelling
        if only_ours and (error is None or isinstance(error, asyncio.CancelledError)):
            raise self.reason from error
