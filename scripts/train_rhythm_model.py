"""Train the network that tells premature beats and fibrillation by RR intervals, and write its card.

    python scripts/train_rhythm_model.py

It learns from rhythms drawn at random and sees no record at all. The model goes into src/offbeat/ecg/rhythm_model, or
the folder named by --out; the classifier of beats reads what it says and must be trained anew after it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from offbeat.atomic import writing_folder
from offbeat.ecg.features.rhythm_log_odds import RHYTHM_CLASSES, load_rhythm_network, save_rhythm_network
from offbeat.ecg.training.rhythm_network import learned_rhythm_network, simulated_intervals_of_many
from offbeat.networks.rhythm import RhythmNetwork
from offbeat.version import __version__
from offbeat.words import NOTICE

PLACE = Path(__file__).parents[1] / "src" / "offbeat" / "ecg" / "rhythm_model"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, judge on rhythms drawn anew, and write the card."""
    options = _options(arguments)
    network, history = learned_rhythm_network(
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
    parser.add_argument("--rhythms", type=int, default=16_000, help="to learn from; fewer, to try the script")
    parser.add_argument("--epochs", type=int, default=6, help="how often each is seen")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn at random")
    parser.add_argument("--threads", type=int, default=2, help="that share each batch")
    return parser.parse_args(arguments)


def _confusion(network: RhythmNetwork, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return how often each class (rows) was named each class, on rhythms that it has not seen."""
    intervals, codes = simulated_intervals_of_many(500, 512, seed)
    with torch.inference_mode():
        said = network(torch.from_numpy(intervals)).argmax(dim=1).numpy()
    n = len(RHYTHM_CLASSES)
    known = codes >= 0
    return np.bincount(codes[known] * n + said[known], minlength=n * n).reshape(n, n)


def _card(loss: float, counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], options: argparse.Namespace) -> str:
    """Return what someone must know who uses the network, with the figures of this run."""
    head = ["| drawn as | named " + " | ".join(RHYTHM_CLASSES) + " |", "| --- |" + " ---: |" * len(RHYTHM_CLASSES)]
    rows = [
        f"| {name} | " + " | ".join(f"{count:,}" for count in row) + " |"
        for name, row in zip(RHYTHM_CLASSES, counts, strict=True)
    ]
    paragraphs = [
        "# The network that knows rhythms",
        f"{NOTICE}",
        "It says of each beat how probable it is normal, supraventricular and premature, ventricular, or one of "
        "fibrillating atria, by the RR intervals around it alone. The classifier of beats hears that beside what it "
        "sees of the beat.",
        f"It learned from {options.rhythms:,} rhythms of 512 beats, drawn at random by "
        f"offbeat.ecg.training.drawn_rhythms and rhythm_network, in {options.epochs} epochs of one-cycle AdamW; "
        f"seed {options.seed}. It has seen no record and no annotation, so no data has to be credited, and no patient "
        "can be recognised.",
        f"On rhythms drawn anew, of which it has seen none, its mean logarithmic loss is {loss:.3f}:",
        "\n".join([*head, *rows]),
        "How such rhythms are drawn was compared with the 22 records of DS1 of the MIT-BIH Arrhythmia Database: the "
        "breath and misread beats are in it since records with them were taken for something else. Sick sinus nodes "
        "and blocked beats are from textbooks; the published description of the database names them for records of "
        "DS2 as well (231, 232).",
        f"Made by scripts/train_rhythm_model.py of offbeat {__version__}.",
    ]
    return "\n\n".join(paragraphs) + "\n"


if __name__ == "__main__":
    main()
