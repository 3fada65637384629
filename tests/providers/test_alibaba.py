"""Alibaba: thinking with a budget."""

from typing import Any

import pytest

from llms.providers.alibaba import AlibabaProvider
from tests.providers.dialect import chat, fields


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ({"reasoning_effort": "none"}, {"enable_thinking": False}, []),
        (
            {"reasoning_effort": "low"},
            {"enable_thinking": True, "thinking_budget": 2048},
            ["emulated reasoning_effort"],
        ),
        ({"enable_thinking": True}, {"enable_thinking": True}, []),
    ],
)
def test_alibaba_thinks_with_a_budget(asked: dict[str, Any], body: dict[str, Any], told: list[str]) -> None:
    assert fields(AlibabaProvider(), chat(**asked)) == (body, told)
