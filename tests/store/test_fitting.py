"""Rows made to fit: what is too long or too large is cut, the rest stays as it is."""

from llms.store.fitting import fitted
from tests.store.conftest import row


def test_a_row_that_fits_stays_as_it_is() -> None:
    assert fitted(row(error=None, cost_usd=None)) == row(error=None, cost_usd=None)


def test_texts_are_cut_to_their_columns_and_lose_what_no_text_may_hold() -> None:
    assert fitted(row(error="e" * 300, key="a\0b", model="m\ud800")) == row(error="e" * 256, key="ab", model="m?")


def test_the_record_itself_is_not_cut() -> None:
    assert fitted(row(detail="d" * 100_000)) == row(detail="d" * 100_000)


def test_numbers_stay_so_small_that_sums_of_them_fit_too() -> None:
    assert fitted(row(prompt_tokens=10**20, attempts=2**40)) == row(prompt_tokens=2**31 - 1, attempts=2**31 - 1)
    assert fitted(row(cached_tokens=-(10**20))).cached_tokens == 1 - 2**31


def test_what_is_true_stays_true() -> None:
    assert fitted(row(stream=True)).stream is True
