"""What every framing of streams has in common: bytes go in as they come, the events they complete come out."""

from typing import Protocol

from llms.streaming.sse import Event


class Decoder(Protocol):
    """One stream's decoder: `feed` it what was read, `flush` it at the end."""

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes. Raises `Malformed` for what is no stream of this framing, or too large."""
        ...

    def flush(self) -> list[Event]:
        """What is left at the end of the stream. Raises `Malformed` where the stream was cut."""
        ...
