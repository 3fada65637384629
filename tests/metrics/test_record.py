"""What a record may hold."""

from dataclasses import fields

from llms.metrics.record import CallRecord


def test_a_record_has_no_place_for_what_was_said_or_for_a_key() -> None:
    assert {field.name for field in fields(CallRecord)} == {
        "id",
        "principal",
        "requested",
        "provider",
        "model",
        "stream",
        "outcome",
        "error",
        "attempts",
        "ttft_s",
        "duration_s",
        "usage",
        "changes",
    }
