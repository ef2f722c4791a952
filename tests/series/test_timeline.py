import numpy as np
import pandas as pd
import pytest

from offbeat import Recording
from offbeat.errors import DataError


def times_of(stamps):
    table = pd.DataFrame({"at": stamps, "value": 1.0})
    return Recording.from_frame(table, time="at").timestamps


@pytest.mark.parametrize(
    ("stamps", "second"),
    [
        (["2024-01-12T10:00:00", "2024-01-13T10:30:00.250"], "2024-01-13T10:30:00.250"),
        (["2024-01-12 10:00", "2024-01-13 10:30:05"], "2024-01-13T10:30:05"),
        (["2024-01-12T10:00:00+02:00", "2024-01-13T10:30:00-05:00"], "2024-01-13T15:30"),
        (["2024-01-12T10:00:00Z", "2024-01-13T10:30:00Z"], "2024-01-13T10:30"),
        (["01/12/2024 10:00", "01/13/2024 10:30"], "2024-01-13T10:30"),
        (["12/01/2024 10:00", "13/01/2024 10:30"], "2024-01-13T10:30"),
        (["13/01/2024", "14/01/2024"], "2024-01-14"),
        (["13.01.2024 10:30:00", "14.01.2024 10:30:00"], "2024-01-14T10:30"),
        (["30/11/2023", "01/12/2023", "02/12/2023"], "2023-12-01"),
        (["01/02/2024", "02/01/2024"], "2024-02-01"),
        # With the month first it would run backwards.
        (["10/01/2024", "01/02/2024"], "2024-02-01"),
        # Both go forwards, so the month comes first.
        (["01/02/2024", "02/03/2024"], "2024-02-03"),
        (["Jan 12, 2024", "Jan 13, 2024"], "2024-01-13"),
        (["12 Jan 2024 10:00", "13 Jan 2024 10:30"], "2024-01-13T10:30"),
        ([1705055400, 1705141800], "2024-01-13T10:30"),
        ([1705055400.5, 1705141800.5], "2024-01-13T10:30:00.5"),
        ([1705055400000, 1705141800000], "2024-01-13T10:30"),
        ([1705055400000000, 1705141800000000], "2024-01-13T10:30"),
        ([1705055400000000000, 1705141800000000000], "2024-01-13T10:30"),
        ([20240112, 20240113], "2024-01-13"),
        ([0, 60], "1970-01-01T00:01"),
    ],
)
@pytest.mark.filterwarnings("ignore::offbeat.errors.AmbiguousDateWarning", "ignore::offbeat.errors.ReadingWarning")
def test_points_in_time_however_they_are_written(stamps, second):
    assert times_of(stamps)[1] == np.datetime64(second)


@pytest.mark.parametrize(
    ("stamps", "message"),
    [
        (["2024-01-12", "2024-01-13", "oops"], r"at row 2 \(counted from 0\), got 'oops'"),
        (["oops", "2024-01-12"], r"at row 0 .*got 'oops'"),
        (["2024-01-12", "2024-02-30", "x"], r"at row 1 .*got '2024-02-30'"),
        (["01/12/2024", "13/13/2024"], "at row 1 .*got '13/13/2024'"),
        (["14:00", "oops"], "at row 1 .*got 'oops'"),
        (["2024-01-12", None], r"row 1 \(counted from 0\) has no timestamp"),
        ([1705055400.0, np.nan], "row 1 .* has no timestamp"),
        ([pd.Timestamp("2024-01-12"), pd.NaT], "row 1 .* has no timestamp"),
        ([1e300, 1e301], r"at row 0 .*got '1e\+300'"),
    ],
)
def test_the_first_fault_is_named(stamps, message):
    with pytest.raises(DataError, match=message):
        times_of(stamps)


def test_a_datetime_index_may_not_miss_a_time():
    index = pd.DatetimeIndex(["2024-01-12", None])
    with pytest.raises(DataError, match=r"row 1 .* has no timestamp"):
        Recording.from_frame(pd.DataFrame({"value": [1.0, 2.0]}, index=index))
