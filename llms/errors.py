"""Every error a caller may meet. Each class fixes the HTTP status, the OpenAI `type` and `code`, and whether trying
again (elsewhere or later) can help; its docstring is the default message, so an unexplained error cannot exist.

    LlmsError
    ├── ConfigError                the configuration cannot be used: exit code 2
    └── GatewayError               becomes an error answer
        ├── BadRequest         400 the request itself is at fault
        │   └── TooLarge       413
        ├── Unauthorized       401 no key, or an unknown one
        ├── Forbidden          403 the key may not do this
        ├── NotFound           404 no such path
        │   ├── UnknownModel   404 no such model, with near matches
        │   └── EndpointNotSupported 404 the model's provider does not have this endpoint
        ├── MethodNotAllowed   405
        ├── LimitExceeded      429 a limit of this gateway
        ├── Cancelled          499 ended by a cancel call
        ├── Draining           503 the gateway is shutting down
        ├── Internal           500 a fault of this gateway
        ├── StoreUnavailable   503 the history cannot be read or written
        │   └── StoreRefused   503 the database is there, and takes no such values
        └── UpstreamError      502 the provider's side failed
            ├── Rejected       4xx the provider refuses this request: its status is kept
            ├── AccessDenied   502 the provider refuses the gateway's own key
            ├── RateLimited    429 the provider asks to slow down, or the quota is used up
            ├── Unavailable    502 the provider failed or cannot be reached (503 where it says it is overloaded)
            ├── TimedOut       504 one of the four timers fired; `code` names it
            └── Malformed      502 the answer broke off, or is not what the protocol promises
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self


class LlmsError(Exception):
    """Anything the package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration: where (`providers.mine.type`), what, and in which file."""

    path: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.path, self.message) if part)


class ConfigError(LlmsError):
    """The configuration cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class GatewayError(LlmsError):
    """The gateway could not serve the request."""

    status: int = 500
    type: str = "server_error"
    code: str | None = None
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        param: str | None = None,
        code: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n", 1)[0])
        self.param = param
        self.retry_after_s = retry_after_s
        self.headers = headers or {}
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status

    @property
    def message(self) -> str:
        """What to tell the client."""
        return str(self)

    def body(self) -> dict[str, Any]:
        """The error object of OpenAI's API: absent `param` and `code` are null."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


class BadRequest(GatewayError):
    """The request is not valid."""

    status = 400
    type = "invalid_request_error"


class TooLarge(BadRequest):
    """The request body is larger than this server accepts."""

    status = 413
    code = "request_too_large"


class Unauthorized(GatewayError):
    """No valid API key was given: send it as `Authorization: Bearer <key>`."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class Forbidden(GatewayError):
    """This key may not do that."""

    status = 403
    type = "permission_error"
    code = "permission_denied"


class NotFound(GatewayError):
    """There is nothing at this path."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class UnknownModel(NotFound):
    """The model does not exist here."""

    code = "model_not_found"

    def __init__(self, model: str, near: list[str] | None = None) -> None:
        hint = f" Did you mean {_listed(near)}?" if near else " GET /v1/models lists what there is."
        super().__init__(f"The model {model!r} does not exist here.{hint}", param="model")
        self.model = model
        self.near = near or []


class EndpointNotSupported(NotFound):
    """The provider of this model does not have this endpoint."""

    code = "endpoint_not_supported"


class MethodNotAllowed(GatewayError):
    """This path does not know that method."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"


class LimitExceeded(GatewayError):
    """A limit of this gateway is reached."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class Cancelled(GatewayError):
    """The request was cancelled."""

    status = 499
    type = "cancelled"
    code = "cancelled"


class Draining(GatewayError):
    """The gateway is shutting down: send the request again."""

    status = 503
    code = "draining"
    retryable = True


class Internal(GatewayError):
    """The gateway failed; its log says why under this request's id."""

    code = "internal_error"


class StoreUnavailable(GatewayError):
    """The history of calls cannot be reached."""

    status = 503
    code = "history_unavailable"


class StoreRefused(StoreUnavailable):
    """The history takes no such values."""


class UpstreamError(GatewayError):
    """The provider failed."""

    status = 502
    code: str | None = "upstream_error"
    route = ""

    def at(self, route: str) -> Self:
        """This error, saying which `provider/model` it is about; the innermost route that is named stays."""
        self.route = self.route or route
        return self

    @property
    def message(self) -> str:
        """What to tell the client: the route comes first, so that it says which provider and model failed."""
        return f"{self.route}: {self}" if self.route else str(self)


class Rejected(UpstreamError):
    """The provider refused the request."""

    status = 400
    type = "invalid_request_error"
    code: str | None = None


class AccessDenied(UpstreamError):
    """The provider refused the key this gateway has for it: the operator must check it."""

    code = "upstream_auth"
    retryable = True


class RateLimited(UpstreamError):
    """The provider's rate limit is reached."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True


class Unavailable(UpstreamError):
    """The provider cannot be reached, or failed."""

    retryable = True


class TimedOut(UpstreamError):
    """The provider did not answer in time."""

    status = 504
    type = "timeout_error"
    code = "timeout"
    retryable = True


class Malformed(UpstreamError):
    """The provider's answer broke off or cannot be understood."""

    code = "upstream_malformed"
    retryable = True


def _listed(names: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`, each in quotes."""
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
