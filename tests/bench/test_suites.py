"""The public suites: which cases lie in a data folder, and what their measures say of scores that are known."""

import gc
import json

import numpy as np
import pandas as pd
import pytest

from offbeat import compare
from offbeat.app.request import Request
from offbeat.bench.suites.cases import Part, Scored
from offbeat.bench.suites.chosen import rounds_of, suite_table
from offbeat.bench.suites.memory import peak_memory
from offbeat.bench.suites.ranks import rank_methods
from offbeat.bench.suites.registry import ALIASES, SUITES
from offbeat.bench.suites.tsb_ad import published_figures
from offbeat.errors import DataError, ParameterError
from offbeat.events import mask_to_events
from offbeat.metrics import labels_to_windows, nab_normalised, nab_threshold

N_HERE = {"nab": 25, "ucr": 31, "smap-msl": 18, "smd": 2, "tsb-ad-u": 28, "tsb-ad-m": 14, "ecg5000": 1}


def scored(scores, threshold=0.5):
    scores = np.asarray(scores, dtype=float)
    flags = np.nan_to_num(scores) > threshold
    return Scored(scores, flags, mask_to_events(flags, scores), 1, 0, 0.1, 0.1)


def part(n, first, end, start=0):
    labels = np.zeros(n, dtype=np.int64)
    labels[first:end] = 1
    return Part(None, None, labels, start)


# What is found


@pytest.mark.parametrize(("suite", "count"), N_HERE.items())
def test_all_that_lies_in_the_data_folder_is_found(data_dir, suite, count):
    cases = SUITES[suite].cases(data_dir)
    assert len(cases) >= count
    assert len({case.name for case in cases}) == len(cases)
    assert [case.name for case in cases] == sorted(case.name for case in cases)


def test_the_list_of_suites_says_how_much_is_here(data_dir):
    rows = {row[0]: row for row in suite_table(data_dir).rows}
    assert set(rows) == set(SUITES)
    assert set(ALIASES["tsb-ad"]) < set(SUITES)
    assert rows["nab"][2:4] == [25, 58]


