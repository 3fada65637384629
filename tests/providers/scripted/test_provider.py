from collections.abc import Mapping
from typing import Any, ClassVar

from llms.providers.scripted.provider import ScriptedProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer


class Parrot(ScriptedProvider):
    type: ClassVar[str] = "parrot"

    def named_models(self) -> Mapping[str, str]:
        return {"grey": "repeats"}

    def answer(self, body: dict[str, Any]) -> Answer:
        message = {"role": "assistant", "content": body["messages"][-1]["content"]}
        return json_answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


async def test_the_answer_of_the_far_end_is_the_answer() -> None:
    completion = await Parrot().chat({"model": "grey", "messages": [{"role": "user", "content": "Hi"}]})
    assert completion["choices"][0]["message"]["content"] == "Hi"


async def test_the_named_models_are_listed_with_what_they_do() -> None:
    (card,) = await Parrot().list_models()
    assert (card.id, card.owned_by, card.extra) == ("grey", "llms", {"description": "repeats"})


async def test_a_transport_that_is_given_is_used() -> None:
    other = ScriptedTransport("other", lambda request: json_answer({"data": [{"id": "blue"}]}))
    assert [card.id for card in await Parrot(transport=other, name="mine").list_models()] == ["blue"]


def test_it_needs_no_address_no_key_and_no_network() -> None:
    assert (Parrot.needs_key, Parrot.needs_base_url, Parrot.uses_network) == (False, False, False)
    assert Parrot().base_url == ""
