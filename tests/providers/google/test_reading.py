"""What Google answers, response by response, as chunks."""

import base64
from typing import Any

import pytest

from llms.errors import AccessDenied, Malformed, RateLimited, Rejected, Unavailable, UpstreamError
from llms.providers.google.reading import GoogleMemo, chunk_of
from llms.types import Chat

CHAT: Chat = {"model": "gemini-2.5-flash", "messages": []}


def memo(**settings: Any) -> GoogleMemo:
    return GoogleMemo(CHAT, **settings)


def response(*parts: dict[str, Any], finish: Any = None, **candidate: Any) -> dict[str, Any]:
    told = {"content": {"role": "model", "parts": list(parts)}, **candidate}
    return {
        "candidates": [{**told, "finishReason": finish} if finish else told],
        "responseId": "r",
        "modelVersion": "m",
    }


def read(*responses: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    known = memo(**settings)
    chunks = [chunk_of(each, known) for each in responses]
    return [chunk for chunk in chunks if chunk is not None]


def deltas(*responses: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in read(*responses, **settings)]


def call(name: str = "", **function: Any) -> dict[str, Any]:
    return {"functionCall": {**({"name": name} if name else {}), **function}}


def test_a_text_is_content() -> None:
    assert read(response({"text": "hi"})) == [
        {"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}]}
    ]


def test_a_thought_is_reasoning() -> None:
    assert deltas(response({"text": "hm", "thought": True}, {"text": "hi"})) == [
        {"reasoning_content": "hm", "content": "hi"}
    ]


def test_texts_of_one_response_are_one() -> None:
    assert deltas(response({"text": "a"}, {"text": ""}, {"text": "b"})) == [{"content": "ab"}]


def test_candidates_are_choices() -> None:
    body = {
        "candidates": [
            {"index": 0, "content": {"parts": [{"text": "a"}]}},
            {"index": 1, "content": {"parts": [{"text": "b"}]}, "finishReason": "STOP"},
        ]
    }
    (chunk,) = read(body)
    assert [(each["index"], each["delta"], each["finish_reason"]) for each in chunk["choices"]] == [
        (0, {"content": "a"}, None),
        (1, {"content": "b"}, "stop"),
    ]


@pytest.mark.parametrize("candidate", [{}, {"content": None}, {"content": {}}, {"content": {"parts": None}}])
def test_a_candidate_without_parts_says_nothing(candidate: dict[str, Any]) -> None:
    (chunk,) = read({"candidates": [{**candidate, "finishReason": "MAX_TOKENS"}]})
    assert chunk["choices"] == [{"index": 0, "delta": {}, "finish_reason": "length"}]


def test_calls_are_counted_over_all_responses() -> None:
    told = deltas(
        response(call("f", args={"a": 1}, id="x"), call("g")),
        response(call("h", args={}), finish="STOP"),
    )
    assert [piece for delta in told for piece in delta["tool_calls"]] == [
        {"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
        {"index": 1, "id": "", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        {"index": 2, "id": "", "type": "function", "function": {"name": "h", "arguments": "{}"}},
    ]


def test_a_calls_signature_goes_with_it() -> None:
    ((piece,),) = [delta["tool_calls"] for delta in deltas(response({**call("f"), "thoughtSignature": "s"}))]
    assert piece["extra_content"] == {"google": {"thought_signature": "s"}}


def test_a_call_in_pieces_is_told_when_it_is_whole() -> None:
    told = deltas(
        response(call("f", willContinue=True)),
        response(call(partialArgs=[{"jsonPath": "$.a", "stringValue": "x", "willContinue": True}], willContinue=True)),
        response(call(partialArgs=[{"jsonPath": "$.a", "stringValue": "y"}], willContinue=True)),
        response(call()),
        response(call()),
        response(call("g", willContinue=True)),
        response({"text": ""}, finish="STOP"),
    )
    assert [piece for delta in told for piece in delta.get("tool_calls", ())] == [
        {"index": 0, "id": "", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a":"xy"}'}},
        {"index": 1, "id": "", "type": "function", "function": {"name": "g", "arguments": ""}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]


def test_a_call_in_pieces_ends_where_the_next_begins() -> None:
    told = deltas(
        response(call("f", partialArgs=[{"jsonPath": "$.a", "numberValue": 3.0}], willContinue=True)),
        response(call("g", args={})),
    )
    assert told[1]["tool_calls"] == [
        {"index": 0, "function": {"arguments": '{"a":3}'}},
        {"index": 1, "id": "", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_a_custom_tool_gets_its_text_back() -> None:
    settings: dict[str, Any] = {"custom": frozenset({"sql"})}
    (delta,) = deltas(response(call("sql", args={"input": "SELECT 1"})), **settings)
    assert delta["tool_calls"] == [
        {"index": 0, "id": "", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    ]
    piece = {"jsonPath": "$.input", "stringValue": "x"}
    _, last = deltas(response(call("sql", willContinue=True)), response(call(partialArgs=[piece])), **settings)
    assert last["tool_calls"] == [{"index": 0, "custom": {"input": "x"}}]


def test_a_client_that_asked_for_functions_gets_one() -> None:
    (chunk,) = read(response(call("f", args={"a": 1}), call("g"), finish="STOP"), legacy=True)
    assert chunk["choices"] == [
        {
            "index": 0,
            "delta": {"function_call": {"name": "f", "arguments": '{"a":1}'}},
            "finish_reason": "function_call",
        }
    ]


def test_the_signature_of_a_text_comes_at_the_end() -> None:
    chunks = read(response({"text": "hi"}), response({"text": "", "thoughtSignature": "s"}, finish="STOP"))
    assert "extra_content" not in chunks[0]
    assert chunks[1]["extra_content"] == {"google": {"thought_signature": "s"}}
    assert chunks[1]["choices"][0]["delta"] == {}


def test_what_google_did_itself_is_kept_in_order() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s"}
    outcome = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    chunks = read(
        response({"text": "So "}),
        response({"text": "be it"}),
        response(code, outcome),
        response({"text": "o"}),
        response({"text": "ne", "thoughtSignature": "t"}, finish="STOP"),
    )
    assert chunks[-1]["extra_content"] == {
        "google": {"parts": [{"text": "So be it"}, code, outcome, {"text": "one", "thoughtSignature": "t"}]}
    }
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks] == ["So ", "be it", None, "o", "ne"]


def test_an_image_is_an_extension_with_its_signature() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thoughtSignature": "s"}
    (delta,) = deltas(response({"text": "Here."}, image))
    assert delta == {
        "content": "Here.",
        "images": [
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,QUJD"},
                "extra_content": {"google": {"thought_signature": "s"}},
            }
        ],
    }


def test_sound_is_audio_whose_pieces_can_be_joined() -> None:
    pieces = [b"abcd", b"ef", b"g"]
    parts = [
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": base64.b64encode(each).decode()}} for each in pieces
    ]
    told = [delta["audio"] for delta in deltas(*map(response, parts), response(finish="STOP")) if "audio" in delta]
    assert base64.b64decode("".join(each["data"] for each in told)) == b"abcdefg"
    assert told[0]["mime_type"] == "audio/L16;rate=24000"
    assert [each.get("id") for each in told[1:]] == [None] * (len(told) - 1)


def test_sound_that_is_no_base64_is_an_error() -> None:
    with pytest.raises(Malformed):
        read(response({"inlineData": {"mimeType": "audio/L16", "data": "a"}}))


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        (1, "stop"),
        (2, "length"),
        (3, "content_filter"),
    ],
)
def test_reasons_for_the_end(native: Any, reason: str) -> None:
    (chunk,) = read(response(finish=native))
    assert chunk["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize("native", ["FINISH_REASON_UNSPECIFIED", 0, "", None])
def test_no_reason_is_no_end(native: Any) -> None:
    (chunk,) = read(response({"text": "a"}, finishReason=native))
    assert chunk["choices"][0].get("finish_reason") is None


@pytest.mark.parametrize(
    ("native", "kind"),
    [
        ("MALFORMED_FUNCTION_CALL", Unavailable),
        ("UNEXPECTED_TOOL_CALL", Unavailable),
        ("TOO_MANY_TOOL_CALLS", Unavailable),
        ("OTHER", Unavailable),
        ("A_NEW_WAY_TO_FAIL", Unavailable),
        (5, Unavailable),
        (99, Unavailable),
        ("MISSING_THOUGHT_SIGNATURE", Rejected),
        ("PUP_LIMITED_DISABLED", AccessDenied),
    ],
)
def test_an_end_that_is_a_failure_is_no_stop(native: Any, kind: type[UpstreamError]) -> None:
    with pytest.raises(kind, match=r"the answer ended with .*: why") as raised:
        read(response({"text": "a"}, finish=native, finishMessage="why AIzaSyA-secret-secret"))
    assert "secret" not in str(raised.value)


def test_the_two_services_number_their_words_differently() -> None:
    with pytest.raises(Unavailable, match="MALFORMED_FUNCTION_CALL"):
        read(response(finish=9), is_vertex=True)
    assert read(response(finish=9))[0]["choices"][0]["finish_reason"] == "content_filter"


def test_a_filtered_answer_says_by_what() -> None:
    ratings = [{"category": "HARM", "probability": "HIGH"}]
    (chunk,) = read({"candidates": [{"finishReason": "SAFETY", "safetyRatings": ratings}]})
    assert chunk["safety_ratings"] == ratings


def test_a_refused_prompt_is_filtered() -> None:
    feedback = {"blockReason": "PROHIBITED_CONTENT"}
    (chunk,) = read({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}})
    assert chunk["choices"] == [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]
    assert chunk["prompt_feedback"] == feedback
    assert (chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"]) == (4, 0)


def test_counts_come_with_the_end() -> None:
    counts = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
        "totalTokenCount": 20,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}, {"modality": "AUDIO", "tokenCount": 2}],
        "candidatesTokensDetails": [{"modality": 2, "tokenCount": 3}],
        "serviceTier": "standard",
    }
    first, last = read(
        {**response({"text": "a"}), "usageMetadata": {"promptTokenCount": 10}},
        {**response(finish="STOP"), "usageMetadata": counts},
    )
    assert "usage" not in first
    assert last["usage"] == {
        "prompt_tokens": 15,
        "completion_tokens": 5,
        "total_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 4, "tool_use_tokens": 5, "audio_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 2, "image_tokens": 3},
    }
    assert last["service_tier"] == "default"


def test_counts_that_come_before_or_after_the_end_count() -> None:
    counts = {"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
    *_, last = read({**response({"text": "a"}), **counts}, response(finish="STOP"))
    assert last["usage"]["total_tokens"] == 2
    *_, last = read(response({"text": "a"}, finish="STOP"), counts)
    assert last["usage"]["total_tokens"] == 2
    assert last["choices"] == []


def test_a_response_that_says_nothing_is_no_chunk() -> None:
    assert read({"usageMetadata": {"trafficType": "ON_DEMAND"}}, {}) == []


def test_grounding_becomes_annotations_at_the_end() -> None:
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}],
        "groundingSupports": [{"segment": {"startIndex": 3, "endIndex": 5}, "groundingChunkIndices": [0]}],
    }
    first, last = read(
        response({"text": "é "}),
        response({"text": "so"}, finish="STOP", groundingMetadata=grounding, urlContextMetadata={"urlMetadata": []}),
    )
    assert "annotations" not in first
    assert last["annotations"] == [
        {"type": "url_citation", "url_citation": {"start_index": 2, "end_index": 4, "url": "https://a", "title": "A"}}
    ]
    assert last["grounding_metadata"] == grounding
    assert last["url_context_metadata"] == {"urlMetadata": []}


