import numpy as np
import pytest

from offbeat.app.review.beats import NAMES, ReviewBeat
from offbeat.app.review.session import ReviewSession
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.records import Annotations, read_annotations, reviewed_beats, write_annotations


def on_disk(session):
    """Return the annotations of the saved file by their sample, without the note that begins it."""
    found = read_annotations(session.place)
    rows = zip(found.samples.tolist(), found.symbols.tolist(), found.aux.tolist(), strict=True)
    return {sample: (symbol, aux) for sample, symbol, aux in rows if symbol != '"'}


def test_saving_without_a_change_keeps_every_annotation(session, annotations):
    session.save()
    assert on_disk(session) == {
        sample: (symbol, aux)
        for sample, symbol, aux in zip(annotations.samples.tolist(), annotations.symbols, annotations.aux, strict=True)
    }


def test_corrections_are_on_disk_and_told_apart_from_what_nobody_looked_at(session):
    samples = [session.beats[number].sample for number in range(4)]
    session.name(0, "S")
    session.confirm([1])
    session.name(2, "|")
    session.save()
    found = on_disk(session)
    assert [found[sample] for sample in samples] == [
        ("S", "reviewed, was N"),
        ("N", "reviewed"),
        ("|", "reviewed, was N"),
        ("N", ""),
    ]
    assert reviewed_beats(read_annotations(session.place)).samples.tolist() == samples[:3]


@pytest.mark.parametrize("name", NAMES)
def test_a_beat_can_be_called_anything_and_undone(session, name):
    before = dict(session.beats)
    session.name(5, name)
    assert session.beats[5].symbol == name
    assert session.unsaved == 1
    session.undo()
    assert dict(session.beats) == before
    assert session.unsaved == 0


def test_a_code_that_says_more_than_its_class_stays_where_the_class_is_right():
    bundle = ReviewBeat(100, "L", subtype=2)
    assert bundle.named("N") == bundle.confirmed()
    assert bundle.named("V").named("N") == ReviewBeat(100, "L", bundle.confirmed().remark)
    paced = ReviewBeat(100, "/")
    assert (paced.named("Q").symbol, paced.named("Q").original) == ("Q", "/")


def test_a_missed_beat_is_added_once_and_nowhere_near_another(session):
    place = session.beats[3].sample + 60
    added = session.add(place, "V").changed
    ((number, beat),) = added.items()
    assert (beat.sample, beat.symbol, beat.original) == (place, "V", "")
    for taken in (place, place + 20, session.beats[3].sample - 10):
        with pytest.raises(DataError, match="already"):
            session.add(taken, "N")
    session.save()
    assert on_disk(session)[place] == ("V", "reviewed, added")
    session.name(number, "|")  # it never was a beat of the file
    assert number not in session.beats
    session.save()
    assert place not in on_disk(session)


def test_where_a_beat_was_taken_away_one_can_be_named_again(session):
    session.name(7, "|")
    assert list(session.add(session.beats[7].sample + 5, "S").changed) == [7]
    assert (session.beats[7].symbol, session.beats[7].original) == ("S", "N")


@pytest.mark.parametrize("sample", [-1, 10**9])
def test_beats_lie_within_the_record(session, sample):
    with pytest.raises(DataError, match="within the record"):
        session.add(sample, "N")


def test_what_is_no_name_or_no_beat_is_refused_and_changes_nothing(session):
    before = dict(session.beats)
    for act in (lambda: session.name(0, "W"), lambda: session.add(9, "|"), lambda: session.add(9, "+")):
        with pytest.raises(ParameterError):
            act()
    for act in (lambda: session.name(10**6, "N"), lambda: session.confirm([0, -1])):
        with pytest.raises(DataError, match="no beat of number"):
            act()
    assert (dict(session.beats), session.undoable, session.version) == (before, 0, 0)


def test_many_confirmed_at_once_are_one_step(session):
    session.confirm([0, 1, 2])
    session.confirm([1, 2, 3])
    assert session.reviewed == 4
    assert session.undoable == 2
    session.undo()
    assert session.reviewed == 3
    session.undo()
    assert session.reviewed == 0
    assert session.undo().changed == {}


