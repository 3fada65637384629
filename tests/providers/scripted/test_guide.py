import pytest

from llms.providers.presets import PRESETS
from llms.providers.scripted.guide import FILE, JAVASCRIPT, PYTHON, SHELL, TOOLS, environment, guide, thoughts


def test_a_greeting_gets_all_a_newcomer_needs() -> None:
    text = guide("Hello!", tools=[])
    assert environment() in text
    assert FILE in text
    assert PYTHON in text


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Show me Python code", PYTHON),
        ("and in TypeScript?", JAVASCRIPT),
        ("with curl please", SHELL),
        ("how do function calls work?", TOOLS),
        ("where do I put my API key?", FILE),
    ],
)
def test_a_question_gets_the_part_it_asks_for(question: str, part: str) -> None:
    assert part in guide(question, tools=[])


def test_a_question_for_code_gets_no_configuration() -> None:
    assert FILE not in guide("Show me code", tools=[])


def test_tools_that_are_offered_are_named() -> None:
    assert "Your request offers one tool, `weather`." in guide("Hello", tools=["weather"])
    assert "`a`, `b`, `c`, `d`, `e` and 2 more" in guide("Hello", tools=[*"abcdefg"])


def test_every_cloud_provider_is_listed_with_its_variable() -> None:
    for preset in PRESETS.values():
        if preset.env and not preset.keyless:
            assert f"| {preset.title} | `{preset.env[0]}` |" in environment()


def test_more_effort_gives_longer_thoughts() -> None:
    lengths = [len(thoughts("Why?", effort)) for effort in ("low", "medium", "high")]
    assert lengths == sorted(set(lengths))


def test_a_long_question_is_not_repeated_whole() -> None:
    assert len(thoughts("why " * 1000, "low")) < 300
