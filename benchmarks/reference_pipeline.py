"""The LSTM autoencoder of a tutorial as its user would run it: the baseline that ``speed.py`` compares with.

A DataFrame with one beat a row, a dataset that gives one row an item, loaders with worker processes, batches of 10
that are not shuffled, a plain Lightning module, and prediction of one beat at a time. Nothing here is slowed down on
purpose, and nothing is sped up either. The one thing put right is the decoder, which repeats the code along a time
axis of its own: that costs the same time as the mixed-up repeat of the original.

Source: V. Valkov, "Time series anomaly detection using LSTM autoencoders with PyTorch", 2020, the architecture and the
protocol; the code is our own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import lightning
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

__all__ = ["Autoencoder", "BeatRows", "predict_rate", "train_rate"]

BATCH_SIZE, WORKERS = 10, 2
VALIDATION_SHARE = 219 / 2481
"""Held-out beats for each beat of training, as in the protocol."""


class BeatRows(Dataset[Tensor]):
    """Beats of a DataFrame, one row an item, of shape ``(n_times, 1)``."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, index: int) -> Tensor:
        return torch.tensor(self.frame.iloc[index].to_numpy(), dtype=torch.float32).unsqueeze(1)


class Encoder(nn.Module):
    """Two LSTMs, 1→128→64; the last hidden state is the code."""

    def __init__(self, n_features: int = 1, code_size: int = 64) -> None:
        super().__init__()
        self.wide = nn.LSTM(n_features, 2 * code_size, batch_first=True)
        self.narrow = nn.LSTM(2 * code_size, code_size, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return codes ``(batch, code)`` of beats ``(batch, time, 1)``."""
        x, _ = self.wide(x)
        _, (hidden, _) = self.narrow(x)
        return hidden[0]


class Decoder(nn.Module):
    """Two LSTMs, 64→64→128, and a linear layer."""

    def __init__(self, n_times: int, code_size: int = 64, n_features: int = 1) -> None:
        super().__init__()
        self.n_times = n_times
        self.narrow = nn.LSTM(code_size, code_size, batch_first=True)
        self.wide = nn.LSTM(code_size, 2 * code_size, batch_first=True)
        self.output = nn.Linear(2 * code_size, n_features)

    def forward(self, code: Tensor) -> Tensor:
        """Return beats ``(batch, time, 1)`` of codes ``(batch, code)``."""
        x = code.unsqueeze(1).repeat(1, self.n_times, 1)
        x, _ = self.narrow(x)
        x, _ = self.wide(x)
        return self.output(x)


class Autoencoder(lightning.LightningModule):
    """Encoder and decoder with 249,473 parameters, L1 loss and Adam."""

    def __init__(self, n_times: int) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder(n_times)
        self.criterion = nn.L1Loss()

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct beats ``(batch, time, 1)``."""
        return self.decoder(self.encoder(x))

    def training_step(self, batch: Tensor, _: int) -> Tensor:
        """Return and log the loss of a batch."""
        loss: Tensor = self.criterion(self(batch), batch)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Tensor, _: int) -> None:
        """Log the loss of a held-out batch."""
        self.log("val_loss", self.criterion(self(batch), batch), prog_bar=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam with the learning rate of the reference."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


class EpochClock(Callback):
    """Takes the time at the end of each training epoch."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Take the time."""
        self.times.append(time.perf_counter())


def train_rate(frame: pd.DataFrame, n: int, *, epochs: int = 2) -> float:
    """Return how many beats a second the pipeline learns from.

    The time is taken from the end of one epoch to the end of the next, so whatever is done once (imports, building the
    trainer, the sanity check, the first epoch) is left out, and whatever every epoch costs is counted: starting the
    worker processes of both loaders (they do not persist), all training steps with their logging and progress bar,
    the validation and the checkpoint. The output of the bar goes nowhere. Validation beats are not counted as learned
    from; they are as many for each training beat as in the protocol.

    Parameters
    ----------
    frame : DataFrame
        Normal beats, one a row; at least ``1.09 * n`` of them.
    n : int
        Beats of training in an epoch. With few, the start of the workers weighs more than in the protocol's 2481.
    epochs : int
        At least 2; the median over all but the first is returned.
    """
    held_out = max(1, round(n * VALIDATION_SHARE))
    train = DataLoader(BeatRows(frame.iloc[:n]), batch_size=BATCH_SIZE, num_workers=WORKERS)
    validation = DataLoader(BeatRows(frame.iloc[n : n + held_out]), batch_size=BATCH_SIZE, num_workers=WORKERS)
    clock = EpochClock()
    with _unheard(), tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            callbacks=[ModelCheckpoint(folder, monitor="val_loss", save_top_k=1), TQDMProgressBar(), clock],
            default_root_dir=folder,
        )
        trainer.fit(Autoencoder(frame.shape[1]), train, validation)
    return n / median(b - a for a, b in zip(clock.times[:-1], clock.times[1:], strict=True))


def predict_rate(frame: pd.DataFrame, n: int) -> float:
    """Return how many beats a second the pipeline gives an error to: one at a time, through worker processes.

    Counted is the whole pass: the start of the workers, the forward passes without gradients, and the mean absolute
    error of each beat. Building the module is not.

    Parameters
    ----------
    frame : DataFrame
        Beats, one a row.
    n : int
        How many of them to predict.
    """
    model = Autoencoder(frame.shape[1]).eval()
    loader = DataLoader(BeatRows(frame.iloc[:n]), batch_size=1, num_workers=WORKERS)
    start = time.perf_counter()
    errors: list[float] = []
    with torch.no_grad():
        for beat in loader:
            errors.append((model(beat) - beat).abs().mean().item())  # noqa: PERF401
    return len(errors) / (time.perf_counter() - start)


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Send the progress bar and Lightning's advice nowhere; the work of drawing them is still done."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    with contextlib.ExitStack() as stack:
        nowhere: Any = stack.enter_context(Path(os.devnull).open("w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
