"""The last finished calls, in memory: what the performance report and the view of one call are made of."""

from collections import deque
from collections.abc import Iterator

from llms.metrics.record import CallRecord

KEPT = 5000


class Recent:
    """An observer that remembers the last few thousand records, and finds them by the id of their request."""

    def __init__(self, kept: int = KEPT) -> None:
        self._records: deque[CallRecord] = deque(maxlen=kept)
        self._by_id: dict[str, CallRecord] = {}

    def finished(self, record: CallRecord) -> None:
        """Remember a call, and forget the oldest where there is no room."""
        if len(self._records) == self._records.maxlen:
            oldest = self._records.popleft()
            if self._by_id.get(oldest.id) is oldest:
                del self._by_id[oldest.id]
        self._records.append(record)
        self._by_id[record.id] = record

    def find(self, call_id: str) -> CallRecord | None:
        """The last call with this id."""
        return self._by_id.get(call_id)

    def last(self, count: int) -> list[CallRecord]:
        """Up to `count` calls, the newest first."""
        return [record for record, _ in zip(self, range(count), strict=False)]

    def __iter__(self) -> Iterator[CallRecord]:
        yield from reversed(self._records)

    def __len__(self) -> int:
        return len(self._records)
