"""What stands around a connection, without a network: the socket's side, and the pool's."""

import asyncio
from collections.abc import Iterable

from typing_extensions import override

from llms.providers.transport.connection import Connection
from llms.providers.transport.wire import Origin

ORIGIN = Origin(tls=False, host="far", port=80)


class Wire(asyncio.Transport):
    """What a connection does to its socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.unsent = 0
        self.reading = True
        self.aborted = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    @override
    def get_write_buffer_size(self) -> int:
        return self.unsent

    @override
    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    @override
    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    @override
    def abort(self) -> None:
        self.aborted = True

    @override
    def is_closing(self) -> bool:
        return self.aborted


class Keeper:
    """What a connection tells its owner."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def opened(self, connection: Connection) -> None:
        self.told.append("opened")

    def spare(self, connection: Connection) -> None:
        self.told.append("spare")

    def dropped(self, connection: Connection) -> None:
        self.told.append("dropped")

    def closed(self, connection: Connection) -> None:
        self.told.append("closed")


class Held:
    """A connection on a wire, with an exchange begun."""

    def __init__(
        self, *, bodiless: bool = False, first_byte_s: float | None = None, idle_s: float | None = None
    ) -> None:
        self.wire = Wire()
        self.keeper = Keeper()
        self.connection = Connection(ORIGIN, self.keeper)
        self.connection.connection_made(self.wire)
        self.connection.begin([b"GET / HTTP/1.1\r\n\r\n"], first_byte_s, idle_s, bodiless=bodiless)

    def hear(self, pieces: Iterable[bytes]) -> bytes:
        """Let pieces arrive, and take what they bring of the body."""
        body = b""
        for piece in pieces:
            self.connection.data_received(piece)
            if self.connection.pieces:
                body += self.connection.take()
        return body

    @property
    def kept(self) -> bool:
        """Whether the connection is idle now, for another exchange."""
        return self.keeper.told[-1] == "spare" and not self.wire.aborted
