"""A record of regular beats with annotations as a program writes them: one beat missed, one twice, one doubtful."""

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.app.request import RecordRequest
from offbeat.app.review.session import ReviewSession
from offbeat.records import Annotations, Record, write_annotations

MISSED, TWICE, DOUBTFUL = 30, 50, 70
"""Beats by their number in the signal; that after the missed one has a smaller number in the annotations."""


@pytest.fixture(scope="session")
def lead():
    """A lead (mV) and the samples of its R peaks; every tenth beat is ventricular."""
    signal, times, wide = ecg(120)
    return signal, np.rint(times * RATE).astype(int), wide


@pytest.fixture(scope="session")
def annotations(lead):
    _, peaks, wide = lead
    rows = [(int(peak), "V" if is_wide else "N", "") for peak, is_wide in zip(peaks, wide, strict=True)]
    rows[DOUBTFUL] = (rows[DOUBTFUL][0], "V", "doubtful, confidence 0.40")
    del rows[MISSED]
    rows += [(int(peaks[TWICE]) + 60, "N", ""), (int(peaks[0]) - 1, "+", "(N")]
    samples, symbols, aux = zip(*sorted(rows), strict=True)
    return Annotations(samples, symbols, RATE, aux)


@pytest.fixture
def record(lead):
    return Record.from_array(lead[0], sampling_rate=RATE, channels=["II"], name="strip")


@pytest.fixture
def session(record, annotations, tmp_path):
    return ReviewSession(record, annotations, tmp_path / "strip.rev")


@pytest.fixture
def strip(lead, annotations, tmp_path):
    """The record as a file, with the annotations of a program beside it."""
    path = tmp_path / "strip.csv"
    pd.DataFrame({"II": lead[0], "V1": -0.5 * lead[0]}).round(4).to_csv(path, index=False)
    write_annotations(annotations, tmp_path / "strip.ofb")
    return path


@pytest.fixture
def wanted(strip):
    return RecordRequest(str(strip), sampling_rate=RATE)
