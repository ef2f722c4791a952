"""What ``offbeat train-beats`` does: train a classifier of beats on annotated records, and evaluate it on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offbeat.app.runs import Log
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.ecg.classify import name_beats
from offbeat.ecg.ec57 import BeatComparison, compare_beats, ec57_tables
from offbeat.ecg.training.beat_classifier import AnnotatedBeats, annotated_record, beat_model, learnable
from offbeat.errors import DataError
from offbeat.records import REFERENCE
from offbeat.records.aami import AAMI, CLASSES
from offbeat.records.finding import find_records
from offbeat.tables import Table

__all__ = ["TrainedBeats", "train_beats"]

_FEWEST_RECORDS = 2  # some are held out, to calibrate the probabilities
_FEWEST_CLASSES = 2


@dataclass(frozen=True, eq=False)
class TrainedBeats:
    """A classifier of beats, what it learned from, and how it does on other records.

    Parameters
    ----------
    model : ECGFormer
        Fitted.
    learned : sequence of AnnotatedBeats
        The records that it learned from.
    comparisons : sequence of BeatComparison
        One for each record that it was evaluated on.
    """

    model: ECGFormer
    learned: Sequence[AnnotatedBeats]
    comparisons: Sequence[BeatComparison]

    def tables(self) -> list[Table]:
        """Return the beats of each class by record, and the figures of EC57 on the other records."""
        rows = [[one.beats.name, *((one.classes == name).sum().item() for name in CLASSES)] for one in self.learned]
        total = ["all", *(sum(row[place] for row in rows) for place in range(1, len(CLASSES) + 1))]
        learned = Table("Annotated beats to learn from", ["record", *CLASSES], [*rows, total])
        return [learned, *(ec57_tables(self.comparisons)[:1] if self.comparisons else [])]


def train_beats(
    records: Sequence[str | Path],
    test: Sequence[str | Path] = (),
    *,
    epochs: int = 10,
    members: int = 5,
    seed: int = 0,
    log: Log = lambda _: None,
) -> TrainedBeats:
    """Train the network that offbeat ships on annotated records of one's own.

    Parameters
    ----------
    records : sequence of str or Path
        WFDB records with annotations (``.atr``) beside them, or folders, patterns and lists of such.
    test : sequence of str or Path
        Others, to evaluate on; of other people, or the figures mean nothing.
    epochs, members : int
        How often each network sees the beats, and how many networks are averaged.
    seed : int
        Of everything drawn at random.
    log : callable
        Called with a line for each step.

    Raises
    ------
    DataError
        If fewer than two records are annotated, all beats are of one class, or a record is learned from and tested.
    """
    paths, others = _annotated(records, log), _annotated(test, log) if test else []
    both = {path.resolve() for path in paths} & {path.resolve() for path in others}
    if both:
        raise DataError(f"{min(both)} is to be learned from and to be tested: leave it out of one of them")
    if len(paths) < _FEWEST_RECORDS:
        raise DataError(f"expected two or more annotated records to learn from, got {len(paths)}")
    log(f"finding the beats of {len(paths)} records")
    learned = [annotated_record(path) for path in paths]
    if len({name for one in learned for name in one.classes.tolist()} & set(CLASSES)) < _FEWEST_CLASSES:
        raise DataError(
            "expected beats of two or more classes to learn from, got fewer: add records with ectopic beats"
        )
    seen = learnable(learned, seed=seed)
    log(f"learning from {len(seen):,} beats, simulated rhythms of the same ones among them")
    model = beat_model(epochs=epochs, members=members, random_state=seed)
    model.fit(seen)
    return TrainedBeats(model, learned, [_compared(annotated_record(path), model) for path in others])


def _annotated(sources: Sequence[str | Path], log: Log) -> list[Path]:
    """Return the records of these places that have annotations beside them; the others are named."""
    found = [path for source in sources for path in find_records(source)]
    annotated = [path for path in found if path.with_name(path.name + REFERENCE).is_file()]
    if len(annotated) < len(found):
        log(f"{len(found) - len(annotated)} of {len(found)} records have no annotations ({REFERENCE}) and are left out")
    return annotated


def _compared(record: AnnotatedBeats, model: ECGFormer) -> BeatComparison:
    test = name_beats(record.beats, model).annotations()
    return compare_beats(record.reference, test, start=0, record=record.beats.name, classes=AAMI)
