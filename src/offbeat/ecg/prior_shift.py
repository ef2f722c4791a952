"""Prior-shift correction: the share of premature beats in a record, and how it changes the probability of each."""

from __future__ import annotations

import numpy as np

from offbeat.series.arrays import FloatArray

__all__ = ["correct_prior_shift"]

_USUAL = 0.05  # of N and S, those that are S in people at large
_COUNTS_AS = 100  # beats that the usual share counts as
_MOST_STEPS, _STEADY = 200, 1e-6
_LEAST = 1e-12


def correct_prior_shift(premature: FloatArray, either: FloatArray, learned: float) -> FloatArray:
    """Return the probability that each beat is premature, corrected for the share of premature beats in the record.

    A classifier learns from as many premature beats as there are, more than most people have. A few doubtful ones in a
    record are then most probably normal; in a record full of them, more are premature than the classifier says. The
    share of the record is found by expectation maximisation: the share gives the probabilities, and their mean the
    share, until it converges. The share that is usual in people is the starting point and the prior.

    Parameters
    ----------
    premature : array of shape (n_beats,)
        The probability of S among N and S by the classifier.
    either : array of shape (n_beats,)
        The probability of N or S: the weight of a beat in the share.
    learned : float
        The share of S among N and S that the classifier learned from.

    Returns
    -------
    array of shape (n_beats,)
        The probability of S among N and S.

    References
    ----------
    M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities: a
    simple procedure", Neural Computation 14, 2002; here with a beta distribution as the prior of the share.

    Examples
    --------
    >>> doubtful = np.full(500, 0.3)
    >>> few, many = np.append(doubtful, 0.6), np.append(doubtful, np.full(500, 0.95))
    >>> print(correct_prior_shift(few, np.ones(501), 0.3)[-1].round(1))
    0.2
    >>> print(correct_prior_shift(many, np.ones(1000), 0.3)[0].round(1))
    0.8
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
