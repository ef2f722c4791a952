# %% [markdown]
# # Which detector, honestly
#
# Every paper has a table in which its own method wins. This page shows how to make one that you can believe: all detectors learn from
# the same part without labels, baselines and random scores stand beside them, and differences that may be chance are said to be.

# %%
import offbeat
from offbeat.data.synthetic import server_metrics

# %% [markdown]
# ## The data
#
# Eight servers with labelled anomalies. A figure from one recording says next to nothing; from eight it begins to. Put your own files
# in their place: any recordings with labels, or the benchmarks that `offbeat bench` lists.

# %%
servers = {
    f"server {seed}": server_metrics(1600, noise=6.0, seed=seed)
    for seed in range(8)
}
offbeat.Panel(servers).plot()

# %% [markdown]
# ## Side by side
#
# `compare` fits each detector anew on the leading part of each recording. `level` (how far from the mean), `naive` (how far from the value before) and
# `random` come along by themselves. The window of each detector is chosen on the part to learn from.

# %%
found = offbeat.compare("profile,pca,knn", servers)
found.table()

# %% [markdown]
# ## Is that difference real?
#
# Ranks over all series, with the Nemenyi test: two methods differ by more than chance (5 %) only where their bars do not
# overlap. Eight series tell good from bad, seldom good from good.

# %%
found.plot()

# %%
found.figure()

# %% [markdown]
# Each row, for your own questions: for example, what each detector costs.

# %%
frame = found.to_frame()
frame.groupby("detector", sort=False)[
    ["fit_seconds", "score_seconds"]
].mean().round(2)

# %% [markdown]
# ## Without labels
#
# Usually there are none. `suggest_detector` plants synthetic anomalies into your data and sees who finds them. That is weak evidence, since
# planted anomalies are not yours, so it keeps the default unless another one is clearly better, and says why.

# %%
offbeat.suggest_detector(servers["server 0"].split()[0])

# %% [markdown]
# What was measured on public benchmarks: no choice without labels was reliably better than the default. See
# [choosing without labels](../tuning.md).
