"""What came out: medians with their spread, ratios to the yardstick, as JSON to keep and Markdown to read.

Knows samples and how to tell them; it must not measure. A figure is a median over the rounds, with its extremes. A
ratio is taken within each round and then over the rounds: a machine that gets slower under way does not bend it.
"""
# ruff: noqa: RUF001 - the tables are for people: micro, times and dash signs as they are written

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.dialects import DIALECTS
from bench.scenarios import Sample, Scenario
from bench.targets import REPOSITORY, UPSTREAM, YARDSTICK, Target

_SATURATED = 0.9
"""The share of a core from which on the load generator is what limits the answers per second."""
_PACKAGES = ("aiohttp", "multidict", "orjson", "pydantic", "uvloop", "yarl")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value over the rounds: its median, and the least and the most that was seen."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Figure | None:
        """Return the figure of the values that are there, or None if there is none."""
        there = [value for value in values if value is not None]
        return cls(statistics.median(there), min(there), max(there)) if there else None

    def text(self, digits: int, scale: float = 1.0) -> str:
        """Return the median and, if it says anything, half the distance between the extremes in per cent."""
        spread = 50 * (self.high - self.low) / self.median if self.median else 0.0
        shown = f"{self.median * scale:,.{digits}f}"
        return f"{shown} ±{spread:.0f} %" if self.high > self.low else shown


@dataclass(frozen=True, slots=True)
class Life:
    """One process of a target in one round: seconds until `/health` answered, resident MB before and at its peak."""

    target: str
    round: int
    start_s: float
    idle_mb: float
    peak_mb: float


@dataclass(slots=True)
class Results:
    """All that one run found."""

    scenarios: Sequence[Scenario]
    targets: Sequence[Target]
    samples: list[Sample] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def figure(self, target: str, scenario: str, value: Callable[[Sample], float | None]) -> Figure | None:
        """Return `value` over the rounds of one scenario against one target; None if void or not run."""
        samples = self._samples(target, scenario)
        return None if any(sample.errors for sample in samples) else Figure.of(map(value, samples))

    def ratio(self, target: str, scenario: str) -> Figure | None:
        """Return CPU per unit as a multiple of the yardstick's in the same round.

        The yardstick is the pass-through, or, for a dialect, the target itself with OpenAI's.
        """
        against = next((each.against for each in self.scenarios if each.name == scenario), "")
        measure = (target, against) if against else (YARDSTICK, scenario)
        if self.errors(target, scenario) or self.errors(*measure):
            return None
        yardstick = {sample.round: sample.cpu_us for sample in self._samples(*measure)}
        pairs = ((sample.cpu_us, yardstick.get(sample.round)) for sample in self._samples(target, scenario))
        return Figure.of(ours / theirs for ours, theirs in pairs if ours and theirs)

    def errors(self, target: str, scenario: str) -> Counter[str]:
        """Return the errors of one scenario against one target, over the rounds."""
        found: Counter[str] = Counter()
        for sample in self._samples(target, scenario):
            found.update(sample.errors)
        return found

    def void(self) -> list[str]:
        """Return a line for each scenario that has no figures because answers were wrong."""
        pairs = [(target, scenario) for target in (UPSTREAM, *self.targets) for scenario in self.scenarios]
        found = [(t.name, s.name, self.errors(t.name, s.name)) for t, s in pairs]
        return [f"{t}, {s}: " + ", ".join(f"{n} x {e}" for e, n in errors.items()) for t, s, errors in found if errors]

    def missed(self) -> list[str]:
        """Return a line for each mark that the gateway misses; a mark without a figure is not missed but void."""
        pairs = [(scenario, self.ratio("gateway", scenario.name)) for scenario in self.scenarios if scenario.mark]
        return [
            f"{each.name}: {ratio.median:.2f} x {each.against or 'the pass-through'}, the mark is {each.mark}"
            for each, ratio in pairs
            if ratio and each.mark and ratio.median > each.mark
        ]

    def _samples(self, target: str, scenario: str) -> list[Sample]:
        return [sample for sample in self.samples if (sample.target, sample.scenario) == (target, scenario)]


def to_json(results: Results) -> dict[str, Any]:
    """Return everything: where it ran, every sample of every round, the ratios."""
    ratios = {t.name: {s.name: results.ratio(t.name, s.name) for s in results.scenarios} for t in results.targets}
    return {
        "about": about(),
        "scenarios": [asdict(scenario) for scenario in results.scenarios],
        "samples": [sample.to_json() for sample in results.samples],
        "processes": [asdict(life) for life in results.lives],
        "ratios": {t: {s: asdict(f) for s, f in row.items() if f} for t, row in ratios.items()},
        "void": results.void(),
        "missed": results.missed(),
        "left_out": results.left_out,
    }


