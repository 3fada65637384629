"""Embeddings in the dialects that have them: the request told to the vendor, its vectors told as OpenAI tells them.

An `Embedder` is stateless and pure. A vendor that takes only so many texts at once is asked several times; a vendor
that only gives numbers has its base64 made here (little-endian 32-bit floats, which is what OpenAI's SDKs ask for).
Sources: OpenAI embeddings, Gemini `batchEmbedContents`, Vertex `predict`, Cohere v2 embed, Mistral embeddings, Ollama
`/api/embed`; 2026-08.
"""

import base64
import binascii
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, cast

from llms import jsonio
from llms.errors import BadRequest, Malformed
from llms.providers.transport import Request
from llms.types import Action

Changes = tuple[tuple[Action, str], ...]
_TOLD_OTHERWISE = frozenset({"model", "input", "encoding_format", "dimensions", "user"})


class Home(Protocol):
    """What an embedder needs of the provider it works for."""

    @property
    def base_url(self) -> str:
        """Where the vendor is."""
        ...

    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        ...

    def endpoint_url(self, endpoint: str, model: str) -> str:
        """Where an endpoint of OpenAI's kind is."""
        ...


@dataclass(slots=True)
class Vectors:
    """What one answer holds: numbers, or base64 where the vendor gives that; and the tokens it counted."""

    vectors: list[Any]
    tokens: int | None = None


