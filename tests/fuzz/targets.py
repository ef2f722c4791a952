"""What is attacked: how to damage a valid input of each kind, and how to use what is read from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import offbeat
from fuzz import bases
from fuzz.mutations import damaged_arrays, damaged_bytes, damaged_json, damaged_sections, damaged_text
from offbeat.app.lines import LineStream, ScoredLines
from offbeat.app.settings import parse_settings
from offbeat.events.files import read_events
from offbeat.records import open_record, read_annotations

__all__ = ["TARGETS", "Target"]

Damage = Callable[[Random, bytes], bytes]


@dataclass(frozen=True)
class Target:
    """One kind of input.

    Parameters
    ----------
    make : callable
        Writes the valid inputs into an empty folder, once.
    files : sequence of str
        The files to damage, one at a time.
    damage : callable
        Gives the damaged content of a file.
    use : callable
        Reads the damaged file and uses what it got, failing an assertion where that is no right result.
    refuses : bool
        Whether damage can make all of it unreadable; bad lines of a stream are left out one by one.
    """

    make: Callable[[Path], None]
    files: Sequence[str]
    damage: Damage
    use: Callable[[Random, Path], Any]
    refuses: bool = True


READINGS: tuple[dict[str, Any], ...] = (
    *({},) * 4,
    *({"kind": kind} for kind in ("recording", "collection")),
    *({"label": label} for label in ("first", "last", "none", "label", "no such")),
    *({"gaps": gaps} for gaps in ("nan", "interpolate", "last", "error")),
    *({"duplicates": "mean"}, {"order": "error"}, {"time": "timestamp"}, {"channels": "cpu"}),
)


def use_data(random: Random, path: Path) -> None:
    """Read a data set; the kinds check their own shape, so look at what they do not."""
    found = offbeat.load_data(path, **random.choice(READINGS))
    assert found.values.dtype in (np.float32, np.float64)
    assert repr(found)
    if isinstance(found, offbeat.Recording):
        assert found.values.shape == (len(found), len(found.channels))
        assert found.timestamps is None or len(found.timestamps) == len(found)
    else:
        assert found.values.shape[:2] == (len(found), len(found.channels))


def use_record(random: Random, path: Path) -> None:
    """Open an ECG record and read it at its start, in the middle and at its end."""
    rate = float(bases.RATE) if path.suffix == ".csv" and random.random() < 0.5 else None
    record = open_record(path.with_suffix("") if path.suffix == ".dat" else path, sampling_rate=rate)
    assert repr(record)
    for start in {0, record.n_times // 2, max(0, record.n_times - 50)}:
        values = record.read(start, start + 200)
        assert values.shape[0] <= 200


def use_events(random: Random, path: Path) -> None:
    """Read events; each must be one that could be written."""
    for event in read_events(path):
        assert 0 <= event.start < event.end
        assert event.to_dict()


def use_model(random: Random, path: Path) -> None:
    """Load a model and score with it: it must give scores, or refuse to be loaded."""
    model = offbeat.load(path.parent)
    values = np.stack([bases.WAVE[i : i + 12] for i in range(0, 120, 4)])[:, None]
    if isinstance(model, offbeat.ECGFormer):
        assert np.allclose(model.predict_proba(values).sum(axis=1), 1)
        return
    X: Any = values if model.window is None else bases.WAVE[200:300]
    assert np.isfinite(model.decision_function(X)).any(), "no score at all"
    assert set(model.predict(X)) <= {0, 1}
    assert model.get_params()
    model.detect(X)


def use_state(random: Random, path: Path) -> None:
    """Take up a stream where a damaged file says that it was; refused, the stream is as it was before."""
    online = offbeat.OnlineDetector(offbeat.load(path.with_suffix("")))
    online.update(bases.WAVE[:50])
    before = {name: array.tolist() for name, array in online.arrays().items()}
    try:
        online.load_state(path)
    except offbeat.errors.OffbeatError:
        assert {name: array.tolist() for name, array in online.arrays().items()} == before
        assert online.n_seen == 50
        raise
    finally:
        assert online.n_seen >= 0
        online.update(bases.WAVE[50:80])


class Collected(list):
    """Takes what a stream writes."""

    write = list.append

    def sync(self) -> None:
        """Do nothing: it is not for keeping."""


def use_lines(random: Random, path: Path) -> None:
    """Score lines: each is written once, or counted as bad, or says nothing; no two lines become one."""
    online = offbeat.OnlineDetector(offbeat.load(path.parent / "naive"))
    scored, written = ScoredLines(online, bad_lines=random.choice(("skip", "missing"))), Collected()
    content = path.read_bytes()
    LineStream(scored, written, longest=10_000).run([content])
    n_lines = sum(1 for line in content.split(b"\n") if line.rstrip(b"\r").strip(b" \t"))
    assert len(written) == scored.n_scored + scored.n_headers
    assert len(written) + scored.n_bad + scored.n_repeated <= n_lines


def use_settings(random: Random, path: Path) -> None:
    """Read settings as the command line does."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    assert all(parse_settings([line]) for line in lines)


