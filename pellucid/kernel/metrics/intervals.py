"""How sure a share is, and whether two shares differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z95 = 1.959963984540054  # 95 per cent of a normal distribution lie within so many standard deviations


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22, 1927, 209-212); (0, 1) for a share of nothing."""
    if n <= 0:
        return 0.0, 1.0
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def differ(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """How likely chance alone makes two shares differ so much or more: the two-sided exact test of Fisher (1935)."""
    total, all_hits = n + other_n, hits + other_hits
    if not n or not other_n:
        return 1.0
    low, high = max(0, all_hits - other_n), min(all_hits, n)
    logs = [_choose(n, k) + _choose(other_n, all_hits - k) - _choose(total, all_hits) for k in range(low, high + 1)]
    here = logs[hits - low]
    return min(1.0, math.fsum(math.exp(v) for v in logs if v <= here + 1e-7))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def discoveries(chances: Sequence[float], rate: float = 0.05) -> list[float]:
    """What each of many tests is worth once there are so many: adjusted so that, of those at most `rate`, at most that share is expected to be
    chance (Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57, 1995, 289-300)."""
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    out, least = [1.0] * len(chances), 1.0
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        least = min(least, chances[at] * len(order) / rank)
        out[at] = least
    return out
