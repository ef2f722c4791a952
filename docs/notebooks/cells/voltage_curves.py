# %% [markdown]
# # An autoencoder on voltage curves, from a notebook to a tool
#
# A thousand voltage curves that rise, hold and fall; a thousand that hold too high; a thousand too low. A notebook learns the normal
# ones with an LSTM autoencoder. This page takes its steps, with the same pictures, and says what was wrong.

# %%
import numpy as np
import pandas as pd

import offbeat

curves = offbeat.load_data(
    "synthetic-curves"
)  # the formula of the original file; offbeat data get hkn-synthetic has the file
curves

# %%
curves.plot()

# %% [markdown]
# ## Train on normal curves
#
# In the notebook the label is glued in front of each curve as time step 0, so the network learns to copy it; batches hold one curve;
# the model is saved whole with pickle. Here labels are not values, and cannot get there.

# %%
split = offbeat.normal_split(curves, normal="normal")
detector = offbeat.LSTMAutoencoder(
    code_size=16,
    hidden_sizes=(32,),
    train=offbeat.TrainConfig(epochs=24, batch_size=16, learning_rate=5e-3),
)
detector.fit(split.train[:500], validation=split.validation)
detector

# %%
offbeat.loss_curves(detector.history_)

# %% [markdown]
# ## One threshold, and a traffic light that was meant
#
# The notebook calls a curve normal up to a loss of 42 and an anomaly above 46, both by eye; what lies between is neither. Ours are set by
# rates on held-out normal curves: flagged is what 5 % of them exceed, and the tiers *watch* and *alarm* lie around it.

# %%
parts = {
    "test": split.test,
    "low": split.anomalies.where("low"),
    "high": split.anomalies.where("high"),
}
scores = {
    name: detector.decision_function(part) for name, part in parts.items()
}
offbeat.score_histograms(
    scores,
    threshold=detector.threshold_.value_,
    tiers=detector.tiers_.values_,
)

# %%
detector.evaluate(split.evaluation, "normal")

# %% [markdown]
# ## The first four of each, with their reconstructions

# %%
picked = np.concatenate(
    [split.test.values[:4], split.anomalies.where("high").values[:4]]
)
explained = detector.explain(picked)
offbeat.reconstructions(
    picked,
    explained.expected,
    explained.scores,
    explained.shares,
    titles=["normal"] * 4 + ["high"] * 4,
    threshold=detector.threshold_.value_,
)

# %% [markdown]
# ## Does it take a network?
#
# No. On curves from a formula the mean curve and a few principal components do as well.

# %%
simple = [offbeat.PCADetector(), offbeat.KNNDetector()]
for each in simple:
    each.fit(split.train[:500], validation=split.validation)
found = [
    each.evaluate(split.evaluation, "normal", n_bootstrap=200)
    for each in (detector, *simple)
]
pd.DataFrame(
    {
        each.name: {
            "AUROC": each.auroc.value,
            "sensitivity": each.sensitivity,
            "specificity": each.specificity,
        }
        for each in found
    }
).T

# %% [markdown]
# ## Saved as text and numbers

# %%
folder = detector.save("curves")
sorted(path.name for path in folder.iterdir())
