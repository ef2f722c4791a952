"""Waves and intervals, and the variability of the heart rate, by NeuroKit2."""

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg import neurokit as extra
from offbeat.ecg.classify import classify_record
from offbeat.ecg.delineation import INTERVALS, WAVES, delineate
from offbeat.ecg.variability import heart_rate_variability, normal_intervals
from offbeat.errors import MissingExtraError, ParameterError, ignoring
from offbeat.records import Record

nk = pytest.importorskip("neurokit2", reason="the extra neurokit is not installed")


@pytest.fixture(scope="module")
def strip():
    """An artificial record with every tenth beat ventricular, and what was found in it."""
    signal, _, _ = ecg(120)
    record = Record.from_array(signal, sampling_rate=RATE, channels=["II"])
    return record, classify_record(record)


@pytest.fixture(scope="module")
def waves(strip):
    return delineate(*strip)


def test_marks_lie_where_the_waves_are(strip, waves):
    # P, R and T waves of the artificial beats stand 160 ms before, at, and 280 ms after
    record, found = strip
    normal = found.table["class"] == "N"
    after = waves[list(WAVES)][normal].sub(found.table["sample"][normal], axis=0) / record.sampling_rate
    middle = after.median()
    assert middle["p_peak"] == pytest.approx(-0.16, abs=0.02)
    assert middle["t_peak"] == pytest.approx(0.28, abs=0.02)
    assert -0.06 < middle["qrs_on"] < 0 < middle["qrs_off"] < 0.08
    assert middle["t_off"] == pytest.approx(0.28 + 2 * 0.05, abs=0.04)
    assert middle.is_monotonic_increasing


def test_a_row_for_each_beat_and_no_p_wave_of_ventricular_ones(strip, waves):
    _, found = strip
    assert len(waves) == len(found.table)
    assert list(waves) == [*WAVES, *INTERVALS]
    ventricular = (found.table["class"] == "V").to_numpy()
    assert ventricular.sum() >= 10
    assert waves.loc[ventricular, ["p_on", "p_peak", "p_off", "pr_ms"]].isna().all(axis=None)
    assert waves.loc[ventricular, "qrs_on"].notna().mean() > 0.8


def test_intervals_are_those_between_marks(strip, waves):
    record, found = strip
    ms = 1000 / record.sampling_rate
    good = waves["qt_ms"].notna()
    np.testing.assert_allclose(waves["qt_ms"][good], (waves["t_off"] - waves["qrs_on"])[good] * ms)
    bazett = waves["qt_ms"] / np.sqrt(found.table["rr_pre_s"])
    np.testing.assert_allclose(waves["qtc_bazett_ms"], bazett)


def test_long_records_are_read_by_pieces(strip, monkeypatch):
    whole = delineate(*strip)
    monkeypatch.setattr("offbeat.ecg.delineation._PIECE", 31.0)
    shares = []
    pieces = delineate(*strip, progress=shares.append)
    assert len(shares) > 2
    assert shares[-1] == 1
    same = (whole[list(WAVES)] - pieces[list(WAVES)]).abs()
    assert (same.fillna(0) <= 2).mean(axis=None) > 0.98  # filters begin elsewhere


def test_flat_records_have_no_waves():
    record = Record.from_array(np.zeros(5000), sampling_rate=RATE)
    assert delineate(record, classify_record(record)).empty


def test_variability_is_that_of_the_library_on_the_same_intervals(strip):
    _, found = strip
    intervals, times = normal_intervals(found)
    given = {"RRI": intervals, "RRI_Time": times}
    mine = heart_rate_variability(found)
    for library in (nk.hrv_time, nk.hrv_frequency, nk.hrv_nonlinear):
        with ignoring(Warning):  # that intervals are missing where beats are ectopic
            frame = library(given)
        theirs = frame.iloc[0].rename(lambda name: name.removeprefix("HRV_"))
        np.testing.assert_allclose(mine[theirs.index], theirs.astype(float), rtol=1e-9)


def test_ectopic_and_doubtful_beats_are_left_out(strip):
    _, found = strip
    intervals, _ = normal_intervals(found)
    normal = (found.table["class"] == "N").to_numpy()
    assert len(intervals) == (normal[1:] & normal[:-1] & ~found.table["doubtful"].to_numpy()[1:]).sum()
    assert intervals.std() < 40  # with the early beats and the pauses it were above 100
    fibrillating = classify_with(found, fibrillation=1.0)
    assert len(normal_intervals(fibrillating)[0]) == 0


def classify_with(found, **columns):
    from dataclasses import replace

    return replace(found, table=found.table.assign(**columns))


def test_windows_give_medians(strip):
    _, found = strip
    windowed = heart_rate_variability(found, domains=["time"], window_s=45)
    assert windowed["RMSSD"] > 0
    assert heart_rate_variability(found, domains=["time"], window_s=5).empty  # no window has enough beats
    assert heart_rate_variability(found, start_s=1e6).empty


def test_wrong_usage(strip):
    with pytest.raises(ParameterError, match="nonlinear"):
        heart_rate_variability(strip[1], domains=["chaos"])
    with pytest.raises(ParameterError, match="more than 0"):
        heart_rate_variability(strip[1], window_s=0)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "neurokit2", None)
    with pytest.raises(MissingExtraError, match=r"offbeat\[neurokit\]"):
        extra.neurokit()


def test_the_command_writes_them(strip, tmp_path):
    from offbeat.app.record_runs import classify_records

    signal, _, _ = ecg(60)
    pd.DataFrame({"II": signal}).round(4).to_csv(tmp_path / "a.csv", index=False)
    table = classify_records(
        [tmp_path / "a.csv"], tmp_path / "out", beats=True, reports=True, jobs=1, intervals=True, hrv=True,
        sampling_rate=RATE,
    )  # fmt: skip
    assert 300 < table["qt_ms"].iloc[0] < 500
    assert pd.read_csv(tmp_path / "out" / "a.csv")["qt_ms"].notna().mean() > 0.7
    page = (tmp_path / "out" / "a.html").read_text(encoding="utf-8")
    assert "QTc by Bazett" in page
    assert "sample entropy" in page
