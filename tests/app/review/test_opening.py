import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.app.review.beats import MARK
from offbeat.app.review.opening import open_review
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.records import Annotations, read_annotations, write_annotations


def test_it_begins_with_what_a_program_has_named(wanted, strip, annotations):
    session = open_review(wanted)
    assert session.source == "strip.ofb"
    assert session.place == strip.with_suffix(".rev")
    assert len(session.beats) == len(annotations) - 1  # all but the rhythm
    assert not session.place.exists()


def test_it_classifies_a_record_that_nothing_is_known_of(wanted, strip, lead):
    strip.with_suffix(".ofb").unlink()
    session = open_review(wanted)
    assert session.source == "classified now"
    assert len(session.beats) == pytest.approx(len(lead[1]), abs=3)
    assert sorted(path.suffix for path in strip.parent.iterdir()) == [".csv"]


def test_it_goes_on_with_the_review_before(wanted, strip):
    first = open_review(wanted)
    first.name(4, "S")
    first.save()
    again = open_review(wanted)
    assert (again.source, again.beats[4].symbol, again.reviewed) == ("strip.rev", "S", 1)
    again.name(5, "S")
    again.save()
    assert open_review(wanted).reviewed == 2


def test_other_annotations_can_be_asked_for(wanted, strip):
    theirs = strip.with_suffix(".atr")
    write_annotations(Annotations([100, 400], ["L", "V"], RATE), theirs)
    before = theirs.read_bytes()
    session = open_review(wanted, theirs)
    session.name(0, "V")
    session.save()
    assert theirs.read_bytes() == before
    assert read_annotations(strip.with_suffix(".rev")).symbols.tolist() == ['"', "V", "V"]
    with pytest.raises(ParameterError, match="--annotations"):
        open_review(wanted, theirs)  # which review is meant?
    assert open_review(wanted, theirs, strip.with_suffix(".two")).reviewed == 0


@pytest.mark.parametrize("ending", [".atr", ".ofb", ".ATR"])
def test_it_never_saves_under_the_endings_of_others(wanted, strip, ending):
    with pytest.raises(OutputError, match="never replaces"):
        open_review(wanted, out=strip.with_suffix(ending))


def test_it_never_replaces_the_file_of_another(wanted, strip):
    theirs = write_annotations(Annotations([100], ["N"], RATE), strip.with_suffix(".mine"))
    with pytest.raises(OutputError, match="another program"):
        open_review(wanted, out=theirs)
    strip.with_suffix(".txt").write_text("mine")
    with pytest.raises(DataError, match="annotation file"):
        open_review(wanted, out=strip.with_suffix(".txt"))
    with pytest.raises(OutputError, match=r"strip\.csv"):
        open_review(wanted, out=strip)


def test_a_place_needs_an_ending(wanted, strip):
    with pytest.raises(ParameterError, match="ending"):
        open_review(wanted, out=strip.with_suffix(""))


def test_annotations_of_a_resampled_record_stay_where_they_are(tmp_path, wanted):
    signal, times, _ = ecg(40, 2000.0)
    pd.DataFrame({"II": signal}).round(4).to_csv(tmp_path / "fast.csv", index=False)
    fast = replace(wanted, record=str(tmp_path / "fast.csv"), sampling_rate=2000.0)
    session = open_review(fast)
    assert session.source == "classified now"
    found = np.array([beat.sample for beat in session.beats.values()]) / 2000.0
    assert np.abs(found[:, None] - times).min(axis=1).max() < 0.05
    odd = Annotations([4001, 8003], ["N", "V"], 2000.0)
    session = open_review(fast, write_annotations(odd, tmp_path / "fast.odd"))
    session.name(0, "V")
    assert read_annotations(session.save()).samples.tolist() == [0, 4001, 8003]


def test_a_missing_annotation_file_is_an_error(wanted, strip):
    with pytest.raises(DataError, match="no annotation file"):
        open_review(wanted, strip.with_suffix(".none"))


def test_a_record_of_the_catalogue_is_reviewed_in_this_folder(data_dir, tmp_path, monkeypatch, wanted):
    monkeypatch.chdir(tmp_path)
    session = open_review(replace(wanted, record="mitdb/100", sampling_rate=None), data_dir / "mitdb" / "100.atr")
    assert session.place == Path("100.rev")
    session.name(0, "V")
    session.save()
    assert Path("100.rev").is_file()


def test_experts_annotations_survive_a_review_but_for_what_was_changed(data_dir, tmp_path, wanted):
    for ending in ("atr", "dat", "hea"):
        shutil.copyfile(data_dir / "mitdb" / f"207.{ending}", tmp_path / f"207.{ending}")
    experts = tmp_path / "207.atr"
    session = open_review(replace(wanted, record=str(tmp_path / "207"), sampling_rate=None), experts)
    before = read_annotations(experts)
    session.name(0, "V")
    after = read_annotations(session.save())
    kept = after.where(after.aux != MARK)
    assert kept.samples.tolist() == before.samples.tolist()
    assert (kept.symbols != before.symbols).sum() == 1
    assert kept.channels.tolist() == before.channels.tolist()
