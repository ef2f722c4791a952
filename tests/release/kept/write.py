"""Write what this version writes, with the scores it gives: a model, models by key, the state of a stream."""

import json
import sys
from pathlib import Path

import numpy as np

import offbeat


def wave(n_times, seed):
    """A sine with noise, rounded so that a file holds it whole."""
    noise = np.random.default_rng(seed).normal(size=n_times)
    return np.round(np.sin(np.arange(n_times) / 4) + 0.1 * noise, 3)


def main(folder):
    """Write into a folder, which is made."""
    folder.mkdir(parents=True)
    detector = offbeat.PCADetector(window=12, n_components=3).fit(wave(300, seed=0))
    detector.save(folder / "model")
    store = offbeat.ModelStore.create(folder / "store")
    for seed, key in enumerate(("pump", "fan"), start=1):
        store.save(key, offbeat.PCADetector(window=12, n_components=3).fit(wave(300, seed)))
    values = wave(60, seed=9)
    values[40:44] += 3
    stream = offbeat.OnlineDetector(detector)
    first = stream.update(values[:30])
    stream.save_state(folder / "stream.state")
    scores = {
        "values": values.tolist(),
        "model": detector.decision_function(values).tolist(),
        "flags": detector.predict(values).tolist(),
        "fan": store["fan"].decision_function(values).tolist(),
        "stream": [*first, *stream.update(values[30:])],
    }
    finite = {name: [value if np.isfinite(value) else None for value in row] for name, row in scores.items()}
    told = {"version": offbeat.__version__, **finite}
    (folder / "scores.json").write_text(json.dumps(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
