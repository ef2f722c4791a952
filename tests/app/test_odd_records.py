"""What is no ECG record, or no number of a lead, is named."""

import pytest

from offbeat.app.loading import load_source
from offbeat.app.request import Request
from offbeat.ecg.opening import as_record
from offbeat.errors import DataError


@pytest.mark.parametrize("name", ["synthetic-metrics", "synthetic-curves", "ecg5000", "kaggle-mitbih", "ucr/119"])
def test_data_sets_that_are_no_records_are_named(name):
    with pytest.raises(DataError, match=f"{name} is no ECG record"):
        as_record(name)
    with pytest.raises(DataError, match=f"{name} is no ECG record"):
        load_source(Request(name, kind="beats"))


@pytest.mark.parametrize("lead", ["\u00b2", "\uff11", "\u0661", "-1", "2", "9" * 5000])
def test_leads_count_in_plain_digits(tmp_path, lead):
    path = tmp_path / "strip.csv"
    path.write_text("II,V5\n" + "1,2\n" * 10)
    with pytest.raises(DataError, match="has no lead"):
        as_record(str(path), leads=[lead], sampling_rate=250)
    assert as_record(str(path), leads=["1"], sampling_rate=250).channels == ("V5",)


def test_names_that_are_too_long_are_no_records():
    with pytest.raises(DataError, match="no record"):
        as_record("x" * 5000)
