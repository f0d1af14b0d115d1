"""Intervals of a share that was counted."""

import math

from scipy.stats import norm


def wilson(hits: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper end for `hits` of `count` (Wilson 1927; Brown, Cai and DasGupta 2001, eq. 4); (0, 1) for none at all."""
    if not count:
        return 0.0, 1.0
    z, share = float(norm.ppf((1 + confidence) / 2)), hits / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half if hits > 0 else 0.0, centre + half if hits < count else 1.0
