from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ecg_signals import RATE
from offbeat.records import Record, open_record

Write = Callable[..., Record]


@pytest.fixture
def as_record(tmp_path: Path) -> Write:
    """Write leads as a table and open it as a record."""

    def write(*leads: np.ndarray, rate: float = RATE, name: str = "strip") -> Record:
        path = tmp_path / f"{name}.csv"
        names = ",".join(["II", "V1", "V2"][: len(leads)])
        rows = "\n".join(",".join("" if np.isnan(v) else f"{v:.4f}" for v in row) for row in np.column_stack(leads))
        path.write_text(f"{names}\n{rows}\n")
        return open_record(path, sampling_rate=rate)

    return write
