import pytest

from llms.errors import BadRequest
from llms.providers.effort import BUDGETS, EFFORTS, effort_of


@pytest.mark.parametrize("effort", EFFORTS)
def test_the_effort_of_a_request_is_its_word(effort: str) -> None:
    assert effort_of({"reasoning_effort": effort}) == effort


def test_it_may_come_in_the_form_of_the_responses_api() -> None:
    assert effort_of({"reasoning": {"effort": "low"}}) == "low"


def test_most_requests_have_none() -> None:
    assert effort_of({}) is None
    assert effort_of({"reasoning": {"exclude": True}}) is None


def test_an_unknown_word_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(BadRequest, match="none, minimal, low") as refused:
        effort_of({"reasoning_effort": "enormous"})
    assert refused.value.param == "reasoning_effort"


def test_more_effort_never_means_a_smaller_budget() -> None:
    budgets = [BUDGETS[effort] for effort in EFFORTS if effort in BUDGETS]
    assert budgets == sorted(budgets)
