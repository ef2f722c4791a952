"""The rhythms of a record as episodes, and what is said of those that cannot be."""

import math

import numpy as np
import pandas as pd
import pytest

from ecg_signals import ecg
from offbeat.ecg.classify import classify_record
from offbeat.ecg.episodes import RHYTHMS
from offbeat.ecg.features.traits import Traits
from offbeat.ecg.fibrillation import fibrillation_probability
from offbeat.ecg.plausibility import cautions
from offbeat.ecg.rhythm import rhythm_summary
from offbeat.records import read_annotations, write_annotations


def beats(intervals, classes=None, **columns):
    times = np.cumsum(np.asarray(intervals, float))
    named = ["N"] * len(times) if classes is None else list(classes)
    before = np.append(np.nan, np.diff(times))[: len(times)]
    return pd.DataFrame({"time_s": times, "class": named, "rr_pre_s": before, **columns})


def rhythms(table, unreadable=()):
    found = rhythm_summary(table, float(table["time_s"].max()) + 1, unreadable).episodes
    assert sum(episode.beats for episode in found) == len(table)
    assert {episode.rhythm for episode in found} <= set(RHYTHMS)
    return [(episode.rhythm, episode.beats) for episode in found]


@pytest.mark.parametrize(
    ("interval", "rhythm"), [(1.0, "N"), (1.5, "SBR"), (0.5, "STACH"), (1.19, "N"), (0.61, "N"), (0.59, "STACH")]
)
def test_the_rate_of_sinus_rhythm(interval, rhythm):
    assert rhythms(beats([interval] * 100)) == [(rhythm, 100)]


def test_a_fast_rate_that_does_not_last_is_sinus_rhythm():
    assert rhythms(beats([0.8] * 100 + [0.5] * 40 + [0.8] * 100)) == [("N", 240)]


def test_a_sinus_rhythm_has_the_rate_that_it_is_named_by():
    # Between short runs there are few normal intervals, whose mean may be a slower one than that around them.
    classes, intervals = "N" * 60, [0.55] * 60
    for last in (0.68, 0.5) * 6:
        classes, intervals = classes + "NVVVNN", [*intervals, 0.55, 0.45, 0.45, 0.45, 0.9, last]
    table = beats([*intervals, *[0.55] * 60], classes + "N" * 60)
    found = rhythm_summary(table, float(table["time_s"].max()) + 1).episodes
    fast = [one.rate for one in found if one.rhythm == "STACH"]
    assert len(fast) > 10
    assert min(fast) > 100
    assert {one.rhythm for one in found} == {"STACH", "VT"}


def test_patterns_and_runs_interrupt():
    classes = "N" * 20 + "NVNVNVNV" + "N" * 10 + "VVVV" + "N" * 10 + "SSSS" + "N" * 20
    intervals = np.where(np.isin(list(classes), ["V", "S"]), 0.45, 0.9)
    found = [name for name, _ in rhythms(beats(intervals, classes))]
    assert found == ["N", "B", "N", "VT", "N", "SVTA", "N"]


def test_tachycardia_is_not_named_piece_by_piece_between_patterns():
    fast = "N" * 100 + ("NNV" * 4 + "N" * 12) * 6 + "N" * 100
    found = rhythms(beats(np.full(len(fast), 0.55), fast))
    assert [name for name, _ in found][:3] == ["STACH", "T", "N"]
    assert found[-1][0] == "STACH"
    assert [name for name, _ in found].count("STACH") == 2


def test_slow_ventricular_runs_are_no_tachycardia():
    assert rhythms(beats([1.0] * 60, "N" * 30 + "VVVV" + "N" * 26)) == [("N", 30), ("IVR", 4), ("N", 26)]


def test_fibrillation_is_an_episode_with_its_confidence_and_burden():
    probability = np.repeat([0.0, 0.9, 0.0], 100)
    table = beats([0.8] * 300, fibrillation=probability, confidence=np.full(300, 0.7))
    found = rhythm_summary(table, 250)
    assert rhythms(table) == [("N", 100), ("AFIB", 100), ("N", 100)]
    assert [episode.confidence for episode in found.episodes] == pytest.approx([0.7, 0.9, 0.7])
    assert found.af_burden == pytest.approx(1 / 3, abs=0.01)


def test_what_is_short_neither_begins_nor_ends_fibrillation():
    probability = np.concatenate([np.zeros(100), np.ones(20), np.zeros(100), np.ones(60), np.zeros(20), np.ones(60)])
    table = beats([0.8] * 360, fibrillation=probability)
    assert rhythms(table) == [("N", 220), ("AFIB", 140)]


