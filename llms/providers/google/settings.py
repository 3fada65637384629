"""The fields of a request as Google's `generationConfig` and what stands beside it.

Every field is taken, clamped, told in other words or noted as lost: Google refuses names it does not know. Its own
fields may be given in three ways: by name beside OpenAI's (`safety_settings`, `topK`), inside `google`, or inside
`extra_body.google`, as Google's OpenAI endpoint has it. Source: ai.google.dev, GenerationConfig, 2026-08.
"""

import functools
from collections.abc import Iterable
from typing import Any

from llms.errors import BadRequest
from llms.providers.effort import BUDGETS
from llms.providers.fields import OPENAI_FIELDS, Fields
from llms.providers.google.generation import GoogleModel
from llms.providers.google.tools import told_schema

_MAX_STOPS = 5
_MAX_LOGPROBS = 20
_TIERS = {"default": "standard", "flex": "flex", "priority": "priority"}
_MODALITIES = {"text": "TEXT", "image": "IMAGE", "audio": "AUDIO"}

_BODY_KEYS = (
    "safetySettings",
    "cachedContent",
    "labels",
    "toolConfig",
    "systemInstruction",
    "modelArmorConfig",
    "generationConfig",
)
_CONFIG_KEYS = (
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "topP",
    "presencePenalty",
    "frequencyPenalty",
    "responseLogprobs",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "responseModalities",
    "thinkingConfig",
    "mediaResolution",
    "speechConfig",
    "imageConfig",
    "audioTimestamp",
    "routingConfig",
    "modelSelectionConfig",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
)


def read_settings(fields: Fields, model: GoogleModel) -> dict[str, Any]:
    """The body of a request but for the conversation and the tools. Takes every field that is left.

    Raises `BadRequest` for values that mean nothing.
    """
    native_body, native_config = _native(fields)
    config: dict[str, Any] = {
        "maxOutputTokens": fields.take("max_completion_tokens", "max_tokens"),
        "temperature": fields.take_number("temperature", 0, 2),
        "topP": fields.take("top_p"),
        "stopSequences": fields.take_stops(_MAX_STOPS),
        "seed": fields.take("seed"),
        "presencePenalty": fields.take_number("presence_penalty", -2, 2),
        "frequencyPenalty": fields.take_number("frequency_penalty", -2, 2),
        **_choices(fields),
        **_output(fields, model),
        **_thinking(fields, model, given="thinkingConfig" in native_config),
    }
    config = {key: value for key, value in config.items() if value is not None} | native_config
    tier = _service_tier(fields)
    body: dict[str, Any] = {**({"serviceTier": tier} if tier else {}), **native_body}
    inner = body.pop("generationConfig", None)
    config |= inner if isinstance(inner, dict) else {}
    fields.drop(OPENAI_FIELDS)
    for name in fields.rest():
        fields.note("dropped", name)
    return {"generationConfig": config, **body} if config else body


def _native(fields: Fields) -> tuple[dict[str, Any], dict[str, Any]]:
    """Google's own fields: those that stand in the body, and those of the `generationConfig`."""
    nested = fields.take("extra_body")
    inner: dict[str, Any] = {}
    for holder in (nested.get("google") if isinstance(nested, dict) else None, fields.take("google")):
        inner |= holder if isinstance(holder, dict) else {}
    if isinstance(nested, dict) and nested.keys() - {"google"}:
        fields.note("dropped", "extra_body")
    found: list[dict[str, Any]] = []
    for keys in (_BODY_KEYS, _CONFIG_KEYS):
        found.append({})
        for key in keys:
            value = fields.take(key, _snake(key))
            value = inner.pop(key, inner.pop(_snake(key), value))
            if value is not None:
                found[-1][key] = value
    for name in inner:
        fields.note("dropped", f"google.{name}")
    return found[0], found[1]


@functools.cache
def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def _choices(fields: Fields) -> dict[str, Any]:
    """How many answers, and how likely their tokens were."""
    count = fields.take("n")
    told: dict[str, Any] = {"candidateCount": count if count != 1 else None}
    likeliest = fields.take_number("top_logprobs", 0, _MAX_LOGPROBS)
    if fields.take("logprobs"):
        told["responseLogprobs"] = True
        told["logprobs"] = likeliest
    return told


def _output(fields: Fields, model: GoogleModel) -> dict[str, Any]:
    """The form of the answer: JSON, by which schema, sound or images."""
    return {**_format(fields.take("response_format"), fields, model), **_modalities(fields)}


def _format(wanted: Any, fields: Fields, model: GoogleModel) -> dict[str, Any]:
    kind = wanted.get("type") if isinstance(wanted, dict) else wanted
    if kind in (None, "text"):
        return {}
    if kind == "json_object":
        return {"responseMimeType": "application/json"}
    described = wanted.get("json_schema") if isinstance(wanted, dict) else None
    if kind != "json_schema" or not isinstance(described, dict):
        raise BadRequest("'response_format' must be text, json_object or json_schema", param="response_format")
    schema = described.get("schema")
    if not isinstance(schema, dict):
        return {"responseMimeType": "application/json"}
    suffix, told = told_schema(schema, fields, model, "response_format.json_schema.schema")
    return {"responseMimeType": "application/json", f"response{suffix or 'Schema'}": told}


def _modalities(fields: Fields) -> dict[str, Any]:
    wanted = fields.take("modalities")
    audio = fields.take("audio")
    listed = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    if audio is not None and not (listed and "audio" in wanted):
        fields.note("dropped", "audio")
    if not listed or set(wanted) == {"text"}:
        return {}
    told: dict[str, Any] = {"responseModalities": [_MODALITIES.get(str(each), str(each).upper()) for each in wanted]}
    if "audio" in wanted:
        told["responseModalities"] = ["AUDIO"]  # models that speak give no text beside
        if isinstance(audio, dict) and isinstance(audio.get("voice"), str):
            told["speechConfig"] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": audio["voice"]}}}
        if isinstance(audio, dict) and audio.get("format") not in (None, "pcm16"):
            fields.note("dropped", "audio.format")
    return told


def _thinking(fields: Fields, model: GoogleModel, *, given: bool) -> dict[str, Any]:
    """The `thinkingConfig` for an effort: a level or a budget, never both. Who asks for an effort is shown thoughts."""
    effort = fields.take_effort()
    if effort is None:
        return {}
    if given or not (model.thinks_in_levels or model.thinks_in_tokens):
        if effort != "none" or given:
            fields.note("dropped", "reasoning_effort")
        return {}
    if model.thinks_in_levels:
        level, exact = model.level(effort)
        if not exact:
            fields.note("clamped", "reasoning_effort")
        return {"thinkingConfig": {"thinkingLevel": level, "includeThoughts": effort != "none"}}
    least, most = model.budgets
    asked = 0 if effort == "none" else BUDGETS[effort]
    budget = min(max(asked, least), most)
    if budget != asked:
        fields.note("clamped", "reasoning_effort")
    return {"thinkingConfig": {"thinkingBudget": budget, "includeThoughts": effort != "none"}}


def _service_tier(fields: Fields) -> str | None:
    """OpenAI's tiers under Google's names; `auto` is what happens unasked."""
    tier = fields.take("service_tier")
    if tier in (None, "auto"):
        return None
    if tier == "standard" or tier in _TIERS:
        return _TIERS.get(tier, "standard")
    fields.note("dropped", "service_tier")
    return None
