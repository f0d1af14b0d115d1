"""Intervals of shares."""

from scipy.stats import norm


def wilson(hits: float, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927, JASA 22); exactly 0 or 1 at the ends. `trials` at least 1."""
    z = float(norm.ppf((1 + level) / 2))
    centre = (hits + z * z / 2) / (trials + z * z)
    half = z / (trials + z * z) * (hits * (trials - hits) / trials + z * z / 4) ** 0.5
    return max(centre - half, 0.0) if hits > 0 else 0.0, min(centre + half, 1.0) if hits < trials else 1.0
