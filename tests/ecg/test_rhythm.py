import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.ecg.rhythm import Run, hourly, rhythm_summary
from offbeat.errors import DataError, ParameterError


def beats(times, classes):
    return pd.DataFrame({"time_s": np.asarray(times, float), "class": list(classes)})


def regular(classes, rr=1.0, start=1.0):
    return beats(start + rr * np.arange(len(classes)), classes)


def naive(times, classes, spans, duration, pause):
    """The same, beat by beat and span by span."""

    def whole(i):
        return not any(start < times[i + 1] and stop > times[i] for start, stop in spans if stop > start)

    rr = [times[i + 1] - times[i] for i in range(len(times) - 1)]
    kept = [i for i in range(len(rr)) if whole(i)]
    windows = [60 * 8 / (times[i + 8] - times[i]) for i in range(len(times) - 8) if all(map(whole, range(i, i + 8)))]
    normal = [i for i in kept if classes[i] == classes[i + 1] == "N" and 0.3 <= rr[i] <= pause]
    steps = [rr[i + 1] - rr[i] for i in normal if i + 1 in normal]
    runs, i = [], 0
    while i < len(times):
        j = i
        while j + 1 < len(times) and classes[j + 1] == classes[i] and whole(j):
            j += 1
        if classes[i] in ("V", "S") and j > i:
            runs.append((classes[i], times[i], times[j], j - i + 1))
        i = j + 1
    inside = [any(start <= at < stop for start, stop in spans) for at in np.arange(0.005, duration, 0.01)]
    return {
        "mean_rate": 60 * len(kept) / sum(rr[i] for i in kept) if kept else math.nan,
        "min_rate": min(windows, default=math.nan),
        "max_rate": max(windows, default=math.nan),
        "sdnn_ms": 1000 * np.std([rr[i] for i in normal], ddof=1) if len(normal) > 1 else math.nan,
        "rmssd_ms": 1000 * np.sqrt(np.mean(np.square(steps))) if steps else math.nan,
        "runs": [run for run in runs if run[3] > 2],
        "couplets": {name: sum(run[0] == name and run[3] == 2 for run in runs) for name in "VS"},
        "pauses": [(times[i], rr[i]) for i in kept if rr[i] > pause],
        "unreadable_s": 0.01 * sum(inside),
    }


# hundredths of a second, so that sums agree to the last digit that matters
whole_steps = st.lists(st.integers(20, 350), max_size=60)


@given(whole_steps, st.data())
def test_the_summary_is_that_of_a_plain_loop(steps, data):
    times = np.cumsum([0, *steps]) / 100
    classes = data.draw(st.lists(st.sampled_from(["N", "V", "S", ""]), min_size=len(times), max_size=len(times)))
    duration = float(times[-1]) + 1
    edges = st.integers(0, int(100 * duration))
    spans = [tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(edges, edges), max_size=4))]
    spans = [(start / 100, stop / 100) for start, stop in spans]
    found = rhythm_summary(beats(times, classes), duration, [(*span, "noise") for span in spans])
    expected = naive(times.tolist(), classes, spans, duration, 2.0)
    for name in ("mean_rate", "min_rate", "max_rate", "sdnn_ms", "rmssd_ms"):
        assert getattr(found, name) == pytest.approx(expected[name], nan_ok=True), name
    assert [(run.pattern, run.start_s, run.stop_s, run.beats) for run in found.runs] == expected["runs"]
    assert found.couplets == expected["couplets"]
    assert all(pair.beats == 2 for pair in found.pairs)
    assert [(pause.start_s, pause.length_s) for pause in found.pauses] == expected["pauses"]
    assert found.unreadable_s == pytest.approx(expected["unreadable_s"], abs=1e-6)
    assert found.readable_s + found.unreadable_s == pytest.approx(duration)


