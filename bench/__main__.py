"""`python -m bench`: measure the gateway beside a bare pass-through and nginx, in turns, on this machine.

Knows the order of a run: in each round every target is started, every scenario goes to all of them one after the other
(the direct run first), then all are ended. Exit code 1 if answers were wrong or a target did not start, or, with
`--enforce`, if a mark was missed; 2 if this machine cannot be measured on.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import cpu, report
from bench.scenarios import SCENARIOS, Scenario, measure
from bench.targets import REPOSITORY, TARGETS, UPSTREAM, YARDSTICK, Running, StartError, Target, running

_NAMES = [target.name for target in TARGETS]


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what a request and a chunk cost.")
    parser.add_argument(
        "--scenario", action="append", choices=[s.name for s in SCENARIOS], help="only this one (repeatable)"
    )
    parser.add_argument("--target", action="append", choices=_NAMES, help="only this one (repeatable)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--quick", action="store_true", help="one tiny round: shows that all works, measures nothing")
    parser.add_argument("--enforce", action="store_true", help="exit with 1 if the gateway misses a mark")
    parser.add_argument("--json", type=Path, help="where the results go (default: a new file in bench/results/local)")
    arguments = parser.parse_args(words)
    if arguments.enforce and (arguments.quick or not {YARDSTICK, "gateway"} <= set(arguments.target or _NAMES)):
        parser.error(f"--enforce needs a full run with the targets {YARDSTICK} and gateway")
    return arguments


def _run_round(results: report.Results, number: int, folder: Path) -> None:
    models = [scenario.model for scenario in results.scenarios]
    with ExitStack() as stack:
        upstream = stack.enter_context(running(UPSTREAM, folder / UPSTREAM.name))
        turns = [upstream]
        for target in results.targets:
            try:
                turns.append(stack.enter_context(running(target, folder / target.name, upstream.port, models)))
            except StartError as problem:
                results.left_out[target.name] = str(problem)
        for scenario in results.scenarios:
            for turn in filter(lambda turn: scenario.fits(turn.target), turns):
                _say(f"round {number}: {scenario.name} against {turn.target.name}")
                results.samples.append(measure(turn, scenario, number))
        results.lives += [_life(turn, number) for turn in turns[1:]]


def _life(turn: Running, number: int) -> report.Life:
    return report.Life(turn.target.name, number, turn.start_s, turn.idle_mb, cpu.rss_mb(turn.pid, "VmHWM"))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _keep(results: report.Results, path: Path | None) -> None:
    if path is None:
        path = REPOSITORY / "bench/results/local" / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
        path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.to_json(results), indent=1, ensure_ascii=False) + "\n")
    _say(f"kept in {path}")


def _chosen(arguments: argparse.Namespace) -> tuple[list[Scenario], list[Target]]:
    named = set(arguments.scenario or [s.name for s in SCENARIOS])
    named |= {s.against for s in SCENARIOS if s.name in named and s.against}
    scenarios = [s for s in SCENARIOS if s.name in named]
    targets = [t for t in TARGETS if not arguments.target or t.name in arguments.target]
    return ([s.small(4) for s in scenarios] if arguments.quick else scenarios), targets


def main(words: Sequence[str] | None = None) -> int:
    """Run what `words` (default: the command line) ask for; return the exit code."""
    arguments = _arguments(words)
    try:
        cpu.require()
    except cpu.Unmeasurable as problem:
        _say(str(problem))
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the targets are ended on the way out
    scenarios, targets = _chosen(arguments)
    missing = {target.name: target.missing() for target in targets if target.missing()}
    results = report.Results(scenarios, [t for t in targets if t.name not in missing], left_out=dict(missing))
    with tempfile.TemporaryDirectory(prefix="llms-bench-") as folder:
        for number in range(1, (1 if arguments.quick else arguments.rounds) + 1):
            _run_round(results, number, Path(folder) / str(number))
    _keep(results, arguments.json)
    print(report.to_markdown(results))
    if arguments.quick:
        print("- a quick run: it shows that all works, its figures say nothing")
    broken = bool(results.void() or results.left_out.keys() - missing.keys())
    return int(broken or (arguments.enforce and bool(results.missed())))


if __name__ == "__main__":
    sys.exit(main())
