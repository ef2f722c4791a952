import numpy as np
import pytest

from offbeat.app.review.beats import ReviewBeat
from offbeat.app.review.worth import worth_a_look
from offbeat.records import BeatRemark

RATE = 250.0


def beats(changes=(), n=200, remarks=()):
    """Return a normal beat a second, some of them changed."""
    symbols, remarks = dict(changes), dict(remarks)
    return [ReviewBeat(250 * i, symbols.get(i, "N"), remarks.get(i, BeatRemark())) for i in range(n)]


def test_a_regular_record_has_nothing_worth_a_look():
    assert worth_a_look(beats(), RATE) == []
    assert worth_a_look([], RATE) == []


@pytest.mark.parametrize(
    ("rhythm", "position", "word"),
    [
        (beats({40: "V"}), 40, "the only ventricular"),
        (beats({40: "Q"}), 40, "no class"),
        (beats(dict.fromkeys(range(40, 45), "V")), 40, "first of 5 ventricular"),
        (beats(remarks={40: BeatRemark(doubtful=True)}), 40, "doubtful"),
        (beats(remarks={40: BeatRemark(confidence=0.51)}), 40, "unsure"),
        (beats()[:40] + beats()[45:], 40, "missed"),
        (sorted([*beats(), ReviewBeat(10_050, "N")], key=lambda beat: beat.sample), 41, "twice"),
    ],
)
def test_what_may_be_wrong_is_worth_a_look_with_the_reason(rhythm, position, word):
    ((found, reason),) = worth_a_look(rhythm, RATE)
    assert found == position
    assert word in reason


def test_sure_beats_of_frequent_classes_are_not_worth_a_look():
    bigeminy = beats(dict.fromkeys(range(0, 200, 2), "V"), remarks={9: BeatRemark(confidence=0.88)})
    assert worth_a_look(bigeminy, RATE) == []


def test_what_was_reviewed_stays_on_the_list():
    before = beats({40: "V"})
    after = [beat.named("N") if beat.symbol == "V" else beat for beat in before]
    added = sorted(
        [*after, ReviewBeat(25_100, "V", BeatRemark(reviewed=True, added=True))], key=lambda each: each.sample
    )
    assert [reason for _, reason in worth_a_look(added, RATE)] == [reason for _, reason in worth_a_look(before, RATE)]


def test_the_list_is_short_apart_and_from_all_parts_of_the_record():
    doubtful = {i: BeatRemark(doubtful=True) for i in range(5000)}
    found = [position for position, _ in worth_a_look(beats(n=5000, remarks=doubtful), RATE, most=40)]
    assert len(found) == 40
    assert np.diff(found).min() >= 5
    assert np.histogram(found, 4, (0, 5000))[0].min() >= 5


def test_every_kind_of_reason_has_its_turn():
    doubtful = {i: BeatRemark(doubtful=True) for i in range(0, 4000, 10)}
    found = worth_a_look(beats({4500: "V"}, n=5000, remarks=doubtful), RATE, most=10)
    assert [position for position, reason in found if "only" in reason] == [4500]
