"""What is remembered of targets, and for how many."""

import pytest

from llms.resilience.targets import Learning, LocalTarget, LocalTargets


def targets(remembered: int = 3) -> LocalTargets:
    return LocalTargets(clock=lambda: 0.0, remembered=remembered)


def answering(target: LocalTarget, seconds: float, times: int = 1, at: float = 100.0, *, stream: bool = True) -> None:
    for _ in range(times):
        target.enter(at - seconds)
        target.answered(at - seconds, at, stream=stream)
        target.leave(at - seconds)


def test_a_name_means_the_same_target() -> None:
    here = targets()
    assert here.of("a/x") is here.of("a/x")
    assert here.of("a/x") is not here.of("a/y")


def test_the_one_used_longest_ago_is_forgotten() -> None:
    here = targets()
    first, second = here.of("a"), here.of("b")
    here.of("c")
    here.of("a")
    here.of("d")
    assert here.of("a") is first
    assert here.of("b") is not second


def test_one_in_use_is_not_forgotten() -> None:
    here = targets()
    first = here.of("a")
    first.enter(0)
    for name in "bcdef":
        here.of(name)
    assert here.of("a") is first


def test_a_budget_of_hedges_belongs_to_a_model_and_there_are_so_many() -> None:
    here = targets()
    budget = here.hedges("fast")
    budget.earn(1)
    assert here.hedges("fast").has_one()
    for name in "bcd":
        here.hedges(name)
    assert not here.hedges("fast").has_one()


def test_requests_in_flight_are_counted() -> None:
    target = targets().of("a")
    target.enter(1)
    target.enter(2)
    assert target.in_flight == 2
    target.leave(1)
    assert target.in_flight == 1


def test_the_typical_time_is_known_after_a_few_answers_and_not_for_ever() -> None:
    target = targets().of("a")
    answering(target, 0.2, 4)
    assert target.typical_s(100) is None
    answering(target, 0.2)
    assert target.typical_s(100) == pytest.approx(0.2, rel=0.15)
    assert target.typical_s(401) is None


def test_whole_answers_tell_of_targets_that_nobody_streams_from() -> None:
    target = targets().of("a")
    answering(target, 3, 5, stream=False)
    assert target.typical_s(100) == pytest.approx(3, rel=0.15)
    answering(target, 0.2, 5)
    assert target.typical_s(100) == pytest.approx(0.2, rel=0.15)


def test_patience_takes_twenty_first_tokens() -> None:
    target = targets().of("a")
    answering(target, 2, 40, stream=False)
    answering(target, 0.2, 19)
    assert target.patience_s() is None
    answering(target, 1)
    assert target.patience_s() == pytest.approx(0.2, rel=0.15)


def test_the_quickest_answer_is_told_for_each_kind_of_answer() -> None:
    target = targets().of("a")
    assert target.quickest_s(stream=True) == 0
    answering(target, 0.2, 30)
    answering(target, 4, 30, stream=False)
    assert target.quickest_s(stream=True) == pytest.approx(0.2, rel=0.15)
    assert target.quickest_s(stream=False) == pytest.approx(4, rel=0.15)


def test_what_was_not_waited_for_counts_as_that_long() -> None:
    target = targets().of("a")
    for _ in range(20):
        target.waited(30, 100, stream=True)
    assert target.patience_s() == pytest.approx(30, rel=0.15)


def test_the_share_that_may_be_retried_is_configurable() -> None:
    target = LocalTargets(Learning(retry_share=1.0), clock=lambda: 0.0).of("a")
    while target.take_retry(0):
        pass
    target.enter(0)
    assert target.may_retry(0)
    target.take_retry(0)
    target.enter(0, retry=True)  # retries do not pay for retries
    assert not target.may_retry(0)


def test_those_in_trouble_are_told() -> None:
    here = targets()
    answering(here.of("good"), 1)
    for _ in range(5):
        here.of("bad").failed("timeout", 10, 10)
    assert {name: [each.cause for each in found] for name, found in here.troubled(10).items()} == {"bad": ["timeout"]}
    assert not here.of("bad").clear
    answering(here.of("bad"), 1, at=50)
    assert here.troubled(50) == {}


def test_a_pause_that_is_over_is_no_trouble() -> None:
    here = targets()
    here.of("a").failed("rate_limit", 10, 10, 5)
    assert list(here.troubled(12)) == ["a"]
    assert here.troubled(16) == {}
