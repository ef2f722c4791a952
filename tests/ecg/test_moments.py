"""The moments of a record that are worth a strip."""

import numpy as np
import pandas as pd

from offbeat.ecg.moments import key_moments
from offbeat.ecg.rhythm import rhythm_summary


def titles(intervals, classes, **columns):
    times = np.cumsum(np.asarray(intervals, float))
    table = pd.DataFrame({"time_s": times, "class": list(classes), **columns})
    moments = key_moments(rhythm_summary(table, float(times[-1]) + 1))
    assert all(moment.start_s <= moment.stop_s for moment in moments)
    return [moment.title for moment in moments]


def test_runs_pauses_and_rates():
    classes = "N" * 20 + "VVVV" + "N" * 20 + "VVV" + "N" * 20
    intervals = np.full(len(classes), 0.8)
    intervals[20:24], intervals[44:47], intervals[60] = 0.5, 0.4, 3.0
    found = titles(intervals, classes)
    assert found[:3] == [
        "longest ventricular run, 4 beats at 120/min",
        "fastest ventricular run, 3 beats at 150/min",
        "pause of 3.00 s",
    ]
    assert found[-2].startswith("lowest rate")
    assert found[-1].startswith("highest rate")


def test_the_fastest_couplet():
    classes = "N" * 20 + "VV" + "N" * 20 + "VV" + "N" * 20 + "SS" + "N" * 5
    intervals = np.full(len(classes), 0.8)
    intervals[21], intervals[43], intervals[65] = 0.6, 0.5, 0.4
    assert titles(intervals, classes)[0] == "fastest ventricular couplet, at 120/min"


def test_the_longest_run_is_told_once_where_it_is_the_fastest():
    found = titles(np.full(40, 0.8), "N" * 20 + "VVV" + "N" * 17)
    assert sum("ventricular run" in title for title in found) == 1


def test_the_onset_of_fibrillation():
    probability = np.repeat([0.0, 0.9, 0.0, 0.9, 0.0], [100, 60, 100, 120, 50])
    found = titles(np.full(430, 0.8), "N" * 430, fibrillation=probability)
    assert "atrial fibrillation or flutter begins" in found
    assert "atrial fibrillation or flutter, the longest episode, 95 s" in found


def test_nothing_to_show():
    assert titles([1.0], "N") == []


def test_pauses_of_a_doubtful_signal_come_last_and_say_so():
    intervals = np.full(60, 0.8)
    intervals[20], intervals[40] = 4.0, 3.0
    quality = np.where(np.arange(60) == 20, 0.2, 0.99)
    found = [title for title in titles(intervals, "N" * 60, quality=quality) if title.startswith("pause")]
    assert found == ["pause of 3.00 s", "pause of 4.00 s, or a beat missed in a doubtful signal"]
