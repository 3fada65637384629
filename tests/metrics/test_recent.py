"""The last calls in memory: the newest first, the oldest forgotten, found by id."""

from llms.metrics.recent import Recent
from tests.metrics.records import record


def test_the_newest_come_first() -> None:
    recent = Recent()
    for name in ("a", "b", "c"):
        recent.finished(record(name))
    assert [each.id for each in recent.last(2)] == ["c", "b"]
    assert [each.id for each in recent.last(99)] == ["c", "b", "a"]


def test_the_oldest_are_forgotten() -> None:
    recent = Recent(kept=2)
    for name in ("a", "b", "c"):
        recent.finished(record(name))
    assert len(recent) == 2
    assert recent.find("a") is None
    assert recent.find("b") is not None


def test_of_two_calls_with_one_id_the_last_is_found_also_when_the_first_is_forgotten() -> None:
    recent = Recent(kept=2)
    recent.finished(record("same", model="first"))
    recent.finished(record("same", model="second"))
    recent.finished(record("other"))
    found = recent.find("same")
    assert found is not None
    assert found.model == "second"


def test_a_call_is_found_by_its_owner_though_another_one_used_its_id_since() -> None:
    recent = Recent()
    recent.finished(record("same", principal="blue"))
    recent.finished(record("same", principal="red"))
    found = recent.find("same", "blue")
    assert found is not None
    assert found.principal == "blue"
    assert recent.find("same", "green") is None