def test_any_steps_undone_in_turn_give_the_first_state(session):
    before, rng = dict(session.beats), np.random.default_rng(3)
    for _ in range(200):
        number, kind = int(rng.choice(list(session.beats))), rng.integers(4)
        if kind == 0:
            session.add(session.beats[number].sample, "N") if session.beats[number].symbol == "|" else session.undo()
        elif kind == 1:
            session.confirm([number])
        else:
            session.name(number, str(rng.choice(NAMES)))
    while session.undoable:
        session.undo()
    assert dict(session.beats) == before


def test_undone_after_saving_is_unsaved_again(session):
    session.name(0, "V")
    session.save()
    assert session.unsaved == 0
    session.undo()
    assert session.unsaved == 1
    session.save()
    assert on_disk(session)[session.beats[0].sample] == ("N", "")


def test_a_saved_review_goes_on_where_it_stopped(session, record):
    session.name(0, "V")
    number, *_ = session.add(session.beats[3].sample + 60, "S").changed
    session.name(5, "|")
    session.save()
    again = ReviewSession(record, read_annotations(session.place), session.place)
    assert sorted(again.beats.values(), key=str) == sorted(session.beats.values(), key=str)
    assert again.reviewed == 3
    assert number in session.beats
    firsts = {session.beats[number].sample: reason for number, reason in session.worth}
    seconds = {again.beats[number].sample: reason for number, reason in again.worth}
    assert seconds == firsts  # the list to work through is the same, however far the work is


def test_a_file_changed_by_another_program_is_never_replaced(session):
    session.name(0, "V")
    session.save()
    write_annotations(Annotations([5], ["N"]), session.place, overwrite=True)
    theirs = session.place.read_bytes()
    session.name(1, "V")
    with pytest.raises(OutputError, match="another program"):
        session.save()
    assert session.place.read_bytes() == theirs
    assert session.unsaved == 1
    first = session.place
    copy = session.save_copy()
    assert (copy.name, first.read_bytes(), session.unsaved) == ("strip.rev2", theirs, 0)
    session.name(2, "V")
    assert session.save() == copy  # it goes on with the copy


def test_a_file_that_appeared_meanwhile_is_never_replaced(session):
    session.name(0, "V")
    session.place.write_bytes(b"mine")
    with pytest.raises(OutputError, match="another program"):
        session.save()
    session.finish()
    assert session.place.name == "strip.rev2"
    assert session.place.with_name("strip.rev").read_bytes() == b"mine"


def test_a_file_that_was_removed_is_written_again(session):
    session.name(0, "V")
    session.save()
    session.place.unlink()
    session.name(1, "V")
    session.save()
    assert len(reviewed_beats(read_annotations(session.place))) == 2


def test_finishing_without_a_change_writes_nothing(session):
    session.finish()
    assert not session.place.exists()


def test_a_failed_save_leaves_the_older_file_and_the_corrections(session, monkeypatch):
    session.name(0, "V")
    session.save()
    older = session.place.read_bytes()
    session.name(1, "V")

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(OutputError, match="space"):
            session.save()
    assert session.place.read_bytes() == older
    assert session.unsaved == 1
    session.save()
    assert session.unsaved == 0


def test_annotations_of_another_sampling_rate_are_refused(record, tmp_path):
    with pytest.raises(DataError, match="360 Hz"):
        ReviewSession(record, Annotations([5], ["N"], 360.0), tmp_path / "strip.rev")


def test_notes_at_the_first_sample_and_of_other_channels_are_kept(record, tmp_path):
    theirs = Annotations(
        [0, 0, 500, 500], ['"', "+", "V", "~"], 250.0, ["theirs", "(N", "Aux", ""], [0, 0, 3, -1], [0, 1, 1, 0]
    )
    session = ReviewSession(record, theirs, tmp_path / "strip.rev")
    session.confirm([0])
    found = read_annotations(session.save())
    kept = found.where(~((found.symbols == '"') & (found.aux != "theirs")))
    order = np.lexsort([kept.symbols, kept.samples])
    columns = (kept.samples, kept.symbols, kept.aux, kept.subtypes, kept.channels)
    assert list(zip(*(column[order].tolist() for column in columns), strict=True)) == [
        (0, '"', "theirs", 0, 0),
        (0, "+", "(N", 0, 1),
        (500, "V", "Aux, reviewed", 3, 1),
        (500, "~", "", -1, 0),
    ]
