from typing import Any

import pytest

from llms.config.references import Unresolved, resolve, resolve_all

ENVIRON = {"KEY": "abc", "HOST": "there", "EMPTY": "", "TRICKY": "${KEY} $$", "lower": "low"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${KEY}", "abc"),
        ("http://${HOST}/${KEY}", "http://there/abc"),
        ("${NONE:-default}", "default"),
        ("${KEY:-default}", "abc"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY:-}", ""),
        ("${NONE:-http://a:1/b?c=d e}", "http://a:1/b?c=d e"),
        ("$KEY", "abc"),
        ("os.environ/KEY", "abc"),
        ("${lower}", "low"),
        ("$KEY and more", "$KEY and more"),
        ("see os.environ/KEY", "see os.environ/KEY"),
        ("costs $5, or pa$word", "costs $5, or pa$word"),
        ("$$KEY", "$KEY"),
        ("$${KEY}", "${KEY}"),
        ("a$$b", "a$b"),
        ("${TRICKY}", "${KEY} $$"),
        ("", ""),
    ],
)
def test_a_reference_is_replaced(text: str, meant: str) -> None:
    assert resolve(text, ENVIRON) == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${NONE}", "NONE is not set; set it, or write ${NONE:-default}"),
        ("$NONE", "NONE is not set"),
        ("os.environ/NONE", "NONE is not set"),
        ("${EMPTY}", "EMPTY is empty"),
        ("${KEY", "is written"),
        ("${}", "is written"),
        ("${KEY:default}", "is written"),
        ("${KEY:-${HOST}}", "is written"),
        ("${9A}", "is written"),
    ],
)
def test_a_reference_that_leads_nowhere_says_so(text: str, message: str) -> None:
    with pytest.raises(Unresolved) as unresolved:
        resolve(text, ENVIRON)
    assert message in str(unresolved.value)


@pytest.mark.parametrize("secret", ["$canary123", "${canary123}"])
def test_a_secret_that_begins_with_a_dollar_sign_is_not_quoted(secret: str) -> None:
    with pytest.raises(Unresolved) as unresolved:
        resolve(secret, {})
    assert "canary123" not in str(unresolved.value)
    assert "$$" in str(unresolved.value)


def test_every_text_in_a_tree_is_looked_at_and_every_fault_reported() -> None:
    faults: list[tuple[Any, str]] = []
    tree = {"a": ["${KEY}", 1, {"b": "$NONE"}], "c": "${NOT}", 5: None}
    resolved = resolve_all(tree, ENVIRON, lambda path, message: faults.append((path, message)))
    assert resolved == {"a": ["abc", 1, {"b": "$NONE"}], "c": "${NOT}", 5: None}
    assert [path for path, _ in faults] == [("a", 2, "b"), ("c",)]
    assert tree["a"][0] == "${KEY}"  # type: ignore[index]  # it is the list above
