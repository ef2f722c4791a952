"""Train a network with Lightning: tensors in memory, the best weights kept, the caller's random state untouched."""

from __future__ import annotations

import logging
import math
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, ProgressBar
from torch import nn

from offbeat.errors import DataError, DeviceError, OutputError, ParameterError, ignoring
from offbeat.networks.devices import training_device
from offbeat.threads import torch_threads
from offbeat.training.batches import Batches, Blocks, Rows
from offbeat.training.callbacks import AveragedWeights, BestWeights, Handover, History, progress_callbacks
from offbeat.training.checkpoints import CheckpointFiles, Started, resuming, whole_checkpoint
from offbeat.training.config import TrainConfig
from offbeat.training.tasks import Reconstruct, Task

__all__ = ["fit_network", "seeded"]

Material = np.ndarray[Any, Any] | Sequence[np.ndarray[Any, Any]]


def fit_network(
    network: nn.Module,
    train: Material,
    held_out: Material,
    config: TrainConfig,
    seed: int,
    *,
    task: Task | None = None,
    limit: int | None = None,
    device: str = "auto",
) -> dict[str, list[Any]]:
    """Train ``network`` in place for a task, and leave it with its best weights.

    Parameters
    ----------
    network : nn.Module
        Maps ``(batch, channel, time)`` to the target of the task.
    train, held_out : array of shape (n_series, n_channels, n_times), or sequence of arrays
        Learned from, and evaluated for the best epoch; several arrays with the same number of rows where the task needs
        more than series.
    config : TrainConfig
        Settings.
    seed : int
        Seed of shuffling and noise.
    task : Task, optional
        What to learn; to reconstruct where None.
    limit : int, optional
        Series that an epoch learns from, and that it is evaluated on, at most.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to train; ``"auto"`` is the fastest of this machine. The data is kept there while it trains.

    Returns
    -------
    dict
        ``loss``, ``val_loss``, ``lr`` and the findings of the task of each epoch, and ``best_epoch`` (one number,
        counted from 0).

    Raises
    ------
    DataError
        If the loss stops being a number.
    DeviceError
        If this machine lacks the device, or as many of it.
    ParameterError
        If the task does not have the figure to monitor.
    ModelError
        If the checkpoint to resume is damaged.
    OutputError
        If ``config.checkpoint_dir`` or the log cannot be written.
    """
    task = task or Reconstruct()
    place = training_device(device)
    _require_devices(place, config.devices)
    kept = place if config.devices == 1 else "cpu"  # several processes cannot share what lies on a device
    if config.monitor not in task.monitors:
        raise ParameterError(f"monitor is one of {', '.join(task.monitors)} here, got {config.monitor!r}")
    batches = Batches(_tensors(train, kept), config.batch_size, seed, task, limit, config.devices)
    evaluated = Batches(_tensors(held_out, kept), 256, limit=limit)
    best, history, started = BestWeights(config.monitor), History(), Started()
    checkpoints = _checkpoint_folder(config, (seed, limit, config.devices), network, task, train, held_out)
    last = _last_checkpoint(checkpoints, [best, history])
    n_epochs = config.n_epochs(math.ceil(batches.n_all / (config.batch_size * config.devices)))
    module = task.begin(network, config, seed, len(batches) * n_epochs)
    threads = min(config.threads or 1, os.cpu_count() or 1)
    with _quiet(), torch_threads(threads), tempfile.TemporaryDirectory() as scratch:
        handover = Handover(Path(scratch) / "handover.pt", best, history)
        # The best weights are taken before an average of them is taken out again.
        callbacks = [started, best, history, *_optional_callbacks(config, checkpoints), handover]
        trainer = _trainer(config, n_epochs, place, [*callbacks, *progress_callbacks(config)], scratch)
        with _own_endings(), resuming(last, started):
            trainer.fit(module, Blocks(batches), evaluated, ckpt_path=last, weights_only=True)
        handover.take()
    network.cpu().eval()
    if best.weights is None:
        raise DataError("the training loss stopped being a number: lower the learning rate, or scale the data")
    with resuming(last):
        network.load_state_dict(best.weights)
    return {**history.epochs, "best_epoch": [float(best.epoch)]}


def _trainer(
    config: TrainConfig, n_epochs: int, place: str, callbacks: list[Callback], scratch: str
) -> lightning.Trainer:
    return lightning.Trainer(
        max_epochs=n_epochs,
        accelerator=place,
        devices=config.devices,
        strategy="auto" if config.devices == 1 else "ddp_spawn",
        precision="bf16-mixed" if config.precision == "bf16" else "32-true",
        callbacks=callbacks,
        plugins=CheckpointFiles(),
        logger=config.logger if config.logger is not None else False,
        enable_checkpointing=any(isinstance(each, ModelCheckpoint) for each in callbacks),
        enable_progress_bar=any(isinstance(each, ProgressBar) for each in callbacks),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=scratch,
    )


def _tensors(data: Material, device: str) -> Rows:
    if isinstance(data, np.ndarray):
        return torch.from_numpy(data).to(device)
    return tuple(torch.from_numpy(part).to(device) for part in data)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch inside, and restore the caller's random state after, on all devices in use."""
    in_use = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=in_use):
        torch.manual_seed(seed)
        yield


def _require_devices(place: str, count: int) -> None:
    there = torch.cuda.device_count() if place == "cuda" else 1 if place == "mps" else count
    if there < count:
        raise DeviceError(f"expected {count} devices of the kind {place!r}, but this machine has {there}: set devices")


def _optional_callbacks(config: TrainConfig, checkpoints: Path | None) -> list[Callback]:
    callbacks: list[Callback] = []
    if config.average:
        callbacks.append(AveragedWeights(config.average))
    if config.patience is not None:
        mode = "min" if config.monitor == "val_loss" else "max"
        callbacks.append(EarlyStopping(config.monitor, patience=config.patience, mode=mode))
    if checkpoints is not None:
        try:
            checkpoints.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"checkpoints cannot be kept in {checkpoints}: {error.strerror}") from error
        # With save_last and nothing else to save, Lightning would write once, at the very end.
        callbacks.append(ModelCheckpoint(checkpoints, filename="last", enable_version_counter=False))
    return callbacks


def _checkpoint_folder(
    config: TrainConfig, run: tuple[int | None, ...], network: nn.Module, task: Task, *data: Material
) -> Path | None:
    """Return a folder of its own for each training, so that none resumes the checkpoint of another."""
    if config.checkpoint_dir is None:
        return None
    key = blake2b(repr((config.config_key(), run, network, task.config_key())).encode(), digest_size=6)
    for part in data:
        for array in [part] if isinstance(part, np.ndarray) else part:
            key.update(np.ascontiguousarray(array).tobytes())
    return Path(config.checkpoint_dir) / key.hexdigest()


def _last_checkpoint(checkpoints: Path | None, callbacks: list[Callback]) -> Path | None:
    last = checkpoints / "last.ckpt" if checkpoints else None
    return whole_checkpoint(last, callbacks) if last is not None and last.is_file() else None


@contextmanager
def _own_endings() -> Iterator[None]:
    """End as callers expect: Lightning exits on Ctrl-C, and ignores it from then on."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as stop:
        if not isinstance(stop.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from stop
    except OutputError:
        raise
    except OSError as error:
        where = error.filename2 or error.filename or "the disk"
        raise OutputError(f"the training's checkpoint or log cannot be written to {where}: {error.strerror}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's advice on loaders and accelerators: one tensor and no workers are intended."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with ignoring(Warning, module="lightning"):
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
