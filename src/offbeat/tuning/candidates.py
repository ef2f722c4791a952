"""The detectors that a choice without labels is made from: the default first, and others that fit in seconds."""

from __future__ import annotations

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import default_detector, detector_class
from offbeat.series.periods import suggest_window
from offbeat.series.recording import Collection, Recording

__all__ = ["candidates_for"]

_MOST_NEIGHBOURS = 2_000
"""Windows that neighbours are looked for among, about: more of them take longer, and say little more."""


def candidates_for(data: Recording | Collection, random_state: int = 0) -> dict[str, Detector]:
    """Return unfitted detectors by the names that tables show; the first one is the default for such data.

    Parameters
    ----------
    data : Recording or Collection
        What to learn from. Of a recording the windows are the suggested one, half of it and twice as long, see
        :func:`offbeat.series.periods.suggest_window`.
    random_state : int
        Of each of them.

    Examples
    --------
    >>> import numpy as np
    >>> list(candidates_for(Collection(np.zeros((10, 1, 20)))))
    ['dense-autoencoder', 'pca', 'knn']
    >>> wave = Recording(np.sin(2 * np.pi * np.arange(3000) / 50))
    >>> list(candidates_for(wave))
    ['profile', 'profile (window 25)', 'profile (window 100)', 'pca', 'pca (window 100)', 'knn']
    """
    if isinstance(data, Collection):
        names = (default_detector("collections"), "pca", "knn")
        return {name: detector_class(name)(random_state=random_state) for name in names}
    window = suggest_window(data)
    stride = max(1, -(-len(data) // _MOST_NEIGHBOURS))
    wanted = (
        (default_detector("recordings"), (window, window // 2, 2 * window), 1),
        ("pca", (window, 2 * window), 1),
        ("knn", (window,), stride),
    )
    return {
        name if length == window else f"{name} (window {length})": detector_class(name)(
            window=length, stride=step, random_state=random_state
        )
        for name, lengths, step in wanted
        for length in lengths
        if 2 <= length <= len(data) // 6
    }
