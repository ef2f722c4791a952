"""Draw the images of the README: the events of a recording, and strips of ECG paper.

The data sets are those of the catalogue, fetched where they are not in ``$OFFBEAT_DATA``. The detector is the one that
the Numenta benchmark names ``nab-online``, at its threshold for all series.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import offbeat
from offbeat.app.pages.record_figures import RecordFigures
from offbeat.bench.nab import nab_detector
from offbeat.metrics import labels_to_windows
from offbeat.report import ecg_strips, recording_overview

RECORDING = "nab/realKnownCause/machine_temperature_system_failure"
MERGED = 60  # time steps, five hours
RECORD = "mitdb/200"
STRIPS = 3


def draw_recording(place: Path) -> None:
    """Draw machine temperature with its events, the labelled windows and the score."""
    recording = replace(offbeat.load_data(RECORDING), name="machine temperature (NAB)")
    normal, _ = recording.split()
    detector = nab_detector().fit(normal)
    learned = len(normal)
    scores = np.where(np.arange(len(recording)) < learned, np.nan, detector.decision_function(recording))
    figure = recording_overview(
        recording,
        scores,
        [event for event in detector.detect(recording, merge_gap=MERGED) if event.start >= learned],
        threshold=detector.threshold_.value,
        tiers=detector.tiers_.values_,
        known=labels_to_windows(recording.labels),
        train_end=learned,
    )
    figure.savefig(place, dpi=140)


def draw_strips(place: Path) -> None:
    """Draw the beats of a record that the classifier is least sure of."""
    record = offbeat.open_record(RECORD, channels="MLII")
    figures = RecordFigures(record, offbeat.classify_record(record), [])
    rows = sorted(np.array(figures.chosen)[:STRIPS].tolist())
    ecg_strips([figures.strip(row) for row in rows]).savefig(place, dpi=150)


def main() -> None:
    """Draw both into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"))
    folder = parser.parse_args().folder
    draw_recording(folder / "recording.png")
    draw_strips(folder / "ecg-strips.png")


if __name__ == "__main__":
    main()
