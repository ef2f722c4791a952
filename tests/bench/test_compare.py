"""Detectors side by side on data in memory and in files, by the library and by the command."""

import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from offbeat import DenseAutoencoder, MixedDetector, PCADetector, Recording, TorchDetector, TrainConfig, compare
from offbeat.bench.suites import trial
from offbeat.bench.suites.named import contenders_of
from offbeat.bench.suites.sources import source_of
from offbeat.bench.suites.store import Store
from offbeat.data.synthetic import server_metrics
from offbeat.errors import DataError, ParameterError, ReadingWarning

BESIDE = ["level", "naive", "random"]


@pytest.fixture(scope="module")
def found(waves):
    return compare("pca,knn", waves)


def test_a_row_for_each_detector_and_series_with_the_baselines_beside(found, waves):
    frame = found.to_frame()
    assert frame["detector"].unique().tolist() == ["pca", "knn", *BESIDE]
    assert frame["case"].unique().tolist() == [recording.name for recording in waves]
    assert (frame["error"] == "").all()
    assert (frame["rows"] == 500).all()
    assert frame[frame["detector"] == "pca"]["fit_seconds"].gt(0).all()


def test_what_is_good_is_found_good_and_random_is_not(found):
    means = found.to_frame().groupby("detector")["auroc"].mean()
    assert means["pca"] > 0.95
    assert 0.3 < means["random"] < 0.7


def test_random_scores_have_no_threshold_and_so_no_events(found):
    drawn = found.to_frame().query("detector == 'random'")
    assert drawn["event_f1"].isna().all()
    assert drawn["auroc"].notna().all()


def test_the_outcome_shows_its_tables_and_draws_itself_in_a_notebook(found):
    shown = found._repr_html_()
    assert all(table.title in shown for table in found.tables())
    assert found.plot()._repr_png_().startswith(b"\x89PNG")


def test_halves_are_every_second_series_by_name(found):
    table = found.table()
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["detector"] == "pca"
    scores = found.parts[0].frame.query("detector == 'pca'")
    main = found.parts[0].suite.columns[0].of
    assert (row["even series"], row["odd series"]) == (main(scores[::2]), main(scores[1::2]))


def test_tables_page_and_figures_name_everybody(found, tmp_path):
    text = found.write_page(tmp_path / "page.html", "offbeat bench").read_text()
    assert all(name in text for name in ["pca", "knn", *BESIDE, "wave 3", "Nemenyi"])
    assert set(found.figures()) == {"recordings-ranks", "recordings-series"}
    assert "AUROC" in json.dumps(found.to_dict(), allow_nan=False)
    assert found.figure().get_suptitle() == "event F1 of each of 4 series"
    assert "random scores" in found.summary()[0] or "best" in found.summary()[0] or "for pca" in found.summary()[0]


def test_labels_are_never_given_to_a_fit(waves):
    """A series whose labels say that all of the training part is anomalous gives the same scores."""
    recording = waves[0]
    labels = np.asarray(recording.labels).copy()
    labels[:400] = 1
    lied = Recording(recording.values, labels=labels, train_end=400, name="lied")
    both = compare("pca", {"told": recording, "lied": lied}).to_frame().query("detector == 'pca'")
    assert both["auroc"].nunique() == 1


def test_a_series_that_fails_counts_as_one_where_nothing_is_found_and_stops_nothing(waves, flat):
    found = compare("pca", [*waves, flat])
    failed = found.to_frame().query("case == 'wave 9' and detector == 'pca'").iloc[0]
    assert failed["error"].startswith("DataError: ")
    assert (failed["n_known"], failed["n_hit"], failed["event_f1"]) == (1, 0, 0)
    table = found.table()
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["failed"] == 1
    assert row["windows met"].endswith("of 5")


def test_a_detector_that_cannot_read_the_data_is_a_row_with_its_error(series):
    frame = compare("deepant", series).to_frame()
    assert frame["detector"].tolist() == ["deepant", "pca", "random"]
    assert frame.iloc[0]["error"] != ""
    assert frame.iloc[1]["auroc"] > 0.9


