"""Google's `generateContent`."""

from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, SOURCE, Said, Wire, event

_REASONS = {"stop": "STOP", "calls": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
_STATUSES = {400: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}


class GoogleWire(Wire):
    """Parts of content; calls have no ids, and an answer with calls ends like any other."""

    type: ClassVar[str] = "google"
    title: ClassVar[str] = "Google Gemini"
    model: ClassVar[str] = "gemini-2.5-flash"
    address: ClassVar[str] = "/v1beta"

    def stream(self, said: Said) -> list[bytes]:
        parts = [{"text": piece, "thought": True} for piece in said.reasoning]
        parts += [{"text": piece} for piece in said.text]
        parts += _calls(said)
        events = [self._answer([part], said) for part in parts]
        events.append(self._answer([], said, finish=_REASONS[said.end]))
        return [event(told, newline="\r\n") for told in events]

    def whole(self, said: Said) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        if said.reasoning:
            parts.append({"text": "".join(said.reasoning), "thought": True})
        if said.text:
            parts.append({"text": "".join(said.text)})
        return self._answer([*parts, *_calls(said)], said, finish=_REASONS[said.end])

    def _answer(self, parts: list[dict[str, Any]], said: Said, finish: str = "") -> dict[str, Any]:
        candidate: dict[str, Any] = {"index": 0}
        if parts:
            candidate["content"] = {"role": "model", "parts": parts}
        if finish:
            candidate["finishReason"] = finish
            if said.cited:
                candidate["groundingMetadata"] = _grounding("".join(said.text))
        counts = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
        if said.cached:
            counts["cachedContentTokenCount"] = said.cached
        return {
            "candidates": [candidate],
            "usageMetadata": counts,
            "modelVersion": self.model,
            "responseId": "resp-m",
        }

    def error(self, status: int) -> dict[str, Any]:
        return {"error": {"code": status, "message": MESSAGE, "status": _STATUSES[status]}}

    def broken(self) -> bytes:
        return event(self.error(503), newline="\r\n")

    def tools(self, body: Any) -> list[str]:
        return [each["name"] for tool in body["tools"] for each in tool["functionDeclarations"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        parts = [part for content in body["contents"] for part in content["parts"]]
        responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
        results = [(each["name"], str(next(iter(each["response"].values())))) for each in responses]
        return [part["functionCall"]["name"] for part in parts if "functionCall" in part], results

    def schema(self, body: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = body["generationConfig"]["responseJsonSchema"]
        return wanted

    def images(self, body: Any) -> list[str]:
        parts = [part for content in body["contents"] for part in content["parts"]]
        return [part["inlineData"]["data"] for part in parts if "inlineData" in part]


def _calls(said: Said) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": call.name, "args": call.parsed}} for call in said.calls]


def _grounding(text: str) -> dict[str, Any]:
    segment = {"startIndex": 0, "endIndex": len(text), "text": text}
    return {
        "groundingChunks": [{"web": {"uri": SOURCE[0], "title": SOURCE[1]}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
