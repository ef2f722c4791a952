"""Train the network that recognises premature beats and fibrillation by RR intervals, and write its card.

    python scripts/train_rhythm_model.py

It learns from simulated rhythms and from no record at all. The model goes into src/offbeat/ecg/rhythm_model, or
the folder named by --out; the classifier of beats reads its log-odds and must be trained anew after it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import confusion_matrix

from offbeat.atomic import writing_folder
from offbeat.ecg.features.rhythm_log_odds import RHYTHM_CLASSES, load_rhythm_network, save_rhythm_network
from offbeat.ecg.training.rhythm_network import simulated_batch, train_rhythm_network
from offbeat.networks.rhythm import RhythmNetwork
from offbeat.version import __version__
from offbeat.words import NOTICE

Counts = npt.NDArray[np.int64]

PLACE = Path(__file__).parents[1] / "src" / "offbeat" / "ecg" / "rhythm_model"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, evaluate on new simulated rhythms, and write the card."""
    options = _options(arguments)
    network, history = train_rhythm_network(
        n=options.rhythms, epochs=options.epochs, seed=options.seed, threads=options.threads
    )
    with writing_folder(options.out) as folder:
        save_rhythm_network(network, folder)
        counts = _confusion(load_rhythm_network(folder), options.seed + 2)
        (folder / "card.md").write_text(_card(history["val_loss"][-1], counts, options), encoding="utf-8")
    sys.stdout.write(f"held-out loss {history['val_loss'][-1]:.3f}; wrote {options.out}\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PLACE, help="folder of the model")
    parser.add_argument("--rhythms", type=int, default=16_000, help="rhythms to learn from; fewer, to try the script")
    parser.add_argument("--epochs", type=int, default=6, help="passes through the rhythms")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything drawn at random")
    parser.add_argument("--threads", type=int, default=2, help="threads that share each batch")
    return parser.parse_args(arguments)


def _confusion(network: RhythmNetwork, seed: int) -> Counts:
    """Return the confusion matrix on new simulated rhythms; rows are true classes."""
    intervals, codes = simulated_batch(500, 512, seed)
    with torch.inference_mode():
        predicted = network(torch.from_numpy(intervals)).argmax(dim=1).numpy()
    known = codes >= 0
    counts: Counts = confusion_matrix(codes[known], predicted[known], labels=range(len(RHYTHM_CLASSES)))
    return counts


def _card(loss: float, counts: Counts, options: argparse.Namespace) -> str:
    """Return the model card, with the figures of this run."""
    head = [
        "| simulated as | classified as " + " | ".join(RHYTHM_CLASSES) + " |",
        "| --- |" + " ---: |" * len(RHYTHM_CLASSES),
    ]
    rows = [
        f"| {name} | " + " | ".join(f"{count:,}" for count in row) + " |"
        for name, row in zip(RHYTHM_CLASSES, counts, strict=True)
    ]
    paragraphs = [
        "# The rhythm network",
        f"{NOTICE}",
        "It gives the probability that each beat is normal, supraventricular and premature, ventricular, or conducted "
        "in atrial fibrillation, by the RR intervals around it alone. The classifier of beats reads its log-odds as "
        "features.",
        f"It learned from {options.rhythms:,} rhythms of 512 beats, simulated by "
        f"offbeat.ecg.training.simulated_rhythms and rhythm_network, in {options.epochs} epochs of one-cycle AdamW; "
        f"seed {options.seed}. It has seen no record and no annotation, so no data has to be credited, and no patient "
        "can be recognised.",
        f"On new simulated rhythms its mean logarithmic loss is {loss:.3f}:",
        "\n".join([*head, *rows]),
        "The simulation was compared with the 22 records of DS1 of the MIT-BIH Arrhythmia Database: breathing and "
        "false detections were added because records with them were misclassified. Sick sinus syndrome and blocked "
        "beats are textbook knowledge; the published description of the database mentions them for records of DS2 as "
        "well (231, 232).",
        f"Made by scripts/train_rhythm_model.py of offbeat {__version__}.",
    ]
    return "\n\n".join(paragraphs) + "\n"


if __name__ == "__main__":
    main()
