"""Quantiles of measured values, by the nearest rank: each is a value that was measured."""

import math
from collections.abc import Sequence


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value at `share` (0 to 1) of values in ascending order, of which there must be one."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
