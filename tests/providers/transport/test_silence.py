import asyncio
import time

from llms.providers.transport.silence import Silence


class Loop:
    """Timers that a test fires by hand."""

    def __init__(self) -> None:
        self.timers: list[asyncio.TimerHandle] = []
        self._loop = asyncio.new_event_loop()

    def call_later(self, delay: float, callback: object, *args: object) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(delay, callback, args, self._loop)  # type: ignore[arg-type]
        self.timers.append(handle)
        return handle

    def fire(self) -> None:
        handle = self.timers.pop()
        if not handle.cancelled():
            handle._run()

    def close(self) -> None:
        self._loop.close()


def watched() -> tuple[Silence, Loop, list[str]]:
    loop, ends = Loop(), []
    return Silence(loop, lambda: ends.append("broken")), loop, ends  # type: ignore[arg-type]


def test_a_silence_that_lasts_is_told() -> None:
    silence, loop, ends = watched()
    silence.bound(60)
    silence.heard = time.monotonic() - 61
    loop.fire()
    loop.close()
    assert ends == ["broken"]
    assert loop.timers == []


def test_a_sound_in_between_makes_it_look_again_later() -> None:
    silence, loop, ends = watched()
    silence.bound(60)
    silence.heard = time.monotonic() - 20
    loop.fire()
    loop.close()
    assert ends == []
    [again] = loop.timers
    assert 39 < again.when() <= 40.1


def test_a_shorter_limit_moves_the_look_forward_and_a_longer_one_needs_no_new_timer() -> None:
    silence, loop, _ = watched()
    silence.bound(60)
    silence.bound(600)
    assert len(loop.timers) == 1
    silence.bound(5)
    loop.close()
    assert loop.timers[0].cancelled()
    assert loop.timers[1].when() == 5


def test_no_limit_allows_any_silence() -> None:
    silence, loop, ends = watched()
    silence.bound(60)
    silence.rest()
    silence.heard = 0.0
    loop.fire()
    silence.bound(None)
    loop.close()
    assert ends == []
    assert loop.timers == []


def test_a_stopped_one_leaves_no_timer() -> None:
    silence, loop, _ = watched()
    silence.bound(60)
    silence.stop()
    loop.close()
    assert loop.timers[0].cancelled()
