import pytest

from llms.errors import Rejected
from llms.providers.scripted.settings import Choice, Number, Parameters, read_model, whole_field

PARAMETERS: Parameters = {
    "gap_ms": Number("pause", 20, 0, 1000),
    "count": Number("how many", None, 1, 9, whole=True),
    "form": Choice("which", "short", ("short", "long")),
}


def test_a_plain_name_has_every_default() -> None:
    asked = read_model("guide", lambda name: PARAMETERS)
    assert asked.name == "guide"
    assert (asked.number("gap_ms"), asked.seconds("gap_ms")) == (20, 0.02)
    assert (asked.count("count"), asked.word("form")) == (None, "short")


def test_parameters_follow_a_question_mark() -> None:
    asked = read_model("a/b:c?gap_ms=2.5&form=long&count=3", lambda name: PARAMETERS)
    assert asked.name == "a/b:c"
    assert (asked.number("gap_ms"), asked.count("count"), asked.word("form")) == (2.5, 3, "long")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("gap=1", "gap is no parameter of guide; it has gap_ms, count, form"),
        ("gap_ms=-1", "gap_ms must be a number from 0 to 1000, not '-1'"),
        ("gap_ms=nan", "gap_ms must be a number from 0 to 1000, not 'nan'"),
        ("gap_ms", "gap_ms must be a number from 0 to 1000, not ''"),
        ("count=2.5", "count must be a whole number from 1 to 9, not '2.5'"),
        ("form=tall", "form must be one of short, long, not 'tall'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(query: str, message: str) -> None:
    with pytest.raises(Rejected) as raised:
        read_model(f"guide?{query}", lambda name: PARAMETERS)
    assert str(raised.value) == message
    assert (raised.value.status, raised.value.param) == (400, "model")


def test_a_whole_field_may_be_missing_or_null() -> None:
    assert whole_field({}, "n") is None
    assert whole_field({"n": None}, "n") is None
    assert whole_field({"n": 3}, "n", 8) == 3


@pytest.mark.parametrize("value", [0, -1, 9, "2", 1.5, True])
def test_a_field_that_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(Rejected, match="n must be a whole number from 1 to 8") as raised:
        whole_field({"n": value}, "n", 8)
    assert raised.value.param == "n"


def test_a_field_without_a_highest_value_only_has_a_lowest() -> None:
    with pytest.raises(Rejected, match="max_tokens must be a whole number at least 1"):
        whole_field({"max_tokens": 0}, "max_tokens")
