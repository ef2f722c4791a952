"""What cannot be read is found, what can be read is left alone, and how a record is cut makes no difference."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offbeat.errors import ParameterError, ShapeError
from offbeat.records import open_record
from offbeat.records.quality import QualityRules, QualityScan, Span, unreadable

RATES = [100, 128, 250, 360, 500, 1000]


def ecg(rate: float, seconds: int = 60) -> np.ndarray:
    """A beat a second, of QRS and T, on a wandering line, with a little noise."""
    time = np.arange(int(rate * seconds)) / rate
    beat = time % 1
    clean = np.exp(-(((beat - 0.3) / 0.015) ** 2)) + 0.3 * np.exp(-(((beat - 0.6) / 0.06) ** 2))
    return clean + 0.3 * np.sin(time) + np.random.default_rng(1).normal(0, 0.02, len(time))


def defect(kind: str, length: int, rate: float) -> np.ndarray:
    generator = np.random.default_rng(2)
    if kind == "noise":
        return generator.normal(0, 0.5, length)
    return {
        "gap": np.full(length, np.nan),
        "flat": np.full(length, 0.7) + generator.normal(0, 0.001, length),
        "saturated": np.where(np.arange(length) % rate < 0.8 * rate, 5.0, generator.normal(0, 1, length)),
        "hum": 2 * np.sin(2 * np.pi * 49 * np.arange(length) / rate),
    }[kind]


@pytest.mark.parametrize("rate", RATES)
def test_a_good_record_is_left_alone(rate: float) -> None:
    assert unreadable(ecg(rate), rate) == []


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", ["gap", "flat", "saturated", "noise"])
def test_each_defect_is_found_where_it_is(rate: float, kind: str) -> None:
    values, start, stop = ecg(rate), int(20.2 * rate), int(31.3 * rate)
    values[start:stop] = defect(kind, stop - start, rate)
    (span,) = unreadable(values, rate)
    assert span.reason == kind
    tolerance = 1 if kind == "gap" else 0.5 * rate + 1
    assert abs(span.start - start) <= tolerance
    assert abs(span.stop - stop) <= tolerance


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_mains_hum_hides_nothing(rate: float, mains: float) -> None:
    if mains < 0.5 * rate:
        values = ecg(rate)
        hum = np.sin(2 * np.pi * mains * np.arange(len(values)) / rate)
        assert unreadable(values + 0.3 * hum, rate) == []


def test_a_ramp_is_flat() -> None:
    ramp = np.arange(5000) * 0.001
    assert unreadable(ramp, 250) == [Span(0, 5000, "flat")]


def test_noise_that_was_found_elsewhere_is_joined_with_the_rest() -> None:
    values = ecg(250)
    values[5000:6000] = 0.1
    scan = QualityScan(250)
    scan.add(values)
    scan.mark_noise(4000, 7000)
    assert scan.spans() == [Span(4000, 5000, "noise"), Span(5000, 6000, "flat"), Span(6000, 7000, "noise")]


def test_pauses_short_defects_and_coarse_recorders_are_no_defects() -> None:
    values = ecg(250)
    values[2500:3250] = np.random.default_rng(0).normal(0, 0.02, 750)
    values[5000:5300] = 0.2
    assert unreadable(values, 250) == []
    coarse = (ecg(250) - 0.3 * np.sin(np.arange(15_000) / 250)) / 0.1
    assert unreadable(coarse.round() * 0.1, 250) == []


def test_the_rails_of_the_recorder_are_taken_where_they_are_known() -> None:
    values = np.clip(ecg(250) + 1, None, 1.0)
    assert {span.reason for span in unreadable(values, 250, QualityRules(rails=(-1.0, 1.0)))} == {"saturated"}
    assert "saturated" not in {span.reason for span in unreadable(values, 250, QualityRules(rails=(-5.0, 5.0)))}


def test_gaps_with_too_little_between_them_are_one_and_cut_other_spans() -> None:
    values = ecg(250)
    values[5000:9000] = 0.1
    values[6000:6100] = np.nan
    values[6120:6180] = np.nan
    values[10] = np.nan
    assert unreadable(values, 250) == [
        Span(10, 11, "gap"),
        Span(5000, 6000, "flat"),
        Span(6000, 6180, "gap"),
        Span(6180, 9000, "flat"),
    ]


KINDS = st.sampled_from(["gap", "flat", "saturated", "noise", "hum"])


@settings(max_examples=40)
@given(
    defects=st.lists(st.tuples(st.integers(0, 15_000), st.integers(1, 3000), KINDS), max_size=5),
    cuts=st.lists(st.integers(0, 15_000), max_size=12),
    rate=st.sampled_from([250, 257.3]),
)
def test_however_a_record_is_cut_the_same_spans_are_found(
    defects: list[tuple[int, int, str]], cuts: list[int], rate: float
) -> None:
    values = ecg(250)
    for start, length, kind in defects:
        values[start : start + length] = defect(kind, length, 250)[: max(0, len(values) - start)]
    scan = QualityScan(rate)
    for piece in np.split(values, sorted(cuts)):
        scan.add(piece)
        scan.spans()
    spans = unreadable(values, rate)
    assert scan.spans() == spans
    assert all(before.stop <= after.start for before, after in pairwise(spans))
    assert all(0 <= span.start < span.stop <= len(values) for span in spans)
    missing = {i for span in spans if span.reason == "gap" for i in range(span.start, span.stop)}
    assert set(np.flatnonzero(np.isnan(values)).tolist()) <= missing


@pytest.mark.parametrize("n", [0, 1, 3])
def test_records_of_a_few_samples_have_no_spans_but_gaps(n: int) -> None:
    assert unreadable(np.zeros(n), 360) == []
    assert unreadable(np.full(n, np.nan), 360) == [Span(0, n, "gap")][: n and 1]


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="one lead"):
        unreadable(np.zeros((9, 2)), 360)
    with pytest.raises(ParameterError, match="80 samples"):
        unreadable(np.zeros(9), 50)
    with pytest.raises(ParameterError, match="above 0"):
        QualityRules(flat=0)


def test_almost_all_of_the_arrhythmia_database_can_be_read(data_dir: Path) -> None:
    """Record 116 runs into its rails at times; records with pauses, paced beats and muscle noise are left alone."""
    shares = {}
    for name in ("100", "104", "108", "116", "201", "203", "207", "232"):
        scan, record = QualityScan(360.0), open_record(data_dir / "mitdb" / name, channels=[0])
        for _, values in record.chunks(100_000):
            scan.add(values[:, 0])
        shares[name] = sum(map(len, scan.spans())) / record.n_times
    assert shares.pop("116") == pytest.approx(0.0019, abs=2e-4)
    assert max(shares.values()) == 0
