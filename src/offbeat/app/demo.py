"""The main job from data to report, in one go."""

from __future__ import annotations

from pathlib import Path

from offbeat.app.loading import Source, load_collection
from offbeat.app.pages.series import SeriesResults
from offbeat.app.request import Request
from offbeat.app.runs import Log, with_baselines
from offbeat.app.series_runs import trial_of_split
from offbeat.data import find, normal_split
from offbeat.detectors.autoencoders import DenseAutoencoder, LSTMAutoencoder
from offbeat.estimators.folder import check_model_place

__all__ = ["demo_source", "run_demo"]


def demo_source(data_dir: Path | None, log: Log) -> Source:
    """Return ECG5000 where it is on this machine, else the built-in heartbeats; say which."""
    if find("ecg5000").locate(data_dir) is not None:
        return load_collection(Request("ecg5000", data_dir=data_dir))
    log('ECG5000 is not on this machine ("offbeat data get ecg5000" fetches it): using built-in heartbeats')
    return load_collection(Request("synthetic-heartbeats"))


def run_demo(source: Source, out: Path, log: Log) -> SeriesResults:
    """Fit two autoencoders and the baselines on the reference split; write models, figures and page below ``out``."""
    normal = source.need_normal()
    detectors = [LSTMAutoencoder(), DenseAutoencoder()]
    for detector in detectors:
        check_model_place(out / "models" / detector.name)
    split = normal_split(source.data, normal)
    trial = trial_of_split(split, normal)
    runs = with_baselines(detectors, trial, log)
    for run in runs[:2]:
        run.detector.save(out / "models" / run.name)
    title = f"What is off in {source.data.name}"
    findings = SeriesResults(title, source.data, split.evaluation, normal, runs)
    findings.write_figures(out / "figures")
    findings.write_page(out / "report.html", "offbeat demo")
    return findings
