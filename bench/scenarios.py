"""What is measured: each scenario is one kind of load and the unit its cost is told in.

Knows shapes of traffic and the marks that the gateway is held to; it must not know which target it runs against.
"""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench import cpu, load
from bench.dialects import DIALECTS
from bench.targets import Running, Target


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load with a name. CPU is told per chunk if the answers are streams (`chunks`), else per request.

    `mark` is the most CPU the gateway may use per unit, as a multiple of the bare pass-through's. With a `dialect` the
    upstream answers in that one, which only a gateway understands; the mark is then a multiple of the gateway's own
    cost in the scenario `against`, which is the same load in OpenAI's dialect.
    """

    name: str
    title: str
    connections: int
    seconds: float
    chunks: int = 0
    gap_ms: int = 0
    body_bytes: int = 0
    mark: float | None = None
    dialect: str = ""
    against: str = ""

    def fits(self, target: Target) -> bool:
        """Whether this target can answer it."""
        return not self.dialect or target.translates

    @property
    def unit(self) -> str:
        """What the CPU time is divided by."""
        return "chunk" if self.chunks else "request"

    @property
    def model(self) -> str:
        """The model name that makes the mock upstream answer like this."""
        if not self.chunks:
            return "plain"
        return f"paced-{self.chunks}-{self.gap_ms}" if self.gap_ms else f"burst-{self.chunks}"

    def small(self, connections: int) -> Scenario:
        """Return the same shape of load for a fraction of a second: to warm a target up, to see that all works.

        It has no mark: its figures say nothing.
        """
        return replace(
            self, mark=None, connections=connections, seconds=0, chunks=min(self.chunks, 5), gap_ms=min(self.gap_ms, 5)
        )

    def load(self, port: int, prefix: str) -> load.Load:
        """Return the load on `port`; `prefix` goes before the model's name. Paced streams start spread over time."""
        return load.Load(
            port=port,
            model=(f"{self.dialect}/" if self.dialect else prefix) + self.model,
            connections=self.connections,
            seconds=self.seconds,
            chunks=self.chunks,
            body_bytes=self.body_bytes,
            ramp_s=self.connections / 1000 if self.gap_ms else 0.0,
            delays=bool(self.gap_ms),
        )


SCENARIOS = (
    Scenario("plain", "plain request, 16 connections", connections=16, seconds=2.0, mark=1.6),
    Scenario("body", "request of 64 kB, 16 connections", connections=16, seconds=2.0, body_bytes=64 * 1024),
    Scenario(
        "burst", "streams of 100 chunks at once, 32 connections", connections=32, seconds=2.0, chunks=100, mark=2.5
    ),
    Scenario("paced", "250 streams, a chunk every 20 ms", connections=250, seconds=0, chunks=100, gap_ms=20, mark=1.5),
    Scenario("first", "one stream at a time, until its first chunk", connections=1, seconds=0.5, chunks=10),
    *(
        Scenario(
            f"dialect-{dialect}",
            f"the burst, from an upstream that speaks as {dialect} does",
            connections=32,
            seconds=2.0,
            chunks=100,
            mark=1.6,
            dialect=dialect,
            against="burst",
        )
        for dialect in DIALECTS
    ),
)
"""In the order they are run and shown; the sizes of a full run."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One scenario against one target in one round. With `errors` it is void: the other figures say nothing.

    `load_busy` is the share of a core that the load generator used; `cpu_us` is per unit and absent for the direct run;
    `first_us` the median until the first chunk (or whole answer);
    `delay_p50_us` and `delay_p99_us` what a paced chunk took from the upstream to here.
    """

    target: str
    scenario: str
    round: int
    answers: int
    chunks: int
    received_bytes: int
    elapsed_s: float
    load_busy: float
    errors: dict[str, int]
    cpu_us: float | None = None
    first_us: float | None = None
    delay_p50_us: float | None = None
    delay_p99_us: float | None = None

    @property
    def answers_per_s(self) -> float | None:
        """Whole answers per second; nothing for a void sample."""
        return None if self.errors or not self.elapsed_s else self.answers / self.elapsed_s

    def to_json(self) -> dict[str, Any]:
        """Return the sample as it goes into the results file."""
        return asdict(self)


def measure(running: Running, scenario: Scenario, number: int) -> Sample:
    """Warm `running` up, put the load on it, and read what that cost once it has gone quiet again."""
    load.run(scenario.small(scenario.connections).load(running.port, running.target.prefix))
    before = cpu.settled_cpu_us(running.pid)
    tally = load.run(scenario.load(running.port, running.target.prefix))
    used = cpu.settled_cpu_us(running.pid) - before
    units = tally.chunks if scenario.chunks else tally.answers
    delays = statistics.quantiles(tally.delays_us, n=100) if len(tally.delays_us) > 1 else None
    return Sample(
        target=running.target.name,
        scenario=scenario.name,
        round=number,
        answers=tally.answers,
        chunks=tally.chunks,
        received_bytes=tally.received_bytes,
        elapsed_s=tally.elapsed_s,
        load_busy=tally.busy,
        errors=dict(tally.errors),
        cpu_us=used / units if units and running.target.measured else None,
        first_us=statistics.median(tally.first_us) if tally.first_us else None,
        delay_p50_us=delays[49] if delays else None,
        delay_p99_us=delays[98] if delays else None,
    )
