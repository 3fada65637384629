"""The table of request fields: what is renamed, dropped, brought into range, said in another word, and what is told."""

from typing import Any

import pytest

from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import Parameters, say
from tests.providers import dialect


def fitted(parameters: Parameters, **fields: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    body: dict[str, Any] = {"messages": [], **fields}
    changes = parameters.fit(body)
    return {key: value for key, value in body.items() if key != "messages"}, [*changes]


def test_what_no_rule_names_passes() -> None:
    assert fitted(Parameters(), temperature=3, vendor={"a": 1}) == ({"temperature": 3, "vendor": {"a": 1}}, [])


def test_a_field_has_the_vendors_name() -> None:
    parameters = Parameters(renamed={"max_completion_tokens": "max_tokens"})
    assert fitted(parameters, max_completion_tokens=5) == ({"max_tokens": 5}, [])
    assert fitted(parameters, max_completion_tokens=5, max_tokens=7) == ({"max_tokens": 7}, [])


def test_what_the_client_says_wins_over_an_option_by_whatever_name() -> None:
    class Renaming(OpenAiProvider):
        parameters = Parameters(renamed={"max_tokens": "max_completion_tokens"})

    provider = Renaming("http://far/v1", options={"max_completion_tokens": 100, "seed": 7})
    assert dialect.fields(provider, dialect.chat(max_tokens=5)) == ({"seed": 7, "max_completion_tokens": 5}, [])
    assert dialect.fields(provider, dialect.chat()) == ({"seed": 7, "max_completion_tokens": 100}, [])


def test_what_is_dropped_is_told() -> None:
    parameters = Parameters(dropped=frozenset({"seed", "logit_bias", "user"}))
    assert fitted(parameters, seed=7, logit_bias={"5": 1}) == ({}, [("dropped", "logit_bias"), ("dropped", "seed")])


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", 1), ("seed", None), ("logprobs", False), ("logit_bias", {}), ("presence_penalty", 0.0), ("store", False)],
)
def test_leaving_out_what_asks_for_nothing_loses_nothing(name: str, value: Any) -> None:
    assert fitted(Parameters(dropped=frozenset({name})), **{name: value}) == ({}, [])


@pytest.mark.parametrize(("given", "sent"), [(-1, 0), (2.5, 1.5)])
def test_a_number_out_of_range_is_clamped(given: float, sent: float) -> None:
    parameters = Parameters(ranges={"temperature": (0, 1.5)})
    assert fitted(parameters, temperature=given) == ({"temperature": sent}, [("clamped", "temperature")])


@pytest.mark.parametrize("given", [0, 1, 1.5, None, "warm", True])
def test_a_number_in_range_stays_as_does_what_is_none(given: Any) -> None:
    assert fitted(Parameters(ranges={"temperature": (0, 1.5)}), temperature=given) == ({"temperature": given}, [])


def test_a_word_becomes_the_nearest_one_the_vendor_has() -> None:
    parameters = Parameters(words={"reasoning_effort": {"max": "high", "minimal": None}})
    assert fitted(parameters, reasoning_effort="max") == (
        {"reasoning_effort": "high"},
        [("clamped", "reasoning_effort")],
    )
    assert fitted(parameters, reasoning_effort="minimal") == ({}, [("dropped", "reasoning_effort")])
    assert fitted(parameters, reasoning_effort="low") == ({"reasoning_effort": "low"}, [])
    assert say({"a": "b"}, "a", "b") == []
    assert fitted(parameters, reasoning_effort=7) == ({"reasoning_effort": 7}, [])


def test_the_developer_may_have_to_be_the_system() -> None:
    messages = [{"role": "developer", "content": "a"}, {"role": "user", "content": "b"}]
    body = {"messages": messages}
    assert Parameters(developer=False).fit(body) == []
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert messages[0]["role"] == "developer", "the client's messages are left alone"


def test_names_of_participants_may_have_to_go() -> None:
    messages = [{"role": "user", "name": "ann", "content": "b"}, {"role": "tool", "name": "f", "content": "c"}]
    body: dict[str, Any] = {"messages": messages}
    assert Parameters(names=False).fit(body) == [("dropped", "messages[].name")]
    assert body["messages"] == [{"role": "user", "content": "b"}, messages[1]]
    assert messages[0]["name"] == "ann"
    assert Parameters(names=False).fit({"messages": [{"role": "user", "name": None, "content": "b"}]}) == []
