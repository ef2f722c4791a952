"""``offbeat bench`` on data of one's own."""

import json

import pandas as pd
import pytest

from offbeat import __version__


@pytest.fixture
def labelled(work):
    from offbeat.data.synthetic import server_metrics

    metrics = server_metrics()
    frame = pd.DataFrame(metrics.values, columns=metrics.channels).assign(label=metrics.labels)
    frame[:4000].to_csv(work / "labelled.csv", index=False)
    return work / "labelled.csv"


def test_the_suites_are_listed_without_one(offbeat):
    ended = offbeat("bench")
    assert ended.code == 0
    assert all(suite in ended.out for suite in ("nab", "ucr", "smap-msl", "smd", "tsb-ad-u", "ecg5000"))


def test_a_file_is_run_once_and_shown_again(labelled, offbeat):
    line = ("bench", labelled.name, "--kind", "recording", "--until", "0.4", "-d", "pca", "--out", "page.html")
    first = offbeat(*line, "--json", "bench.json")
    assert first.code == 0, first.err
    assert all(name in first.out for name in ("pca", "level", "naive", "random", "event F1"))
    written = json.loads((labelled.parent / "bench.json").read_text())
    assert (written["command"], written["version"]) == (f"offbeat bench {labelled.name} --detectors pca", __version__)
    rows = pd.read_parquet(labelled.parent / "offbeat-bench.parquet")
    assert written["date"] == " to ".join(sorted(set(rows["date"])))
    tables = written["tables"]
    assert [row["detector"] for row in tables[0]["rows"]] == ["pca", "level", "naive", "random"]
    assert len(rows) == 4
    assert "<html" in (labelled.parent / "page.html").read_text()
    again = offbeat(*line)
    assert "4 of 4 results are there already" in again.err
    assert again.out == first.out
    assert "1 of 4" in offbeat(*line, "--fresh").err


def test_short_series_are_ranked(offbeat):
    ended = offbeat("bench", "both.csv", "--normal", "ok", "-d", "knn")
    assert ended.code == 0, ended.err
    assert "Short series with labels" in ended.out
    assert "sensitivity" in ended.out


def test_results_never_replace_the_data(labelled, offbeat):
    before = labelled.read_bytes()
    ended = offbeat("bench", labelled.name, "-d", "pca", "--results", labelled.name)
    assert ended.code in (1, 2)
    assert labelled.read_bytes() == before
