# %% [markdown]
# # My own network as a detector
#
# You have a `torch.nn.Module` and want the rest for free: scaling, a validation part, the best epoch, a threshold with a known
# false-alarm rate, saving without pickle, streams, and honest figures beside simple methods.

# %%
import numpy as np
from torch import nn

import offbeat


class Funnel(nn.Module):
    """Takes (batch, channel, time), scaled, and returns it reconstructed."""

    def __init__(self, n_channels, n_times, width=32):
        super().__init__()
        size = n_channels * n_times
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(size, width),
            nn.ReLU(),
            nn.Linear(width, 4),
            nn.Linear(4, size),
            nn.Unflatten(1, (n_channels, n_times)),
        )

    def forward(self, x):
        return self.layers(x)


# %% [markdown]
# ## Data, split once
#
# Heartbeats of five kinds, made by a formula, so that this page needs no download. Only normal ones are learned from. The
# evaluation part holds normal beats that nothing has seen, and all the others.

# %%
beats = offbeat.load_data("synthetic-heartbeats")
split = offbeat.normal_split(beats, "1")
beats

# %%
beats.plot()

# %% [markdown]
# ## From a module to a detector
#
# `n_channels` and `n_times` are filled in. The module is made anew by each `fit`, so that the seed decides its weights.

# %%
detector = offbeat.TorchDetector(
    Funnel,
    module_params={"width": 64},
    train=offbeat.TrainConfig(epochs=15, batch_size=16, learning_rate=3e-3),
)
detector.fit(split.train, validation=split.validation)
detector

# %%
offbeat.loss_curves(detector.history_)

# %% [markdown]
# ## Is it any good?
#
# A figure alone says little: the same data may be easy. So evaluate simple methods beside it, in the same way.

# %%
simple = [offbeat.PCADetector(), offbeat.KNNDetector()]
for each in simple:
    each.fit(split.train, validation=split.validation)
found = [each.evaluate(split.evaluation, "1") for each in (detector, *simple)]
found[0]

# %%
offbeat.comparison(
    [(each.name, *each.auroc, each.name != detector.name) for each in found]
)

# %% [markdown]
# ## What does it see?
#
# `explain` returns what the network expected, and which time steps the score comes from. Below: beats of the evaluation part, the
# first normal ones, and anomalies.

# %%
normal, odd = split.evaluation.where("1")[:4], split.anomalies[:4]
for_show = np.concatenate([normal.values, odd.values])
explained = detector.explain(for_show)
offbeat.reconstructions(
    for_show,
    explained.expected,
    explained.scores,
    explained.shares,
    titles=["normal"] * 4 + ["other"] * 4,
    threshold=detector.threshold_.value_,
)

# %% [markdown]
# ## Save it, load it, prove it
#
# A saved model holds weights and plain settings. It holds no code: whoever loads it says which class the weights are for.

# %%
folder = detector.save("funnel")
again = offbeat.load(folder, module=Funnel)
bool(
    (
        again.decision_function(split.evaluation)
        == detector.decision_function(split.evaluation)
    ).all()
)

# %% [markdown]
# One call checks every promise that the built-in detectors keep: scores that do not depend on what else is in the batch, the same
# scores from the same seed, inputs that are not changed, and many more. It saves and loads models, too, so the class has to be one that may be
# loaded by its name.

# %%
import os

from offbeat.testing import check_detector

os.environ["OFFBEAT_MODULES"] = "__main__:Funnel"

quick = offbeat.TrainConfig(epochs=2, progress=False)
check_detector(offbeat.TorchDetector(Funnel, train=quick))

# %% [markdown]
# With a `horizon` the same class of detector forecasts, and with a `window` it reads long recordings:
# `TorchDetector(Forecaster, window=24, horizon=2)`. [A network of your own](../own-network.md) has the details.
