"""ECGFormer, the classifier: a transformer that names heartbeats and other short series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from offbeat.classifiers.base import Classifier, Probabilities, SeriesBatch, Split
from offbeat.errors import ModelError, quietly_imported
from offbeat.estimators.arrays import array_of
from offbeat.estimators.extras import require_extra
from offbeat.estimators.frozen import in_force
from offbeat.estimators.hints import Range, Seed, Share, Size, require_choice
from offbeat.estimators.settings import parameters_of
from offbeat.metrics.calibration import fit_temperature
from offbeat.networks.architecture import ECGFormerArchitecture
from offbeat.networks.devices import computing_device, require_device_choice
from offbeat.portable.running import network_arrays, placed, restored, run
from offbeat.training import TrainConfig
from offbeat.training.augmentation import Augmentation
from offbeat.training.class_weights import class_weights

if TYPE_CHECKING:
    from offbeat.networks.committee import Committee
    from offbeat.portable.running import Network
    from offbeat.training.losses import ClassLoss

__all__ = ["ECGFormer"]

_DEFAULT_TRAIN = TrainConfig(epochs=20, batch_size=64, learning_rate=1e-3, weight_decay=1e-4)
_REFERENCE_TRAIN = TrainConfig(epochs=20, batch_size=32, learning_rate=2e-4, weight_decay=1e-4, schedule="constant")
_LOSSES = ("cross-entropy", "focal")
_BATCH = 512  # series at a time: with 64, a quarter of the time goes to the calls and not to the numbers

_Some = Annotated[float, Range(0, 1, open_high=True)]


class ECGFormer(Classifier):
    """A transformer encoder over tokens of a series, with one probability a class.

    The defaults are small and quick on a processor: overlapping patches of eight samples. :meth:`reference` gives the
    published network, for which each sample is a token.

    Parameters
    ----------
    width, depth, heads, mlp_ratio, dropout, patch, patch_stride, stem, stem_kernel, stem_stride, class_token, positions
        The network, see :class:`~offbeat.networks.architecture.ECGFormerArchitecture`.
    members : int
        Networks with different initial weights, each with other series held out; their logits are averaged. One is
        quick; with few patients to learn from, several are steadier, above all in rare classes, and each patient is
        learned from by some of them.
    class_weight : "balanced", "effective", float, mapping, sequence or None
        The weight of a series of each class in training, see :func:`~offbeat.training.class_weights.class_weights`.
    beta : float
        Of ``class_weight="effective"``.
    majority_share : float
        The share of the most frequent class that each epoch learns from, drawn anew, as most of its series are alike.
        Class weights count what is left; a prior-shift correction of the logits makes the probabilities those of all
        the series.
    loss : {"cross-entropy", "focal"}
        The focal loss gives less weight to series that are classified well already.
    gamma : float
        The exponent of the focal loss: how much less.
    label_smoothing : float
        The share of certainty spread evenly over all classes in training.
    augment : Augmentation, optional
        How training series are varied; not at all where None.
    calibrate : bool
        Whether to fit a temperature on the held-out series, so that probabilities are calibrated; with several
        members, on the logits of each for the series that were held out from it.
    scaling : {"standard", "minmax", "robust", "series", "none"}
        See :meth:`offbeat.estimators.scaling.Scaler.learn`.
    held_out : float
        The share of the training series kept aside to choose the best epoch and the temperature, where ``fit`` is given
        no ``validation``.
    train : TrainConfig, optional
        Settings of the training; 20 epochs of one-cycle AdamW where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains and classifies; see :mod:`offbeat.networks.devices`. ``"auto"`` trains on the fastest device of
        the machine and classifies on the processor. No saved model holds it: ``offbeat.load(folder, device="cuda")``
        classifies there, whatever it was trained on.
    random_state : int
        Seed of everything that is drawn at random. The caller's global random state is never touched.

    Attributes
    ----------
    network_ : Committee of ECGFormerNetwork, or OnnxNetwork
        Takes scaled series ``(batch, channel, time)`` and features ``(batch, feature)``.
    temperature_ : float
        The divisor of the logits.
    log_prior_ : array of shape (n_classes,)
        The prior-shift correction: added to the logits for a class that was thinned out in training.
    history_ : dict
        ``loss``, ``val_loss``, ``lr``, ``train_confusion``, ``val_confusion`` (nested lists, rows are true classes),
        ``accuracy``, ``val_accuracy`` and ``macro_f1`` (held out) of each epoch, and ``best_epoch``. ``accuracy`` and
        ``train_confusion`` count the answers given while the epoch trained, see
        :class:`~offbeat.training.classification.Classify`. All of it is of the first member.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", 2017. Guo et al., "On Calibration of Modern Neural Networks", 2017
    (temperature).

    Examples
    --------
    >>> from offbeat import ECGFormer
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(40, 40, 40)
    >>> quick = TrainConfig(epochs=6, batch_size=16, learning_rate=3e-3, progress=False)
    >>> model = ECGFormer(width=16, depth=1, heads=2, train=quick).fit(curves)
    >>> model.classify(curves.where("high")[:1])["class"].tolist()
    ['high']
    """

    name = "ecgformer"
    trains = True
    run_only = ("device",)
    given_on_loading = ("device",)
    network_: Network

    def __init__(
        self,
        *,
        width: Size = 64,
        depth: Annotated[int, Range(1, 64)] = 4,
        heads: Size = 4,
        mlp_ratio: Annotated[float, Range(0, 64, open_low=True)] = 2.0,
        dropout: _Some = 0.1,
        patch: Size = 8,
        patch_stride: Annotated[int, Range(0, 65_536)] = 4,
        stem: Sequence[Size] = (),
        stem_kernel: Size = 7,
        stem_stride: Size = 2,
        class_token: bool = True,
        positions: str = "every-layer",
        members: Annotated[int, Range(1, 64)] = 1,
        class_weight: str | float | Mapping[Any, float] | Sequence[float] | None = None,
        beta: _Some = 0.999,
        majority_share: Annotated[float, Range(0, 1, open_low=True)] = 1.0,
        loss: str = "cross-entropy",
        gamma: Annotated[float, Range(0)] = 2.0,
        label_smoothing: _Some = 0.0,
        augment: Augmentation | None = None,
        calibrate: bool = True,
        scaling: str = "standard",
        held_out: Share = 0.1,
        train: TrainConfig | None = None,
        device: str = "auto",
        random_state: Seed = 0,
    ) -> None:
        self.width = width
        self.depth = depth
        self.heads = heads
        self.mlp_ratio = mlp_ratio
        self.dropout = dropout
        self.patch = patch
        self.patch_stride = patch_stride
        self.stem = stem
        self.stem_kernel = stem_kernel
        self.stem_stride = stem_stride
        self.class_token = class_token
        self.positions = positions
        self.members = members
        self.class_weight = class_weight
        self.beta = beta
        self.majority_share = majority_share
        self.loss = loss
        self.gamma = gamma
        self.label_smoothing = label_smoothing
        self.augment = augment
        self.calibrate = calibrate
        self.scaling = scaling
        self.held_out = held_out
        self.train = train
        self.device = device
        self.random_state = random_state

    @classmethod
    def reference(cls, **changed: Any) -> Self:
        """Return the published network and training for the Kaggle heartbeats: values from 0 to 1, classes 0 to 4."""
        settings: dict[str, Any] = {
            "width": 192,
            "depth": 6,
            "heads": 8,
            "mlp_ratio": 4.0,
            "patch": 1,
            "patch_stride": 1,
            "class_weight": (0.1, 0.4, 0.2, 0.5, 0.2),
            "augment": Augmentation(),
            "scaling": "none",
            "train": _REFERENCE_TRAIN,
        }
        return cls(**settings | changed)

    @classmethod
    def example(cls) -> Self:
        """Return an unfitted classifier with tiny settings, for tests and trials."""
        train = TrainConfig(epochs=8, batch_size=32, learning_rate=2e-2, progress=False)
        return cls(width=8, depth=1, heads=2, patch=4, patch_stride=4, held_out=0.2, train=train)

    def predict_logits(self, X: Any) -> Probabilities:
        """Return the logits, ``(n_series, n_classes)``, before the temperature."""
        return self._logits(self._scaled(self._whole(X)), self.network_)

    @property
    def _architecture(self) -> ECGFormerArchitecture:
        names = parameters_of(ECGFormerArchitecture)
        return ECGFormerArchitecture(**{name: getattr(self, name) for name in names})

    def _validate(self) -> None:
        super()._validate()
        self._architecture.validate()
        (self.train or _DEFAULT_TRAIN).validate()
        if self.augment is not None:
            self.augment.validate()
        require_choice("loss", self.loss, _LOSSES)
        require_device_choice(self.device)

    def _build(self) -> Committee:
        from offbeat.networks.committee import Committee
        from offbeat.networks.ecgformer import ECGFormerNetwork

        shape = (len(self.channels_), self.n_times_, len(self.classes_), len(self.feature_names_))
        return Committee(ECGFormerNetwork(*shape, self._architecture) for _ in range(self.members))

    def _fit(self, split: Split) -> None:
        require_extra("deep", self.name)
        # Lightning takes seconds to import, and is not needed to predict.
        from offbeat.networks.size import require_network_room

        quietly_imported("lightning")
        from offbeat.training.classification import Classify
        from offbeat.training.loop import fit_network, seeded

        config = self.train or _DEFAULT_TRAIN
        more = [int(seed) for seed in np.random.SeedSequence(self.random_state).generate_state(self.members - 1)]
        seed = self.random_state if config.seed is None else config.seed
        loss = self._class_loss(split(self.random_state)[0])
        histories, logits, codes = [], [], []
        computing_device(self.device)  # before a training is spent on it
        require_network_room(self._build)
        with seeded(seed):
            self.network_ = network = self._build()
            seeds = zip([seed, *more], [self.random_state, *more], strict=True)
            for member, (own, of_split) in zip(network.members, seeds, strict=True):
                train, held_out = split(of_split)
                task = Classify(loss, self.augment, self.majority_share)
                parts = _parts(train), _parts(held_out)
                histories.append(fit_network(member, *parts, config, own, task=task, device=self.device))
                logits.append(self._logits(held_out, member))
                codes.append(held_out.known_codes)
        self.network_ = placed(network.eval(), self.device)
        self.history_ = histories[0]
        self.n_iter_ = len(self.history_["loss"])
        calibrated = self.calibrate
        self.temperature_ = fit_temperature(np.concatenate(logits), np.concatenate(codes)) if calibrated else 1.0

    def _class_loss(self, train: SeriesBatch) -> ClassLoss:
        from offbeat.training.losses import ClassLoss

        counts = np.bincount(train.known_codes, minlength=len(self.classes_))
        majority = counts.argmax()
        counts[majority] = max(1, round(self.majority_share * counts.max()))
        self.log_prior_ = np.where(np.arange(len(counts)) == majority, -np.log(self.majority_share), 0.0)
        weights = class_weights(self.class_weight, self.classes_.tolist(), counts, self.beta)
        self.class_prior_ = self.class_prior_ * weights / (self.class_prior_ @ weights)
        return ClassLoss(weights, self.label_smoothing, self.gamma if self.loss == "focal" else 0.0)

    def _probabilities(self, batch: SeriesBatch) -> Probabilities:
        probabilities: Probabilities = softmax(self._logits(batch, self.network_) / self.temperature_, axis=1)
        return probabilities

    def _logits(self, batch: SeriesBatch, network: Network) -> Probabilities:
        logits = run(network, batch.values, batch.features, batch_size=_BATCH)
        return np.asarray(logits.astype(np.float64) + self.log_prior_)

    def _as_onnx(self) -> Self:
        # Imported here, because it needs PyTorch.
        from offbeat.portable.tracing import as_onnx

        twin, series = copy(self), (len(self.channels_), self.n_times_)
        twin.network_ = as_onnx(self.network_, series, (len(self.feature_names_),), what=self.name)
        return twin

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        own = network_arrays(self.network_)
        return {**own, "temperature": np.array([self.temperature_]), "log_prior": self.log_prior_}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.temperature_ = float(array_of(arrays, "temperature", 1)[0])
        if self.temperature_ <= 0:
            raise ModelError(f"a temperature is a number above 0, got {self.temperature_}")
        self.log_prior_ = array_of(arrays, "log_prior", len(self.classes_))
        weights = {name: value for name, value in arrays.items() if name not in ("temperature", "log_prior")}
        self.network_ = placed(restored(self._build, weights, self.name), in_force(self).device)


def _parts(batch: SeriesBatch) -> tuple[npt.NDArray[Any], ...]:
    return batch.values, batch.features, batch.known_codes
