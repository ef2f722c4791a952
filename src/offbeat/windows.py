"""Cut a recording into windows, and put the scores of windows back on the time axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError, ShapeError
from offbeat.recording import FloatArray

__all__ = ["Windows"]


@dataclass(frozen=True)
class Windows:
    """Windows of one length, one starting every ``stride`` time steps.

    Parameters
    ----------
    length : int
        Time steps in a window.
    stride : int
        Time steps between the starts of two windows.

    Raises
    ------
    ParameterError
        If either is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> windows = Windows(3)
    >>> windows.slide(np.arange(5.0)[:, None])[:, 0]
    array([[0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> windows.fold(np.array([7.0, 8.0, 9.0]), n_times=5)
    array([nan, nan,  7.,  8.,  9.])
    """

    length: int
    stride: int = 1

    def __post_init__(self) -> None:
        for name in ("length", "stride"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < 1:
                raise ParameterError(f"the {name} of windows is a whole number of at least 1, but {value!r} came")

    def count(self, n_times: int) -> int:
        """Return how many windows fit into ``n_times`` time steps."""
        return max(0, (n_times - self.length) // self.stride + 1)

    def slide(self, values: FloatArray) -> FloatArray:
        """Return the windows of a recording as a view, without a copy.

        Parameters
        ----------
        values : array of shape (n_times, n_channels)

        Returns
        -------
        array of shape (n_windows, n_channels, length)

        Raises
        ------
        ShapeError
            If the recording is shorter than one window.
        """
        if len(values) < self.length:
            raise ShapeError(
                f"a window takes {self.length} time steps, but the recording has {len(values)}: "
                "give a longer recording or fit with a shorter window"
            )
        return np.lib.stride_tricks.sliding_window_view(values, self.length, axis=0)[:: self.stride]

    def fold(self, window_scores: FloatArray, n_times: int) -> npt.NDArray[np.float64]:
        """Put the score of each window at its last time step; NaN where no window ends.

        So the score of a time step depends on nothing that comes after it, and data that arrives
        point by point gets the scores that it gets as a whole.

        Parameters
        ----------
        window_scores : array of shape (n_windows, ...)
        n_times : int
            Time steps of the recording.

        Returns
        -------
        array of shape (n_times, ...)
        """
        if len(window_scores) != self.count(n_times):
            raise ShapeError(
                f"{n_times} time steps hold {self.count(n_times)} windows, but {len(window_scores)} scores came"
            )
        folded = np.full((n_times, *window_scores.shape[1:]), np.nan)
        folded[self.ends(n_times)] = window_scores
        return folded

    def ends(self, n_times: int) -> npt.NDArray[np.intp]:
        """Return the last time step of each window."""
        return np.arange(self.count(n_times)) * self.stride + self.length - 1
