"""The progress of a training in a notebook: one line that is written over, with a bar."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lightning.pytorch.callbacks import Callback

from offbeat.words import to_go

if TYPE_CHECKING:
    import lightning

__all__ = ["NotebookBar"]


class NotebookBar(Callback):
    """Shows a bar with the losses below the cell; HTML alone, so that no widgets need to be installed."""

    begun, epochs_before = 0.0, 0
    _shown: Any = None

    def on_train_start(self, trainer: lightning.Trainer, module: Any) -> None:
        """Show an empty bar."""
        from IPython.display import display

        self.begun, self.epochs_before = time.monotonic(), trainer.current_epoch
        self._shown = display(_Line(0, trainer.max_epochs or 1, ""), display_id=True)  # type: ignore[no-untyped-call]

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Move the bar on."""
        epoch, last = trainer.current_epoch + 1, trainer.max_epochs or 1
        loss, val_loss = (float(trainer.callback_metrics[name]) for name in ("loss", "val_loss"))
        pace = (time.monotonic() - self.begun) / (epoch - self.epochs_before)
        losses = f": loss {loss:.4f}, validation loss {val_loss:.4f}"
        self._shown.update(_Line(epoch, last, losses + to_go(pace * (last - epoch))))


class _Line:
    """A bar, and the same as text for what shows no HTML."""

    def __init__(self, epoch: int, last: int, rest: str) -> None:
        self.epoch, self.last, self.rest = epoch, last, rest

    def __repr__(self) -> str:
        return f"epoch {self.epoch}/{self.last}{self.rest}"

    def _repr_html_(self) -> str:
        return f'<progress value="{self.epoch}" max="{self.last}"></progress> {self!r}'
