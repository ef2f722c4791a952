import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.records import Annotations, BeatRemark, reviewed_beats
from offbeat.records.beat_remarks import beat_remark

REMARKS = st.builds(
    BeatRemark,
    doubtful=st.booleans(),
    confidence=st.one_of(st.just(math.nan), st.integers(0, 100).map(lambda percent: percent / 100)),
    reviewed=st.booleans(),
    was=st.sampled_from(["", *"NLVAQ/|"]),
    added=st.booleans(),
    other=st.sampled_from(["", "Aux", "confidence high", "was VT", "reviewed by R. Smith", "a, b"]),
)


@given(REMARKS)
def test_a_remark_reads_back_as_it_was_written(remark):
    assert str(beat_remark(str(remark))) == str(remark)
    again = beat_remark(str(remark))
    assert (again.doubtful, again.reviewed, again.was, again.added, again.other) == (
        remark.doubtful, remark.reviewed, remark.was, remark.added, remark.other,
    )  # fmt: skip
    assert again.confidence == pytest.approx(remark.confidence, nan_ok=True)


@given(st.text(max_size=60))
def test_any_remark_can_be_read(text):
    assert isinstance(beat_remark(text), BeatRemark)


def test_the_longest_remarks_of_others_leave_room_for_ours():
    whole = BeatRemark(True, 0.5, True, "V", True, "x" * 255)
    assert len(str(whole)) <= 255


def test_only_beats_and_false_detections_count_as_reviewed():
    marked = Annotations(
        [1, 2, 3, 4, 5], ["N", "V", "|", "+", "|"], aux=["reviewed", "doubtful", "reviewed, was V", "reviewed", ""]
    )
    assert reviewed_beats(marked).samples.tolist() == [1, 3]
