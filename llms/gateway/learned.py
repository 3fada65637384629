"""What traffic has taught a gateway, in one place: of each target how it does, of conversations where they were.

Both parts are protocols; here they live in the memory of this process, bounded. What several machines are to share
would stand behind the same two.
"""

from dataclasses import dataclass

from llms.config import ResilienceConfig
from llms.resilience.breaker import BreakerSettings
from llms.resilience.policy import Backoff
from llms.resilience.targets import Learning, LocalTargets, Targets
from llms.routing.affinity import Affinity, LocalAffinity
from llms.types import Bounds


@dataclass(frozen=True, slots=True)
class Learned:
    """The two parts."""

    targets: Targets
    affinity: Affinity


def learned_by(settings: ResilienceConfig) -> Learned:
    """Nothing yet."""
    breaker = BreakerSettings(
        failures=settings.breaker_failures, window_s=settings.breaker_window, cooldown_s=settings.breaker_cooldown
    )
    return Learned(LocalTargets(Learning(settings.retry_percent / 100, breaker)), LocalAffinity())


def backoff_of(settings: ResilienceConfig) -> Backoff:
    """The waits between attempts."""
    return Backoff(settings.backoff, settings.max_backoff, settings.max_wait)


def bounds_of(settings: ResilienceConfig) -> Bounds:
    """What may be tried for one call."""
    return Bounds(settings.attempts, settings.models, settings.retries)
