"""Any PyTorch module as a detector."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self, Unpack, cast

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Common, Scaled
from offbeat.detectors.networked import Networked
from offbeat.detectors.scoring.residuals import Residuals
from offbeat.detectors.scoring.series_view import SeriesView
from offbeat.detectors.scoring.views import View
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.errors import ParameterError, failing_as
from offbeat.estimators.hints import Range, validate_types
from offbeat.networks.own import SavedPath, class_of, import_path
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows
from offbeat.training import TrainConfig
from offbeat.words import plural

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["TorchDetector"]


class TorchDetector(Networked):
    """Makes a PyTorch module a detector: one that reconstructs series, or one that forecasts.

    The module takes scaled series ``(batch, channel, time)`` and returns them reconstructed, in the same shape; or,
    with a ``horizon``, forecasts ``(batch, channel, horizon)`` of what follows them. Training, windows, thresholds,
    explanations and streams are those of every other detector with a network.

    A saved model holds the weights, the import path of the class of the module, and ``module_params``; never code.
    ``offbeat.load(folder, module=Net)`` loads it. Where a model is loaded without ``module``, as on the command line,
    its class is imported only if an installed package names it as an entry point of the group ``offbeat.modules``, or
    the environment variable ``OFFBEAT_MODULES`` does.

    Parameters
    ----------
    module : type, nn.Module or str
        A class, made anew for each fit; or ``"package.module:Class"``, which ``fit`` imports; or a module, of which
        each fit trains a copy, from the weights that it has.
    module_params : dict, optional
        Keyword arguments of the class. ``n_channels``, ``n_times`` and ``horizon``, where the class takes them and they
        are not given, are filled in: the shape of what the module is given, and what it forecasts.
    horizon : int
        Time steps to forecast, of recordings; 0 to reconstruct.
    train : TrainConfig, optional
        Settings of the training; ``TorchDetector.default_train`` where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains, scores and streams, see :class:`~offbeat.detectors.networked.Networked`.
    error : {"mae", "mse", "whitened"}
        How errors become a score.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    Examples
    --------
    >>> from torch import nn
    >>> from offbeat import TorchDetector, TrainConfig
    >>> from offbeat.data.synthetic import voltage_curves
    >>> class Smooth(nn.Module):
    ...     def __init__(self, n_channels, width=9):
    ...         super().__init__()
    ...         self.layers = nn.Sequential(
    ...             nn.Conv1d(n_channels, 8, width, padding="same"), nn.ReLU(), nn.AvgPool1d(5),
    ...             nn.Upsample(scale_factor=5), nn.Conv1d(8, n_channels, width, padding="same"))
    ...     def forward(self, x):
    ...         return self.layers(x)
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = TorchDetector(Smooth, module_params={"width": 7}, train=TrainConfig(epochs=3, progress=False))
    >>> detector.fit(curves.where("normal")).decision_function(curves).shape
    (210,)
    """

    name = "torch"
    given_on_loading = ("device", "module")
    default_train = TrainConfig(epochs=30, min_steps=1000, batch_size=32, learning_rate=1e-3)

    def __init__(
        self,
        module: Any = None,
        *,
        module_params: Mapping[str, Any] | None = None,
        horizon: Annotated[int, Range(0, 1_000_000)] = 0,
        train: TrainConfig | None = None,
        device: str = "auto",
        error: str = "mse",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(train=train, device=device, **common)
        self.module = module
        self.module_params = module_params
        self.horizon = horizon
        self.error = error

    def config_key(self) -> dict[str, Any]:
        """Return the settings as a saved model holds them: the module by its import path."""
        return super().config_key() | {"module": import_path(self.module)}

    @classmethod
    def from_config(cls, **settings: Any) -> Self:
        """Return the detector with the settings that :meth:`config_key` gave."""
        if isinstance(settings.get("module"), str):
            settings["module"] = SavedPath(settings["module"])
        elif not isinstance(settings.get("module"), type):
            settings["module_params"] = None  # what was given is made already
        lists = {
            name: value for name, value in (settings.get("module_params") or {}).items() if isinstance(value, tuple)
        }
        validate_types(lists, dict.fromkeys(lists, Sequence[Any]))  # a file must not ask for a million layers
        return super().from_config(**settings)

    def _validate(self) -> None:
        super()._validate()
        Residuals(self.error).validate()
        if self.horizon and self.window is None:
            raise ParameterError(f"forecasts are made of recordings: give a window with horizon={self.horizon}")
        if isinstance(self.module, str):
            return
        from torch import nn

        if isinstance(self.module, nn.Module):
            if self.module_params is not None:
                raise ParameterError("module_params are for a class, but this module is made already: leave them out")
        elif not (isinstance(self.module, type) and issubclass(self.module, nn.Module)):
            raise ParameterError(
                f"module is a class of PyTorch modules, a module or 'package.module:Class', got {self.module!r}"
            )

    def _view(self) -> View[Any]:
        settings = self._settings
        if settings.window is None:
            return SeriesView()
        return WindowsView(Windows(settings.window, horizon=settings.horizon))

    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        chosen = self.module
        cls = class_of(chosen) if isinstance(chosen, str) else chosen
        if not isinstance(cls, type):
            return cast("nn.Module", copy.deepcopy(cls))
        shape = {"n_channels": n_channels, "n_times": n_times - self.horizon, "horizon": self.horizon}
        takes = inspect.signature(cls).parameters
        with failing_as(ParameterError, f"a {cls.__name__} cannot be made", "set module_params"):
            filled = {name: value for name, value in shape.items() if name in takes}
            return cast("nn.Module", cls(**filled | dict(self.module_params or {})))

    def _require_fit(self, network: nn.Module, some: Scaled) -> None:
        import torch

        known, wanted = (torch.from_numpy(part) for part in self._parts(some))
        trial, what = copy.deepcopy(network).eval(), type(network).__name__
        then = "return float32 on the device of its input: call .float() on weights, and .to(x) on what forward makes"
        with torch.inference_mode(), failing_as(ParameterError, f"{what} cannot compute {tuple(known.shape)}", then):
            found = trial(known)
        if not isinstance(found, torch.Tensor) or found.shape != wanted.shape or found.dtype != torch.float32:
            got = f"{found.dtype} of {tuple(found.shape)}" if isinstance(found, torch.Tensor) else type(found).__name__
            more = ": call .float() on it" if isinstance(found, torch.Tensor) and found.shape == wanted.shape else ""
            raise ParameterError(
                f"expected {what} to return torch.float32 of {tuple(wanted.shape)} for {tuple(known.shape)}, got "
                f"{got}{more}"
            )
        self._require_learning(trial, known[: self._config.batch_size])

    def _require_learning(self, trial: nn.Module, known: Tensor) -> None:
        """Raise ParameterError if a copy of the module cannot learn from a batch."""
        import torch

        what, n = type(trial).__name__, plural(len(known), "series", "series")
        if not any(weights.requires_grad for weights in trial.parameters()):
            raise ParameterError(
                f"expected {what} to have weights to learn, got none with requires_grad: a rule that learns nothing is "
                "a plugin of its own, a subclass of offbeat.Detector"
            )
        then = "set batch_size to 2 or more" if len(known) == 1 else "let forward compute with tensors alone"
        with torch.random.fork_rng(devices=()), failing_as(ParameterError, f"{what} cannot learn from {n}", then):
            found = trial.train()(known)
        if not found.requires_grad:
            raise ParameterError(
                f"expected what {what} returns to depend on its weights, got a tensor without a gradient: leave out "
                "detach(), no_grad(), .data and .numpy() in forward"
            )

    def _parts(self, values: Scaled) -> tuple[Scaled, Scaled]:
        """Return what the module is given, and what it is to return."""
        horizon = self._settings.horizon
        if not horizon:
            return values, values
        return np.ascontiguousarray(values[:, :, :-horizon]), values[:, :, -horizon:]

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.residuals_ = Residuals(self.error)
        self.residuals_.require_room(*self._parts(train[:1])[1].shape[1:])
        self._train(train, held_out, self.horizon)
        self.residuals_.learn_from(self._errors, train)

    def _errors(self, values: Scaled) -> FloatArray:
        known, wanted = self._parts(values)
        return self._run(known) - wanted

    def _score(self, values: Scaled) -> FloatArray:
        return self.residuals_.score(self._errors(values))

    def _n_read(self) -> int:
        return self.n_times_ - self._settings.horizon

    def _score_graph(self, graph: Graph, scaled: str) -> str | None:
        horizon = self._settings.horizon
        known, wanted = scaled, scaled
        if horizon:
            known, wanted = graph.part(scaled, 0, -horizon), graph.part(scaled, -horizon, self.n_times_)
        found = self._network_graph(graph, known)
        if found is None:
            return None
        errors = graph.add("Sub", found, graph.double(wanted))
        return self.residuals_.graph(graph, errors, len(self.channels_), horizon or self.n_times_)

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        errors = self._errors(values)
        about = slice(values.shape[2] - errors.shape[2], None)
        expected, shares = np.full(values.shape, np.nan), np.zeros(values.shape)
        expected[:, :, about] = values[:, :, about] + errors
        shares[:, :, about] = self.residuals_.shares(errors)
        return expected, shares

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {**self.residuals_.arrays(), **super()._arrays()}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.residuals_ = Residuals(self.error)
        self.residuals_.restore(arrays)
        super()._restore(arrays)

    @classmethod
    def example(cls) -> TorchDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork

        train = TrainConfig(epochs=10, batch_size=16, learning_rate=1e-2, progress=False)
        return cls(DenseAutoencoderNetwork, module_params={"code_size": 2, "hidden_sizes": (16,)}, train=train)
