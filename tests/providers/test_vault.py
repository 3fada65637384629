from typing import Any

from llms.providers.vault import Vault
from llms.types import Chat, Completion

FIELDS = frozenset({"thinking_blocks", "extra_content"})
THOUGHT = [{"type": "thinking", "thinking": "hm", "signature": "sig"}]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(*call_ids: str, content: str | None = None, call: dict[str, Any] | None = None, **state: Any) -> Completion:
    calls = [{"id": each, "type": "function", "function": {"name": "f"}, **(call or {})} for each in call_ids]
    message = {"role": "assistant", "content": content, **state, **({"tool_calls": calls} if calls else {})}
    return {"choices": [{"index": 0, "message": message}]}


def history(*call_ids: str, content: str | None = None, **extras: Any) -> Chat:
    """What a client that only knows OpenAI's fields sends back."""
    calls = [{"id": each, "type": "function", "function": {"name": "f"}} for each in call_ids]
    message = {"role": "assistant", "content": content, **({"tool_calls": calls} if calls else {}), **extras}
    return {"model": "m", "messages": [{"role": "user", "content": "q"}, message]}


def restored(vault: Vault, chat: Chat, owner: str = "a", vendor: str = "v") -> dict[str, Any]:
    return vault.restore(owner, vendor, chat)["messages"][1]


def test_state_is_found_by_any_of_a_turns_tool_calls() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", "c2", thinking_blocks=THOUGHT), FIELDS)
    assert restored(vault, history("c2"))["thinking_blocks"] == THOUGHT


def test_state_of_a_turn_without_calls_is_found_by_what_it_said() -> None:
    vault = Vault()
    vault.keep("a", "v", answer(content="Hello.", thinking_blocks=THOUGHT), FIELDS)
    assert restored(vault, history(content="Hello."))["thinking_blocks"] == THOUGHT
    assert "thinking_blocks" not in restored(vault, history(content="Bye."))


def test_state_of_a_single_call_returns_to_that_call() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", call={"extra_content": {"google": {"thought_signature": "s"}}}), FIELDS)
    assert restored(vault, history("c1"))["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "s"}}


def test_what_the_client_sends_back_itself_wins() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", thinking_blocks=THOUGHT), FIELDS)
    assert restored(vault, history("c1", thinking_blocks=["own"]))["thinking_blocks"] == ["own"]


def test_state_belongs_to_its_owner_and_its_vendor() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", thinking_blocks=THOUGHT), FIELDS)
    assert "thinking_blocks" not in restored(vault, history("c1"), owner="b")
    assert "thinking_blocks" not in restored(vault, history("c1"), vendor="w")


def test_an_answer_without_state_leaves_nothing() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", content="x"), FIELDS)
    vault.keep("a", "v", {"choices": []}, FIELDS)
    assert len(vault) == 0


def test_the_oldest_turns_make_room() -> None:
    vault = Vault(max_turns=3)
    for number in range(10):
        vault.keep("a", "v", answer(f"c{number}", thinking_blocks=THOUGHT), FIELDS)
    assert len(vault) == 3
    assert "thinking_blocks" not in restored(vault, history("c0"))
    assert "thinking_blocks" in restored(vault, history("c9"))


def test_size_is_bounded_too() -> None:
    vault = Vault(max_bytes=10_000)
    for number in range(100):
        vault.keep("a", "v", answer(f"c{number}", thinking_blocks=["x" * 1000]), FIELDS)
    assert 0 < len(vault) < 10


def test_state_is_forgotten_after_its_lifetime() -> None:
    clock = Clock()
    vault = Vault(lifetime_s=60, clock=clock)
    vault.keep("a", "v", answer("c1", thinking_blocks=THOUGHT), FIELDS)
    clock.now = 61
    assert "thinking_blocks" not in restored(vault, history("c1"))
    assert len(vault) == 0


def test_the_clients_own_request_is_left_as_it_is() -> None:
    vault = Vault()
    vault.keep("a", "v", answer("c1", thinking_blocks=THOUGHT), FIELDS)
    chat = history("c1")
    restored(vault, chat)
    assert chat == history("c1")
