"""Learn to classify series, or each time step of them."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from offbeat.metrics.classification import accuracy, macro_f1
from offbeat.training.augmentation import Augmentation
from offbeat.training.losses import ClassLoss
from offbeat.training.tasks import Task

__all__ = ["UNKNOWN", "Classify", "NameSteps"]

UNKNOWN = -100
"""The code of a time step without a class: nothing is learned from it."""


class Classify(Task):
    """Predict the class of each series. Batches are ``(series, features, class numbers)``.

    Its findings are the confusion matrices of each epoch, rows the true classes, as nested lists, and the figures
    computed from them. ``train_confusion`` counts the predictions made *while* the epoch trained: of augmented series,
    with dropout, by weights that still changed. It is therefore worse than the network at the end of the epoch would be
    on those series; ``val_confusion`` is of the network at the end of the epoch.

    Parameters
    ----------
    loss : ClassLoss
        With one weight a class.
    augmentation : Augmentation, optional
        How training series are varied; never those held out.
    majority_share : float
        The share of the most frequent class that an epoch learns from, each epoch another draw.
    """

    monitors: ClassVar[tuple[str, ...]] = ("val_loss", "macro_f1", "last")

    def __init__(self, loss: ClassLoss, augmentation: Augmentation | None = None, majority_share: float = 1.0) -> None:
        super().__init__()
        self.criterion, self.augmentation, self.majority_share = loss, augmentation, majority_share
        self.n_classes = len(loss.weights)
        self.counts = {True: self._nothing(), False: self._nothing()}

    def config_key(self) -> str:
        """Return text that differs between tasks that learn something else."""
        return f"{super().config_key()} {self.criterion!r} {self.augmentation!r} {self.majority_share}"

    def order(self, rows: Any, generator: torch.Generator) -> Tensor:
        """Return the row numbers that an epoch learns from, in its order."""
        order = super().order(rows, generator)
        if self.majority_share == 1:
            return order
        codes = rows[2][order]
        frequent = codes == torch.bincount(codes).argmax()
        kept = round(self.majority_share * int(frequent.sum()))
        drawn = order[~frequent | (frequent.cumsum(0) <= kept)]
        # The first of the frequent class were kept: without another shuffle, the last batches would have none of it.
        return drawn[torch.randperm(len(drawn), generator=generator)]

    def findings(self) -> dict[str, Any]:
        """Return both confusion matrices, both accuracies, and the macro-F1 of the held-out series."""
        trained, held_out = self.counts[True].cpu().numpy(), self.counts[False].cpu().numpy()
        return {
            "train_confusion": trained.tolist(),
            "val_confusion": held_out.tolist(),
            "accuracy": accuracy(trained),
            "val_accuracy": accuracy(held_out),
            "macro_f1": macro_f1(held_out),
        }

    def on_train_epoch_start(self) -> None:
        """Begin to count anew."""
        super().on_train_epoch_start()
        self.counts[True] = self._nothing()

    def on_validation_epoch_start(self) -> None:
        """Begin to count anew."""
        super().on_validation_epoch_start()
        self.counts[False] = self._nothing()

    def on_validation_epoch_end(self) -> None:
        """Log the macro-F1, by which the best epoch may be chosen."""
        super().on_validation_epoch_end()
        self.counts[True] = self.trainer.strategy.reduce(self.counts[True], reduce_op="sum")
        self.log("macro_f1", torch.tensor(macro_f1(self.counts[False].cpu().numpy()), dtype=torch.float32))

    def _loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        x, features, targets = batch
        if self.training and self.augmentation is not None:
            x, features = self.augmentation.vary(x, features)
        logits = self.network(x, features)
        cells = targets * self.n_classes + logits.detach().argmax(dim=1)
        # Counted on the device: to ask for the counts would wait for it.
        self.counts[self.training].view(-1).index_add_(0, cells, torch.ones_like(cells))
        loss: Tensor = self.criterion(logits, targets)
        return loss

    def _nothing(self) -> Tensor:
        return torch.zeros((self.n_classes, self.n_classes), dtype=torch.int64, device=self.device)


class NameSteps(Task):
    """Predict the class of each time step. Batches are ``((batch, time), class numbers (batch, time))``."""

    def _loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, targets = batch
        return nn.functional.cross_entropy(self.network(x), targets, ignore_index=UNKNOWN)
