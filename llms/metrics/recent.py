"""The last finished calls, in memory: what the performance report and the view of one call are made of."""

from collections import deque
from collections.abc import Iterator

from llms.metrics.record import CallRecord

KEPT = 5000


class Recent:
    """An observer that remembers the last few thousand records, and finds them by the id of their request."""

    def __init__(self, kept: int = KEPT) -> None:
        self._records: deque[CallRecord] = deque(maxlen=kept)

    def finished(self, record: CallRecord) -> None:
        """Remember a call, and forget the oldest where there is no room."""
        self._records.append(record)

    def find(self, call_id: str, principal: str | None = None) -> CallRecord | None:
        """The last call with this id, of this principal's only where one is given.

        It is looked for: an index would cost every call, and few are asked for.
        """
        mine = (record for record in self if principal is None or record.principal == principal)
        return next((record for record in mine if record.id == call_id), None)

    def last(self, count: int) -> list[CallRecord]:
        """Up to `count` calls, the newest first."""
        return [record for record, _ in zip(self, range(count), strict=False)]

    def __iter__(self) -> Iterator[CallRecord]:
        yield from reversed(self._records)

    def __len__(self) -> int:
        return len(self._records)