def test_objects_keep_their_settings(waves):
    chosen = {"narrow": PCADetector(window=10), "wide": PCADetector(window=60, fold="max")}
    rows = compare(chosen, waves[0]).to_frame().set_index("detector")
    assert rows.loc[["narrow", "wide"], "window"].tolist() == [10, 60]
    assert rows.loc[["narrow", "wide"], "look_ahead"].tolist() == [9, 59]


def test_by_name_scores_are_placed_over_the_windows_unless_said_otherwise(waves):
    rows = compare("pca,pca:fold=last:window=10", waves[0]).to_frame().set_index("detector")
    assert rows.loc["pca", "look_ahead"] == rows.loc["pca", "window"] - 1
    assert rows.loc["pca:fold=last:window=10", "look_ahead"] == 0


def test_nothing_is_run_twice(waves, tmp_path, monkeypatch):
    store, run = tmp_path / "results.parquet", trial.run_trial
    ran = []
    monkeypatch.setattr("offbeat.bench.suites.run.run_trial", lambda *each: ran.append(each) or run(*each))
    first = compare("pca", waves[:2], results=store)
    assert len(ran) == 2 * 4
    again = compare("pca", waves[:3], results=store)
    assert len(ran) == 3 * 4, "the third recording alone is new"
    pd.testing.assert_frame_equal(
        again.to_frame().query("case != 'wave 2'").reset_index(drop=True), first.to_frame(), check_dtype=False
    )
    compare("pca:n_components=3", waves[:1], results=store)
    assert len(ran) == 3 * 4 + 1, "other settings are another detector, the baselines are there"


def test_other_data_by_the_same_name_is_run_again(waves, tmp_path):
    store = tmp_path / "results.parquet"
    before = compare("pca", {"one": waves[0]}, results=store).to_frame()
    after = compare("pca", {"one": waves[1]}, results=store).to_frame()
    assert before["digest"].tolist() != after["digest"].tolist()


def test_processes_give_the_same_rows(waves, found):
    timed = ["fit_seconds", "score_seconds", "peak_mib"]
    apart = compare("pca,knn", waves, jobs=2)
    pd.testing.assert_frame_equal(apart.to_frame().drop(columns=timed), found.to_frame().drop(columns=timed))


def test_a_file_of_something_else_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(DataError, match="no results"):
        Store(tmp_path / "other.parquet")


def test_data_without_labels_is_refused():
    with pytest.raises(DataError, match="labels"):
        compare("pca", Recording(np.arange(900.0)))


def test_estimators_of_other_libraries_go_by_their_class(waves):
    rows = compare("IsolationForest:n_estimators=20", waves[0]).to_frame()
    assert rows.iloc[0]["detector"] == "IsolationForest:n_estimators=20"
    assert rows.iloc[0]["error"] == ""


@pytest.mark.parametrize(
    ("names", "word"),
    [
        ("magic", "magic"),
        ("pca,pca", "twice"),
        ("PCA", "several classes"),
        ("HBOS:magic=1", "magic"),
        ("StandardScaler", "StandardScaler"),
        ("pca:magic=1", "magic"),
    ],
)
def test_wrong_names(names, word):
    with pytest.raises(ParameterError, match=word):
        contenders_of(names)


def test_names_with_brackets_and_settings_of_a_training():
    (chosen,) = contenders_of("dense-autoencoder:hidden_sizes=(8,4):train.epochs=2")
    assert isinstance(chosen.template, DenseAutoencoder)
    assert chosen.template.hidden_sizes == (8, 4)
    assert chosen.template.train.epochs == 2


def test_the_key_follows_every_setting():
    first, second, third = contenders_of({"a": PCADetector(), "b": PCADetector(), "c": PCADetector(n_components=3)})
    assert first.key == second.key != third.key


