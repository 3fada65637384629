from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench import cpu

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_work_shows_in_the_cpu_time() -> None:
    before = cpu.cpu_us(os.getpid())
    while cpu.cpu_us(os.getpid()) < before + 2000:
        sum(range(1000))


def test_children_belong_to_the_tree() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        assert child.pid in cpu.tree(os.getpid())
    assert child.pid not in cpu.tree(os.getpid())


def test_a_process_that_ended_has_used_nothing() -> None:
    with subprocess.Popen(["true"]) as child:
        pass
    assert cpu.cpu_us(child.pid) == 0
    assert cpu.rss_mb(child.pid) == 0


def test_memory_is_in_megabytes_and_its_peak_is_no_less() -> None:
    assert 5 < cpu.rss_mb(os.getpid()) <= cpu.rss_mb(os.getpid(), "VmHWM") < 5000
