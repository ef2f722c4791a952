"""How many beats of a record are premature, and what that says of each of them."""

from __future__ import annotations

import numpy as np

from offbeat.series.arrays import FloatArray

__all__ = ["adapt_to_share"]

_USUAL = 0.05  # of N and S, those that are S in people at large
_COUNTS_AS = 100  # beats: how many must speak against what is usual before they outweigh it
_MOST_STEPS, _STEADY = 200, 1e-6
_LEAST = 1e-12


def adapt_to_share(premature: FloatArray, either: FloatArray, learned: float) -> FloatArray:
    """Return how probable it is that each beat is premature, by how many of them are.

    A classifier learns from as many premature beats as it can get, more than most people have. In a record with a few
    doubtful ones, they are then most probably none; in one that is full of them, more are than were thought. The share
    of the record is found by expectation maximisation: from the share follow the probabilities, from their mean the
    share, until it stays. It begins with, and is held by, what is usual in people.

    Parameters
    ----------
    premature : array of shape (n_beats,)
        The probability of S among N and S, as a classifier says it.
    either : array of shape (n_beats,)
        The probability of N or S: how much a beat has to say on the share.
    learned : float
        The share of S among N and S that the classifier learned from.

    Returns
    -------
    array of shape (n_beats,)
        The probability of S among N and S.

    References
    ----------
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities: a
    simple procedure", Neural Computation 14, 2002; here with a beta distribution for what is known of the share before.

    Examples
    --------
    >>> doubtful = np.full(500, 0.3)
    >>> few, many = np.append(doubtful, 0.6), np.append(doubtful, np.full(500, 0.95))
    >>> print(adapt_to_share(few, np.ones(501), 0.3)[-1].round(1), adapt_to_share(many, np.ones(1000), 0.3)[0].round(1))
    0.2 0.8
    """
    if not len(premature) or not 0 < learned < 1:
        return premature
    odds = premature / np.maximum(1 - premature, _LEAST) * (1 - learned) / learned
    share, adapted = _USUAL, premature
    for _ in range(_MOST_STEPS):
        now = odds * share / (1 - share)
        adapted = now / (1 + now)
        before, share = share, (float(adapted @ either) + _COUNTS_AS * _USUAL) / (float(either.sum()) + _COUNTS_AS)
        if abs(share - before) < _STEADY:
            break
    return np.asarray(adapted)
