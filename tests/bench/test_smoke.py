"""Each scenario once against each target, with tiny counts: answers are right; nothing is said about time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.scenarios import SCENARIOS
from bench.targets import REPOSITORY, TARGETS, UPSTREAM, Target

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_scenario_runs_without_an_error(target: Target, tmp_path: Path) -> None:
    if target.missing():
        pytest.skip(target.missing())
    kept = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench", "--quick", "--target", target.name, "--json", str(kept)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(kept.read_text())
    assert results["void"] == []
    samples = {(sample["target"], sample["scenario"]): sample for sample in results["samples"]}
    expected = {
        (each.name, scenario.name) for each in (UPSTREAM, target) for scenario in SCENARIOS if scenario.fits(each)
    }
    assert samples.keys() == expected
    assert all(sample["answers"] >= 1 for sample in samples.values())
    assert all(sample["cpu_us"] > 0 for (name, _), sample in samples.items() if name == target.name)
