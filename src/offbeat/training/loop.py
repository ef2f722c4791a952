"""Train a network with Lightning: batches of one tensor, the best weights kept, the caller's random state untouched."""

from __future__ import annotations

import logging
import math
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning
import numpy as np
import torch
from einops import rearrange
from lightning.pytorch.accelerators import AcceleratorRegistry
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, ProgressBar
from torch import Tensor, nn

from offbeat.errors import DataError, ModelError, OutputError, ParameterError
from offbeat.networks.inference import one_thread
from offbeat.training.callbacks import BestWeights, History, progress_callbacks
from offbeat.training.config import TrainConfig

__all__ = ["fit_network", "seeded"]


class Batches:
    """Rows of one tensor in batches, in an order that depends on the seed and the epoch alone.

    A training that was stopped and goes on therefore sees what it would have seen.
    """

    def __init__(self, rows: Tensor, size: int, seed: int | None = None) -> None:
        self.rows, self.size, self.seed, self.epoch = rows, size, seed, 0

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / self.size)

    def __iter__(self) -> Iterator[Tensor]:
        if self.seed is None:
            yield from torch.split(self.rows, self.size)
            return
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        for picked in torch.split(torch.randperm(len(self.rows), generator=generator), self.size):
            yield self.rows[picked]


