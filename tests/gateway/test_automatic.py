"""The model `auto` over the providers there are."""

from typing import Any

import pytest

from llms.config import Config
from llms.errors import ConfigError, UnknownModel
from llms.gateway import Gateway, build
from llms.types import Call
from tests.fakes.far import FarEnds, friendly, listing

KEYS = {"OPENAI_API_KEY": "a", "PERPLEXITY_API_KEY": "b", "GEMINI_API_KEY": "c"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


async def gateway(config: Any = None, answers: Any = None, environ: Any = None) -> Gateway:
    far = FarEnds(answers or {})
    return await build(Config.model_validate(config or {}), environ=environ, transport=far.transport)


async def told(here: Gateway, content: Any) -> dict[str, Any]:
    return await here.planner.explain(
        Call("id", {"model": "auto", "messages": [{"role": "user", "content": content}]}, False)
    )


async def chosen(here: Gateway, content: Any) -> str:
    found = await told(here, content)
    return f"{found['provider']}/{found['model']}"


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("What's happening in Delhi today?", "perplexity"),
        ("What are recent events in Delhi?", "perplexity"),
        ("Explain machine learning", "openai"),
        ("Write a story about a robot", "google"),
    ],
)
async def test_keys_are_all_it_needs(text: str, provider: str) -> None:
    here = await gateway(environ=KEYS)
    found = await told(here, text)
    assert found["provider"] == provider
    assert len({each["provider"] for each in found["candidates"]}) == 3  # the others are fallbacks


async def test_the_explanation_says_what_was_found() -> None:
    found = await told(await gateway(environ=KEYS), "Write a story about a robot")
    assert (found["strategy"], found["need"]) == ("auto", "creative")
    assert found["reason"] == "creative: it asks for something made up"
    assert found["needs"][0]["signs"] == ["Write a story", "story"]


async def test_the_record_of_a_call_holds_no_word_of_it() -> None:
    here = await gateway(environ=KEYS)
    call = Call("id", {"model": "auto", "messages": [{"role": "user", "content": "Tell me a joke about Bob"}]}, False)
    await here.planner.plan(call)
    assert "Bob" not in repr(call.decision)
    assert "joke" not in repr(call.decision)


async def test_the_configuration_may_say_who_serves_what() -> None:
    config = {
        "providers": {
            "a": {"base_url": "http://a/v1", "models": {"big": "big-2026"}},
            "b": {"base_url": "http://b/v1"},
        },
        "auto": {"fresh": {"routes": ["b/web"], "words": ["gossip"]}, "general": ["a/big"]},
    }
    here = await gateway(config)
    assert await chosen(here, "any gossip?") == "b/web"
    assert await chosen(here, "Why?") == "a/big-2026"


async def test_a_route_to_nobody_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"auto\.code\.routes\[1\]"):
        await gateway({"providers": {"a": {"base_url": "http://a/v1"}}, "auto": {"code": ["a/x", "gone/y"]}})


async def test_a_need_that_nobody_serves_is_served_as_all_else() -> None:
    found = await told(await gateway(environ={"OPENAI_API_KEY": "a"}), "latest news")
    assert found["provider"] == "openai"
    assert found["reason"] == "fresh: it asks for what is happening now; general: it asks for nothing special"


async def test_without_any_provider_the_demo_answers() -> None:
    assert await chosen(await gateway({"discover": False}), "hi") == "demo/guide"


async def test_a_model_that_takes_no_images_is_passed_over() -> None:
    config = {"providers": {"a": {"base_url": "http://a/v1"}, "b": {"base_url": "http://b/v1"}}}
    answers = {
        "a": listing("x", architecture={"input_modalities": ["text"]}),
        "b": listing("y", architecture={"input_modalities": ["text", "image"]}),
    }
    here = await gateway(config, answers)
    await here.models()
    found = await told(here, [PICTURE])
    assert (found["provider"], found["need"]) == ("b", "images")
    assert found["candidates"][-1] == {"provider": "a", "model": "x", "kept": False, "reason": "it takes no images"}
    assert await chosen(here, "no picture") == "a/x"


async def test_a_context_that_is_too_small_is_passed_over() -> None:
    config = {"providers": {"a": {"base_url": "http://a/v1"}, "b": {"base_url": "http://b/v1"}}}
    answers = {"a": listing("x", context_length=8000), "b": listing("y", context_length=200_000)}
    here = await gateway(config, answers)
    await here.models()
    assert await chosen(here, "word " * 10_000) == "b/y"


async def test_it_is_listed_where_there_is_something_to_choose_from() -> None:
    assert "auto" in [card.id for card in await (await gateway(environ=KEYS)).models()]
    assert "auto" not in [card.id for card in await (await gateway({"discover": False})).models()]


async def test_a_public_name_of_that_kind_means_what_the_configuration_says() -> None:
    config = {"providers": {"a": {"base_url": "http://a/v1"}}, "models": {"auto": "a/x"}}
    here = await gateway(config)
    assert [str(route) for route in await here.routes("auto")] == ["a/x"]
    assert [card.id for card in await here.models()].count("auto") == 1


async def test_it_is_for_chats_only() -> None:
    here = await gateway(environ=KEYS)
    with pytest.raises(UnknownModel):
        await here.planner.plan(Call("id", {"model": "auto", "messages": []}, False, endpoint="embeddings"))


async def test_it_serves() -> None:
    config = {"providers": {"a": {"base_url": "http://a/v1", "models": ["big"]}}}
    here = await gateway(config, {"a": friendly})
    call = Call("id", {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}, True)
    async with here.call(call) as chunks:
        assert [chunk async for chunk in chunks]
    assert str(call.route) == "a/big"
    await here.close()
