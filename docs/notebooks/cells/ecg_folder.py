# %% [markdown]
# # A folder of ECGs, corrected and adapted
#
# A night's worth of records lies in a folder. They are classified, a person corrects some beats of one of them, and the classifier
# learns from that how the beats of this patient look. **Research software, not a medical device.**

# %%
from pathlib import Path

import numpy as np
import pandas as pd

import offbeat

# %% [markdown]
# ## The folder
#
# Any of the [formats that are read](../ecg-formats.md) will do. Here they are tables of text with a made-up lead, so that this page needs no
# download. Anna and Cora have narrow beats, with wide early ones between them. Bert has a bundle branch block: his normal beats are wide, too.


# %%
def made_up(n_beats, every, early, normal, ectopic, rate=250.0):
    """Return a lead (mV), the times of its beats (s), and which of them are ectopic."""
    rng = np.random.default_rng(every)
    odd = np.arange(n_beats) % every == every - 1
    intervals = np.where(odd, early, 0.85) + rng.normal(0, 0.02, n_beats)
    intervals[1:][odd[:-1]] = 1.15
    times = 1 + np.cumsum(intervals)
    time = np.arange(int((times[-1] + 1.5) * rate)) / rate
    lead = rng.normal(0, 0.01, len(time))
    for beat, is_odd in zip(times, odd, strict=True):
        size = 1 + rng.normal(0, 0.05)
        for centre, height, width in ectopic if is_odd else normal:
            lead += (
                size
                * height
                * np.exp(-0.5 * ((time - beat - centre) / width) ** 2)
            )
    return lead, times, odd


p_wave = (-0.16, 0.12, 0.02)
narrow = [p_wave, (0.0, 1.0, 0.012), (0.03, -0.2, 0.01), (0.28, 0.25, 0.05)]
wide = [(0.0, -1.2, 0.045), (0.3, 0.4, 0.07)]
block = [p_wave, (-0.01, 0.8, 0.03), (0.04, 0.6, 0.03), (0.3, -0.3, 0.06)]
wide_upright = [(0.0, 0.9, 0.045), (0.3, -0.4, 0.07)]

folder = Path("night")
folder.mkdir()
people = {
    "anna": (10, 0.65, narrow, wide),
    "bert": (7, 0.7, block, wide_upright),
    "cora": (4, 0.65, narrow, wide),
}
truth = {}
for name, (every, early, normal, ectopic) in people.items():
    lead, times, odd = made_up(400, every, early, normal, ectopic)
    table = pd.DataFrame(
        {"time": np.arange(len(lead)) / 250.0, "II": lead.round(4)}
    )
    table.to_csv(folder / f"{name}.csv", index=False)
    truth[name] = offbeat.Annotations(
        np.round(times * 250).astype(int), np.where(odd, "V", "N"), 250.0
    )

# %% [markdown]
# ## All of them, one table
#
# A record that fails has its error in its row, and the others go on. A run that was stopped is resumed with `existing="skip"`.

# %%
table = offbeat.classify_records("night", "results", jobs=1)
table[
    ["record", "beats", "mean_rate", "N", "S", "V", "rhythm", "error"]
].round(1)

# %% [markdown]
# ## One of them, closely

# %%
found = offbeat.classify_record("night/bert.csv")
found

# %%
found.plot()

# %% [markdown]
# Early beats are there, named S (supraventricular), because they hardly differ in shape from this patient's other beats. Each beat has a
# class, a confidence, and the quality of the signal around it. These are the beats that the classifier is least sure of:

# %%
found.table.sort_values("confidence")[
    ["time_s", "class", "confidence", "quality", "rr_pre_s", "rr_post_s"]
].head(5).round(2)

# %% [markdown]
# ## Corrected by a person
#
# `offbeat review night/bert.csv` opens a page on this machine that steps through the beats worth a look, and saves corrections to
# `bert.rev`, never over another file. Here the truth plays the person. With `minutes=3` only the first three minutes are learned from, so that
# the rest can show what it was worth.

# %%
corrected = truth["bert"]
offbeat.write_annotations(corrected, "bert.rev")
adapted = offbeat.adapt_record("night/bert.csv", "bert.rev", minutes=3)
adapted.learned

# %% [markdown]
# ## Before and after, on what was not learned from

# %%
figures = {
    "V found": "veb_sensitivity",
    "of beats named V, right": "veb_positive_predictivity",
}
pd.DataFrame(
    {
        when: {
            name: getattr(getattr(adapted, when), figure)
            for name, figure in figures.items()
        }
        for when in ("before", "after")
    }
).round(3)

# %% [markdown]
# ## Use it

# %%
adapted.model.save("models/bert")
again = offbeat.classify_record("night/bert.csv", model="models/bert")
again

# %% [markdown]
# ```
# offbeat classify night/ results/ --reports               # a page for each record, too
# offbeat review night/bert.csv
# offbeat adapt night/bert.csv --annotations night/bert.rev --out models/bert
# offbeat classify night/bert.csv --out bert.ofb --model models/bert
# ```
