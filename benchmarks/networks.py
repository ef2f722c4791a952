"""How fast networks train and score, beside bare loops and other people's: processor time on one thread, as ratios.

::

    OMP_NUM_THREADS=1 python benchmarks/networks.py                 # about ten minutes on an idle core
    OMP_NUM_THREADS=1 python benchmarks/networks.py --only steps    # one table: steps, rows, reach
    OMP_NUM_THREADS=1 python benchmarks/networks.py --quick         # a minute, without the time to an AUROC
    OMP_NUM_THREADS=1 python benchmarks/networks.py --json networks.json

Both sides of a line are measured in turn, a few times, in one process; the ratio is the median of those of the turns.
The bare loop is what a user would write at best: rows of one tensor in batches, the same network, loss, clipping,
schedule and optimizer, no validation, nothing kept. What a training does once is left out: the time of one epoch is
taken off that of several. *Time to an AUROC* trains on ECG5000, evaluates the weights of each
epoch by the normal beats of the validation part against every other anomaly, and says when the figure was first
reached; evaluating is not counted. sequitur takes one series after the other, so it gets three epochs. As its user
runs it the reference pipeline has worker processes and all threads: how many beats it learns from in a second of wall
time is measured, and how long the epochs would take that its capped twin needed is computed from that.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import lightning
import numpy as np
import pandas as pd
import torch
from lightning.pytorch.loggers.logger import Logger
from torch import Tensor, nn

import offbeat
import reference_pipeline
from offbeat import DeepAnT, DenseAutoencoder, LSTMAutoencoder
from offbeat.cli.output import print_progress, print_tables
from offbeat.detectors.scoring.residuals import Residuals
from offbeat.metrics import auroc
from offbeat.networks.deepant import DeepAnTNetwork
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.tables import Table
from offbeat.training.batches import Batches
from offbeat.training.loop import fit_network, seeded
from offbeat.training.tasks import Forecast, Reconstruct, Task
from result_files import write_results

AREAS = (0.995, 0.997)
FORMATS = ["", ",.0f", ",.0f", ".2f"]
Curve = list[tuple[float, float]]
"""For each epoch, the processor seconds of the training up to its end, and the AUROC of its weights."""


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(what: str, ours: Callable[[], float], peer: Callable[[], float], turns: int) -> list[Any]:
    """Return a row: both figures, and the median of the ratios of the turns; less than 1 is faster than the peer."""
    print_progress(what)
    ours(), peer()
    found = [(ours(), peer()) for _ in range(turns)]
    one, other = (1e6 * median(side) for side in zip(*found, strict=True))
    return [what, one, other, median(a / b for a, b in found)]


# Training steps


def training_steps(quick: bool, turns: int) -> Table:
    """Return what a step of training costs beside a bare loop."""
    rng, n, rows = np.random.default_rng(0), 640 if quick else 2560, []
    cases: list[tuple[str, Any, tuple[int, ...], Callable[[], nn.Module], Callable[[], Task]]] = [
        ("dense autoencoder", DenseAutoencoder, (n, 1, 140), lambda: DenseAutoencoderNetwork(1, 140), Reconstruct),
        ("DeepAnT", DeepAnT, (n, 1, 11), lambda: DeepAnTNetwork(1, 10), lambda: Forecast(1)),
    ]
    for name, detector, shape, build, task in cases:
        x = rng.normal(size=shape).astype(np.float32)
        config = replace(detector.default_train, epochs=6, progress=False)
        n_steps = -(-n // config.batch_size)
        with seeded(0):
            network = build()

        def ours(network: Any = network, x: Any = x, config: Any = config, task: Any = task, n: int = n_steps) -> float:
            def fit(epochs: int) -> float:
                with seeded(0):
                    return processor_seconds(
                        lambda: fit_network(network, x, x[:1], replace(config, epochs=epochs), 0, task=task())
                    )

            return (fit(config.epochs + 1) - fit(1)) / (n * config.epochs)

        for fused in (False, True):

            def bare(
                network: Any = network, x: Any = x, config: Any = config, n: int = n_steps, f: Any = fused
            ) -> float:
                seconds = processor_seconds(lambda: bare_loop(network.train(), torch.from_numpy(x), config, f))
                return seconds / (n * config.epochs)

            rows.append(ratio(f"{name} beside a bare loop{', fused AdamW' * fused}", ours, bare, turns))
    return Table("A step of training", ["what", "ours (µs)", "bare loop (µs)", "ratio"], rows, FORMATS)


def bare_loop(network: nn.Module, x: Tensor, config: Any, fused: bool) -> None:
    """Train without anything around."""
    horizon = 1 if isinstance(network, DeepAnTNetwork) else 0
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=0.0, fused=fused)
    steps = config.epochs * -(-len(x) // config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps)
    for _ in range(config.epochs):
        for rows in torch.randperm(len(x)).split(config.batch_size):
            batch = x[rows]
            known, wanted = (batch[:, :, :-horizon], batch[:, :, -horizon:]) if horizon else (batch, batch)
            if config.noise:
                known = known + config.noise * torch.randn_like(known)
            optimizer.zero_grad()
            nn.functional.l1_loss(network(known), wanted).backward()
            nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
            optimizer.step()
            schedule.step()


# Single rows


def single_rows(quick: bool, turns: int) -> Table:
    """Return what a row costs that is scored alone, beside the bare network and the reference pipeline's."""
    found = []
    beats = offbeat.load_data("synthetic-heartbeats").where("1").values[:200]
    n = 20 if quick else 200
    reference = reference_pipeline.Autoencoder(140).eval()
    made: list[tuple[str, Any, dict[str, Any]]] = [
        ("dense autoencoder", DenseAutoencoder, {}),
        ("LSTM autoencoder, 1 value a step", LSTMAutoencoder, {"values_per_step": 1}),
        ("LSTM autoencoder", LSTMAutoencoder, {}),
    ]
    for name, cls, settings in made:
        train = replace(cls.default_train, epochs=1, progress=False)
        detector = cls(train=train, **settings).fit(beats)
        rows = [beats[i : i + 1] for i in range(n)]
        scaled = [torch.from_numpy(detector.scaler_.apply(row)) for row in rows]

        def ours(detector: Any = detector, rows: Any = rows) -> float:
            return processor_seconds(lambda: [detector.decision_function(row) for row in rows]) / len(rows)

        def bare(network: Any = detector.network_, scaled: Any = scaled) -> float:
            with torch.inference_mode():
                return processor_seconds(lambda: [network(row) for row in scaled]) / len(scaled)

        found.append(ratio(f"{name} beside the bare network", ours, bare, turns))
        if cls is LSTMAutoencoder:
            alone = [row.transpose(1, 2) for row in scaled]

            def theirs(alone: Any = alone) -> float:
                with torch.inference_mode():
                    return processor_seconds(lambda: [reference(row) for row in alone]) / len(alone)

            found.append(ratio(f"{name} beside the reference's network", ours, theirs, turns))
    return Table("Scoring one beat", ["what", "ours (µs)", "peer (µs)", "ratio"], found, FORMATS)


