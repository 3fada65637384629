"""The addresses of hosts. Names are looked up in a few threads that all providers share: each name once at a time, so
that a name nobody answers for, asked for by a hundred requests, does not hold up the others.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from aiohappyeyeballs import AddrInfoType

from llms import tasks

_Found = Sequence[AddrInfoType] | OSError


class Names:
    """Looks hosts up."""

    def __init__(self) -> None:
        self._looking: dict[tuple[str, int], asyncio.Task[_Found]] = {}

    async def addresses(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """Where to connect. Raises `OSError`, mostly `socket.gaierror`."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return await self._looked_up(host, port)
        if address.version == 4:
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
        return [(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))]

    def forget(self) -> None:
        """Let go of what is being looked up, by an event loop that has ended."""
        self._looking.clear()

    async def close(self) -> None:
        """End what is being looked up."""
        looking = list(self._looking.values())
        for task in looking:
            task.cancel()
        if looking:
            await asyncio.wait(looking)

    async def _looked_up(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """The answer to the one lookup; whoever stops waiting for it leaves it to the others."""
        task = self._looking.get((host, port))
        if task is None:
            task = self._looking[(host, port)] = tasks.spawn(_look_up(host, port), name="llms.lookup")
            task.add_done_callback(lambda _: self._looking.pop((host, port), None))
        found = await asyncio.shield(task)
        if isinstance(found, OSError):
            raise type(found)(*found.args) from found
        return found


async def _look_up(host: str, port: int) -> _Found:
    """What the system says; a failure is an answer too, for all who wait."""
    try:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as failure:
        return failure
