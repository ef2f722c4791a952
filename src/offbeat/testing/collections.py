"""The promises of a detector that reads collections."""

from __future__ import annotations

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.testing.material import assert_close, fitted, reads_collections, waves


def check_batch_invariance(detector: Detector) -> None:
    """The score of a series does not depend on what else is in the batch, on its size, or on the order."""
    if not reads_collections(detector):
        return
    model, series = fitted(detector), waves(40, seed=1)
    together = model.decision_function(series)
    alone = np.concatenate([model.decision_function(series[i : i + 1]) for i in range(len(series))])
    assert_close(alone, together, "a series scored alone and among others")
    order = np.random.default_rng(2).permutation(len(series))
    assert_close(model.decision_function(series[order]), together[order], "a batch in another order")
    among_giants = np.concatenate([series[:5], 1000 * series[5:10]])
    assert_close(model.decision_function(among_giants)[:5], together[:5], "a series beside much larger ones")
