"""A review in progress: the beats of a record, what a person says about them, and the file that it is saved to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from offbeat.app.request import RecordRequest
from offbeat.app.review.beats import NAMES, ReviewBeat, joined, parted
from offbeat.app.review.signals import length_of
from offbeat.app.review.worth import worth_a_look
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.records import NO_BEAT, Annotations, BeatRemark, Record, write_annotations
from offbeat.words import clock

__all__ = ["Change", "ReviewSession"]

_NEAREST = 0.1  # seconds: no heart beats twice within
_MOST_COPIES = 1000

Beats = dict[int, ReviewBeat]


@dataclass(frozen=True)
class Change:
    """What one step of a review changed.

    Parameters
    ----------
    changed : mapping of int to ReviewBeat
        Beats as they are now, by their number.
    removed : tuple of int
        The numbers of beats that are no more, since they were added by what was undone.
    """

    changed: Mapping[int, ReviewBeat]
    removed: tuple[int, ...] = ()


class ReviewSession:
    """The beats of a record under review.

    Samples are counted as in the file of the record (``sampling_rate``, ``n_times``), so that annotations stay where
    they are; a signal that is resampled to be read is counted so, too.

    Each beat has a number for as long as the session lasts: its place in the annotations, then those added.

    Parameters
    ----------
    record : Record
        The record.
    annotations : Annotations
        Of its beats; everything else in them is kept as it is.
    place : Path
        Where to save.
    source : str
        Where the annotations come from, in words.
    wanted : RecordRequest, optional
        How the record was read.

    Raises
    ------
    DataError
        If the annotations are of another sampling rate than the record.

    Examples
    --------
    >>> record = Record.from_array([0.0] * 5000, sampling_rate=250)
    >>> session = ReviewSession(record, Annotations([250, 500], ["N", "V"]), Path("strip.rev"))
    >>> session.name(1, "S").changed[1].symbol, session.unsaved
    ('S', 1)
    >>> session.undo().changed[1].symbol, session.unsaved
    ('V', 0)
    """

    def __init__(
        self,
        record: Record,
        annotations: Annotations,
        place: Path,
        source: str = "",
        wanted: RecordRequest | None = None,
    ) -> None:
        annotations = annotations.of(record)
        rate = annotations.sampling_rate
        if rate is not None and abs(rate / record.file_rate - 1) > 1e-3:
            raise DataError(
                f"expected annotations at the {record.file_rate:g} Hz of {record.name}, got {rate:g} Hz: "
                "give those of this record"
            )
        self.record, self.place, self.source = record, place, source
        self._wanted = wanted or RecordRequest(str(record.path))
        self.sampling_rate, self.n_times = record.file_rate, length_of(record)
        beats, self.others = parted(annotations)
        self._beats: Beats = dict(enumerate(beats))
        self._saved: Beats = dict(self._beats)
        self._next = len(beats)
        self._before: list[dict[int, ReviewBeat | None]] = []
        self._unsaved: set[int] = set()
        self._on_disk = _digest(place)
        self.version = 0
        self.worth = worth_a_look(beats, self.sampling_rate)

    @property
    def beats(self) -> Mapping[int, ReviewBeat]:
        """The beats by their number."""
        return self._beats

    @property
    def unsaved(self) -> int:
        """How many beats are not yet saved as they are now."""
        return len(self._unsaved)

    @property
    def undoable(self) -> int:
        """How many steps can be undone."""
        return len(self._before)

    @property
    def reviewed(self) -> int:
        """How many beats a person has reviewed."""
        return sum(beat.remark.reviewed for beat in self._beats.values())

    @property
    def report_command(self) -> str:
        """What makes a report of the beats as they are saved."""
        page = self.place.with_name(f"{self.place.stem}-reviewed.html")
        return replace(self._wanted, annotations=str(self.place)).command(self._wanted.record, str(page))

    def name(self, number: int, name: str) -> Change:
        """Call a beat what a person says it is.

        Parameters
        ----------
        number : int
            Of the beat.
        name : str
            N, S, V, F or Q; ``/`` for a paced beat; ``|`` where there is no beat.

        Raises
        ------
        DataError
            If there is no beat of that number.
        ParameterError
            If that is no name of a beat.
        """
        _check_name(name)
        beat = self._beat(number)
        if name == NO_BEAT and beat.remark.added:
            return self._put({number: None})
        return self._put({number: beat.named(name)})

    def confirm(self, numbers: Iterable[int]) -> Change:
        """Say that beats are right as they are, in one step.

        Raises
        ------
        DataError
            If there is no beat of one of the numbers.
        """
        beats = {number: self._beat(number) for number in numbers}
        return self._put({number: beat.confirmed() for number, beat in beats.items() if not beat.remark.reviewed})

    def add(self, sample: int, name: str) -> Change:
        """Add a beat that was missed.

        Parameters
        ----------
        sample : int
            Where it is.
        name : str
            N, S, V, F, Q or ``/``.

        Raises
        ------
        DataError
            If that lies outside of the record, or another beat is within a tenth of a second.
        ParameterError
            If that is no name of a beat.
        """
        _check_name(name)
        if name == NO_BEAT:
            raise ParameterError("expected the class of the beat to add, got no beat: leave it out instead")
        rate = self.sampling_rate
        if not 0 <= sample < self.n_times:
            raise DataError(f"expected a beat within the record, 0 to {self.n_times - 1:,}, got {sample:,}")
        near = [n for n, beat in self._beats.items() if abs(beat.sample - sample) < _NEAREST * rate]
        beating = [number for number in near if self._beats[number].symbol != NO_BEAT]
        if beating:
            at = clock(self._beats[beating[0]].sample / rate, 1)
            raise DataError(f"there is a beat at {at} already, within a tenth of a second: name that one")
        if near:  # what was called no beat is one after all
            return self.name(near[0], name)
        return self._put({self._next: ReviewBeat(sample, name, BeatRemark(reviewed=True, added=True))})

    def undo(self) -> Change:
        """Take the last step back; nothing changes where there is none."""
        return self._restore(self._before.pop()) if self._before else Change({})

    def annotations(self) -> Annotations:
        """Return the annotations as they would be saved."""
        return joined(self._beats.values(), self.others, self.sampling_rate)

    def save(self) -> Path:
        """Write the annotations to their place, whole or not at all, and return it.

        Raises
        ------
        OutputError
            If the file was changed by another program since it was read or written here, or cannot be written.
        """
        now = _digest(self.place)
        if now is not None and now != self._on_disk:
            raise OutputError(
                f"{self.place} was changed by another program since this review read it, and is not replaced: "
                "save a copy under another name"
            )
        write_annotations(self.annotations(), self.place, overwrite=now is not None)
        return self._note_saved(self.place)

    def finish(self) -> None:
        """Save what is not saved yet: to a copy, where the file was changed meanwhile.

        Raises
        ------
        OutputError
            If neither can be written.
        """
        if not self.unsaved:
            return
        try:
            self.save()
        except OutputError:
            self.save_copy()

    def save_copy(self) -> Path:
        """Write the annotations to a new file beside their place, go on with that, and return it.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        copies = (self.place.with_suffix(f"{self.place.suffix}{n}") for n in range(2, _MOST_COPIES))
        free = next((path for path in copies if not path.exists()), None)
        if free is None:
            raise OutputError(f"there are too many copies of {self.place}: move some away")
        write_annotations(self.annotations(), free)
        return self._note_saved(free)

    def _note_saved(self, place: Path) -> Path:
        self.place, self._on_disk, self._saved = place, _digest(place), dict(self._beats)
        self._unsaved.clear()
        return place

    def _beat(self, number: int) -> ReviewBeat:
        if number not in self._beats:
            raise DataError(f"there is no beat of number {number}: load the page again")
        return self._beats[number]

    def _put(self, beats: Mapping[int, ReviewBeat | None]) -> Change:
        """Take beats as they are now, None for one that is no more, so that it can be undone."""
        if not beats:
            return Change({})
        self._before.append({number: self._beats.get(number) for number in beats})
        self._next = max(self._next, *(number + 1 for number in beats))
        return self._restore(beats)

    def _restore(self, beats: Mapping[int, ReviewBeat | None]) -> Change:
        for number, beat in beats.items():
            if beat is None:
                del self._beats[number]
            else:
                self._beats[number] = beat
            same = self._beats.get(number) == self._saved.get(number)
            (self._unsaved.discard if same else self._unsaved.add)(number)
        self.version += 1
        kept = {number: beat for number, beat in beats.items() if beat is not None}
        return Change(kept, tuple(number for number in beats if number not in kept))


def _check_name(name: str) -> None:
    if name not in NAMES:
        raise ParameterError(f"a beat is called one of {' '.join(NAMES)}, got {name!r}")


def _digest(path: Path) -> bytes | None:
    """Return what tells the content of a file from another one; None where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror}): choose another place with --out") from error
