"""The settings of resilience, as those parts take them that they are for."""

from llms.config import ResilienceConfig
from llms.gateway.learned import backoff_of, bounds_of, learned_by
from llms.resilience.policy import Backoff
from llms.types import DEFAULT_BOUNDS, Bounds


def test_the_defaults_are_the_same_everywhere() -> None:
    assert bounds_of(ResilienceConfig()) == DEFAULT_BOUNDS
    assert backoff_of(ResilienceConfig()) == Backoff()


def test_settings_reach_what_they_are_for() -> None:
    settings = ResilienceConfig(
        attempts=9, models=4, retries=1, backoff=2, max_backoff=3, max_wait=4, breaker_failures=2, breaker_cooldown=7
    )
    assert bounds_of(settings) == Bounds(9, 4, 1)
    assert backoff_of(settings) == Backoff(2, 3, 4)
    target = learned_by(settings).targets.of("a/m")
    for _ in range(2):
        target.failed("timeout", 100, 100)
    obstacle = target.obstacle(100)
    assert obstacle is not None
    assert obstacle.until == 107


def test_no_retries_at_all_can_be_wished_for() -> None:
    target = learned_by(ResilienceConfig(retry_percent=0)).targets.of("a/m")
    for _ in range(100):
        target.enter(0)
    assert sum(target.take_retry(0) for _ in range(10)) == 3  # what a quiet target is allowed
