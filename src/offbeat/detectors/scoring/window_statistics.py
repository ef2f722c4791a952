"""What is known of the windows of a series while they are compared, an array of shape ``(6, n_windows)``."""

from __future__ import annotations

__all__ = ["AHEAD", "ALLOWED", "BEHIND", "INVERSE", "MEAN", "ROUNDING", "SQUARES", "WORST"]

MEAN, SQUARES, INVERSE, ALLOWED, BEHIND, AHEAD = range(6)
"""Rows of the statistics: the mean; the sum of the squares about it, infinite where a window may not be found; one over
the root of that sum, 0 for windows that are called flat; minus infinity where a window may not be found, else 0; and
the two terms of the recurrence."""

WORST = 1e300
"""How bad the best is before anything was found: minus so much for a correlation."""
ROUNDING = 1e-12
"""What is better by a smaller share is not better."""
