"""The server process: listen, announce, and stop so that clients survive it.

The first SIGTERM or Ctrl-C takes readiness away and refuses new calls, lets open ones finish up to a limit, and ends
those still open with a retryable error they can read. The second one stops at once. aiohttp's own `run_app` would wait
up to a minute for open streams without telling anybody.
"""

import asyncio
import errno
import gc
import logging
import signal
import sys
from collections.abc import Callable

from aiohttp import web

from llms import tasks
from llms.errors import ConfigError, Draining, Problem
from llms.gateway import Gateway
from llms.server.app import create_app
from llms.server.connection import Runner

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_WORDS_S = 2.0
_AT_ONCE_S = 0.05  # aiohttp takes 0 for "without a limit"


async def serve(gateway: Gateway, announce: Callable[[str], None]) -> int:
    """Serve `gateway` until a signal says stop; gives the exit code. `announce` is told the URL once it answers.

    Raises `ConfigError` where the address cannot be listened on. Closes the gateway.
    """
    settings = gateway.config.server
    runner = Runner(
        create_app(gateway),
        handler_cancellation=True,  # a client that leaves ends its call; aiohttp's default would let it run on
        access_log=None,
        shutdown_timeout=_LAST_WORDS_S,
    )
    stop = _Stop()
    try:
        await runner.setup()
        port = await _listen(runner, settings.host, settings.port)
        stop.install()
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        _calm_the_collector()
        sys.set_asyncgen_hooks(firstiter=None)  # the loop's list of generators for its end; ours end with their calls
        announce(f"http://{host}:{port}")
        await stop.asked.wait()
        await _drain(gateway, stop, settings.drain_s)
    finally:
        await _hang_up(runner, stop)
        await gateway.close()
        stop.remove()
    return 0


def _calm_the_collector() -> None:
    """Take what lives as long as the process out of the garbage collector's sight, and let it come less often.

    A request makes few cycles and thousands of short-lived objects; with the defaults the collector took a tenth of the
    CPU time of a plain request to look at them and at every module's contents.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Stop:
    """The two signals: the first asks, the second insists."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()

    def install(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self._signalled)
            except NotImplementedError:  # Windows has no such handlers; Ctrl-C arrives there as an exception
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._signalled))

    def remove(self) -> None:
        for number in _SIGNALS:
            try:
                asyncio.get_running_loop().remove_signal_handler(number)
            except NotImplementedError:
                signal.signal(number, signal.SIG_DFL)

    def _signalled(self) -> None:
        if self.asked.is_set():
            self.insisted.set()
        self.asked.set()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    """Listen, and give the port. Raises `ConfigError` that says what to do."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError([Problem("server.port", f"port {port} is in use; choose another with --port")]) from error
        if error.errno == errno.EACCES:
            raise ConfigError([Problem("server.port", f"port {port} needs more rights than this user has")]) from error
        reason = error.strerror or "the address cannot be used"
        raise ConfigError([Problem("server.host", f"cannot listen on {host}:{port}: {reason}")]) from error
    return int(runner.addresses[0][1])


async def _drain(gateway: Gateway, stop: _Stop, limit_s: float) -> None:
    gateway.draining = True
    if len(gateway.scopes):
        _log.info("shutting down: waiting for open calls", extra={"fields": {"active": len(gateway.scopes)}})
    idle = tasks.spawn(gateway.scopes.idle(), name="llms.drain.idle")
    insisted = tasks.spawn(stop.insisted.wait(), name="llms.drain.insisted")
    try:
        await asyncio.wait({idle, insisted}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if not idle.done():
            ended = gateway.scopes.cancel_all(Draining("the gateway was stopped: send the request again"))
            _log.warning("shutting down: open calls were ended", extra={"fields": {"ended": ended}})
            if not stop.insisted.is_set():
                await asyncio.wait({idle, insisted}, timeout=_LAST_WORDS_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        idle.cancel()
        insisted.cancel()


async def _hang_up(runner: web.AppRunner, stop: _Stop) -> None:
    """Close the connections. Clients still being served have a moment to read the end, unless the stop is insisted on.

    Also those that still send their request: it is no call yet, so nobody has waited for it.
    """
    cleaning = tasks.spawn(runner.cleanup(), name="llms.drain.cleanup")
    insisted = tasks.spawn(stop.insisted.wait(), name="llms.drain.hang_up")
    try:
        await asyncio.wait({cleaning, insisted}, return_when=asyncio.FIRST_COMPLETED)
        if not cleaning.done():
            cleaning.cancel()
            await asyncio.wait({cleaning})
            if runner.server is not None:
                await runner.server.shutdown(_AT_ONCE_S)
            await runner.cleanup()
    finally:
        insisted.cancel()
