"""A wave with its times, saved as a table whose columns are called in many ways."""

import numpy as np
import pandas as pd

TIMES = pd.date_range("2024-03-25", periods=300, freq="15min")
SECONDS = TIMES.astype("datetime64[s]").astype("int64").to_numpy()
WAVE = np.round(np.sin(np.arange(300) / 9), 3)
ODD = (np.abs(np.arange(300) - 200) < 3).astype(int)


def saved(folder, **columns):
    pd.DataFrame(columns).to_csv(folder / "t.csv", index=False, sep=";")
    return folder / "t.csv"


def noted(data, *words):
    return any(all(word in note for word in words) for note in data.notes)
