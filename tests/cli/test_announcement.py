from llms import jsonio
from llms.cli.announcement import announcement, announcement_json
from tests.cli.fakes import gateway

URL = "http://127.0.0.1:8000"


async def test_it_says_where_what_and_how_to_add_more() -> None:
    environ = {"GROQ_API_KEY": "gsk_secret"}
    lines = list(announcement(URL, await gateway({"discover": True}, environ=environ), environ))
    text = "\n".join(lines)
    assert lines[0].endswith(URL)
    assert f"{URL}/v1" in text
    assert "any key will do" in text
    assert "groq  key from GROQ_API_KEY" in text
    assert "OPENAI_API_KEY" in text
    assert "no file" in text
    assert "gsk_secret" not in text
    assert "chaos" not in text


async def test_it_names_only_what_is_enough_by_itself() -> None:
    environ = {"OPENAI_API_KEY": "sk-secret", "ANTHROPIC_API_KEY": "sk-secret"}
    found = "\n".join(announcement(URL, await gateway({"discover": True}, environ=environ), environ))
    settings = {"providers": {"openai": {"api_key": "secret"}, "anthropic": {"api_key": "secret"}}}
    named = "\n".join(announcement(URL, await gateway(settings), {}))
    assert "OPENROUTER_API_KEY" in found
    assert "`openrouter: {}`" in named
    assert "AZURE" not in found + named  # it wants an address too


async def test_a_file_is_where_more_is_added_where_a_file_says_what_there_is() -> None:
    settings = {"providers": {"mine": {"base_url": "http://mine/v1"}}, "auth": {"keys": ["secret"]}}
    text = "\n".join(announcement(URL, await gateway(settings), {}))
    assert "`openai: {}`" in text
    assert "with one of the keys" in text
    assert "secret" not in text


async def test_the_same_for_machines() -> None:
    told = jsonio.loads(announcement_json(URL, await gateway({"discover": False})))
    assert told["url"] == URL
    assert told["providers"] == ["demo", "chaos"]
    assert told["config"] is None