class Embedder:
    """How one dialect embeds. `most_texts` is how many of them a request may hold, 0 for any number."""

    most_texts: ClassVar[int] = 0

    def requests(self, home: Home, body: Mapping[str, Any]) -> list[Request]:
        """The requests for a body of OpenAI's kind, whose `model` is the upstream's. Raises `BadRequest`."""
        texts = texts_of(body)
        _check_encoding(body)
        size = self.texts_of_a_request(home, body) or len(texts)
        changes: Changes = (("dropped", "user"),) if "user" in body else ()
        return [self.request(home, body, texts[start : start + size], changes) for start in range(0, len(texts), size)]

    def texts_of_a_request(self, home: Home, body: Mapping[str, Any]) -> int:
        """How many texts a request for this model may hold, 0 for any number."""
        return self.most_texts

    def request(self, home: Home, body: Mapping[str, Any], texts: list[str], changes: Changes) -> Request:
        """One request for these of the texts."""
        raise NotImplementedError

    def vectors(self, answer: Any) -> Vectors:
        """What an answer holds; whatever Python raises for one of another form will do."""
        raise NotImplementedError

    def answer(self, answers: Sequence[Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """OpenAI's answer, for those to `requests`, in their order. Raises `Malformed`.

        `usage` counts 0 where a vendor tells no tokens.
        """
        told = _told(body)
        try:
            found = [self.vectors(answer) for answer in answers]
            vectors = [told(vector) for each in found for vector in each.vectors]
            tokens = sum(each.tokens or 0 for each in found)
        except (LookupError, TypeError, AttributeError):
            raise Malformed("the answer holds no embeddings") from None
        if len(vectors) != len(texts_of(body)):
            raise Malformed("the answer holds another number of embeddings than there were texts")
        return {
            "object": "list",
            "data": [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)],
            "model": body["model"],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }


class OpenAiEmbedder(Embedder):
    """OpenAI's own dialect: the body passes as it is, tokens in place of text too."""

    def requests(self, home: Home, body: Mapping[str, Any]) -> list[Request]:
        """The body itself."""
        if not body.get("input"):
            raise _no_input(body)
        return [Request(home.endpoint_url("embeddings", body["model"]), home.headers(), jsonio.dumps(body))]

    def vectors(self, answer: Any) -> Vectors:
        """The list, by its indexes."""
        entries = sorted(answer["data"], key=lambda entry: int(entry.get("index", 0)))
        usage = answer.get("usage") or {}
        return Vectors([entry["embedding"] for entry in entries], usage.get("prompt_tokens", usage.get("total_tokens")))

    def answer(self, answers: Sequence[Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer itself, in the encoding asked for: not every server that speaks the dialect knows base64."""
        [answer] = answers
        told = _told(body)
        try:
            for entry in answer["data"]:
                entry["embedding"] = told(entry["embedding"])
        except (LookupError, TypeError):
            raise Malformed("the answer holds no embeddings") from None
        return cast(dict[str, Any], answer)


class MistralEmbedder(OpenAiEmbedder):
    """Mistral: numbers only, another word for the dimensions, and unknown fields refused."""

    def requests(self, home: Home, body: Mapping[str, Any]) -> list[Request]:
        """The body in Mistral's words."""
        texts = texts_of(body)
        _check_encoding(body)
        told = {**_extras(body), "model": body["model"], "input": texts}
        if "dimensions" in body:
            told["output_dimension"] = body["dimensions"]
        changes: Changes = (("dropped", "user"),) if "user" in body else ()
        url = home.endpoint_url("embeddings", body["model"])
        return [Request(url, home.headers(), jsonio.dumps(told), changes=changes)]


class AirRefineryEmbedder(OpenAiEmbedder):
    """AI Refinery: lists only, and what OpenAI does not know of is told within `extra_body`."""

    def requests(self, home: Home, body: Mapping[str, Any]) -> list[Request]:
        """The body as the vendor's SDK tells it."""
        given = body.get("input")
        told = {name: value for name, value in body.items() if name in _TOLD_OTHERWISE - {"encoding_format"}}
        told["input"] = [given] if isinstance(given, str) and given else given
        if extras := _extras(body):
            told["extra_body"] = extras
        return super().requests(home, told)

    def answer(self, answers: Sequence[Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer; its usage may stand among its metrics."""
        answer = super().answer(answers, body)
        metrics = (answer.get("extra_body") or {}).get("metrics") or {}
        if "usage" not in answer and "usage" in metrics:
            answer["usage"] = metrics["usage"]
        return answer


class GoogleEmbedder(Embedder):
    """Gemini's `batchEmbedContents`, and `predict` where the address is one of Vertex."""

    most_texts: ClassVar[int] = 100

    def texts_of_a_request(self, home: Home, body: Mapping[str, Any]) -> int:
        """A hundred, but on Vertex one where the model is a Gemini."""
        return 1 if _is_vertex(home) and "gemini" in str(body["model"]) else self.most_texts

    def request(self, home: Home, body: Mapping[str, Any], texts: list[str], changes: Changes) -> Request:
        """One content per text; `task_type`, `title` and other fields of the vendor stand beside each."""
        model = str(body["model"]).removeprefix("models/")
        if _is_vertex(home):
            return self._prediction(home, body, texts, changes)
        extras = {_TASK.get(name, name): value for name, value in _extras(body).items()}
        if "dimensions" in body:
            extras["outputDimensionality"] = body["dimensions"]
        contents = [{"model": f"models/{model}", "content": {"parts": [{"text": text}]}, **extras} for text in texts]
        url = f"{home.base_url}/models/{model}:batchEmbedContents"
        return Request(url, home.headers(), jsonio.dumps({"requests": contents}), changes=changes)

    @staticmethod
    def _prediction(home: Home, body: Mapping[str, Any], texts: list[str], changes: Changes) -> Request:
        extras = _extras(body)
        told: dict[str, Any] = {"instances": [{"content": text, **extras} for text in texts]}
        if "dimensions" in body:
            told["parameters"] = {"outputDimensionality": body["dimensions"]}
        model = str(body["model"]).removeprefix("models/")
        url = f"{home.base_url}/models/{model}:predict"
        return Request(url, home.headers(), jsonio.dumps(told), changes=changes)

    def vectors(self, answer: Any) -> Vectors:
        """The values, in the order of the texts. Gemini itself counts no tokens, Vertex does."""
        if "predictions" in answer:
            found = [each["embeddings"] for each in answer["predictions"]]
            tokens = [each.get("statistics", {}).get("token_count") for each in found]
            return Vectors([each["values"] for each in found], None if None in tokens else int(sum(tokens)))
        usage = answer.get("usageMetadata") or {}
        return Vectors([each["values"] for each in answer["embeddings"]], usage.get("promptTokenCount"))


class CohereEmbedder(Embedder):
    """Cohere's v2: texts need a purpose, `search_document` unless the client names one in `input_type`."""

    most_texts: ClassVar[int] = 96

    def request(self, home: Home, body: Mapping[str, Any], texts: list[str], changes: Changes) -> Request:
        """The body in Cohere's words."""
        told = {"input_type": "search_document", **_extras(body), "model": body["model"], "texts": texts}
        told["embedding_types"] = ["float"]
        if "dimensions" in body:
            told["output_dimension"] = body["dimensions"]
        return Request(f"{home.base_url}/v2/embed", home.headers(), jsonio.dumps(told), changes=changes)

    def vectors(self, answer: Any) -> Vectors:
        """The floats, by their type or (of old models) bare."""
        found = answer["embeddings"]
        tokens = (answer.get("meta") or {}).get("billed_units", {}).get("input_tokens")
        return Vectors(found["float"] if isinstance(found, dict) else found, None if tokens is None else int(tokens))


class OllamaEmbedder(Embedder):
    """Ollama's `/api/embed`; `keep_alive`, `truncate` and `options` pass."""

    def request(self, home: Home, body: Mapping[str, Any], texts: list[str], changes: Changes) -> Request:
        """The body in Ollama's words."""
        told = {**_extras(body), "model": body["model"], "input": texts}
        if "dimensions" in body:
            told["dimensions"] = body["dimensions"]
        return Request(f"{home.base_url}/api/embed", home.headers(), jsonio.dumps(told), changes=changes)

    def vectors(self, answer: Any) -> Vectors:
        """The vectors, in the order of the texts."""
        return Vectors(answer["embeddings"], answer.get("prompt_eval_count"))


def _is_vertex(home: Home) -> bool:
    return "/publishers/" in home.base_url


_TASK = {"task_type": "taskType", "input_type": "taskType"}
"""Words for the purpose of a text that clients know from other vendors."""


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """The `input` as texts. Raises `BadRequest`, also for tokens: they mean something to OpenAI's models only."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise _no_input(body)
    if any(isinstance(text, int | list) for text in texts):
        raise BadRequest("this provider embeds text: 'input' cannot be tokens", param="input", code="unsupported_value")
    if not all(isinstance(text, str) for text in texts):
        raise _no_input(body)
    return texts


def _check_encoding(body: Mapping[str, Any]) -> None:
    if body.get("encoding_format") not in {None, "float", "base64"}:
        raise BadRequest("'encoding_format' must be float or base64", param="encoding_format")


def _told(body: Mapping[str, Any]) -> Callable[[Any], Any]:
    """What makes of a vector what the client asked for; a vendor's own encoding stays what it is."""
    encoding = body.get("encoding_format")
    if encoding == "base64":
        return _base64_of
    return _numbers_of if encoding in {None, "float"} else lambda vector: vector


def _base64_of(vector: Any) -> str:
    if isinstance(vector, str):
        return vector
    try:
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    except (TypeError, struct.error):
        raise Malformed("the provider gave no vectors of numbers") from None


def _numbers_of(vector: Any) -> list[float]:
    if isinstance(vector, list):
        return vector
    try:
        packed = base64.b64decode(vector, validate=True)
        return list(struct.unpack(f"<{len(packed) // 4}f", packed))
    except (TypeError, binascii.Error, struct.error):
        raise Malformed("the provider gave no vectors of numbers") from None


def _extras(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are the vendor's own."""
    return {name: value for name, value in body.items() if name not in _TOLD_OTHERWISE}


def _no_input(body: Mapping[str, Any]) -> BadRequest:
    code = "missing_required_parameter" if body.get("input") is None else "invalid_type"
    return BadRequest("'input' must be text, or a list with at least one", param="input", code=code)
