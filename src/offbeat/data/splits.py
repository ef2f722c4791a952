"""Split a collection into parts for training and evaluation, the same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError
from offbeat.series.join import join
from offbeat.series.recording import Collection
from offbeat.tables import PrintedAsTables, Table
from offbeat.words import notice_for

__all__ = ["NormalSplit", "group_split", "normal_split", "stratified_split"]

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class NormalSplit(PrintedAsTables):
    """Normal series in three parts, and the anomalies apart, as :func:`normal_split` makes them.

    Parameters
    ----------
    source : Collection
        What was split.
    train_rows, validation_rows, test_rows, anomaly_rows : array of int
        Where the series of each part stand in the source; no row is in two parts.
    """

    source: Collection
    train_rows: Rows
    validation_rows: Rows
    test_rows: Rows
    anomaly_rows: Rows

    def _summary(self) -> list[Table]:
        rows = [
            ["train", len(self.train_rows), "normal", "to fit on"],
            ["validation", len(self.validation_rows), "normal", "to choose an epoch and a threshold by"],
            ["test", len(self.test_rows), "normal", "to evaluate on"],
            ["anomalies", len(self.anomaly_rows), "all others", "to evaluate on"],
        ]
        name = self.source.name or "A collection"
        return [Table(f"{name}, split", ["part", "series", "class", "for"], rows, note=notice_for(self.source.domain))]

    @property
    def train(self) -> Collection:
        """Normal series to fit on."""
        return self.source[self.train_rows]

    @property
    def validation(self) -> Collection:
        """Normal series to choose a checkpoint and a threshold by."""
        return self.source[self.validation_rows]

    @property
    def test(self) -> Collection:
        """Normal series never seen before."""
        return self.source[self.test_rows]

    @property
    def anomalies(self) -> Collection:
        """All series that are not normal."""
        return self.source[self.anomaly_rows]

    @property
    def evaluation(self) -> Collection:
        """The test series and then the anomalies: what a detector is evaluated on."""
        return join([self.test, self.anomalies])

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """0 for each test series, 1 for each anomaly, in the order of ``evaluation``."""
        return np.repeat([0, 1], [len(self.test_rows), len(self.anomaly_rows)])


def normal_split(
    collection: Collection, normal: str, *, seed: int = 42, validation: float = 0.075, test: float = 0.075
) -> NormalSplit:
    """Split the normal series into training, validation and test parts, and set all others apart as anomalies.

    All rows are shuffled, the normal ones picked in that order, the held-out share split off, and split again.

    Parameters
    ----------
    collection : Collection
        With labels.
    normal : str
        The label of the normal class.
    seed : int
        Equal seeds give equal splits.
    validation, test : float
        Shares of the normal series, above 0 and together below 1.

    Returns
    -------
    NormalSplit
        The four parts.

    Raises
    ------
    DataError
        If there are no labels, no such class, no other class, or too few normal series for three parts.
    ParameterError
        If the shares are out of range.

    References
    ----------
    The protocol of V. Valkov, "Time series anomaly detection using LSTM autoencoders with PyTorch", 2020.

    Examples
    --------
    >>> from offbeat.data import heartbeats
    >>> split = normal_split(heartbeats(), "1")
    >>> len(split.train), len(split.validation), len(split.test), len(split.anomalies)
    (1020, 90, 90, 670)
    >>> split.evaluation
    Collection(760 series x 1 channel x 140 time steps, 5 classes)
    """
    if not (validation > 0 and test > 0 and validation + test < 1):
        raise ParameterError(f"validation and test are shares above 0, together below 1, got {validation} and {test}")
    labels = _labels_with(collection, normal)
    # The legacy generator, because it shuffled the published splits.
    shuffled = np.random.RandomState(seed).permutation(len(collection))
    is_normal = labels[shuffled] == normal
    parts = _three_parts(shuffled[is_normal], validation, test, seed)
    if parts is None:
        raise DataError(
            f"expected enough normal series for training, validation and test, but {is_normal.sum()} of class "
            f"{normal!r} leave a part empty with shares of {validation:g} and {test:g}: give more, or other shares"
        )
    return NormalSplit(collection, *parts, shuffled[~is_normal])


def _three_parts(rows: Rows, validation: float, test: float, seed: int) -> tuple[Rows, Rows, Rows] | None:
    """Return training, validation and test rows; None where one of them would be empty."""
    from sklearn.model_selection import train_test_split

    held, half = validation + test, test / (validation + test)
    n_held = ceil(held * len(rows))
    if len(rows) == n_held or ceil(half * n_held) in (0, n_held):
        return None
    train, held_out = train_test_split(rows, test_size=held, random_state=seed)
    kept, last = train_test_split(held_out, test_size=half, random_state=seed)
    return train, kept, last


def _labels_with(collection: Collection, normal: str) -> npt.NDArray[np.str_]:
    labels = _labels(collection)
    classes = ", ".join(collection.classes)
    if normal not in collection.classes:
        raise DataError(f"no series is of the normal class {normal!r}: the classes are {classes}")
    if len(collection.classes) == 1:
        raise DataError(f"expected anomalies to set apart, but all {len(labels)} series are of class {classes}")
    return labels


def _labels(collection: Collection) -> npt.NDArray[np.str_]:
    if collection.labels is None:
        raise DataError("this split goes by class, but the collection has no labels: name the column that holds them")
    return collection.labels


def stratified_split(collection: Collection, *, test: float = 0.2, seed: int = 0) -> tuple[Collection, Collection]:
    """Split so that both parts hold each class in the same proportion.

    Parameters
    ----------
    collection : Collection
        With labels, at least two series of each class.
    test : float
        Share of the series that go to the second part, between 0 and 1.
    seed : int
        Equal seeds give equal splits.

    Returns
    -------
    train, test : Collection
        Together all series, each once.

    Raises
    ------
    DataError
        If there are no labels, a single class, or too few series of a class.
    ParameterError
        If the share is out of range.

    Examples
    --------
    >>> from offbeat.data import heartbeats
    >>> train, test = stratified_split(heartbeats({"1": 80, "3": 20}))
    >>> test.counts()
    {'1': 16, '3': 4}
    """
    from sklearn.model_selection import train_test_split

    _check_share(test)
    labels, counts = _labels(collection), collection.counts()
    if len(counts) < 2:
        raise DataError(f"expected two classes or more to keep in proportion, but the only one is {', '.join(counts)}")
    rarest = min(counts, key=lambda label: counts[label])
    if counts[rarest] < 2:
        raise DataError(
            f"expected two series or more of each class, one for either part, but class {rarest!r} has a single one: "
            "leave it out or give more"
        )
    n_test = ceil(test * len(labels))
    if min(n_test, len(labels) - n_test) < len(counts):
        raise DataError(
            f"a share of {test:g} of {len(labels)} series leaves no room for each of the {len(counts)} classes "
            "in both parts: give more series or another share"
        )
    rows = train_test_split(np.arange(len(labels)), test_size=test, random_state=seed, stratify=labels)
    return collection[rows[0]], collection[rows[1]]


def group_split(collection: Collection, *, test: float = 0.2, seed: int = 0) -> tuple[Collection, Collection]:
    """Split so that no group, such as a patient or a machine, has series in both parts.

    Parameters
    ----------
    collection : Collection
        With groups.
    test : float
        Share of the groups that go to the second part, between 0 and 1.
    seed : int
        Equal seeds give equal splits.

    Returns
    -------
    train, test : Collection
        Together all series, each once.

    Raises
    ------
    DataError
        If there are no groups, or a single one.
    ParameterError
        If the share is out of range.

    Examples
    --------
    >>> beats = Collection(np.zeros((6, 8)), groups=["ann", "ann", "bob", "bob", "cyd", "cyd"])
    >>> train, test = group_split(beats, test=0.3)
    >>> set(train.groups.tolist()) & set(test.groups.tolist())
    set()
    """
    from sklearn.model_selection import GroupShuffleSplit

    _check_share(test)
    groups = collection.groups
    if groups is None:
        raise DataError("this split keeps groups together, but the collection has none: give it groups=…")
    if len(np.unique(groups)) < 2:
        raise DataError(f"expected two groups or more to keep apart, but the only one is {groups[:1].tolist()}")
    splitter = GroupShuffleSplit(n_splits=1, test_size=test, random_state=seed)
    try:
        train, held_out = next(splitter.split(groups, groups=groups))
    except ValueError as error:
        raise DataError(f"a share of {test:g} leaves one part without a group: {error}") from error
    return collection[train], collection[held_out]


def _check_share(test: float) -> None:
    if not 0 < test < 1:
        raise ParameterError(f"test is a share between 0 and 1, got {test}")
