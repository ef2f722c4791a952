# %% [markdown]
# # DeepAnT on traffic, from a notebook to a tool
#
# A convolutional network forecasts the next value of a series, and what it forecasts badly is called an anomaly. This page takes the
# steps of a well-known notebook on the travel times of a motorway, and says what was wrong.
#
# The figures are those of the real series where it is there (`offbeat data get nab`), else of built-in server metrics.

# %%
import pandas as pd

import offbeat

try:
    traffic = offbeat.load_data(
        "nab/realTraffic/TravelTime_451", download=False
    )
except offbeat.errors.OffbeatError:
    traffic = offbeat.load_data("synthetic-metrics")
traffic

# %% [markdown]
# ## Step 1: the series

# %%
traffic.plot()

# %% [markdown]
# ## Step 2: as the notebook does it
#
# Window of 10, two convolutions, L1 loss, a threshold of 0.5 by eye. Scaler and network are fitted on the *whole* series, anomalies
# included, and the threshold is chosen on the very scores it is used on. The first ten points get no forecast, so they have
# no score (NaN): never 0.

# %%
train = offbeat.TrainConfig(
    epochs=5, batch_size=32, learning_rate=1e-3, loss="l1"
)
reference = offbeat.DeepAnT(
    window=10,
    horizon=1,
    scaling="minmax",
    fold="last",
    threshold=offbeat.Fixed(0.5),
    calibration="held-out",
    train=train,
)
reference.fit(traffic)
scores = reference.decision_function(traffic)
reference.n_unscored_

# %%
offbeat.score_histograms({"all": scores}, threshold=0.5)

# %%
flagged = pd.Series(scores, traffic.times(), name="score")
flagged[flagged > 0.5].sort_values(ascending=False).to_frame().head(12)

# %% [markdown]
# One of these is the anomaly that was confirmed, 2015-08-11 12:07 (of the real series), and it is not near the top.
#
# ## Step 3: learn from the past alone
#
# Now the first part alone is learned from, and nothing of the rest has been seen. Five folds of that part, each scored by a network that
# has not learned from it, set the threshold: one alarm a day, since two days of data cannot show one a week (offbeat would warn).

# %%
normal, rest = traffic.split()
detector = offbeat.DeepAnT(
    window=10,
    horizon=1,
    threshold=offbeat.Budget(1, period=86_400),
    train=offbeat.TrainConfig(
        epochs=10,
        batch_size=16,
        learning_rate=2e-3,
        loss="l1",
        progress=False,
    ),
)
detector.fit(normal)
detector

# %%
offbeat.loss_curves(detector.history_)

# %%
detector.plot(traffic)

# %% [markdown]
# On the real series nothing is flagged after the part learned from, and that is the honest answer of this method: by the standard of the first nine days, which had larger spikes,
# nothing that came later is rare. The eleven points above were flagged by a network that had seen all of them.
#
# ## Step 4: forecast and truth
#
# Around the largest error after the part learned from.

# %%
seen = detector.explain(rest)
offbeat.forecast_against_truth(rest, seen.expected, length=200)

# %% [markdown]
# ## Step 5: mixed, the family that the notebook names and does not show
#
# Forecast based, reconstruction based, and mixed. `MixedDetector` turns the score of each part into how rare it is, so that they can be
# joined; with a `memory` it goes on learning what is rare, so that what keeps happening stops being told. Here its parts are how far a value
# is from the one before, and how far from the usual level. The threshold of 2 is a surprise of one in a hundred for both together.

# %%
mixed = offbeat.MixedDetector(
    parts=[offbeat.NaiveForecast(), offbeat.SeasonalBaseline(period=0)],
    window=2,
    memory=10_000,
    threshold=offbeat.Fixed(2.0),
    fold="last",
)
mixed.fit(normal)
scores = mixed.decision_function(traffic)
events = mixed.detect(traffic, scores=scores, start=len(normal))
events

# %%
traffic.plot(scores, events, threshold=mixed.threshold_.value_)

# %% [markdown]
# No network, a moment of work, and on the real series 2015-08-11 12:07 stands first. But mind: these settings were chosen on series of the same
# benchmark, this one among them, and one series with one labelled window proves nothing; [which detector, honestly](which_detector.ipynb) goes
# further. `offbeat reproduce nab-traveltime` runs both protocols of DeepAnT in full, with the published figures beside them.
