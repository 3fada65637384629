"""What a record may hold."""

from llms.metrics.record import CallRecord


def test_a_record_has_no_place_for_what_was_said_or_for_a_key() -> None:
    assert set(CallRecord._fields) == {
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
        "endpoint",
        "started_at",
        "begun",
        "overhead_s",
        "gap_p50_s",
        "gap_p99_s",
        "cancel_s",
        "tokens",
        "cost_usd",
        "tries",
        "decision",
        "traceparent",
    }
