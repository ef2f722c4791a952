"""Many recordings by key."""

import numpy as np
import pytest

from offbeat import Panel
from offbeat.errors import DataError, ParameterError
from offbeat.series.joined import Joined
from offbeat.series.recording import Recording

TWO = {"web2": [1.0, 2.0], "web1": [3.0, 4.0, 5.0]}


def read(values):
    return Recording(values, name="from elsewhere")


def test_recordings_are_read_when_asked_for_and_named_by_their_keys():
    seen = []

    def reading(values):
        seen.append(values)
        return read(values)

    panel = Panel(TWO, reading)
    assert list(panel) == ["web2", "web1"]
    assert len(panel) == 2
    assert "web1" in panel
    assert not seen
    assert panel["web1"].name == "web1"
    assert len(seen) == 1
    assert panel.map(len) == {"web2": 2, "web1": 3}
    assert panel.pick(["web1"]).map(len) == {"web1": 3}


@pytest.mark.parametrize("sources", [{}, {3: [1.0]}, {"": [1.0]}])
def test_keys_are_text(sources):
    with pytest.raises(DataError):
        Panel(sources, read)


def test_an_unknown_key_is_named():
    with pytest.raises(DataError, match="web9"):
        Panel(TWO, read).pick(["web9"])


def test_joined_recordings_have_a_missing_row_between_them():
    joined = Panel(TWO, read).joined()
    np.testing.assert_array_equal(joined.values.ravel(), [1, 2, np.nan, 3, 4, 5])
    assert joined.begins == (0, 3)
    assert [part.name for part in joined.parts] == ["web2", "web1"]
    assert joined.longest.name == "web1"
    with pytest.raises(ParameterError, match="cut"):
        joined[:2]


def test_labels_of_some_are_zero_for_the_others():
    joined = Joined.of([Recording([1.0, 2.0]), Recording([3.0, 4.0], labels=[0, 1])])
    assert joined.labels.tolist() == [0, 0, 0, 0, 1]


def test_any_recording_has_one_part():
    recording = read([1.0])
    assert recording.parts == (recording,)
    assert recording.begins == (0,)
