"""Data of any kind by one call, from disk and from memory; an ECG by whatever it is called."""

import shutil
from dataclasses import fields

import numpy as np
import pandas as pd
import pyarrow
import pytest

import offbeat
from ecg_signals import RATE, ecg
from offbeat import Recording, classify_record, find_beats, load_data, open_record
from offbeat.ecg import loading, rpeaks
from offbeat.ecg.loading import BeatKeywords, BeatOptions
from offbeat.errors import DataError, ParameterError
from offbeat.records import Record


@pytest.fixture(scope="module")
def signal():
    return ecg()[0]


@pytest.fixture(scope="module")
def beats(signal):
    return load_data(signal, kind="beats", sampling_rate=RATE)


def same(one, other):
    assert np.array_equal(one.features, other.features, equal_nan=True)
    assert np.allclose(one.values, other.values, atol=1e-5)
    return True


def test_beats_of_an_array_are_those_of_the_file(signal, beats, as_record):
    record = as_record(np.float64(np.round(signal, 4)))
    assert (beats.sampling_rate, beats.labels, beats.domain, beats.n_times) == (120, None, "ecg", 114)
    assert len(beats) >= 118
    assert np.array_equal(beats.features[:, 0], load_data(record, kind="beats").features[:, 0])
    assert np.array_equal(beats.features[:, 0], find_beats(record).samples)
    from_path = load_data(record.path, kind="beats", sampling_rate=RATE)
    assert np.array_equal(from_path.features[:, 0], beats.features[:, 0])


def test_an_ecg_in_whatever_form(signal, beats):
    times = pd.date_range("2024-01-01", periods=len(signal), freq="4ms")
    frame = pd.DataFrame({"when": times, "II": signal})
    assert same(load_data(Recording(signal, sampling_rate=RATE), kind="beats"), beats)
    assert same(load_data(Record.from_array(signal, sampling_rate=RATE), kind="beats"), beats)
    assert same(load_data(frame, kind="beats"), beats)
    assert same(load_data(pyarrow.Table.from_pandas(frame), kind="beats"), beats)
    assert same(load_data(signal * 1000, kind="beats", sampling_rate=RATE, units="uV"), beats)
    noise = np.random.default_rng(0).normal(size=signal.shape)
    both = pd.DataFrame({"II": signal, "noise": noise}).to_numpy()
    assert same(load_data(both[:, ::-1], kind="beats", sampling_rate=RATE, lead=1), beats)
    assert same(load_data(both[:, ::-1], kind="beats", sampling_rate=RATE, lead="ch1"), beats)


@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({}, ParameterError, "sampling_rate"),
        ({"sampling_rate": 20}, DataError, "20 Hz"),
        ({"sampling_rate": "fast"}, ParameterError, "sampling_rate"),
        ({"sampling_rate": RATE, "units": "mmHg"}, ParameterError, "units"),
        ({"sampling_rate": RATE, "lead": "V9"}, DataError, "V9"),
        ({"sampling_rate": RATE, "method": "slow"}, ParameterError, "method"),
        ({"sampling_rate": RATE, "label": "atr"}, DataError, "annotation file"),
        ({"samplingrate": RATE}, ParameterError, "did you mean 'sampling_rate'"),
        ({"sampling_rate": RATE, "gaps": "nan"}, ParameterError, "gaps"),
    ],
)
def test_what_beats_cannot_be_found_by(signal, options, error, what):
    with pytest.raises(error, match=what):
        load_data(signal, kind="beats", **options)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (np.zeros(5000), "no beats"),
        (np.full(5000, np.nan), "no beats"),
        (np.full(5000, np.inf), "no beats"),
        (np.zeros((5, 2, 100)), "collection|shape|axes"),
        (["a"] * 300, "numbers"),
    ],
)
def test_what_is_no_ecg(values, what):
    with pytest.raises(DataError, match=what):
        load_data(values, kind="beats", sampling_rate=RATE)


def test_an_annotation_file_of_this_folder_is_not_that_of_an_array(signal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experts = offbeat.Annotations([5], ["V"], RATE)
    for name in (".atr", "strip.atr"):
        offbeat.write_annotations(experts, tmp_path / f"x{name}")
        shutil.move(tmp_path / f"x{name}", tmp_path / name)
    assert load_data(Recording(signal, sampling_rate=RATE, name="strip"), kind="beats").labels is None


def test_unknown_kinds_and_keywords():
    with pytest.raises(ParameterError, match="'record'"):
        load_data("synthetic-curves", kind="record")
    with pytest.raises(ParameterError, match="did you mean 'label'"):
        load_data(np.zeros(9), labels="first")
    with pytest.raises(ParameterError, match="units"):
        load_data(np.zeros(9), units="mV")


def test_type_checkers_know_the_keywords_of_beats():
    assert BeatKeywords.__annotations__.keys() == {field.name for field in fields(BeatOptions)}
    assert loading.Method == rpeaks.Method


def test_a_record_of_the_catalogue_by_its_name(data_dir):
    record = open_record("mitdb/100", data_dir=data_dir)
    assert (record.name, record.channels, record.n_times) == ("100", ("MLII", "V5"), 650_000)
    found = load_data("mitdb/100", kind="beats", data_dir=data_dir)
    assert found.counts()["N"] > 2200
    with pytest.raises(DataError, match="no ECG record"):
        open_record("ecg5000")


def test_a_record_is_classified_as_the_command_does(signal, as_record, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.01, signal.shape)
    record = as_record(signal, noise, noise)
    rows = classify_record(record.select([0, 1]))
    by_path = classify_record(open_record(record.path, sampling_rate=RATE, channels=[0, 1]))
    assert rows.table.equals(by_path.table)
    assert rows.rhythm().beats == len(rows.table) == len(rows.beats)
    assert rows.rhythm().counts["V"] == pytest.approx(12, abs=2)
    # Without a wish for leads those count that show an ECG.
    assert classify_record(Recording(record.read(), sampling_rate=RATE)).beats.leads == ("ch0",)


def test_the_whole_way_in_python(signal, tmp_path):
    found = classify_record(Recording(signal, sampling_rate=RATE, channels=["II"]))
    offbeat.write_annotations(found.annotations(), tmp_path / "strip.ofb")
    again = offbeat.read_annotations(tmp_path / "strip.ofb")
    agreement = offbeat.compare_beats(again, found.annotations(), start=0)
    assert (agreement.qrs_sensitivity, agreement.veb_sensitivity) == (1, 1)


def test_annotations_name_the_beats_of_a_record_whose_rate_is_given(tmp_path):
    samples, times, _ = ecg(60)
    (tmp_path / "r.dat").write_bytes(np.round(samples * 200).astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text(f"r 1 {RATE:g} {len(samples)}\nr.dat 16 200(0)/mV 12 0 0 0 0 II\n")
    places = np.rint(times * RATE).astype(int)
    offbeat.write_annotations(offbeat.Annotations(places, ["N"] * len(places)), tmp_path / "r.atr")
    named = load_data(tmp_path / "r", kind="beats", sampling_rate=1.25 * RATE).labels
    assert named is not None
    assert np.mean(named == "N") > 0.95