@given(whole_steps, st.integers(1, 40))
def test_hours_add_up_to_the_whole(steps, stretch):
    times = stretch * np.cumsum([0, *steps]) / 10
    table = beats(times, ["NVSF"[i % 4] for i in range(len(times))])
    duration = float(times[-1]) + 100
    spans = [(duration / 4, duration / 3, "flat"), (duration / 2, duration / 2 + 7, "noise")]
    whole = rhythm_summary(table, duration, spans, pause_s=5)
    rows = pd.DataFrame(hourly(table, duration, spans, pause_s=5).to_dict()["rows"])
    assert len(rows) == math.ceil(duration / 3600)
    assert rows["beats"].sum() == whole.beats
    assert {name: rows[name].sum() for name in "NSVFQ"} == {name: whole.counts[name] for name in "NSVFQ"}
    assert rows["pauses"].sum() == len(whole.pauses)
    assert 60 * rows["unreadable (min)"].sum() == pytest.approx(whole.unreadable_s)
    assert rows["lowest"].astype(float).min() == pytest.approx(whole.min_rate, nan_ok=True)
    assert rows["highest"].astype(float).max() == pytest.approx(whole.max_rate, nan_ok=True)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_beats_give_nan_and_no_error(count):
    rhythm = rhythm_summary(regular("N" * count), 60.0)
    assert rhythm.beats == count
    assert rhythm.mean_rate == pytest.approx(60.0 if count == 2 else math.nan, nan_ok=True)
    assert math.isnan(rhythm.min_rate)
    assert math.isnan(rhythm.sdnn_ms)
    assert math.isnan(rhythm.longest_pause_s)
    assert math.isnan(rhythm.v_burden) == (count == 0)
    assert rhythm.longest_run("V") is None
    assert len(hourly(regular("N" * count), 60.0).rows) == 1


def test_a_record_of_no_length_has_no_rates():
    assert rhythm_summary(beats([], []), 0.0).readable_s == 0
    assert hourly(beats([], []), 0.0).rows == []
    assert hourly(beats([0.0], ["N"]), 0.0).rows[0][:3] == (0, 1, pytest.approx(math.nan, nan_ok=True))


def test_nothing_reaches_across_unreadable_time():
    table = beats([1, 2, 3, 4, 9, 10, 11], "NNVVVVN")
    seen = rhythm_summary(table, 12)
    hidden = rhythm_summary(table, 12, [(5, 8, "lead off")])
    assert [run.beats for run in seen.runs] == [4]
    assert [pause.length_s for pause in seen.pauses] == [5.0]
    assert (hidden.runs, hidden.pauses, hidden.couplets["V"]) == ((), (), 2)
    assert hidden.mean_rate == 60.0
    assert hidden.readable_s == 9


def test_unreadable_time_up_to_a_beat_leaves_the_interval_after_it_whole():
    rhythm = rhythm_summary(beats([1, 2, 3], "NNN"), 4, [(1.5, 2.0, "noise")])
    assert rhythm.mean_rate == 60.0
    assert rhythm_summary(beats([1, 2, 3], "NNN"), 4, [(1.5, 2.1, "noise")]).mean_rate != 60.0


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ("NNVNVNVNN", [("bigeminy", 2.0, 8.0, 7)]),
        ("NVNVNSN", []),
        ("VNNVNNVNN", [("trigeminy", 1.0, 9.0, 9)]),
        ("VNVNVNVNNVNNVN", [("bigeminy", 1.0, 8.0, 8), ("trigeminy", 6.0, 14.0, 9)]),
        ("VNVNVNVNNVNNV", [("bigeminy", 1.0, 8.0, 8)]),
        ("NVNVNV", [("bigeminy", 1.0, 6.0, 6)]),
        ("VNVNV", []),
        ("NVNNVNNV", []),
        ("VVVVVV", []),
        ("VN", []),
    ],
)
def test_patterns(classes, expected):
    found = rhythm_summary(regular(classes), 20.0).patterns
    assert [(run.pattern, run.start_s, run.stop_s, run.beats) for run in found] == expected


def test_patterns_end_where_nothing_can_be_read():
    table = regular("NVNVNVNVNVNV")
    assert [run.beats for run in rhythm_summary(table, 20).patterns] == [12]
    assert [run.beats for run in rhythm_summary(table, 20, [(6.3, 6.5, "noise")]).patterns] == [6, 6]


def test_bursts_and_their_rate():
    table = beats([1, 2, 2.4, 2.8, 3.2, 4.5, 5.5], "NVVVVNN")
    assert rhythm_summary(table, 7).longest_run("V") == Run("V", 2.0, 3.2, 4)
    assert rhythm_summary(table, 7).runs[0].rate == pytest.approx(150)


def test_shares_are_of_all_beats_and_unknown_without_classes():
    rhythm = rhythm_summary(regular(["N", "N", "V", "S", "", None, np.nan]), 10)
    assert (rhythm.v_burden, rhythm.s_burden) == (1 / 7, 1 / 7)
    assert math.isnan(rhythm_summary(regular(["", ""]), 10).v_burden)
    assert rhythm.counts[""] == 3


