"""What vendors say of their models, as entries of their lists say it."""

from typing import Any

import pytest

from llms.providers.cards import described
from llms.types import ModelCard


def told(**extra: Any) -> dict[str, Any]:
    """Our keys for what a vendor says."""
    found = described(ModelCard("m", "them", extra=extra)).extra
    return {key: found[key] for key in ("context_window", "modalities", "pricing") if key in found}


OPENROUTER = {
    "context_length": 200_000,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"], "tokenizer": "Other"},
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "request": "0", "input_cache_read": "0.0000003"},
    "top_provider": {"context_length": 1_000_000},
}


def test_openrouter() -> None:
    card = described(ModelCard("m", "them", 5, OPENROUTER))
    assert (card.id, card.owned_by, card.created) == ("m", "them", 5)
    assert card.extra == {
        **OPENROUTER,
        "context_window": 200_000,
        "modalities": {"input": ["text", "image"], "output": ["text"]},
        "pricing": {"prompt": 3.0, "completion": 15.0, "cached_prompt": 0.3},
        "vendor_pricing": OPENROUTER["pricing"],
    }


@pytest.mark.parametrize(
    ("extra", "tokens"),
    [
        ({"context_window": 131072, "context_length": 448}, 131072),
        ({"max_context_length": 128000}, 128000),
        ({"max_model_len": 4096}, 4096),
        ({"inputTokenLimit": 1048576}, 1048576),
        ({"max_input_tokens": 200000}, 200000),
        ({"meta": {"n_ctx_train": 8192}}, 8192),
        ({"context_length": None, "metadata": {"context_length": 32768}}, 32768),
        ({"model_spec": {"availableContextTokens": 65536}}, 65536),
        ({"capabilities": {"limits": {"max_context_window_tokens": 64000}}}, 64000),
    ],
)
def test_the_context_window(extra: dict[str, Any], tokens: int) -> None:
    assert told(**extra) == {"context_window": tokens}


@pytest.mark.parametrize("extra", [{}, {"context_length": "8k"}, {"context_length": 0}, {"meta": 5}, {"meta": None}])
def test_what_is_not_known_is_not_told(extra: dict[str, Any]) -> None:
    assert told(**extra) == {}
    assert described(ModelCard("m", "them", extra=extra)).extra == extra


@pytest.mark.parametrize(
    ("extra", "modalities"),
    [
        ({"input_modalities": ["audio"], "output_modalities": ["transcription"]}, (["audio"], ["transcription"])),
        ({"input_modalities": ["TEXT", "IMAGE"]}, (["text", "image"], None)),
        ({"capabilities": {"completion_chat": True, "vision": True}}, (["text", "image"], None)),
        ({"capabilities": {"vision": True, "audio": True}}, (["text", "image", "audio"], None)),
        ({"capabilities": {"audio": True}}, (["text", "audio"], None)),
        ({"capabilities": {"image_input": {"supported": True}}}, (["text", "image"], None)),
        ({"capabilities": ["completion", "vision"]}, (["text", "image"], None)),
        ({"features": ["tools", "vision"]}, (["text", "image"], None)),
        ({"type": "vlm"}, (["text", "image"], None)),
    ],
)
def test_the_modalities(extra: dict[str, Any], modalities: tuple[list[str], list[str] | None]) -> None:
    taken, given = modalities
    assert told(**extra) == {"modalities": {"input": taken, **({"output": given} if given else {})}}


@pytest.mark.parametrize("extra", [{"capabilities": {"vision": False}}, {"type": "llm"}, {"input_modalities": "text"}])
def test_no_modalities(extra: dict[str, Any]) -> None:
    assert told(**extra) == {}


@pytest.mark.parametrize(
    ("pricing", "prices"),
    [
        ({"prompt": "0.00000015", "completion": "0.0000006"}, {"prompt": 0.15, "completion": 0.6}),
        ({"input": "0.000001", "output": "0.000005"}, {"prompt": 1.0, "completion": 5.0}),
        ({"input": 0.88, "output": 0.88, "hourly": 0, "base": 0}, {"prompt": 0.88, "completion": 0.88}),
        ({"input": 0.02}, {"prompt": 0.02}),
        ({"input_tokens": 0.1, "output_tokens": 0.3}, {"prompt": 0.1, "completion": 0.3}),
        ({"input": {"usd": 0.2, "diem": 2}, "output": {"usd": 0.9}}, {"prompt": 0.2, "completion": 0.9}),
        ({"prompt": "0", "completion": "0", "image": "0", "request": "0"}, {"prompt": 0.0, "completion": 0.0}),
        ({"prompt": "0.000001", "input_cache_read": "0.000001"}, {"prompt": 1.0}),
        ({"prompt": "-1", "completion": "-1"}, None),
        ({"prompt": "0", "completion": "0", "image": "0.04"}, None),
        ({"prompt": "cheap"}, None),
        ({"prompt": True, "completion": None}, None),
        ("ask us", None),
        (None, None),
    ],
)
def test_the_prices_per_million_tokens(pricing: Any, prices: dict[str, float] | None) -> None:
    assert told(pricing=pricing) == ({} if prices is None else {"pricing": prices})
    kept = described(ModelCard("m", "them", extra={"pricing": pricing})).extra
    assert kept.get("vendor_pricing", kept.get("pricing")) == pricing


def test_prices_elsewhere_are_found() -> None:
    assert told(metadata={"pricing": {"input_tokens": 1, "output_tokens": 2}}) == {
        "pricing": {"prompt": 1, "completion": 2}
    }


def test_what_another_gateway_has_described_stays_what_it_is() -> None:
    once = described(ModelCard("m", "them", extra=OPENROUTER))
    assert described(once) == once
