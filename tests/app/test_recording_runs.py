import json
from dataclasses import replace

import pytest

from offbeat import Event, PCADetector, SeasonalBaseline
from offbeat.app.loading import load_recording
from offbeat.app.pages.recording import RecordingResults
from offbeat.app.recording_runs import RecordingPart, comparison_of_runs, trial_of_leading
from offbeat.app.request import Request
from offbeat.app.runs import with_baselines
from offbeat.bench.recipes import load_recipe, reproduce
from offbeat.data.synthetic import server_metrics
from offbeat.errors import DataError


@pytest.fixture(scope="module")
def recording():
    return server_metrics()


@pytest.fixture(scope="module")
def results(recording):
    trial = trial_of_leading(recording, recording.train_end)
    runs = with_baselines([SeasonalBaseline(period=288, seasons=2)], trial, window=24)
    return RecordingResults("metrics", recording, runs)


def test_only_what_comes_after_the_training_part_is_evaluated(recording, results):
    run = results.main
    assert min(event.start for event in run.events) >= recording.train_end
    assert max(len(run.detector.train_scores_), len(run.detector.held_out_scores_)) <= recording.train_end
    assert run.overlap.n_known == len(run.known) == 4


def test_an_f1_of_nothing_beside_baselines_that_find_nothing_is_no_verdict(recording, results):
    quiet = [replace(run, events=[Event(600 * 2, 600 * 2 + 1, 600 * 2)], known=[(4000, 4010)]) for run in results.runs]
    told = RecordingResults("metrics", recording, quiet).summary()
    assert any("event F1 says nothing here" in sentence for sentence in told)
    assert not any("level with" in sentence for sentence in told)


def test_tables_name_every_baseline(results):
    table = comparison_of_runs(results.runs)
    names = [row[0] for row in table.rows]
    assert {"naive", "pca", "knn", "isolation-forest", "one-class-svm"} <= set(names)
    assert table.columns[3] == "windows hit"
    assert all(0 <= row[2] <= 1 for row in table.rows)


def test_without_labels_nothing_is_claimed(recording, results):
    bare = replace(recording, labels=None)
    run = RecordingPart(bare, recording.train_end).evaluate(results.main.detector)
    unlabelled = RecordingResults("metrics", bare, [run])
    assert "nothing says how many of them are right" in unlabelled.summary()[0]
    assert "windows hit" not in comparison_of_runs([run]).columns
    assert "time in labelled windows" not in unlabelled._scores_by_part()


def test_everything_is_drawn_and_told(results, tmp_path):
    assert set(results.figures()) == {"overview", "events", "forecast", "score-histograms"}
    page = results.write_page(tmp_path / "page.html", "offbeat report")
    assert page.stat().st_size < 5_000_000
    told = json.loads(json.dumps(results.to_dict(), allow_nan=True))
    assert len(told["events"]) == len(results.main.events)
    assert sum(share for _, share in results.events[0].channels) == pytest.approx(1)


def test_nothing_left_to_evaluate(recording, results):
    with pytest.raises(DataError, match="nothing is left"):
        RecordingPart(recording, len(recording)).evaluate(results.main.detector)


# The reference protocol


@pytest.mark.slow
def test_the_reference_protocol_flags_the_confirmed_point(data_dir):
    recipe = load_recipe("nab-traveltime")
    source = load_recording(Request(recipe["data"], data_dir=data_dir))
    results = reproduce("nab-traveltime", source, quick=True)
    rows = {row[0]: row for row in results.tables()[0].rows}
    published, ours = rows["published (threshold 0.5 by eye)"], rows["deepant, reference protocol"]
    assert published[4:6] == [13, 1]
    assert 8 <= ours[4] <= 16
    assert ours[5] == 1
    assert ours[6].startswith("flagged")
    honest = rows["deepant, honest protocol"]
    assert honest[1] == "324 rows"
    assert honest[7] == 1
    assert honest[2] == "1,838 rows (the rest)"
    # What is compared with the others is judged on their rows, which most of its points lie before.
    rest = rows["deepant, reference protocol, on the rest"]
    assert (ours[1], ours[2]) == ("2,162 rows (all)", "2,162 rows (all)")
    assert (rest[1], rest[2]) == ("2,162 rows (all)", "1,838 rows (the rest)")
    assert rest[4] < ours[4] / 2
    compared = [
        row[0] for row in next(each for each in results.tables() if each.title == "Detectors and baselines").rows
    ]
    assert "deepant, reference protocol, on the rest" in compared
    assert "deepant, reference protocol" not in compared
    assert "2015-08-11 12:07:00" in [row[0] for row in results.tables()[1].rows]
    assert {"naive", "seasonal", "pca"} <= set(rows)


def test_recipes_need_labels_and_times():
    from offbeat.app.loading import RecordingSource

    with pytest.raises(DataError, match="timestamps, labels"):
        reproduce("nab-traveltime", RecordingSource(replace(server_metrics(), labels=None)))


def test_pca_beside_itself_is_left_out(recording):
    trial = trial_of_leading(recording, recording.train_end)
    runs = with_baselines([], trial, window=24, without=[PCADetector.name])
    assert "pca" not in [run.name for run in runs]
