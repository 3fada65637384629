"""What the headers of an answer tell of the call behind it. Knows calls, not how their answers are written."""

import time

from llms.types import Call


def facts(call: Call) -> dict[str, str]:
    """Headers that tell who answered, and how long the gateway and the provider took until now, in milliseconds."""
    timing = call.timing
    now = time.monotonic()
    upstream_s = max(0.0, (timing.upstream_answered or now) - (timing.upstream_started or now))
    gateway_s = max(0.0, now - (timing.started or now) - upstream_s)
    headers = {"server-timing": f"gateway;dur={_ms(gateway_s)}, upstream;dur={_ms(upstream_s)}"}
    if call.route is not None:
        headers["x-llms-provider"] = call.route.provider.name
        headers["x-llms-model"] = _header_safe(call.route.model)
        headers["x-llms-attempts"] = str(call.attempts)
    if call.terms is not None and call.terms.changes:
        headers["x-llms-translation"] = _header_safe(call.terms.summary())
    return headers


def _ms(seconds: float) -> str:
    """Milliseconds with two decimals: of whole numbers, which are written in a fifth of the time of a float."""
    hundredths = int(seconds * 100_000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _header_safe(text: str) -> str:
    """Text that can stand in a header: model names come from requests."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if " " <= char < "\x7f" else "?" for char in text)
    return text[:256]
