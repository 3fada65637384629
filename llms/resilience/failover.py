"""The stage that finds who answers a call: one flat loop of attempts, up to the commit point.

A failure before the first meaningful chunk (content, reasoning, a tool call, a finish reason) leads to another attempt,
as the policy says; what was received until then is thrown away, the client has seen none of it. From that chunk on the
call is committed: failures belong to the client, and nothing is tried again.
"""

import random
import time
from collections.abc import AsyncGenerator, Callable

from llms.errors import UpstreamError
from llms.resilience.causes import cause_of
from llms.resilience.policy import Backoff
from llms.resilience.pursuit import Means, Pursuit
from llms.resilience.targets import Targets
from llms.types import Call, Chunk, Next, Stage


def failover(
    targets: Targets,
    backoff: Backoff | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = random.random,  # noqa: S311 - it spreads waits, it keeps no secret
) -> Stage:
    """The stage, over what is known of `targets`. `chance` gives numbers from 0 to 1."""
    means = Means(targets, backoff or Backoff(), clock, chance)

    async def failing_over(call: Call, advance: Next) -> AsyncGenerator[Chunk, None]:
        """Raises the most useful of the failures when all attempts have failed."""
        call.timing.upstream_started = clock()
        pursuit = Pursuit(means, call, advance)
        trying = await pursuit.answer()
        call.timing.upstream_answered = trying.note.answered
        whole = False
        try:
            for chunk in trying.held:
                yield chunk
            async for chunk in trying.chunks:
                yield chunk
            whole = True
        except UpstreamError as failure:
            trying.failed(failure, cause_of(failure), clock())
            raise
        finally:
            trying.end(clock(), whole=whole)

    return failing_over
