# %% [markdown]
# # Two hundred hosts
#
# Not one file but a folder of them, and the question of every morning: which hosts should I look at? One model is fitted for
# all, the answer is a table with a row a host, and a page with a small picture of each.

# %%
from pathlib import Path

import numpy as np
import pandas as pd

import offbeat

OFF = (7, 47, 87, 127, 167)  # what happens to these five is the question


def load_of(number):
    """Return four days of load in per cent, every ten minutes."""
    rng = np.random.default_rng(number)
    hours = np.arange(4 * 144) / 6
    load = (
        40
        + 20 * np.sin(2 * np.pi * (hours - 9) / 24)
        + rng.normal(0, 2, len(hours))
    )
    if number in OFF:
        start = 400 + rng.integers(100)
        load[start : start + 24] *= (
            1.8 if number < 80 else 0.4
        )  # four hours too busy, or idle
    return load


folder = Path("hosts")
folder.mkdir()
times = pd.date_range("2024-03-04", periods=4 * 144, freq="10min")
for number in range(200):
    frame = pd.DataFrame({"time": times, "cpu": load_of(number).round(2)})
    frame.to_csv(folder / f"web{number:03d}.csv", index=False)

# %% [markdown]
# ## Read them when they are asked for
#
# A panel holds the paths; each file is read when its turn comes.

# %%
hosts = offbeat.read_panel("hosts")
hosts

# %% [markdown]
# ## One model for all
#
# These hosts are alike, so windows of thirty of them are learned together. "One alarm a week" is one for each host: two hundred hosts
# may raise two hundred a week by chance, which is why the threshold here asks for one in ten weeks.

# %%
some = hosts.pick(list(hosts)[:200:7])
model = offbeat.PCADetector(window=18, threshold=offbeat.Budget(0.1))
model.fit({key: recording[:288] for key, recording in some.items()})
model

# %% [markdown]
# ## Which hosts should I look at?

# %%
model.save("model")
table = offbeat.score_panel(
    hosts, "model", workers=1, until="0.5", events=True, out="found"
)
gravest = table.sort_values("peak", ascending=False)
gravest[["key", "events", "worst", "flagged", "peak", "cautions"]].head(8)

# %%
events = {
    key: offbeat.read_events(f"found/{key}.events.csv")
    for key in gravest["key"].head(8)
}
hosts.plot(events, most=8)

# %% [markdown]
# Five of the two hundred had something built in: numbers 7, 47, 87, 127 and 167. What else is told is by chance, within
# the budget.

# %%
told = table.loc[table["events"] > 0, "key"].tolist()
print("told:", ", ".join(told))

# %% [markdown]
# ## One model for each
#
# Where scales differ, one model for all hides the small ones. `fit_each` fits a copy on each recording, into one folder; a run that was
# stopped goes on where it was. `offbeat fit hosts/` looks at the data and says which of the two it takes, and why.

# %%
store = offbeat.fit_each(
    offbeat.PCADetector(window=18),
    hosts.pick(list(hosts)[:8]),
    "models",
    until="0.5",
    workers=1,
)
store

# %% [markdown]
# ```
# offbeat fit hosts/ --out models/
# offbeat detect hosts/ --model models/                    # the gravest first
# offbeat report hosts/ --model models/ --out report/      # one page with a small picture of each
# tail -f lines.csv | offbeat watch models/ --key host     # a state for each host
# ```
