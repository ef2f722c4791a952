"""Small valid files of every kind that offbeat reads, made by formula."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import make_pipeline

import offbeat
import recorders
from offbeat.events import write_events
from offbeat.records import Annotations, write_annotations

__all__ = ["write_data", "write_events_files", "write_models", "write_records"]

RATE = 250
WAVE = np.sin(np.arange(600) / 7) + 0.1 * np.cos(np.arange(600) * 1.7)


def write_data(folder: Path) -> None:
    """Write series and recordings, a file a format."""
    rows = np.round(np.sin(np.arange(12)[:, None] + np.arange(8) / 3), 3)
    labels = np.array(["a", "b"])[np.arange(12) % 2]
    table = pd.DataFrame(rows, columns=[f"t{i}" for i in range(8)]).assign(label=labels)
    times = pd.date_range("2024-01-01", periods=60, freq="5min")
    recording = pd.DataFrame(
        {"timestamp": times, "cpu": np.round(WAVE[:60], 4), "mem": np.arange(60) % 7, "label": np.arange(60) // 50}
    )
    table.to_csv(folder / "series.csv", index=False)
    table.to_parquet(folder / "series.parquet")
    recording.to_csv(folder / "recording.csv", index=False)
    recording.to_parquet(folder / "recording.parquet", index=False)
    (folder / "series.txt").write_text("\n".join(" ".join(map(str, [1.0, *row])) for row in rows) + "\n")
    (folder / "series.tsv").write_text("\n".join("\t".join(map(str, [1, *row])) for row in rows) + "\n")
    head = "% made up\n@relation waves\n" + "".join(f"@attribute t{i} numeric\n" for i in range(8))
    lines = [",".join([*map(str, row), label]) for row, label in zip(rows, labels, strict=True)]
    (folder / "series.arff").write_text(head + "@attribute target {a,b}\n@data\n" + "\n".join(lines) + "\n")
    lines = [",".join(map(str, row)) + f":{label}" for row, label in zip(rows, labels, strict=True)]
    head = "@problemName waves\n@timeStamps false\n@univariate true\n@classLabel true a b\n@data\n"
    (folder / "series.ts").write_text(head + "\n".join(lines) + "\n")
    text = recording.assign(timestamp=times.strftime("%d.%m.%Y %H:%M")).to_csv(index=False, sep=";", decimal=",")
    (folder / "logger.csv").write_text(f"Logger 3\n\n{text}Summe;1,5;3;0\n")
    (folder / "packed.csv.gz").write_bytes(gzip.compress(recording.to_csv(index=False).encode()))
    (folder / "wide.csv").write_bytes(recording.to_csv(index=False, quoting=csv.QUOTE_ALL).encode("utf-16"))
    plain = recording.astype({"timestamp": str})
    plain.to_json(folder / "recording.json", orient="records")
    plain.to_json(folder / "recording.jsonl", orient="records", lines=True)
    recording.to_feather(folder / "recording.feather")
    np.save(folder / "recording.npy", np.column_stack([WAVE, WAVE**2]))
    np.save(folder / "series.npy", rows[:, None, :])
    np.savez(folder / "series.npz", X=rows, y=np.arange(12) % 2)
    np.savez_compressed(folder / "packed.npz", X=rows[:, None, :], y=labels)


def write_records(folder: Path) -> None:
    """Write ECG records: WFDB in two formats and in segments, EDF and EDF+, a table, and annotations."""
    import edfio

    counts = (200 * WAVE).astype("<i2")
    pair = np.stack([counts, counts // 2], axis=1)
    leads = "".join(
        f"{{name}}.dat {{kind}} 200(0)/mV 12 0 {column[0]} 0 0 {lead}\n"
        for lead, column in zip(("MLII", "V1"), pair.T, strict=True)
    )
    head = f"{{name}} 2 {RATE} {len(pair)} 12:00:00 01/02/2003\n{leads}# 70 M\n"
    (folder / "plain.hea").write_text(head.format(name="plain", kind=16))
    (folder / "plain.dat").write_bytes(pair.tobytes())
    (folder / "packed.hea").write_text(head.format(name="packed", kind=212))
    (folder / "packed.dat").write_bytes(_format_212(pair.ravel()))
    segments = f"plain {len(pair)}\n~ 50\npacked {len(pair)}\n"
    (folder / "pieces.hea").write_text(f"pieces/3 2 {RATE} {2 * len(pair) + 50}\n{segments}")
    found = Annotations(np.arange(20, 580, 70), ["N", "V"] * 4, float(RATE), aux=["(N"] + [""] * 7)
    write_annotations(found, folder / "plain.atr")
    signal = edfio.EdfSignal(WAVE[:500], RATE, label="ECG II", physical_dimension="mV", physical_range=(-2, 2))
    recorders.ishne(folder / "holter.ecg", recorders.COUNTS[:500])
    recorders.atc(folder / "strip.atc", recorders.COUNTS[:300])
    recorders.aecg(folder / "trial.xml", recorders.COUNTS[:200])
    recorders.muse(folder / "muse.xml", recorders.COUNTS[:200])
    recorders.scp(folder / "plain.scp", recorders.COUNTS[:200], differences=1)
    recorders.scp(folder / "default.scp", recorders.COUNTS[:200], differences=2, table="default")
    recorders.scp(folder / "maker.scp", recorders.COUNTS[:200], table="maker")
    recorders.scp_beats(folder / "beats.scp", recorders.COUNTS[:500])
    recorders.edf(folder / "plain.bdf", recorders.COUNTS[:1000, 0], bdf=True)
    edfio.Edf([signal]).write(folder / "plain.edf")
    edfio.Edf([signal], annotations=[edfio.EdfAnnotation(0.5, None, "a beat")]).write(folder / "noted.edf")
    rows = "".join(f"{i / RATE:.3f},{1000 * value:.0f},{i % 50}\n" for i, value in enumerate(WAVE[:300]))
    (folder / "table.csv").write_text("time (s),II (uV),V5 (uV)\n" + rows)


def write_events_files(folder: Path) -> None:
    """Write the same events in every format."""
    first = offbeat.Event(start=3, end=5, peak=4, score=2.5, channels=(("cpu", 0.7), ("mem", 0.3)))
    for ending in ("csv", "json", "jsonl", "parquet"):
        write_events([first, offbeat.Event(start=9, end=12, peak=10, score=7.5)], folder / f"events.{ending}")


def write_models(folder: Path) -> None:
    """Save fitted models of several kinds, and streams that some of them are in the middle of."""
    few = np.stack([WAVE[i : i + 12] for i in range(0, 240, 4)])[:, None]
    forest = make_pipeline(PCA(2, random_state=0), IsolationForest(n_estimators=3, random_state=0))
    streaming = {
        "naive": offbeat.NaiveForecast(),
        "pca": offbeat.PCADetector(window=8, fold="mean"),
        "mixed": offbeat.MixedDetector(parts=[offbeat.NaiveForecast(), offbeat.PCADetector()], window=8, memory=50),
    }
    for name, detector in streaming.items():
        online = offbeat.OnlineDetector(detector.fit(WAVE[:300]))
        detector.save(folder / name)
        online.update(WAVE[300:340])
        online.save_state(folder / f"{name}.state")
    tiny = offbeat.TrainConfig(epochs=1)
    offbeat.DenseAutoencoder(hidden_sizes=(4,), code_size=2, train=tiny).fit(few).save(folder / "dense")
    offbeat.EstimatorDetector(forest, threshold=offbeat.Conformal(0.1)).fit(few).save(folder / "forest")
    labels = np.array(["a", "b"])[np.arange(len(few)) % 2]
    offbeat.ECGFormer(width=8, depth=1, train=tiny).fit(few, labels).save(folder / "former")


def _format_212(values: np.ndarray) -> bytes:
    """Two values of 12 bits in three bytes."""
    first, second = (values.astype(int) & 0xFFF).reshape(-1, 2).T
    packed = np.stack([first & 255, first >> 8 | second >> 8 << 4, second & 255], axis=1)
    return packed.astype(np.uint8).tobytes()
