"""What a network learns: to reconstruct its input, to forecast, or (see ``classification``) to classify."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import lightning
import torch
from torch import Tensor, nn

from offbeat.training.config import TrainConfig
from offbeat.training.schedules import scheduled

__all__ = ["Forecast", "Reconstruct", "Task"]


class Task(lightning.LightningModule, ABC):
    """What a network learns; subclasses define its loss in ``_loss``. One task serves one training."""

    monitors: ClassVar[tuple[str, ...]] = ("val_loss", "last")
    """The figures that may choose the best epoch."""

    network: nn.Module
    config: TrainConfig
    seed: int
    n_steps: int
    trained: Running
    evaluated: Running

    def begin(self, network: nn.Module, config: TrainConfig, seed: int, n_steps: int) -> Self:
        """Set the network to train, and the number of steps."""
        self.network, self.config, self.seed, self.n_steps = network, config, seed, n_steps
        self.automatic_optimization = False  # a step of Lightning is several of ours, see ``loop.Blocks``
        self.weights = [weights for weights in network.parameters() if weights.requires_grad]
        return self

    @abstractmethod
    def _loss(self, batch: Any) -> Tensor:
        """Return the mean loss of a batch; ``self.training`` is False for held-out series."""

    def order(self, rows: Any, generator: torch.Generator) -> Tensor:
        """Return the row numbers that an epoch learns from, in its order: all of them by default.

        Their number does not depend on the state of the generator.
        """
        return torch.randperm(_size(rows), generator=generator)

    def findings(self) -> dict[str, Any]:
        """Return more figures of the epoch, as plain values for the history."""
        return {}

    def config_key(self) -> str:
        """Return text that differs between tasks that learn something else."""
        return type(self).__name__

    def on_train_epoch_start(self) -> None:
        """Seed the noise and dropout of the epoch, so that a resumed training draws the same."""
        torch.manual_seed(self.seed + 1_000_003 * (self.current_epoch + 1) + self.global_rank)
        self.trained = Running(self.device)
        batches = self.trainer.train_dataloader.batches  # type: ignore[union-attr]
        batches.epoch, batches.rank = self.current_epoch, self.global_rank

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Return the batch on the device, where all rows lie already unless several devices share them."""
        if self.trainer.world_size == 1:
            return batch
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def training_step(self, block: Any, _: int) -> None:
        """Learn from several batches, one after the other."""
        optimizer: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        for batch in block:
            for weights in self.weights:
                weights.grad = None
            loss = self._loss(batch)
            self.manual_backward(loss)
            if self.config.gradient_clip:
                nn.utils.clip_grad_norm_(self.weights, self.config.gradient_clip)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            self.trained.add(loss.detach(), _size(batch))

    def on_validation_epoch_start(self) -> None:
        """Begin a new mean."""
        self.evaluated = Running(self.device)

    def validation_step(self, batch: Any, _: int) -> None:
        """Evaluate one batch of held-out series."""
        self.evaluated.add(self._loss(batch), _size(batch))

    def on_validation_epoch_end(self) -> None:
        """Log both mean losses of the epoch: once, as each call costs a fifth of a small step."""
        self.log("loss", self.trained.mean(), prog_bar=True, sync_dist=self.trainer.world_size > 1)
        self.log("val_loss", self.evaluated.mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Return AdamW and its schedule."""
        c = self.config
        matrices = [weights for weights in self.weights if weights.ndim > 1]
        others = [weights for weights in self.weights if weights.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": c.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=c.learning_rate, fused=True)
        return scheduled(optimizer, c, self.n_steps)


class Running:
    """A mean over series, kept on the device: reading it at each step would wait for the device."""

    def __init__(self, device: torch.device) -> None:
        self.total, self.count = torch.zeros((), device=device), 0

    def add(self, mean: Tensor, count: int) -> None:
        """Add the mean of so many series."""
        self.total.add_(mean, alpha=count)
        self.count += count

    def mean(self) -> Tensor:
        """Return the mean over all series added."""
        return self.total / self.count


class Reconstruct(Task):
    """Reconstruct the clean input, as an autoencoder does. Batches are ``(batch, channel, time)``."""

    def _loss(self, batch: Tensor) -> Tensor:
        known, wanted = self._split(batch)
        noise = self.config.noise if self.training else 0.0
        noisy = known + noise * torch.randn_like(known) if noise else known
        distance = nn.functional.l1_loss if self.config.loss == "l1" else nn.functional.mse_loss
        return distance(self.network(noisy), wanted)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the input of the network, and its target."""
        return x, x


class Forecast(Reconstruct):
    """Forecast the last ``horizon`` time steps, ``(batch, channel, horizon)``, from those before them."""

    def __init__(self, horizon: int) -> None:
        super().__init__()
        self.horizon = horizon

    def config_key(self) -> str:
        """Return text that differs between tasks that learn something else."""
        return f"{super().config_key()} {self.horizon}"

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:, :, : -self.horizon], x[:, :, -self.horizon :]


def _size(batch: Any) -> int:
    return len(batch if isinstance(batch, Tensor) else batch[0])