def make_lines(folder: Path) -> None:
    """Write streams of lines in each format, and the model that scores them."""
    offbeat.NaiveForecast().fit(bases.WAVE[:300]).save(folder / "naive")
    (folder / "bare.txt").write_text("".join(f"{value:.3f}\n" for value in bases.WAVE[:40]))
    (folder / "headed.txt").write_text("t,ch0\n" + "".join(f"{i},{v:.3f}\n" for i, v in enumerate(bases.WAVE[:40])))
    (folder / "json.txt").write_text("".join(f'{{"t": {i}, "ch0": {v:.3f}}}\n' for i, v in enumerate(bases.WAVE[:40])))


def make_settings(folder: Path) -> None:
    """Write settings of every kind of value."""
    (folder / "settings.txt").write_text("code_size=32\nsizes=(64, 32)\nrate=1e-3\nname=robust\nwindow=None")


MODELS = ("naive", "pca", "mixed", "dense", "forest", "former")

TARGETS = {
    "arff": Target(bases.write_data, ["series.arff"], damaged_text, use_data),
    "ts": Target(bases.write_data, ["series.ts"], damaged_text, use_data),
    "ucr": Target(bases.write_data, ["series.txt", "series.tsv"], damaged_text, use_data),
    "wide": Target(bases.write_data, ["series.csv"], damaged_text, use_data),
    "long": Target(bases.write_data, ["recording.csv"], damaged_text, use_data),
    "logger": Target(bases.write_data, ["logger.csv"], damaged_text, use_data),
    "json": Target(bases.write_data, ["recording.json", "recording.jsonl"], damaged_text, use_data),
    "packed-text": Target(bases.write_data, ["packed.csv.gz", "wide.csv"], damaged_bytes, use_data),
    "feather": Target(bases.write_data, ["recording.feather"], damaged_bytes, use_data),
    "npy": Target(bases.write_data, ["recording.npy", "series.npy"], damaged_bytes, use_data),
    "npz": Target(bases.write_data, ["series.npz", "packed.npz"], damaged_bytes, use_data),
    "parquet": Target(bases.write_data, ["series.parquet", "recording.parquet"], damaged_bytes, use_data),
    "wfdb-header": Target(bases.write_records, ["plain.hea", "packed.hea", "pieces.hea"], damaged_text, use_record),
    "wfdb-signal": Target(bases.write_records, ["plain.dat", "packed.dat"], damaged_bytes, use_record),
    "edf": Target(bases.write_records, ["plain.edf", "noted.edf"], damaged_bytes, use_record),
    "recorders": Target(
        bases.write_records, ["holter.ecg", "strip.atc", "plain.bdf", "default.scp"], damaged_bytes, use_record
    ),
    "aecg": Target(bases.write_records, ["trial.xml"], damaged_text, use_record),
    "muse": Target(bases.write_records, ["muse.xml"], damaged_text, use_record),
    "scp-sections": Target(
        bases.write_records, ["default.scp", "maker.scp", "plain.scp", "beats.scp"], damaged_sections, use_record
    ),
    "ecg-table": Target(bases.write_records, ["table.csv"], damaged_text, use_record),
    "annotations": Target(bases.write_records, ["plain.atr"], damaged_bytes, lambda _, path: read_annotations(path)),
    "events": Target(bases.write_events_files, ["events.csv", "events.jsonl"], damaged_text, use_events),
    "events-json": Target(bases.write_events_files, ["events.json"], damaged_json, use_events),
    "events-parquet": Target(bases.write_events_files, ["events.parquet"], damaged_bytes, use_events),
    "model-config": Target(bases.write_models, [f"{name}/config.json" for name in MODELS], damaged_json, use_model),
    "model-weights": Target(
        bases.write_models, [f"{name}/weights.safetensors" for name in MODELS], damaged_arrays, use_model
    ),
    "state": Target(bases.write_models, ["naive.state", "pca.state", "mixed.state"], damaged_arrays, use_state),
    "lines": Target(make_lines, ["bare.txt", "headed.txt", "json.txt"], damaged_text, use_lines, refuses=False),
    "settings": Target(make_settings, ["settings.txt"], damaged_text, use_settings),
}


def damage_one(target: Target, random: Random, valid: Path, work: Path) -> Path:
    """Copy the valid inputs into a folder, damage one of them there, and return it."""
    shutil.copytree(valid, work, dirs_exist_ok=True)
    path = work / random.choice(target.files)
    path.write_bytes(target.damage(random, path.read_bytes()))
    return path
