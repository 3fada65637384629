"""A conversation as Google's contents: roles, media, calls, results, and the state that goes back."""

from typing import Any

import pytest

from llms.errors import BadRequest
from llms.providers.fields import Fields
from llms.providers.google.contents import ESCAPE_SIGNATURE, Conversation
from llms.providers.google.generation import GoogleModel

FILES = "https://generativelanguage.googleapis.com/v1beta"


def told(messages: list[dict[str, Any]], model: str = "gemini-2.5-flash") -> tuple[Conversation, Fields]:
    fields = Fields({}, {"model": model, "messages": messages})
    conversation = Conversation(GoogleModel.named(model), fields, files_url=FILES)
    conversation.tell(messages)
    return conversation, fields


def contents(*messages: dict[str, Any], model: str = "gemini-2.5-flash") -> list[dict[str, Any]]:
    return told(list(messages), model)[0].contents


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def calling(*calls: tuple[str, str], **extra: Any) -> dict[str, Any]:
    made = [
        {"id": tool_id, "type": "function", "function": {"name": name, "arguments": '{"a":1}'}}
        for tool_id, name in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": made, **extra}


def result(tool_id: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": tool_id, "content": content}


def part_of(part: dict[str, Any]) -> dict[str, Any]:
    (content,) = contents(user([part]))
    (told_part,) = content["parts"]
    return told_part  # type: ignore[no-any-return]


def test_instructions_at_the_start_stand_apart() -> None:
    conversation, fields = told(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            user("hi"),
        ]
    )
    assert conversation.system == [{"text": "Be brief."}, {"text": "Be kind."}]
    assert conversation.contents == [{"role": "user", "parts": [{"text": "hi"}]}]
    assert fields.changes == ()


def test_later_instructions_keep_their_place_in_the_users_words() -> None:
    conversation, fields = told([user("hi"), {"role": "system", "content": "Now in French."}])
    assert conversation.contents == [{"role": "user", "parts": [{"text": "hi"}, {"text": "Now in French."}]}]
    assert fields.changes == (("emulated", "messages.role"),)


def test_instructions_alone_are_what_is_answered() -> None:
    conversation, fields = told([{"role": "system", "content": "Say hi."}])
    assert conversation.contents == [{"role": "user", "parts": [{"text": "Say hi."}]}]
    assert conversation.system == []
    assert fields.changes == (("emulated", "messages.role"),)


def test_messages_of_one_role_are_one_content() -> None:
    assert contents(user("a"), user("b"), {"role": "assistant", "content": "c"}) == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}]},
    ]


def test_empty_messages_are_no_content() -> None:
    assert contents(user(""), {"role": "assistant", "content": None}, user("hi")) == [
        {"role": "user", "parts": [{"text": "hi"}]}
    ]


def test_a_refusal_is_a_text() -> None:
    assert contents({"role": "assistant", "content": None, "refusal": "No."}) == [
        {"role": "model", "parts": [{"text": "No."}]}
    ]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (
            {"type": "image_url", "image_url": {"url": "data:image/webp;base64,QUJD"}},
            {"inlineData": {"mimeType": "image/webp", "data": "QUJD"}},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "mp3"}},
            {"inlineData": {"mimeType": "audio/mpeg", "data": "QUJD"}},
        ),
        (
            {"type": "file", "file": {"file_data": "QUJD", "filename": "a.csv"}},
            {"inlineData": {"mimeType": "text/csv", "data": "QUJD"}},
        ),
        (
            {"type": "file", "file": {"file_data": "QUJD"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "QUJD"}},
        ),
        (
            {"type": "file", "file": {"file_id": "files/abc"}},
            {"fileData": {"fileUri": f"{FILES}/files/abc"}},
        ),
        (
            {"type": "file", "file": {"file_id": "gs://bucket/a", "format": "video/mp4"}},
            {"fileData": {"fileUri": "gs://bucket/a", "mimeType": "video/mp4"}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}},
            {"fileData": {"fileUri": "gs://bucket/a.png", "mimeType": "image/png"}},
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://youtu.be/x"}, "video_metadata": {"fps": 1}},
            {"fileData": {"fileUri": "https://youtu.be/x", "mimeType": "video/mp4"}, "videoMetadata": {"fps": 1}},
        ),
        (
            {"type": "video_url", "video_url": "data:video/mp4;base64,QUJD"},
            {"inlineData": {"mimeType": "video/mp4", "data": "QUJD"}},
        ),
    ],
    ids=["image", "audio", "file", "pdf", "files-api", "storage", "storage-by-ending", "youtube", "video"],
)
def test_media(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert part_of(part) == wanted


@pytest.mark.parametrize(
    "message",
    [
        user([{"type": "file", "file": {"file_id": "file-of-openai"}}]),
        user([{"type": "hologram"}]),
        {"role": "narrator", "content": "x"},
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]},
    ],
    ids=["foreign-file", "unknown-part", "unknown-role", "no-function"],
)
def test_what_google_cannot_be_told_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as raised:
        contents(message)
    assert raised.value.param == "messages"


