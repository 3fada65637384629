"""OpenAI's dialect, and what those who speak it do differently: where the reasoning stands, and the rest of it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.contract.matrix.wire import MESSAGE, SOURCE, Absent, Emulated, Said, Wire, event, halves, without_head

_REASONS = {"stop": "stop", "calls": "tool_calls", "length": "length", "refusal": "content_filter"}
_NO_SEARCH = Absent("has no search of OpenAI's kind")
_IN_THE_PROMPT = Emulated("emulated=response_format", "the schema goes into the prompt")


class OpenAiWire(Wire):
    """OpenAI itself, and the form that all others are told apart from."""

    type: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI"
    thinks_aloud: ClassVar[bool] = False
    refused_as: ClassVar[tuple[str, str | None]] = ("stop", "I will not.")

    def stream(self, said: Said) -> list[bytes]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [self.thought(piece) for piece in said.reasoning if self.thinks_aloud]
        deltas += [self.refusal(piece) if said.end == "refusal" else {"content": piece} for piece in said.text]
        for index, call in enumerate(said.calls):
            opened = {"index": index, "id": call.id, "type": "function"}
            deltas.append({"tool_calls": [{**opened, "function": {"name": call.name, "arguments": ""}}]})
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in halves(call.arguments)
            ]
        if said.cited:
            deltas.append(self.cited(said))
        chunks = [self._chunk([{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
        chunks.append(self._chunk([{"index": 0, "delta": {}, "finish_reason": self._reason(said)}]))
        chunks.append({**self._chunk([]), "usage": self.usage(said)})
        return [*map(event, chunks), b"data: [DONE]\n\n"]

    def whole(self, said: Said) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(said.text) or None}
        if said.end == "refusal":
            message |= {"content": None, **self.refusal("".join(said.text))}
        if said.reasoning and self.thinks_aloud:
            message |= self.whole_thought("".join(said.reasoning), "".join(said.text))
        if said.cited:
            message |= self.cited(said)
        if said.calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in said.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": self._reason(said)}
        usual = {**self._chunk([choice]), "object": "chat.completion"}
        return {**usual, "usage": self.usage(said)}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": "chatcmpl-m", "object": "chat.completion.chunk", "created": 1_780_000_000}
        return {**head, "model": self.model, "choices": choices}

    def _reason(self, said: Said) -> str:
        return self.refused_as[0] if said.end == "refusal" else _REASONS[said.end]

    def thought(self, piece: str) -> dict[str, Any]:
        """A piece of reasoning, as a delta."""
        return {"reasoning_content": piece}

    def whole_thought(self, reasoning: str, text: str) -> dict[str, Any]:
        """The reasoning, as a message has it."""
        return self.thought(reasoning)

    def refusal(self, piece: str) -> dict[str, Any]:
        """A piece of what is said instead of an answer."""
        return {"refusal" if self.refused_as[1] else "content": piece}

    def cited(self, said: Said) -> dict[str, Any]:
        """What the text refers to."""
        place = {"start_index": 0, "end_index": len(said.text[0]), "url": SOURCE[0], "title": SOURCE[1]}
        return {"annotations": [{"type": "url_citation", "url_citation": place}]}

    def usage(self, said: Said) -> dict[str, Any]:
        """The counts."""
        counted: dict[str, Any] = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        if said.cached:
            counted["prompt_tokens_details"] = {"cached_tokens": said.cached}
        if said.reasoning:
            counted["completion_tokens_details"] = {"reasoning_tokens": 2}
        return counted

    def error(self, status: int) -> dict[str, Any]:
        return {"error": {"message": MESSAGE, "type": "some_error", "param": None, "code": None}}

    def broken(self) -> bytes:
        return event(self.error(500))

    def tools(self, body: Any) -> list[str]:
        return [tool["function"]["name"] for tool in body["tools"]]

    def history(self, body: Any) -> tuple[list[str], list[tuple[str, str]]]:
        calls = [call["id"] for turn in body["messages"] for call in turn.get("tool_calls", ())]
        return calls, [(turn["tool_call_id"], turn["content"]) for turn in body["messages"] if turn["role"] == "tool"]

    def schema(self, body: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = body["response_format"]["json_schema"]["schema"]
        return wanted

    def images(self, body: Any) -> list[str]:
        parts = [part for turn in body["messages"] for part in turn["content"] if isinstance(part, dict)]
        return [without_head(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]


class AzureWire(OpenAiWire):
    type: ClassVar[str] = "azure"
    title: ClassVar[str] = "Azure OpenAI"
    address: ClassVar[str] = "/openai/v1"


class _Aloud(OpenAiWire):
    """Vendors whose models tell their reasoning, and whose refusals are a finish reason."""

    thinks_aloud: ClassVar[bool] = True
    refused_as: ClassVar[tuple[str, str | None]] = ("content_filter", None)


class _InReasoning(_Aloud):
    """The reasoning in a field `reasoning`."""

    def thought(self, piece: str) -> dict[str, Any]:
        return {"reasoning": piece}


class _Tagged(_Aloud):
    """The reasoning in the text, between tags."""

    def thought(self, piece: str) -> dict[str, Any]:
        tag = {"Well": "<think>", " then.": ""}[piece]
        return {"content": tag + piece + ("</think>\n\n" if not tag else "")}

    def whole_thought(self, reasoning: str, text: str) -> dict[str, Any]:
        return {"content": f"<think>{reasoning}</think>\n\n{text}"}


class OpenRouterWire(_InReasoning):
    type: ClassVar[str] = "openrouter"
    title: ClassVar[str] = "OpenRouter"
    address: ClassVar[str] = "/api/v1"

    def broken(self) -> bytes:
        choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": "error"}
        return event({**self._chunk([choice]), "error": {"code": 502, "message": MESSAGE}})


class PerplexityWire(_Tagged):
    """Every event repeats what came before, the counts and the sources."""

    type: ClassVar[str] = "perplexity"
    title: ClassVar[str] = "Perplexity"
    model: ClassVar[str] = "sonar"
    address: ClassVar[str] = ""
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {
        "tools": Absent("Sonar calls no functions"),
        "parallel tools": Absent("Sonar calls no functions"),
        "tool follow-up": Emulated("emulated=messages", "calls and results are told in words"),
    }

    def stream(self, said: Said) -> list[bytes]:
        return [event({**self._chunk(part), **self._beside(said)}) for part in self._parts(said)]

    def _parts(self, said: Said) -> list[list[dict[str, Any]]]:
        pieces = [*(self.thought(piece)["content"] for piece in said.reasoning), *self._text(said)]
        so_far, parts = "", []
        for piece in [*pieces, ""]:
            so_far += piece
            reason = None if piece else self._reason(said)
            message = {"role": "assistant", "content": so_far}
            delta = {"role": "assistant", "content": piece}
            parts.append([{"index": 0, "delta": delta, "message": message, "finish_reason": reason}])
        return parts

    def _text(self, said: Said) -> tuple[str, ...]:
        return (*said.text[:-1], said.text[-1] + "[1]") if said.cited else said.text

    def _beside(self, said: Said) -> dict[str, Any]:
        sources = {"citations": [SOURCE[0]], "search_results": [{"url": SOURCE[0], "title": SOURCE[1]}]}
        return {"usage": self.usage(said), **(sources if said.cited else {})}

    def whole(self, said: Said) -> dict[str, Any]:
        (choice,) = self._parts(said)[-1]
        return {**self._chunk([choice]), "object": "chat.completion", **self._beside(said)}


class GroqWire(_InReasoning):
    type: ClassVar[str] = "groq"
    title: ClassVar[str] = "Groq"
    model: ClassVar[str] = "openai/gpt-oss-20b"
    address: ClassVar[str] = "/openai/v1"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}

    def broken(self) -> bytes:
        return event({"error": {"message": MESSAGE, "type": "server_error", "status_code": 500}}, "error")


class MistralWire(_Aloud):
    """The reasoning is a part of the content."""

    type: ClassVar[str] = "mistral"
    title: ClassVar[str] = "Mistral"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}

    def thought(self, piece: str) -> dict[str, Any]:
        return {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}

    def whole_thought(self, reasoning: str, text: str) -> dict[str, Any]:
        return {"content": [*self.thought(reasoning)["content"], {"type": "text", "text": text}]}

    def error(self, status: int) -> dict[str, Any]:
        return {"object": "error", "message": MESSAGE, "type": "some_error", "param": None, "code": "1"}


class DeepSeekWire(_Aloud):
    type: ClassVar[str] = "deepseek"
    title: ClassVar[str] = "DeepSeek"
    model: ClassVar[str] = "deepseek-chat"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH, "structured": _IN_THE_PROMPT}

    def usage(self, said: Said) -> dict[str, Any]:
        counted = super().usage(said)
        counted.pop("prompt_tokens_details", None)
        return {**counted, "prompt_cache_hit_tokens": said.cached, "prompt_cache_miss_tokens": 7 - said.cached}


class XaiWire(_Aloud):
    """Sources are a list of addresses; failures are texts."""

    type: ClassVar[str] = "xai"
    title: ClassVar[str] = "xAI"

    def error(self, status: int) -> dict[str, Any]:
        return {"code": "some error", "error": MESSAGE}


class TogetherWire(_InReasoning):
    type: ClassVar[str] = "together"
    title: ClassVar[str] = "Together AI"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}


class FireworksWire(_Aloud):
    type: ClassVar[str] = "fireworks"
    title: ClassVar[str] = "Fireworks AI"
    address: ClassVar[str] = "/inference/v1"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}


class CerebrasWire(_InReasoning):
    type: ClassVar[str] = "cerebras"
    title: ClassVar[str] = "Cerebras"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}


class HuggingFaceWire(_Tagged):
    type: ClassVar[str] = "huggingface"
    title: ClassVar[str] = "Hugging Face"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}

    def error(self, status: int) -> dict[str, Any]:
        return {"error": MESSAGE}


class MoonshotWire(_Aloud):
    """The cached tokens stand beside the others."""

    type: ClassVar[str] = "moonshot"
    title: ClassVar[str] = "Moonshot AI"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}

    def usage(self, said: Said) -> dict[str, Any]:
        counted = super().usage(said)
        counted.pop("prompt_tokens_details", None)
        return {**counted, "cached_tokens": said.cached} if said.cached else counted


class ZaiWire(_Aloud):
    type: ClassVar[str] = "zai"
    title: ClassVar[str] = "Z.ai"
    address: ClassVar[str] = "/api/paas/v4"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH, "structured": _IN_THE_PROMPT}

    def _reason(self, said: Said) -> str:
        return "sensitive" if said.end == "refusal" else super()._reason(said)


class AlibabaWire(_Aloud):
    type: ClassVar[str] = "alibaba"
    title: ClassVar[str] = "Alibaba Cloud (Qwen)"
    address: ClassVar[str] = "/compatible-mode/v1"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}


class NvidiaWire(_Tagged):
    type: ClassVar[str] = "nvidia"
    title: ClassVar[str] = "NVIDIA"
    cells: ClassVar[Mapping[str, Absent | Emulated]] = {"citations": _NO_SEARCH}


class AirRefineryWire(_Aloud):
    type: ClassVar[str] = "airefinery"
    title: ClassVar[str] = "AI Refinery"
    address: ClassVar[str] = ""


class SelfHostedWire(_InReasoning):
    type: ClassVar[str] = "selfhosted"
    title: ClassVar[str] = "vLLM, llama.cpp, LM Studio"
