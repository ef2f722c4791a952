# %% [markdown]
# # From a frame to an alarm in production
#
# You have a data frame with one row every ten minutes, and you want to be told when something is wrong, about once a week
# at most. This page goes all the way: read the frame, learn what is normal, look at what would have been raised, save the
# model, and run it on rows as they arrive.

# %%
import numpy as np
import pandas as pd

import offbeat

times = pd.date_range(
    "2024-03-01", periods=40 * 144, freq="10min", tz="Europe/Berlin"
)
rng = np.random.default_rng(7)
hour = np.asarray(times.hour + times.minute / 60)
busy = 0.5 - 0.5 * np.cos(2 * np.pi * (hour - 4) / 24)
requests = 300 + 900 * busy + rng.normal(0, 30, len(times))
latency = 40 + 25 * busy + rng.gamma(4, 1.5, len(times))

outage = slice(
    33 * 144 + 65, 33 * 144 + 71
)  # an hour without traffic, in the middle of a day
leak = slice(36 * 144, 36 * 144 + 100)  # latency that creeps up
requests[outage] *= 0.1
latency[leak] += np.linspace(0, 60, 100)
frame = pd.DataFrame(
    {"requests": requests, "latency_ms": latency}, index=times
)
frame.tail(3)

# %% [markdown]
# ## What offbeat reads
#
# A frame is read as it is: times are found, each other column is a channel. An object of offbeat shows itself.

# %%
recording = offbeat.Recording.from_frame(frame, name="web shop")
normal, rest = recording.split("2024-03-29")
normal

# %% [markdown]
# ## Learn from four weeks
#
# `PCADetector` learns which shapes six hours of both channels have; it fits in a moment. The threshold aims at one alarm a week, and the
# table says how well that is known. (No idea how long an incident is? `ProfileDetector()` finds a window by itself.)

# %%
detector = offbeat.PCADetector(window=36).fit(normal)
detector

# %% [markdown]
# ## What would have been raised?
#
# Nothing of the last days was learned from. Both incidents are found, and each event names the channel to blame. The third event is a
# false alarm: a budget of one a week is no budget of none.

# %%
scores = detector.decision_function(recording)
events = detector.detect(recording, scores=scores, start=len(normal))
events

# %%
recording.plot(
    scores,
    events,
    threshold=detector.threshold_.value_,
    tiers=detector.tiers_.values_,
)

# %%
events.plot(recording, scores, threshold=detector.threshold_.value_, limit=2)

# %% [markdown]
# `recording.plot(..., interactive=True)` gives the same picture to zoom into and to hover over (plotly).
#
# ## Too many alarms, or too few?
#
# A threshold is a matter of what an alarm costs you, so it can be changed without training again. Before you do, see what other
# budgets would have raised.

# %%
budgets = [0.5, 1, 7]
rules = [detector.fitted_rule(offbeat.Budget(alarms)) for alarms in budgets]
previews = offbeat.preview_thresholds(
    scores[len(normal) :],
    rules,
    times=rest.timestamps,
    window=detector.n_times_,
)
pd.DataFrame(
    {
        "alarms a week, aimed at": budgets,
        "threshold": [preview.threshold for preview in previews],
        "events in these days": [len(preview.events) for preview in previews],
    }
)

# %% [markdown]
# ## Save it, and run it on rows as they arrive
#
# A model is a folder of plain files, no pickle. `OnlineDetector` keeps the last window and nothing else; its scores are those of a
# detector that never looks ahead, with thresholds of their own. An event is known with its first flagged score (`open_event`), and settled
# once it can neither go on nor be joined with another.

# %%
detector.save("models/shop")
online = offbeat.OnlineDetector(offbeat.load("models/shop"))
online.update(normal)

first_told, settled = [], offbeat.Events()
for time, row in zip(rest.times(), rest.values, strict=True):
    before = online.open_event
    online.score_one(row, time)
    if before is None and online.open_event is not None:
        first_told.append(time)
    settled += online.settled
settled

# %%
pd.DataFrame({"first told": first_told})

# %% [markdown]
# ## The same on the command line
#
# ```
# offbeat fit shop.csv --until 2024-03-29 --out models/shop
# offbeat threshold models/shop --alarms-per-week 2 --data shop.csv --plot t.png
# tail -f lines.csv | offbeat watch models/shop --events alarms.jsonl      # lines in, events out; goes on after any stop
# offbeat serve models/shop                                                # HTTP, a live page, Prometheus metrics
# ```
