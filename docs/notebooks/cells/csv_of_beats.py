# %% [markdown]
# # My CSV of beats
#
# A file with one heartbeat a row, the label in the last column and no header: the form of the Kaggle data set, of the UCR archive, and of
# many a thesis. This page goes from the file to flagged beats in five lines.

# %%
from dataclasses import replace

import numpy as np

import offbeat

made = offbeat.load_data("synthetic-heartbeats")
rows = np.column_stack([made.values[:, 0], made.labels.astype(float)])
np.savetxt("beats.csv", rows, delimiter=",", fmt="%.5g")

# %% [markdown]
# ## What is in it
#
# A file is read by its content. What might have been meant otherwise is said below the table.

# %%
offbeat.load_data("beats.csv")

# %% [markdown]
# There are 141 time steps, one too many: without a header nothing tells a label from a value, so say which column it is. Classes get readable
# names by the way.

# %%
beats = replace(
    offbeat.load_data("beats.csv", label="last"), class_names=made.class_names
)
beats

# %%
beats.plot()

# %% [markdown]
# ## Learn normal beats, find the others

# %%
split = offbeat.normal_split(beats, normal="1")
detector = offbeat.KNNDetector().fit(split.train, validation=split.validation)
detector.plot(split.evaluation)

# %%
detector.evaluate(split.evaluation, "1")

# %% [markdown]
# The oddest beats, the row of each in the evaluation part:

# %%
events = detector.detect(split.evaluation)
worst = offbeat.Events(sorted(events, key=lambda event: -event.score)[:8])
worst

# %%
rows = [event.series for event in worst]
explained = detector.explain(split.evaluation[rows])
offbeat.reconstructions(
    split.evaluation.values[rows],
    explained.expected,
    explained.scores,
    explained.shares,
    titles=[
        f"row {event.series}, class {split.evaluation.labels[event.series]}"
        for event in worst
    ],
)

# %% [markdown]
# ## No labels at all?
#
# Then fit on everything, as long as anomalies are rare, with a method that they do not mislead, such as an isolation forest. Here a file of normal
# beats with a few others among them, none of which is named. Each is scored by a model that has not learned from it.

# %%
few = beats[(beats.labels == "1") | (np.arange(len(beats)) % 20 == 0)]
unlabelled = offbeat.Collection(few.values)
blind = offbeat.IsolationForestDetector().fit(unlabelled)
oddest = np.argsort(-blind.unseen_scores(unlabelled))[:40]
print(
    f"{np.mean(few.labels != '1'):.1%} of {len(few):,} beats are no normal ones,"
)
print(f"of the 40 that look oddest {np.mean(few.labels[oddest] != '1'):.0%}")

# %% [markdown]
# ```
# offbeat fit beats.csv --label last --normal 1 --out models/beats
# offbeat evaluate beats.csv --label last --model models/beats --normal 1     # baselines beside it
# offbeat report beats.csv --label last --model models/beats --normal 1 --out beats.html
# ```