def test_probabilities_of_tokens() -> None:
    result = {
        "chosenCandidates": [{"token": "é", "logProbability": -0.5}, {"token": "b"}],
        "topCandidates": [{"candidates": [{"token": "é", "logProbability": -0.5}]}],
    }
    (chunk,) = read(response({"text": "éb"}, logprobsResult=result))
    likeliest = {"token": "é", "logprob": -0.5, "bytes": [195, 169]}
    assert chunk["choices"][0]["logprobs"] == {
        "content": [
            {**likeliest, "top_logprobs": [likeliest]},
            {"token": "b", "logprob": 0.0, "bytes": [98], "top_logprobs": []},
        ],
        "refusal": None,
    }


def test_the_time_is_googles_where_it_tells_one() -> None:
    (chunk,) = read({**response({"text": "a"}), "createTime": "2026-03-12T18:06:04.325486Z"})
    assert chunk["created"] == 1773338764
    (chunk,) = read({**response({"text": "a"}), "createTime": "soon"})
    assert chunk["created"] is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}, Unavailable),
        ({"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}, RateLimited),
    ],
)
def test_an_error_in_a_stream_is_raised(error: dict[str, Any], kind: type[UpstreamError]) -> None:
    with pytest.raises(kind):
        read(response({"text": "a"}), {"error": error})


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_what_is_no_response_is_refused(body: Any) -> None:
    with pytest.raises(Malformed):
        chunk_of(body, memo())