def test_a_strip_of_ten_seconds_may_be_fibrillation_throughout():
    assert rhythms(beats([0.7] * 14, fibrillation=np.full(14, 0.9))) == [("AFIB", 14)]


def test_unreadable_time_ends_an_episode():
    assert rhythms(beats([1.0] * 40), [(20.2, 20.8, "noise")]) == [("N", 20), ("N", 20)]


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_beats(n):
    found = rhythm_summary(beats([1.0] * n), 5)
    assert len(found.episodes) == n
    assert math.isnan(found.af_burden)


def test_annotations_hold_the_rhythms(as_record, tmp_path):
    found = classify_record(as_record(ecg(300)[0]))
    place = write_annotations(found.annotations(), tmp_path / "strip.ofb")
    notes = read_annotations(place if place is not None else tmp_path / "strip.ofb")
    begun = notes.symbols == "+"
    assert [text.rstrip("\0") for text in notes.aux[begun]] == [f"({one.rhythm}" for one in found.rhythm().episodes]
    assert notes.samples[begun][0] == found.table["sample"].iloc[0] - 1
    assert (notes.symbols[~begun] == found.table["symbol"]).all()


def irregular(n=200, **changed):
    ones = np.ones((n, 1))
    return Traits(**{**vars(Traits.empty(n, 1)), "fibrillation": 3 * ones, "qrs_share": ones, **changed})


def test_an_irregular_rhythm_without_p_waves_is_fibrillation():
    none, n = np.zeros(200, bool), 200
    assert fibrillation_probability(irregular(), none).min() > 0.9
    # regular, or with ventricular beats, or with P waves all alike, or noise in which no two beats are alike
    sinus = irregular(fibrillation=np.full((n, 1), -8.0), p_likeness=np.ones((n, 1)))
    assert fibrillation_probability(sinus, none).max() < 0.1
    bigeminy = fibrillation_probability(irregular(), np.arange(n) % 2 == 0)
    assert bigeminy.max() < fibrillation_probability(irregular(), none).min()
    assert fibrillation_probability(irregular(qrs_share=np.zeros((n, 1))), none).max() == 0


def test_too_few_beats_tell_nothing_of_fibrillation():
    assert np.isnan(fibrillation_probability(irregular(7), np.zeros(7, bool))).all()
    assert np.isfinite(fibrillation_probability(irregular(8), np.zeros(8, bool))).all()


def warned(table):
    return cautions(rhythm_summary(table, float(table["time_s"].max()) + 1), table)


def test_what_is_plausible_gets_no_caution():
    early = np.where(np.arange(200) % 20 == 0, 0.5, 0.8)
    assert warned(beats(early, np.where(early < 0.6, "S", "N"))) == []


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (beats([1.0] * 30), "only 30 beats"),
        (beats([1.0] * 200, "V" * 200), "ventricular"),
        (beats([1.0] * 200, "NS" * 100), "mean rate of 60"),
        (beats([1.0] * 200, "N" * 180 + "S" * 20), "no earlier"),
        (beats([3.0] * 100), "not plausible"),
    ],
)
def test_what_is_not_plausible_gets_one(table, word):
    assert any(word in caution for caution in warned(table))


def test_a_paced_rhythm_passes_over_a_few_beats_of_the_heart_itself():
    symbols = "N" * 3 + "////NNN////" + "N" * 10 + "//" + "N" * 10
    table = beats([0.8] * len(symbols), ["Q" if symbol == "/" else "N" for symbol in symbols], symbol=list(symbols))
    assert rhythms(table) == [("N", 3), ("P", 11), ("N", 22)]
    assert rhythms(table[:2]) == [("N", 2)]


def test_the_rate_of_a_sinus_rhythm_leaves_out_the_pauses_after_ectopic_beats():
    classes = ("N" * 9 + "S") * 20
    intervals = np.tile([1.2] + [0.55] * 8 + [0.35], 20)  # of which only those between normal beats are the rhythm's
    found = rhythm_summary(beats(intervals, classes), 200)
    assert [(episode.rhythm, round(episode.rate)) for episode in found.episodes] == [("STACH", 109)]


def test_few_normal_intervals_between_ectopic_beats_are_no_sinus_rate():
    # N-V-V over and over; the normal intervals that there are, one in seven, are short ones.
    classes = ("N" * 2 + "VVNVV") * 30
    intervals = np.tile([0.9, 0.5, 0.45, 0.5, 0.9, 0.45, 0.5], 30)
    assert {name for name, _ in rhythms(beats([*intervals, *[0.8] * 60], classes + "N" * 60))} == {"N"}