# The time to an AUROC


class Snapshots(Logger):
    """Keeps the weights of a network at the end of each epoch, and the processor time until then."""

    name, version = "snapshots", 0

    def __init__(self, network: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.network, self.start, self.kept = network, time.process_time(), []

    def log_hyperparams(self, params: Any) -> None:
        """Nothing is kept of them."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Keep the weights, once an epoch has been evaluated."""
        if "val_loss" in metrics:
            passed = time.process_time() - self.start
            self.kept.append((passed, {name: w.clone() for name, w in self.network().state_dict().items()}))
            self.start = time.process_time() - passed


def ours_to(detector: Any, split: Any, shown: Any, truth: Any) -> Curve:
    """Return the curve of one of our autoencoders."""
    log = Snapshots(lambda: detector.network_)
    detector.set_params(train=replace(detector.default_train, progress=False, logger=log))
    detector.fit(split.train, validation=split.validation)
    normal, others = detector.scaler_.apply(split.train.values), detector.scaler_.apply(shown)
    found = []
    for seconds, weights in log.kept:
        detector.network_.load_state_dict(weights)
        residuals = Residuals(detector.error)
        residuals.learn_from(detector._errors, normal)
        found.append((seconds, auroc(truth, residuals.score(detector._errors(others)))))
    return found


def reference_to(split: Any, shown: Any, truth: Any, epochs: int) -> Curve:
    """Return the curve of the reference's network and settings, with its threads capped and its rows in memory."""
    model = reference_pipeline.Autoencoder(shown.shape[2])
    log = Snapshots(lambda: model)
    loader = Batches(_by_time(split.train.values), reference_pipeline.BATCH_SIZE)
    held_out = Batches(_by_time(split.validation.values), 256)
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=log,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(model, loader, held_out)
    others, found = _by_time(shown), []
    for seconds, weights in log.kept:
        model.load_state_dict(weights)
        with torch.inference_mode():
            errors = torch.cat([(model(part) - part).abs().mean(dim=(1, 2)) for part in others.split(256)])
        found.append((seconds, auroc(truth, errors.numpy())))
    return found


def _by_time(values: Any) -> Tensor:
    """Return series as the reference's network reads them, ``(series, time, channel)``."""
    return torch.from_numpy(np.ascontiguousarray(values.swapaxes(1, 2), dtype=np.float32))


def pyod_to(split: Any, shown: Any, truth: Any) -> Curve:
    """Return the time and the AUROC of PyOD's autoencoder, with its own defaults: it says nothing of its epochs."""
    from pyod.models.auto_encoder import AutoEncoder

    model = AutoEncoder(verbose=0, random_state=0)
    seconds = processor_seconds(lambda: model.fit(split.train.values[:, 0]))
    return [(seconds, auroc(truth, model.decision_function(shown[:, 0])))]


class Epochs:
    """Builds the network of another library, and keeps its weights after each pass over the training part."""

    def __init__(self, network: type[nn.Module], n_series: int) -> None:
        self.__name__, self._network, self._n = network.__name__, network, n_series
        self._seen, self._start, self.kept = 0, 0.0, []

    def __call__(self, *args: Any, **settings: Any) -> nn.Module:
        """Return the network, which begins to count."""
        torch.manual_seed(0)
        self.built = self._network(*args, **settings)
        self._hook = self.built.register_forward_pre_hook(lambda *_: self._count())
        self._start = time.process_time()
        return self.built

    def _count(self) -> None:
        if self._seen and self._seen % self._n == 0:
            self._keep()
        self._seen += 1

    def finish(self) -> None:
        """Keep the last weights, and count no more."""
        self._keep()
        self._hook.remove()

    def _keep(self) -> None:
        weights = {name: value.clone() for name, value in self.built.state_dict().items()}
        self.kept.append((time.process_time() - self._start, weights))


def sequitur_to(split: Any, shown: Any, truth: Any, epochs: int) -> Curve:
    """Return the curve of sequitur's LSTM autoencoder with the layers of the reference's, trained by its own loop."""
    from sequitur import quick_train
    from sequitur.models import LSTM_AE

    series, network = list(_by_time(split.train.values)), Epochs(LSTM_AE, len(split.train))
    quick_train(network, series, encoding_dim=64, h_dims=[128], epochs=epochs)
    network.finish()
    others, found = _by_time(shown), []
    for seconds, weights in network.kept:
        network.built.load_state_dict(weights)
        with torch.inference_mode():
            errors = [float((network.built(each) - each).abs().mean()) for each in others]
        found.append((seconds, auroc(truth, np.array(errors))))
    return found


def as_its_user_runs_it(split: Any, capped: Curve) -> list[Any]:
    """Return the wall seconds to each area, computed from the rate of learning and the epochs of the capped one."""
    torch.set_num_threads(os.cpu_count() or 1)
    try:
        rate = reference_pipeline.train_rate(pd.DataFrame(split.train.values[:, 0]), 400)
    finally:
        torch.set_num_threads(1)
    cells = []
    for area in AREAS:
        epochs = next((i for i, (_, found) in enumerate(capped, 1) if found >= area), None)
        cells.append("never" if epochs is None else epochs * len(split.train) / rate)
    return [f"  as its user runs it, wall time ({rate:.0f} beats/s)", *cells, None, None]


def time_to_an_area(quick: bool, turns: int) -> Table:
    """Return how long each takes to a validation AUROC, beside the reference's network."""
    split = offbeat.normal_split(offbeat.load_data("ecg5000"), "1")
    anomalies = split.anomalies.values[::2]
    shown = np.concatenate([split.validation.values, anomalies])
    truth = np.repeat([0, 1], [len(split.validation), len(anomalies)])
    sides: dict[str, Callable[[], Curve]] = {
        "dense autoencoder": lambda: ours_to(DenseAutoencoder(), split, shown, truth),
        "LSTM autoencoder": lambda: ours_to(LSTMAutoencoder(), split, shown, truth),
        "PyOD's AutoEncoder": lambda: pyod_to(split, shown, truth),
        "LSTM autoencoder, 1 value a step": lambda: ours_to(LSTMAutoencoder(values_per_step=1), split, shown, truth),
        "the reference's network and settings, 12 epochs": lambda: reference_to(split, shown, truth, 12),
    }
    if find_spec("sequitur"):
        sides["sequitur's LSTM autoencoder, 3 epochs"] = lambda: sequitur_to(split, shown, truth, 3)
    rows: list[list[Any]] = []
    for name, curve in sides.items():
        print_progress(name)
        reached = curve()
        cells = [next((seconds for seconds, found in reached if found >= area), "never") for area in AREAS]
        rows.append([name, *cells, reached[-1][0], max(found for _, found in reached)])
        if name.startswith("the reference"):
            rows.append(as_its_user_runs_it(split, reached))
    columns = ["what", *(f"s to {area}" for area in AREAS), "all (s)", "best AUROC"]
    return Table("Time to a validation AUROC on ECG5000", columns, rows, ["", ".1f", ".1f", ".1f", ".4f"])


TABLES: dict[str, Callable[[bool, int], Table]] = {
    "steps": training_steps,
    "rows": single_rows,
    "reach": time_to_an_area,
}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=TABLES, help="one table")
    parser.add_argument("--quick", action="store_true", help="smaller, and without the time to an AUROC")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the tables there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    tables = [
        table(given.quick, 2 if given.quick else 5)
        for name, table in TABLES.items()
        if given.only == name or (given.only is None and not (given.quick and name == "reach"))
    ]
    print_tables(tables)
    write_results(given.json, tables)


if __name__ == "__main__":
    main()
