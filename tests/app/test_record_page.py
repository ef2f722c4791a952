"""What the page of a record says first, and of what it warns."""

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.app.pages.record import RecordResults
from offbeat.app.pages.rhythms import longest_rhythm, rhythm_headline
from offbeat.ecg.classify import classify_record
from offbeat.ecg.opening import as_record
from offbeat.ecg.rhythm import rhythm_summary
from offbeat.series.recording import Recording


def results(signal):
    record = as_record(Recording(signal, sampling_rate=RATE, channels=["II"]))
    return RecordResults(record, classify_record(record))


@pytest.fixture(scope="module")
def frequent():
    """Every other beat is ventricular."""
    return results(ecg(200, ectopic=2)[0])


@pytest.fixture(scope="module")
def rare():
    return results(ecg(200, ectopic=10)[0])


def test_the_rhythm_is_told_first(rare):
    assert rare.summary()[0].startswith("Sinus rhythm, ")
    glance = rare.tables()[0]
    assert glance.rows[0] == ["rhythm", "Sinus rhythm"]


def test_rhythms_have_a_table_with_all_of_the_time(rare):
    (table,) = [table for table in rare.tables() if table.title == "Rhythms"]
    assert [row[0] for row in table.rows] == ["sinus rhythm"]
    assert rare.to_dict()["episodes"][0]["rhythm"] == "N"
    assert rare.to_dict()["af_burden"] == 0


def test_bigeminy_is_told_as_the_rhythm(frequent):
    assert frequent.summary()[0].startswith("Ventricular bigeminy, ")
    titles = [table.title for table in frequent.tables()]
    assert any(title.startswith("Episodes other than sinus rhythm") for title in titles)


@pytest.mark.parametrize(("n_fibrillating", "longest"), [(150, "atrial fibrillation or flutter"), (60, "sinus rhythm")])
def test_the_longest_rhythm_is_that_of_the_most_time(n_fibrillating, longest):
    beats = pd.DataFrame({"time_s": np.arange(200.0), "class": "N", "confidence": 0.9})
    beats["fibrillation"] = np.where(np.arange(200) < n_fibrillating, 0.99, 0.0)
    rhythm = rhythm_summary(beats, 200.0)
    assert {episode.rhythm for episode in rhythm.episodes} == {"AFIB", "N"}
    assert longest_rhythm(rhythm) == longest
    assert rhythm_headline(rhythm).startswith("Atrial fibrillation or flutter")


def test_a_record_without_beats_has_no_rhythm():
    nothing = results(np.zeros(5000))
    assert nothing.rhythm.episodes == ()
    assert nothing.summary()[0].startswith("No beats were found in II")


def test_few_beats_are_warned_of():
    assert "only" in results(ecg(30)[0]).caution()