def about() -> dict[str, Any]:
    """Return what the figures depend on: machine, Python, commit, versions."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "machine": f"{_cpu_name()}, {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}",
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "commit": _commit(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    git = ["git", "-C", str(REPOSITORY)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "llms"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


def to_markdown(results: Results) -> str:
    """Return the tables and, below them, what a reader has to know about them."""
    facts = about()
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    lines = [*_costs(results), "", *_ratios(results), ""]
    lines += ["- ±: half of what lies between the extremes; ≥: the load generator had no more to give"]
    lines += [f"- {target} is left out: {why}" for target, why in results.left_out.items()]
    lines += [f"- void: {line}" for line in results.void()]
    lines += [f"- missed: {line}" for line in results.missed()]
    lines += [
        f"- {facts['date']}, commit {facts['commit']}, {facts['machine']}, load {facts['load_average']} at the end"
    ]
    lines += [f"- Python {facts['python']}, {packages}"]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def _costs(results: Results) -> list[str]:
    names = {scenario.name for scenario in results.scenarios}
    columns = [column for column in _COLUMNS if column.scenario in names]
    head = ["", *(column.title for column in columns), "RSS idle → peak, MB", "start, s"]
    rows = []
    for target in (UPSTREAM, *results.targets):
        cells = [_cell(results, target, column) for column in columns]
        rows.append([target.title, *cells, *_life(results, target)])
    return _table(head, rows)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    scenario: str
    value: Callable[[Sample], float | None]
    digits: int = 0
    scale: float = 1.0
    rate: bool = False


_COLUMNS = (
    _Column("plain request, CPU µs", "plain", lambda sample: sample.cpu_us),
    _Column("64 kB request, CPU µs", "body", lambda sample: sample.cpu_us),
    _Column("burst chunk, CPU µs", "burst", lambda sample: sample.cpu_us, 2),
    _Column("paced chunk, CPU µs", "paced", lambda sample: sample.cpu_us, 1),
    *(_Column(f"{name} chunk, CPU µs", f"dialect-{name}", lambda sample: sample.cpu_us, 2) for name in DIALECTS),
    _Column("plain, requests/s", "plain", lambda sample: sample.answers_per_s, rate=True),
    _Column("burst, streams/s", "burst", lambda sample: sample.answers_per_s, rate=True),
    _Column("first chunk, ms", "first", lambda sample: sample.first_us, 2, 1e-3),
    _Column("paced delay p50, ms", "paced", lambda sample: sample.delay_p50_us, 1, 1e-3),
    _Column("paced delay p99, ms", "paced", lambda sample: sample.delay_p99_us, 1, 1e-3),
)


def _cell(results: Results, target: Target, column: _Column) -> str:
    if results.errors(target.name, column.scenario):
        return "void"
    figure = results.figure(target.name, column.scenario, column.value)
    if not figure:
        return "–"
    busy = results.figure(target.name, column.scenario, lambda sample: sample.load_busy)
    least = "≥ " if column.rate and busy and busy.median > _SATURATED else ""
    return least + figure.text(column.digits, column.scale)


def _life(results: Results, target: Target) -> list[str]:
    lives = [life for life in results.lives if life.target == target.name]
    if not lives:
        return ["–", "–"]
    idle, peak, start = (
        statistics.median(values) for values in zip(*((o.idle_mb, o.peak_mb, o.start_s) for o in lives), strict=True)
    )
    return [f"{idle:.0f} → {peak:.0f}", f"{start:.2f}"]


def _ratios(results: Results) -> list[str]:
    scenarios = [scenario for scenario in results.scenarios if scenario.name != "first"]
    told = "CPU, × the pass-through on uvloop (dialects: × the same target's burst)"
    head = [told, *(f"{scenario.name}, per {scenario.unit}" for scenario in scenarios)]
    rows = []
    for target in results.targets:
        ratios = [results.ratio(target.name, scenario.name) for scenario in scenarios]
        rows.append([target.title, *(ratio.text(2) if ratio else "–" for ratio in ratios)])
    marks = [f"≤ {scenario.mark}" if scenario.mark else "" for scenario in scenarios]
    return _table(head, [*rows, ["mark for llms serve", *marks]])
