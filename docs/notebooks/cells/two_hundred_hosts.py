# %% [markdown]
# # Two hundred hosts
#
# Not one file but a folder of them, and the question of every morning: which hosts should I look at? One model is fitted for
# all, the answer is a table with a row a host, and a page with a small picture of each.

# %%
from pathlib import Path

import numpy as np

import offbeat
from offbeat.data.synthetic import server_metrics

folder = Path("hosts")
folder.mkdir()
for number in range(200):
    host = server_metrics(1000, seed=number)
    load = host.values[:, 0]
    if number % 40 != 7:  # most hosts are fine: take the anomalies out of the built-in recording
        load = np.where(host.labels == 1, np.roll(load, 288), load)
    frame = host.to_frame().drop(columns="label").assign(cpu=load)
    frame.to_csv(folder / f"web{number:03d}.csv")

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
model = offbeat.PCADetector(window=36, threshold=offbeat.Budget(0.1))
model.fit({key: recording[:500] for key, recording in some.items()})
model

# %% [markdown]
# ## Which hosts should I look at?

# %%
model.save("model")
table = offbeat.score_panel(hosts, "model", workers=1, until="0.5", events=True, out="found")
gravest = table.sort_values("peak", ascending=False)
gravest[["key", "events", "worst", "flagged", "peak", "cautions"]].head(8)

# %%
events = {key: offbeat.read_events(f"found/{key}.events.csv") for key in gravest["key"].head(12)}
hosts.plot(events, most=12)

# %% [markdown]
# Five of the two hundred had something built in: numbers 7, 47, 87, 127 and 167.

# %%
told = table.loc[table["events"] > 0, "key"].tolist()
print("told:", ", ".join(told))

# %% [markdown]
# ## One model for each
#
# Where scales differ, one model for all hides the small ones. `fit_each` fits a copy on each recording, into one folder; a run that was
# stopped goes on where it was. `offbeat fit hosts/` looks at the data and says which of the two it takes, and why.

# %%
store = offbeat.fit_each(offbeat.PCADetector(window=36), hosts.pick(list(hosts)[:8]), "models", until="0.5", workers=1)
store

# %% [markdown]
# ```
# offbeat fit hosts/ --out models/
# offbeat detect hosts/ --model models/                    # the gravest first
# offbeat report hosts/ --model models/ --out report/      # one page with a small picture of each
# tail -f lines.csv | offbeat watch models/ --key host     # a state for each host
# ```