def test_series_that_no_catalogue_knows_are_read_by_their_layout(tmp_path, monkeypatch):
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path))
    rng = np.random.default_rng(0)
    (tmp_path / "ucr_anomaly").mkdir()
    np.savetxt(tmp_path / "ucr_anomaly" / "900_UCR_Anomaly_mine_300_501_510.txt", rng.normal(size=800))
    (tmp_path / "nab" / "data" / "group").mkdir(parents=True)
    (tmp_path / "nab" / "labels").mkdir()
    times = pd.date_range("2024-01-01", periods=400, freq="h")
    frame = pd.DataFrame({"timestamp": times, "value": rng.normal(size=400)})
    frame.to_csv(tmp_path / "nab" / "data" / "group" / "mine.csv", index=False)
    windows = {"group/mine.csv": [["2024-01-10 00:00:00", "2024-01-10 05:00:00"]]}
    (tmp_path / "nab" / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    for folder in ("smap_msl/train", "smap_msl/test", "smd/train", "smd/test", "smd/test_label"):
        (tmp_path / folder).mkdir(parents=True)
    for folder, n in (("train", 200), ("test", 300)):
        np.save(tmp_path / "smap_msl" / folder / "X-1.npy", rng.normal(size=(n, 3)))
        np.savetxt(tmp_path / "smd" / folder / "mine.txt", rng.normal(size=(n, 2)), delimiter=",")
    np.savetxt(tmp_path / "smd" / "test_label" / "mine.txt", np.arange(300) == 7, fmt="%d")
    labels = 'chan_id,spacecraft,anomaly_sequences,class,num_values\nX-1,SMAP,"[[10, 12]]",[point],300\n'
    (tmp_path / "smap_msl" / "labeled_anomalies.csv").write_text(labels)
    facts = {}
    for suite in ("ucr", "nab", "smap-msl", "smd"):
        (case,) = SUITES[suite].cases(None)
        loaded = case.load()
        facts[case.name] = (len(loaded.learn), loaded.start, labels_to_windows(loaded.labels))
    assert facts == {
        "900": (300, 300, [(500, 510)]),
        "group/mine": (60, 60, [(216, 222)]),
        "smap/X-1": (200, 200, [(210, 213)]),
        "mine": (200, 200, [(207, 208)]),
    }


def test_parts_of_a_suite_go_by_the_beginning_of_names(data_dir):
    (traffic,) = rounds_of(["nab/realTraffic"], None, Request("", data_dir=data_dir))
    assert len(traffic.cases) == 7
    assert [who.name for who in traffic.contenders] == ["profile:refractory=0.3", "nab-online"]
    assert [each.suite.name for each in rounds_of(["tsb-ad"], "pca", Request("", data_dir=data_dir))] == [
        "tsb-ad-u",
        "tsb-ad-m",
    ]
    with pytest.raises(ParameterError, match="artificialNoAnomaly"):
        rounds_of(["nab/magic"], None, Request("", data_dir=data_dir))


def test_without_data_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path))
    monkeypatch.setattr("offbeat.data.catalogue.download.cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(DataError, match="OFFBEAT_DATA"):
        rounds_of(["ucr"], None, Request(""))


@pytest.mark.parametrize("whole", [0, 3])
def test_a_series_that_cannot_be_read_is_a_row_with_its_error(whole, tmp_path, monkeypatch):
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path))
    (tmp_path / "nab" / "data" / "group").mkdir(parents=True)
    (tmp_path / "nab" / "labels").mkdir()
    (tmp_path / "nab" / "data" / "group" / "broken.csv").write_text("nothing\n")
    windows = {"group/broken.csv": []}
    times = pd.date_range("2024-01-01", periods=400, freq="h")
    for i in range(whole):
        frame = pd.DataFrame({"timestamp": times, "value": np.random.default_rng(i).normal(size=400)})
        frame.to_csv(tmp_path / "nab" / "data" / "group" / f"{i}.csv", index=False)
        windows[f"group/{i}.csv"] = [["2024-01-10 00:00:00", "2024-01-10 05:00:00"]]
    (tmp_path / "nab" / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    found = compare("nab-online", "nab")
    broken = found.to_frame().query("case == 'group/broken'")
    assert broken["error"].str.startswith("DataError: ").all()
    assert len(found.to_frame()) == 4 * (whole + 1)
    assert all(table.cells() for table in found.tables()[:1])


# Measures


def test_an_anomaly_is_located_within_its_length_or_a_hundred_steps():
    for at, expected in ((400, 1.0), (399, 0.0), (619, 1.0), (620, 0.0)):
        scores = np.zeros(1000)
        scores[at] = 1
        measured = SUITES["ucr"].measure(part(1000, 500, 520, start=100), scored(scores))
        assert measured == {"located": expected, "met": expected, "false_events": 1 - expected}


def test_scores_before_the_start_do_not_count():
    scores = np.zeros(1000)
    scores[50], scores[510] = 9, 1
    assert SUITES["ucr"].measure(part(1000, 500, 520, start=100), scored(scores))["located"] == 1.0


def test_no_scores_find_nothing():
    nothing = scored(np.full(1000, np.nan))
    assert SUITES["ucr"].measure(part(1000, 500, 520), nothing)["located"] == 0
    assert SUITES["smd"].measure(part(1000, 500, 520), nothing)["event_f1"] == 0


def test_counts_of_events_are_added_over_the_series():
    suite = SUITES["smap-msl"]
    scores = np.zeros(100)
    scores[40:50] = 1
    hit, missed = (suite.measure(part(100, at, at + 10), scored(scores)) for at in (40, 80))
    rows = pd.DataFrame([hit, missed])
    figures = {column.title: column.of(rows) for column in suite.columns}
    assert figures["windows met"] == "1 of 2"
    assert figures["precision"] == figures["event F1"] == 0.5
    assert figures["false events a series"] == 0.5
    assert suite.by_case(rows).tolist() == [1.0, 0.0]


def test_one_threshold_for_all_series_of_nab_and_that_of_the_other_half():
    rng, suite = np.random.default_rng(0), SUITES["nab"]
    parts = [part(2000, 1000 + 100 * i, 1100 + 100 * i, start=300) for i in range(4)]
    kept = [rng.random(2000) + 2.0 * each.labels * (i + 1) for i, each in enumerate(parts)]
    rows = pd.DataFrame([suite.measure(each, scored(one, 1.5)) for each, one in zip(parts, kept, strict=True)])
    figures = {column.title: column.of(rows) for column in suite.columns}
    series = [(one, labels_to_windows(each.labels)) for each, one in zip(parts, kept, strict=True)]
    assert figures["standard"] == pytest.approx(nab_normalised(nab_threshold(series)))
    assert figures["crossed"] <= figures["standard"]
    assert len(suite.by_case(rows)) == 4


def test_ranks_share_what_is_equal_and_leave_out_what_is_missing():
    values = pd.DataFrame({"a": [1, 1, 1, np.nan], "b": [0, 1, 0, 5], "c": [0.5, 0, 0, 1]})
    ranks = rank_methods(values)
    assert ranks.n_cases == 3
    assert ranks.mean_ranks.to_dict() == pytest.approx({"a": 3.5 / 3, "b": 7 / 3, "c": 7.5 / 3})
    assert ranks.mean_ranks.sum() == pytest.approx(6)


def test_the_critical_difference_is_that_of_the_table_of_nemenyi():
    """Demšar (2006), table 5: q = 2.569 for four methods; his example of 14 data sets has 1.25."""
    values = pd.DataFrame(np.random.default_rng(0).normal(size=(14, 4)))
    assert rank_methods(values).critical_difference == pytest.approx(1.25, abs=0.005)


def test_memory_beyond_what_was_held():
    with peak_memory() as peak:
        held = np.ones(8 << 20)
    if np.isnan(peak.mebibytes):
        pytest.skip("this system does not tell")
    assert 50 < peak.mebibytes < 200
    assert held[0] == 1


def test_garbage_of_earlier_work_hides_no_memory():
    cycle = [np.ones(16 << 20)]
    cycle.append(cycle)
    del cycle
    with peak_memory() as peak:
        gc.collect()
        held = np.ones(8 << 20)
    if np.isnan(peak.mebibytes):
        pytest.skip("this system does not tell")
    assert 50 < peak.mebibytes < 200
    assert held[0] == 1


# Published figures


@pytest.mark.parametrize(("kind", "shape"), [("uni", (28, 32)), ("multi", (14, 23))])
def test_published_figures_are_whole_and_only_published(kind, shape):
    table = published_figures(kind)
    assert table.shape == shape
    assert table.notna().all(axis=None)
    assert table.to_numpy().min() >= 0
    assert table.to_numpy().max() <= 1


def test_a_published_figure_comes_out_again(data_dir):
    """The benchmark's own nearest-neighbour distance of sub-sequences, on a series where a plain one says the same."""
    found = compare("matrix-profile:window=50,pca", "tsb-ad-u/326")
    row = found.to_frame().set_index("detector").loc["pca"]
    assert row["rows"] == 7501
    assert row["vus_pr"] > 0.5
    table = found.tables()[0]
    place = dict(zip(table.columns, table.rows[1], strict=True))["rank among published"]
    assert place.endswith("of 33")


def test_labels_differ_from_the_archive_as_published(data_dir):
    cases = {case.name: case.load() for case in SUITES["tsb-ad-u"].cases(data_dir) if case.name[:3] in ("326", "531")}
    by_number = {name[:3]: loaded for name, loaded in cases.items()}
    assert labels_to_windows(by_number["326"].labels) == [(4186, 4198)], "one shorter at its end"
    assert len(by_number["531"].learn) == 1811
    assert by_number["531"].data.channels == ("telemetry",)
    assert by_number["326"].start == 0, "the whole series is evaluated"


# The Numenta benchmark


@pytest.fixture(scope="module")
def traffic(data_dir):
    return compare("nab-online", "nab/realTraffic")


def test_traffic_is_scored(traffic):
    row = dict(zip(traffic.table().columns, traffic.table().rows[0], strict=True))
    assert row["standard"] >= 83
    assert row["windows met"] == "14 of 14"
    # Events are merged as they are for users: parts of one count once.
    assert row["event F1"] >= 0.57
    assert row["looks ahead"] == 0


def test_figures_of_some_series_are_not_put_beside_published_ones(traffic):
    published = next(table for table in traffic.tables() if table.title == "Published NAB scores")
    assert published.rows[0][0] == "ARTime"
    assert "7 of them" in published.note


def test_the_benchmark_never_looks_ahead(data_dir):
    rows = compare("pca,pca:fold=mean", "nab/realTraffic/speed_7578").to_frame().set_index("detector")
    assert rows.loc["pca", "look_ahead"] == 0
    assert rows.loc["pca:fold=mean", "look_ahead"] > 0, "said where it was asked for"


def test_a_constant_series_raises_no_alarm(data_dir):
    frame = compare("nab-online", "nab/artificialNoAnomaly/art_flatline").to_frame().set_index("detector")
    assert frame.loc["nab-online", "error"].startswith("DataError")
    assert frame.loc["nab-online", "n_predicted"] == 0