def test_one_detail_for_all_images_is_the_resolution() -> None:
    def image(detail: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": detail}}

    low, fields = told([user([image("low"), image("auto")])])
    assert low.take_resolution() == "MEDIA_RESOLUTION_LOW"
    assert fields.changes == (("emulated", "messages.image_url.detail"),)
    both, fields = told([user([image("low"), image("high")])])
    assert both.take_resolution() is None
    assert fields.changes == (("dropped", "messages.image_url.detail"),)
    unasked, fields = told([user([image("auto")])])
    assert unasked.take_resolution() is None
    assert fields.changes == ()


def test_calls_and_results() -> None:
    assert contents(user("?"), calling(("c1", "f")), result("c1", "sunny"), user("and?")) == [
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}}]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "f", "response": {"output": "sunny"}, "id": "c1"}}],
        },
        {"role": "user", "parts": [{"text": "and?"}]},
    ]


def test_results_stand_together_in_the_order_of_the_calls() -> None:
    told_contents = contents(calling(("c1", "f"), ("c2", "g")), result("c2", "2"), result("c1", "1"))
    assert [part["functionResponse"]["name"] for part in told_contents[1]["parts"]] == ["f", "g"]


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ("sunny", {"output": "sunny"}),
        ('{"temp": 3}', {"temp": 3}),
        ("[1, 2]", {"output": [1, 2]}),
        ("{broken", {"output": "{broken"}),
        ("007", {"output": "007"}),
        ("", {"output": ""}),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], {"output": "a\nb"}),
    ],
)
def test_results_are_objects(content: Any, response: dict[str, Any]) -> None:
    told_contents = contents(calling(("c1", "f")), result("c1", content))
    assert told_contents[1]["parts"][0]["functionResponse"]["response"] == response


def test_images_in_results_go_into_them_where_the_model_takes_that() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    inline = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}
    new = contents(calling(("c1", "f")), result("c1", [image]), model="gemini-3-flash")
    assert new[1]["parts"][0]["functionResponse"]["parts"] == [inline]
    old = contents(calling(("c1", "f")), result("c1", [image]))
    assert "parts" not in old[1]["parts"][0]["functionResponse"]
    assert old[2] == {"role": "user", "parts": [inline]}


def test_the_old_form_of_calls_is_understood() -> None:
    told_contents = contents(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
    )
    assert told_contents[0]["parts"] == [{"functionCall": {"name": "f", "args": {}}}]
    assert told_contents[1]["parts"] == [{"functionResponse": {"name": "f", "response": {"output": "1"}}}]


def test_a_custom_tools_call_is_a_functions() -> None:
    call = {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    told_contents = contents({"role": "assistant", "content": None, "tool_calls": [call]}, result("c1", "1"))
    assert told_contents[0]["parts"][0]["functionCall"] == {"id": "c1", "name": "sql", "args": {"input": "SELECT 1"}}
    assert told_contents[1]["parts"][0]["functionResponse"]["name"] == "sql"


def test_arguments_that_are_no_json_are_kept_as_a_text() -> None:
    message = calling(("c1", "f"))
    message["tool_calls"][0]["function"]["arguments"] = "{cut"
    assert contents(message)[0]["parts"][0]["functionCall"]["args"] == {"arguments": "{cut"}


def test_signatures_go_back_where_they_came_from() -> None:
    message = calling(("c1", "f"), ("c2", "g"))
    message["tool_calls"][0]["extra_content"] = {"google": {"thought_signature": "s1"}}
    parts = contents(message, model="gemini-3-pro")[0]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == ["s1", None]
    text = {"role": "assistant", "content": "hi", "extra_content": {"google": {"thought_signature": "s2"}}}
    assert contents(text)[0]["parts"] == [{"text": "hi", "thoughtSignature": "s2"}]
    empty = {**text, "content": None}
    assert contents(empty)[0]["parts"] == [{"text": "", "thoughtSignature": "s2"}]


def test_a_lost_signature_is_googles_escape_on_the_first_call_of_each_step() -> None:
    told_contents = contents(
        calling(("c1", "f"), ("c2", "g")),
        result("c1", "1"),
        result("c2", "2"),
        calling(("c3", "f")),
        model="gemini-3-pro",
    )
    assert [[part.get("thoughtSignature") for part in content["parts"]] for content in told_contents] == [
        [ESCAPE_SIGNATURE, None],
        [None, None],
        [ESCAPE_SIGNATURE],
    ]


def test_older_models_need_no_escape() -> None:
    assert "thoughtSignature" not in contents(calling(("c1", "f")), model="gemini-2.5-pro")[0]["parts"][0]


def test_what_google_did_itself_goes_back_as_it_was() -> None:
    parts = [{"executableCode": {"code": "1"}, "thoughtSignature": "s"}, {"codeExecutionResult": {}}, {"text": "hi"}]
    message = {"role": "assistant", "content": "hi", "extra_content": {"google": {"parts": parts}}}
    assert contents(message)[0]["parts"] == parts


def test_images_that_were_made_go_back_with_their_signatures() -> None:
    image = {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,QUJD"},
        "extra_content": {"google": {"thought_signature": "s"}},
    }
    message = {"role": "assistant", "content": "Here.", "images": [image]}
    assert contents(message)[0]["parts"] == [
        {"text": "Here."},
        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thoughtSignature": "s"},
    ]


@pytest.mark.parametrize("state", [None, "x", {"google": "x"}, {"other": {}}, {"google": {"thought_signature": 5}}])
def test_state_that_is_none_is_left_alone(state: Any) -> None:
    message = {"role": "assistant", "content": "hi", "extra_content": state}
    assert contents(message)[0]["parts"] == [{"text": "hi"}]


def test_names_and_marks_for_caches_are_said_to_be_lost() -> None:
    _, fields = told([{**user([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]), "name": "ann"}])
    assert fields.changes == (("dropped", "messages.name"), ("dropped", "messages.cache_control"))