def test_the_lowest_and_highest_rate_are_over_eight_intervals():
    intervals = [1.0] * 20 + [0.5] * 8 + [1.0] * 20 + [1.5] * 8 + [0.3] + [1.0] * 9
    times = np.cumsum([5.0, *intervals])
    rhythm = rhythm_summary(beats(times, "N" * len(times)), 100)
    assert (rhythm.max_rate, rhythm.max_rate_s) == (120, 25)
    assert rhythm.min_rate == 40
    assert rhythm_summary(beats(times, "N" * len(times)), 100, rate_beats=1).max_rate == pytest.approx(200)


def test_json_has_no_nan():
    text = json.dumps(rhythm_summary(regular("NVVV"), 10).to_dict(), allow_nan=False)
    assert json.loads(text)["runs"] == [{"pattern": "V", "start_s": 2.0, "stop_s": 4.0, "beats": 3, "rate": 60.0}]
    assert json.loads(text)["min_rate"] is None


def test_unusable_tables_are_refused():
    with pytest.raises(DataError, match="class is not there"):
        rhythm_summary(pd.DataFrame({"time_s": [1.0]}), 5)
    with pytest.raises(DataError, match="sort the table"):
        rhythm_summary(beats([2, 1], "NN"), 5)
    with pytest.raises(DataError, match="between 1 and 9 s"):
        hourly(beats([1, 9], "NN"), 5)
    with pytest.raises(DataError, match=r"got \(3, 2\)"):
        rhythm_summary(regular("N"), 5, [(3, 2, "noise")])
    for settings in ({"duration_s": -1}, {"duration_s": math.nan}, {"pause_s": 0}, {"rate_beats": 0}):
        with pytest.raises(ParameterError):
            rhythm_summary(regular("N"), **{"duration_s": 5, **settings})


def test_a_record_with_known_rhythm(data_dir):
    wfdb = pytest.importorskip("wfdb")
    notes = wfdb.rdann(str(data_dir / "mitdb" / "119"), "atr")
    kept = [(sample / 360, symbol) for sample, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol in "NV"]
    rhythm = rhythm_summary(beats(*zip(*kept, strict=True)), 650_000 / 360)
    # the directory of the database: 1543 normal beats, 444 ventricular ones, many in bigeminy and trigeminy
    assert (rhythm.counts["N"], rhythm.counts["V"]) == (1543, 444)
    assert {run.pattern for run in rhythm.patterns} == {"bigeminy", "trigeminy"}
    assert rhythm.runs == ()


def poor(table, around):
    return table.assign(quality=np.where((table["time_s"] - around).abs() < 1, 0.2, 0.99))


def test_rates_of_a_doubtful_signal_are_no_extremes():
    intervals = [0.8] * 40 + [1.6] * 3 + [0.8] * 40 + [1.0] * 12 + [0.8] * 20  # beats missed, then a slow stretch
    times = np.cumsum([1.0, *intervals])
    table = beats(times, "N" * len(times))
    assert rhythm_summary(table, 120).min_rate == pytest.approx(60 * 8 / (3 * 1.6 + 5 * 0.8))
    found = rhythm_summary(poor(table, times[41]), 120)
    assert (found.min_rate, found.min_rate_s) == (pytest.approx(60), pytest.approx(times[83]))
    assert found.doubtful_s == pytest.approx(10)
    assert found.mean_rate == rhythm_summary(table, 120).mean_rate
    assert hourly(poor(table, times[41]), 120).rows[0][3] == pytest.approx(60)
    assert math.isnan(rhythm_summary(table.assign(quality=0.1), 120).min_rate)


def test_a_pause_in_a_doubtful_signal_is_told_from_one_in_a_good_signal():
    times = np.cumsum([1.0] * 20 + [4.0] + [1.0] * 30 + [3.0] + [1.0] * 20)
    table = beats(times, "N" * len(times))
    found = rhythm_summary(poor(table, times[20]), 100).pauses
    assert [(pause.length_s, pause.doubtful) for pause in found] == [(4.0, True), (3.0, False)]


def test_doubtful_time_leaves_out_what_is_unreadable():
    table = beats([20.0, 40.0], "NN").assign(quality=[0.1, 0.9])
    assert rhythm_summary(table, 60, [(22, 24, "noise")]).doubtful_s == pytest.approx(8)
    assert rhythm_summary(table, 60, [(0, 60, "noise")]).doubtful_s == 0
