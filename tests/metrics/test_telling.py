"""A record in other words: nothing of it is lost on its way to the store and to the API."""

from typing import Any

from llms.metrics.telling import recalled, row, told
from llms.metrics.tokens import Tokens
from llms.types import Candidate, Decision
from tests.metrics.records import attempt, record


def test_a_record_comes_back_from_its_row_as_it_was() -> None:
    tries = (
        attempt(ended=100.2, error="upstream_error", status=500),
        attempt("retry", started=101.0, answered=101.5, ended=103.0, waited_s=0.8),
    )
    decision = Decision("ordered", "as configured", (Candidate("openai/gpt-4o-mini", kept=True, reason="first"),))
    sent = record(
        tries=tries,
        begun=100.0,
        decision=decision,
        changes=(("dropped", "seed"),),
        tokens=Tokens(prompt=3, completion=4, cached=1, reasoning=2, estimated=True),
        usage={"prompt_tokens": 3},
        cost_usd=0.5,
        overhead_s=0.001,
        gap_p50_s=0.02,
        gap_p99_s=0.2,
        cancel_s=0.003,
        endpoint="embeddings",
        requested="x" * 600,
        error="idle",
        ttft_s=0.0015309999,
    )
    made = row(sent)
    assert (made.day, made.ttft_ms, made.duration_ms) == ("2025-11-21", 1.53, 2000.0)
    assert (made.retries, made.fallbacks, made.cost_usd, made.estimated) == (1, 0, 0.5, True)
    assert made.requested == "x" * 512
    assert recalled(made) == sent
    assert recalled(row(record())) == record()


def test_a_usage_that_cannot_be_written_holds_nothing_up() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    assert recalled(row(record(usage={"prompt_tokens": 3, "vendor": deep}))) == record()


def test_a_row_of_another_form_tells_what_its_columns_say() -> None:
    kept = row(record())._replace(detail='{"object":"llms.call","attempts":[{"kind":"first"}],"decision":null}')
    assert recalled(kept) == record()


def test_a_record_is_told_with_every_attempt_and_why_it_went_there() -> None:
    tries = (
        attempt(ended=100.2, error="upstream_error", status=500),
        attempt("retry", started=101.0, answered=101.5, ended=103.0, waited_s=0.8),
    )
    decision = Decision("ordered", "as configured", (Candidate("openai/gpt-4o-mini", kept=True, reason="first"),))
    answer = told(record(tries=tries, begun=100.0, decision=decision, changes=(("dropped", "seed"),)))
    assert answer["attempts"][0]["status"] == 500
    assert answer["attempts"][1] == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "kind": "retry",
        "started_ms": 1000.0,
        "waited_ms": 800.0,
        "ttft_ms": 500.0,
        "duration_ms": 2000.0,
        "error": None,
        "status": None,
    }
    assert answer["decision"]["candidates"] == [{"route": "openai/gpt-4o-mini", "kept": True, "reason": "first"}]
    assert answer["translation"] == [{"action": "dropped", "field": "seed"}]


def test_what_is_not_known_is_null() -> None:
    answer = told(record(ttft_s=None))
    assert (answer["ttft_ms"], answer["cost_usd"], answer["decision"], answer["attempts"]) == (None, None, None, [])


def test_an_endpoint_is_named_as_its_path() -> None:
    assert told(record())["endpoint"] == "chat/completions"
    assert told(record(endpoint="embeddings"))["endpoint"] == "embeddings"
