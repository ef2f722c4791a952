"""Data of every kind by one call: recordings, collections, and the beats of an ECG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, get_args, get_type_hints, overload

from offbeat import data
from offbeat.data.readers.options import Kind, ReadKeywords, ReadOptions, check_rate, options_from
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.hints import validate_types
from offbeat.files.regular import is_file
from offbeat.records import EXTENSION, REFERENCE, REVIEW, Annotations, Record, read_annotations, reviewed_beats
from offbeat.records.scaling import check_scale
from offbeat.series.collection import Collection
from offbeat.series.recording import Recording

__all__ = ["BeatKeywords", "BeatOptions", "LoadedBeats", "load_beats", "load_data"]


Method = Literal["fast", "accurate"]  # as in ecg.rpeaks, whose import would take half a second


class BeatKeywords(TypedDict, total=False):
    """The fields of :class:`BeatOptions` as keyword arguments, for editors and type checkers."""

    label: str | None
    lead: str | int | None
    sampling_rate: float | None
    units: str | None
    gain: float | None
    method: Method


@dataclass(frozen=True)
class BeatOptions:
    """How to find the beats of an ECG, and what names them.

    Parameters
    ----------
    label : str, optional
        The ending of the annotation file beside the record, such as ``"atr"``, or ``"none"``. Where it is not given:
        ``.atr``, what experts wrote; else ``.rev``, what ``offbeat review`` saved; else ``.ofb``, what
        ``offbeat classify`` wrote; else none.
    lead : str or int, optional
        The lead to find beats in, by name or number from 0; the first one where it is not given.
    sampling_rate : float, optional
        Samples per second (Hz), where the ECG does not say it.
    units : {"mV", "uV", "V"}, optional
        What the values are in, where the ECG does not say it.
    gain : float, optional
        How many units of the values are a millivolt, as of the counts of a converter; in place of ``units``.
    method : {"fast", "accurate"}
        How beats are found, see :func:`offbeat.ecg.beats.find_beats`.

    Raises
    ------
    ParameterError
        If an option is not one of those above.

    Examples
    --------
    >>> BeatOptions(lead="V1").method
    'fast'
    """

    label: str | None = None
    lead: str | int | None = None
    sampling_rate: float | None = None
    units: str | None = None
    gain: float | None = None
    method: Method = "fast"

    def __post_init__(self) -> None:
        validate_types(vars(self), get_type_hints(BeatOptions))
        check_rate(self.sampling_rate)
        check_scale(self.units, self.gain)


_DEFAULTS = BeatOptions()


@dataclass(frozen=True)
class LoadedBeats:
    """The beats of a record, and where their classes come from.

    Parameters
    ----------
    data : Collection
        (n_beats, 1, 114), in mV at 120 Hz, with the features ``sample``, ``time_s``, ``rr_pre_s`` and ``rr_post_s``.
    note : str
        One sentence on the classes, or on what it means that there are none.
    """

    data: Collection
    note: str


@overload
def load_data(
    source: Any,
    *,
    kind: Literal["beats"],
    data_dir: str | Path | None = None,
    download: bool = False,
    **options: Unpack[BeatKeywords],
) -> Collection: ...


@overload
def load_data(
    source: Any,
    *,
    kind: Kind | None = None,
    data_dir: str | Path | None = None,
    download: bool = False,
    **options: Unpack[ReadKeywords],
) -> Collection | Recording: ...


def load_data(
    source: Any,
    *,
    kind: Kind | Literal["beats"] | None = None,
    data_dir: str | Path | None = None,
    download: bool = False,
    **options: Any,
) -> Collection | Recording:
    """Load a recording or a collection, or find the beats of an ECG.

    Parameters
    ----------
    source : str, Path, data frame or array
        A name of the catalogue; the path of a file; a frame of pandas, polars, pyarrow or another library that
        narwhals knows; an array of shape (n_times,), (n_times, n_channels) or (n_series, n_channels, n_times). With
        ``kind="beats"`` an ECG: the path or the name of a record, an open one, or samples in memory.
    kind : {"recording", "collection", "beats"}, optional
        What to make of the source, where it cannot be inferred. ``"beats"`` finds the beats of an ECG, each of
        them a short series.
    data_dir : str or Path, optional
        A folder to look for a named data set in first, before ``$OFFBEAT_DATA`` and the user cache; also where it is
        downloaded to.
    download : bool
        Whether to fetch a named data set that is not on this machine; nothing is fetched unless asked for.
    **options
        How to read a recording or collection: ``label``, ``time``, ``order``, ``duplicates``, ``gaps``, ``channels``
        and ``sampling_rate``, see :class:`~offbeat.data.ReadOptions`; a named data set knows that itself. How to find
        beats: ``label``, ``lead``, ``sampling_rate``, ``units``, ``gain`` and ``method``, see :class:`BeatOptions`.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels); of beats (n_beats, 1, 114), in mV at
        120 Hz.

    Raises
    ------
    UnknownDatasetError
        If the source is text that is neither a name nor a file.
    DataError
        If the data cannot be used, or no beats are found.
    DownloadError
        If a named data set is to be fetched, and cannot be.
    ParameterError
        If there is no such kind or option, or an option does not apply.

    Examples
    --------
    >>> load_data("synthetic-curves")
    Collection(3000 series x 1 channel x 150 time steps, 3 classes)
    >>> load_data([0.5, 0.7, 9.9, 0.6], sampling_rate=250, channels=["load"])
    Recording(4 time steps x 1 channel (load), 250 Hz)
    >>> load_data("records/200", kind="beats")  # doctest: +SKIP
    Collection(2601 series x 1 channel x 114 time steps, 5 classes)
    """
    if kind == "beats":
        chosen = options_from(BeatOptions, options, "loading beats")
        return load_beats(source, chosen, data_dir=data_dir, download=download).data
    if kind not in (None, *get_args(Kind)):
        raise ParameterError(f"kind is 'recording', 'collection' or 'beats', got {kind!r}")
    how = options_from(ReadOptions, {"kind": kind, **options}, "loading data")
    return data.load_with(source, how, data_dir, download)


def load_beats(
    source: Any, options: BeatOptions = _DEFAULTS, *, data_dir: str | Path | None = None, download: bool = False
) -> LoadedBeats:
    """Find the beats of an ECG, and name them by the annotation file beside it.

    Parameters
    ----------
    source : Record, str, Path, Recording, data frame or array
        See :func:`offbeat.ecg.opening.as_record`.
    options : BeatOptions
        Where to look for beats, and for their classes.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.
    download : bool
        Whether to fetch a record of the catalogue that is not on this machine.

    Raises
    ------
    DataError
        If there is no such record or annotation file, or no beats are found.
    ParameterError
        If an option does not apply.
    """
    from offbeat.ecg.beat_series import beat_series, name_beats_by
    from offbeat.ecg.beats import find_beats
    from offbeat.ecg.opening import as_record

    leads = None if options.lead is None else [options.lead]
    record = as_record(
        source,
        leads=leads,
        sampling_rate=options.sampling_rate,
        units=options.units,
        gain=options.gain,
        data_dir=data_dir,
        download=download,
    )
    file = _annotation_file(record, source, options.label)
    beats = find_beats(record, leads=range(len(record.channels)), method=options.method)
    if not len(beats):
        raise DataError(
            f"expected a readable ECG, but no beats were found in {record.channels[0]} of {record.name or record.path} "
            f"({record.duration:g} s): another lead may be one (lead=NAME)"
        )
    annotations = None if file is None else read_annotations(file).of(record)
    classes = None if annotations is None else name_beats_by(annotations, beats)
    note = f"{len(beats):,} beats in {record.channels[0]} of {record.name or record.path}{_named_by(file, annotations)}"
    return LoadedBeats(beat_series(beats, classes), note)


def _annotation_file(record: Record, asked: Any, label: str | None) -> Path | None:
    """Return the annotation file to go by; None if there is none, or none is wanted."""
    if label == "none" or (record.in_memory and label is None):
        return None
    folders = [record.path.parent, *([Path()] if isinstance(asked, str) and asked in data.names() else [])]
    endings = [REFERENCE, REVIEW, EXTENSION] if label is None else [f".{label.lstrip('.')}"]
    files = [folder / f"{record.name}{ending}" for ending in endings for folder in folders]
    found = next((file for file in files if is_file(file)), None)
    if label is not None and (found is None or record.in_memory):
        raise DataError(
            f"there is no annotation file {files[0]}: the label of beats is the ending of a file beside the record, "
            "or none"
        )
    return found


def _named_by(file: Path | None, annotations: Annotations | None) -> str:
    """Return whose classes the beats have, as the end of a sentence."""
    if file is None or annotations is None:
        return "; no annotations name them: all are taken for normal, which is fair where most of them are"
    if file.suffix == REVIEW:
        reviewed = len(reviewed_beats(annotations))
        return f", named by {file.name}: a person has reviewed {reviewed:,} of them, the others are as they were before"
    checked = "" if file.suffix != EXTENSION else ", which a program wrote: nobody has checked these classes"
    return f", named by {file.name}{checked}"
