"""The base of detectors with a network: how it is trained, run and stored."""

from __future__ import annotations

from abc import abstractmethod
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector, Scaled
from offbeat.detectors.scoring.views import Rows, Viewed
from offbeat.errors import DataError, quietly_imported
from offbeat.estimators.extras import require_extra
from offbeat.estimators.folder import part_of
from offbeat.networks.devices import computing_device, require_device_choice
from offbeat.portable.graphs import Graph
from offbeat.portable.running import network_arrays, placed, restored, run
from offbeat.portable.runtime import OnnxNetwork
from offbeat.series.recording import FloatArray
from offbeat.training import TrainConfig

if TYPE_CHECKING:
    from torch import nn

    from offbeat.portable.running import Network

__all__ = ["Networked"]

_PREFIX = "network."
_DIVERGED = 100.0
"""Times the square of the largest value: no training that converges at all has such a loss."""


class Networked(Detector):
    """A detector with a network; subclasses write ``_build``.

    Parameters
    ----------
    train : TrainConfig, optional
        Settings of the training; ``default_train`` of the class where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains, scores and streams; see :mod:`offbeat.networks.devices`. ``"auto"`` trains on the fastest
        device of the machine and scores on the processor. No saved model holds it: ``offbeat.load(folder,
        device="cuda")`` scores there, whatever it was trained on.
    **common
        See :class:`~offbeat.detectors.base.Detector`.

    Attributes
    ----------
    network_ : nn.Module or OnnxNetwork
        Takes scaled series ``(batch, channel, time)``; the latter in a model that was exported.
    history_ : dict
        ``loss``, ``val_loss`` and ``lr`` of each epoch, and ``best_epoch``.
    """

    trains = True
    n_folds = 3
    uses_held_out = True
    run_only = ("device",)
    given_on_loading: ClassVar[tuple[str, ...]] = ("device",)
    network_: Network
    history_: dict[str, Any]
    network_parts: ClassVar[tuple[str, ...]] = ("forward",)
    """The methods of the network that scoring and explaining call."""
    default_train: ClassVar[TrainConfig]
    """The settings where ``train`` is None."""

    def __init__(self, *, train: TrainConfig | None = None, device: str = "auto", **common: Any) -> None:
        super().__init__(**common)
        self.train = train
        self.device = device

    @abstractmethod
    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        """Return the untrained network for series (or windows) of that shape."""

    @property
    def _config(self) -> TrainConfig:
        return self.default_train if self.train is None else self.train

    @property
    def _limit(self) -> int | None:
        """How many series an epoch takes at most; only windows of a recording overlap and can be spared."""
        return self._config.epoch_windows if self.kind == "recordings" else None

    def _for_fold(self) -> Self:
        # Progress, checkpoints and log are those of the model itself.
        self.train = replace(self._config, progress=False, checkpoint_dir=None, logger=None)
        return self

    def _validate(self) -> None:
        super()._validate()
        self._config.validate()
        require_device_choice(self.device)

    def _train(self, train: Scaled, held_out: Scaled, horizon: int = 0) -> None:
        """Build the network and train it to reconstruct, or to forecast the last ``horizon`` steps."""
        require_extra("deep", self.name)
        # Lightning takes seconds to import, and scoring does not need it.
        from offbeat.networks.size import require_network_room

        quietly_imported("lightning")
        from offbeat.training.loop import fit_network, seeded
        from offbeat.training.tasks import Forecast, Reconstruct

        seed = self.random_state if self._config.seed is None else self._config.seed
        computing_device(self.device)  # before a training is spent on it
        require_network_room(lambda: self._build(*train.shape[1:]))
        with seeded(seed):
            self.network_ = network = self._build(*train.shape[1:])
            self._require_fit(network, train[:2])
            task = Forecast(horizon) if horizon else Reconstruct()
            self.history_ = fit_network(
                network, train, held_out, self._config, seed, task=task, limit=self._limit, device=self.device
            )
        self._require_converged(train, held_out)
        self._place()

    def _require_converged(self, train: Scaled, held_out: Scaled) -> None:
        """Raise DataError if the network has learned worse than nothing: its loss is far above that of zeros."""
        loss = self.history_["val_loss"][int(self.history_["best_epoch"][0])]
        largest = 1.0 + max(float(np.abs(part).max(initial=0.0)) for part in (train, held_out))
        if not loss < _DIVERGED * largest**2:
            raise DataError(
                f"the training diverged: the best loss of held-out data is {loss:.2g}: lower the learning rate (now "
                f"{self._config.learning_rate:g}), set gradient_clip, or scale the data"
            )

    def _outputs_of(self, viewed: Viewed[Any], rows: Rows | None = None) -> FloatArray:
        found = super()._outputs_of(viewed, rows)
        wanted = viewed.scored if rows is None else viewed.mask(rows)
        n_lost = int((~np.isfinite(found[wanted])).sum())
        if n_lost:
            raise DataError(
                f"expected finite numbers from the network of {self.name}, got NaN or infinity for {n_lost:,} of "
                f"{int(wanted.sum()):,} {self.scorer_.view.shows} whose values are finite: look for divisions by zero, "
                "logarithms and overflow in it, and at its weights"
            )
        return found

    def _require_fit(self, network: nn.Module, some: Scaled) -> None:
        """Raise ParameterError if the network cannot learn from such series; ours can."""

    def _run(self, values: Scaled, part: str = "forward") -> FloatArray:
        """Return the output of the network, or of another of its methods."""
        return run(self.network_, values, part=part)

    def _as_onnx(self) -> Self:
        # Imported here, because it needs PyTorch.
        from offbeat.portable.tracing import as_onnx

        twin, shape = copy(self), (len(self.channels_), self._n_read())
        twin.network_ = as_onnx(self.network_, shape, what=self.name, parts=self.network_parts)
        return twin

    def _n_read(self) -> int:
        """Return how many time steps of a series (or window) the network reads."""
        return self.n_times_

    def _network_graph(self, graph: Graph, read: str) -> str | None:
        """Add the network, once it is ONNX, to a graph and return its output, a float64."""
        network = self.network_
        return graph.double(graph.network(network.content, read)) if isinstance(network, OnnxNetwork) else None

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {_PREFIX + name: array for name, array in network_arrays(self.network_).items()}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.network_ = restored(
            lambda: self._build(len(self.channels_), self.n_times_), part_of(arrays, _PREFIX), self.name
        )
        self._place()

    def _place(self) -> None:
        """Move the network to where it computes."""
        self.network_ = placed(self.network_, self._settings.device)