def test_the_example_of_the_page_on_benchmarks_runs(capsys):
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, flags=re.S | re.M)
    exec(compile(example, "benchmarks.md", "exec"), {})
    assert "random" in capsys.readouterr().out


def test_what_is_a_baseline_depends_on_what_is_asked_for(series, tmp_path):
    store = tmp_path / "results.parquet"
    flags = [
        compare(name, series, results=store).to_frame().set_index("detector").loc["pca", "baseline"]
        for name in ("knn", "pca")
    ]
    assert flags == [True, False]


TCN = """
from torch import nn

class Net(nn.Module):
    def __init__(self, n_channels, n_times):
        super().__init__()
        self.layer = nn.Linear(n_times, n_times)

    def forward(self, x):
        return self.layer(x){more}
"""


@pytest.mark.parametrize("by", ["class", "path", "made"])
def test_a_result_of_a_network_of_ones_own_is_not_taken_after_its_code_has_changed(waves, tmp_path, monkeypatch, by):
    monkeypatch.syspath_prepend(tmp_path)
    train, results = TrainConfig(epochs=1, progress=False), tmp_path / "results.parquet"

    def figures(more):
        sys.modules.pop("own_net", None)
        (tmp_path / "own_net.py").write_text(TCN.format(more=more))
        importlib.invalidate_caches()
        net = importlib.import_module("own_net").Net
        torch.manual_seed(0)
        module = {"class": net, "path": "own_net:Net", "made": net(1, 16)}[by]
        detector = TorchDetector(module, window=16, calibration="held-out", train=train)
        found = compare({"own": detector}, waves[:1], results=results).to_frame().query("detector == 'own'")
        assert (found["error"] == "").all()
        return found[["auroc", "fit_seconds"]].to_numpy().tolist()

    first = figures("")
    assert figures("") == first
    # The file is as long as before and has the same name.
    other = figures(" * 0 + 3")
    assert other != first
    assert figures(" * 0 + 3") == other
    assert len(pd.read_parquet(results).query("detector == 'own'")) == 2


def test_only_code_of_ones_own_has_a_source():
    class Mine(PCADetector):
        pass

    assert source_of(PCADetector()) == source_of(DenseAutoencoder()) == ""
    assert source_of(Mine()) == source_of(Mine()) != ""
    assert source_of(MixedDetector(parts=(Mine(), PCADetector()), window=20)) == source_of(Mine())
    namespace = {"PCADetector": PCADetector, "__name__": "nowhere"}
    code = "class Typed(PCADetector):\n    pass"
    exec(code, namespace)
    typed = namespace["Typed"]
    exec(code, namespace)
    assert source_of(typed()) == source_of(typed()) != source_of(namespace["Typed"]())


def test_the_summary_says_whether_the_best_is_more_than_chance(found, waves):
    assert found.summary()[0].endswith("(Nemenyi test, 5 %).")
    assert compare("pca", waves[:1]).summary()[0].endswith("; 1 series cannot tell a difference from chance.")


def test_progress_is_logged_where_nobody_sees_a_terminal(waves, caplog):
    with caplog.at_level("INFO", logger="offbeat"):
        compare("pca", waves[:1])
    lines = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in lines] == [f"{n} of 4" for n in (1, 2, 3, 4)]


def test_a_frame_is_a_recording_and_an_array_is_refused():
    labelled = server_metrics(900, seed=1)
    of_recording = compare("knn", labelled).to_frame()
    with pytest.warns(ReadingWarning, match="label is read as the labels"):
        of_frame = compare("knn", labelled.to_frame()).to_frame()
    pd.testing.assert_series_equal(of_frame["event_f1"], of_recording["event_f1"])
    for data in (np.zeros(90), [np.zeros(90)], {"a": np.zeros(90)}, 3):
        with pytest.raises(
            ParameterError, match=r"recordings, collections or frames .*got \w+: give an array as Recording"
        ):
            compare("knn", data)