class Task(lightning.LightningModule):
    """Give back the clean input, as an autoencoder does; or, with a horizon, tell the end of it from its beginning."""

    def __init__(self, network: nn.Module, config: TrainConfig, seed: int, n_steps: int, horizon: int) -> None:
        super().__init__()
        self.network, self.config, self.seed, self.n_steps, self.horizon = network, config, seed, n_steps, horizon
        self.loss = nn.L1Loss() if config.loss == "l1" else nn.MSELoss()

    def on_train_epoch_start(self) -> None:
        """Seed the noise and dropout of the epoch, so that a resumed training draws the same."""
        torch.manual_seed(self.seed + 1_000_003 * (self.current_epoch + 1))
        self.trainer.train_dataloader.epoch = self.current_epoch  # type: ignore[union-attr]

    def training_step(self, x: Tensor, _: int) -> Tensor:
        """Return the loss of one batch ``(batch, channel, time)``."""
        known, wanted = self._split(x)
        noisy = known + self.config.noise * torch.randn_like(known) if self.config.noise else known
        loss: Tensor = self.loss(self.network(noisy), wanted)
        self.log("loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(x))
        return loss

    def validation_step(self, x: Tensor, _: int) -> None:
        """Log the loss of one batch of held-out series."""
        known, wanted = self._split(x)
        self.log("val_loss", self.loss(self.network(known), wanted), prog_bar=True, batch_size=len(x))

    def configure_optimizers(self) -> Any:
        """Return Adam and its schedule."""
        c = self.config
        optimizer = torch.optim.AdamW(self.parameters(), lr=c.learning_rate, weight_decay=c.weight_decay)
        if c.schedule == "constant":
            return optimizer
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, c.learning_rate, total_steps=self.n_steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the network sees, and what it should give."""
        if not self.horizon:
            return x, x
        return x[:, :, : -self.horizon], rearrange(x[:, :, -self.horizon :], "batch channel time -> batch time channel")


def fit_network(
    network: nn.Module,
    train: np.ndarray[Any, Any],
    held_out: np.ndarray[Any, Any],
    config: TrainConfig,
    seed: int,
    *,
    horizon: int = 0,
) -> dict[str, list[float]]:
    """Train ``network`` in place to reconstruct its input or to forecast, and leave it with its best weights.

    Parameters
    ----------
    network : nn.Module
        Maps ``(batch, channel, time)`` to the same; with a horizon to ``(batch, horizon, channel)``.
    train, held_out : arrays of shape (n_series, n_channels, n_times)
        Learned from, and watched for the best epoch.
    config : TrainConfig
        Settings.
    seed : int
        Seed of shuffling and noise.
    horizon : int
        Time steps at the end of each series that are to be forecast from the rest; 0 to reconstruct all of it.

    Returns
    -------
    dict
        ``loss``, ``val_loss`` and ``lr`` of each epoch, and ``best_epoch`` (one number, counted from 0).

    Raises
    ------
    DataError
        If the loss stops being a number.
    ParameterError
        If this machine lacks the device.
    ModelError
        If the checkpoint to go on from is damaged.
    OutputError
        If ``config.checkpoint_dir`` or the log cannot be written.
    """
    _require_device(config.device)
    batches = Batches(torch.from_numpy(train), config.batch_size, seed)
    watched = Batches(torch.from_numpy(held_out), 256)
    module = Task(network, config, seed, len(batches) * config.epochs, horizon)
    best, history, progress = BestWeights(), History(), progress_callbacks(config)
    checkpoints = _checkpoint_folder(config, seed, network, train, held_out)
    with _quiet(), one_thread(), tempfile.TemporaryDirectory() as scratch:
        trainer = lightning.Trainer(
            max_epochs=config.epochs,
            accelerator=config.device,
            devices=1,
            precision="bf16-mixed" if config.precision == "bf16" else "32-true",
            gradient_clip_val=config.gradient_clip,
            callbacks=[best, history, *_optional_callbacks(config, checkpoints), *progress],
            logger=config.logger if config.logger is not None else False,
            enable_checkpointing=checkpoints is not None,
            enable_progress_bar=any(isinstance(shown, ProgressBar) for shown in progress),
            enable_model_summary=False,
            num_sanity_val_steps=0,
            log_every_n_steps=1,
            default_root_dir=scratch,
        )
        with _own_endings():
            trainer.fit(module, batches, watched, ckpt_path=_last_checkpoint(checkpoints), weights_only=True)
    network.cpu().eval()
    if best.weights is None:
        raise DataError("the training loss stopped being a number: lower the learning rate, or scale the data")
    network.load_state_dict(best.weights)
    return {**history.epochs, "best_epoch": [float(best.epoch)]}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch inside, and give the caller's random state back after."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _require_device(device: str) -> None:
    if device != "auto" and not AcceleratorRegistry.get(device).is_available():
        raise ParameterError(f"device is one that this machine has, but it has no {device!r}: leave it at 'auto'")


def _optional_callbacks(config: TrainConfig, checkpoints: Path | None) -> list[Callback]:
    callbacks: list[Callback] = []
    if config.patience is not None:
        callbacks.append(EarlyStopping("val_loss", patience=config.patience))
    if checkpoints is not None:
        try:
            checkpoints.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"checkpoints cannot be kept in {checkpoints}: {error.strerror}") from error
        # With save_last and nothing else to save, Lightning would write once, at the very end.
        callbacks.append(ModelCheckpoint(checkpoints, filename="last", enable_version_counter=False))
    return callbacks


def _checkpoint_folder(config: TrainConfig, seed: int, network: nn.Module, *data: np.ndarray[Any, Any]) -> Path | None:
    """Return a folder of its own for each training, so that none goes on from the checkpoint of another."""
    if config.checkpoint_dir is None:
        return None
    key = blake2b(repr((config.essence(), seed, network)).encode(), digest_size=6)
    for part in data:
        key.update(np.ascontiguousarray(part).tobytes())
    return Path(config.checkpoint_dir) / key.hexdigest()


def _last_checkpoint(checkpoints: Path | None) -> Path | None:
    last = checkpoints / "last.ckpt" if checkpoints else None
    if last is None or not last.is_file():
        return None
    try:
        torch.load(last, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, UnpicklingError) as error:
        raise ModelError(f"the checkpoint {last} is damaged: delete it, and the training starts anew") from error
    return last


@contextmanager
def _own_endings() -> Iterator[None]:
    """End as callers expect: Lightning answers Ctrl-C by exiting, and by not hearing it from then on."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as stop:
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from stop
    except OSError as error:
        where = error.filename2 or error.filename or "the disk"
        raise OutputError(f"the training's checkpoint or log cannot be written to {where}: {error.strerror}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's advice on loaders and accelerators away: the loop has one tensor and no workers on purpose."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
