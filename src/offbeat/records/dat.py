"""The two common signal formats of WFDB, 16 and 212, straight from the file: the piece that is asked for, no more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, FormatError
from offbeat.files.regular import is_file

__all__ = ["FAST_FORMATS", "DatFile"]

FAST_FORMATS = {"16": 16, "212": 12}
"""The formats read here, and the bits a sample has in them."""

_INVALID = {"16": -32768, "212": -2048}


@dataclass(frozen=True)
class DatFile:
    """Interleaved samples of one signal file.

    Parameters
    ----------
    path : Path
        The file.
    fmt : {"16", "212"}
        Its WFDB format.
    n_signals : int
        How many signals it holds, one sample of each in turn.
    offset : int
        Bytes before the first sample.

    References
    ----------
    WFDB applications guide, signal(5): "WFDB signal file formats".
    """

    path: Path
    fmt: str
    n_signals: int
    offset: int = 0

    def n_times(self) -> int:
        """Return how many samples of each signal the file holds.

        Raises
        ------
        DataError
            If there is no such file.
        """
        if not is_file(self.path):
            raise DataError(f"the signal file {self.path} is not there: put it beside the header")
        return (self.path.stat().st_size - self.offset) * 8 // (FAST_FORMATS[self.fmt] * self.n_signals)

    def read(self, start: int, stop: int) -> npt.NDArray[np.int16]:
        """Return the raw samples from ``start`` to before ``stop``, of shape (stop - start, n_signals)."""
        first, last = start * self.n_signals, stop * self.n_signals
        if self.fmt == "16":
            flat = self._load(2 * first, 2 * (last - first)).view("<i2").astype(np.int16, copy=False)
        else:
            # Two samples share three bytes, so the piece begins and ends with whole pairs.
            pairs = self._load(first // 2 * 3, (-(-last // 2) - first // 2) * 3, padding=True)
            flat = _unpack_212(pairs)[first % 2 :][: last - first]
        return flat.reshape(-1, self.n_signals)

    def invalid(self) -> int:
        """Return the raw value that stands for a missing sample."""
        return _INVALID[self.fmt]

    def _load(self, offset: int, count: int, padding: bool = False) -> npt.NDArray[np.uint8]:
        with self.path.open("rb") as file:
            file.seek(self.offset + offset)
            content = file.read(count)
        if len(content) < count - 1 * padding:
            raise FormatError(f"{self.path} is cut short: copy or download it again")
        return np.frombuffer(content.ljust(count, b"\0"), dtype=np.uint8)


def _unpack_212(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Return the 12-bit samples; the high halves of both stand in the byte in the middle."""
    low, middle, high = (column.astype(np.int16) for column in packed.reshape(-1, 3).T)
    samples = np.empty((len(low), 2), dtype=np.int16)
    # Shifted up and down again, the twelfth bit becomes the sign.
    samples[:, 0] = ((middle << 12) | (low << 4)) >> 4
    samples[:, 1] = (((middle & 0xF0) << 8) | (high << 4)) >> 4
    return samples.ravel()
