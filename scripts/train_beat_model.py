"""Train the classifier of beats that comes with offbeat, evaluate it on other patients, and write its card.

    python scripts/train_beat_model.py

It learns from the 22 records of DS1 of the MIT-BIH arrhythmia database and is evaluated once on the 22 of DS2, and on
another database (--others); a second training without record 201, whose patient is in DS2 as well, shows the effect of
that patient. The model goes into src/offbeat/ecg/beat_model, or the folder named by --out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.atomic import writing_folder
from offbeat.bench.heartbeats.between_patients import (
    MAIN,
    STRICT,
    check_sides,
    evaluate_records,
    learn,
    read_records,
    without_same_person,
)
from offbeat.bench.heartbeats.outcomes import Outcome
from offbeat.bench.heartbeats.tables import by_class, by_confidence, by_reading, ectopic, gross
from offbeat.classifiers import Classifier, load
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.ecg.training.beat_classifier import AnnotatedBeats, annotated_record, beat_model
from offbeat.records.mitbih import DS1, DS2
from offbeat.tables import Table
from offbeat.version import __version__
from offbeat.words import NOTICE

PLACE = Path(__file__).parents[1] / "src" / "offbeat" / "ecg" / "beat_model"
LARGEST = 2_000_000
"""The largest size of the model in bytes: it is part of every installation."""
LOOKS = "nineteen"
"""How often DS2 was evaluated during development, this time included."""
DOMINANT = "232"
"""The record with three quarters of the S of DS2."""
HEALTHY = ("sel16", "sel17")
"""The first letters of records of the QT Database that come from the MIT-BIH Normal Sinus Rhythm Database."""

Records = Mapping[str, AnnotatedBeats]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, evaluate, and write the card."""
    options = _options(arguments)
    check_sides(options.train, options.test)
    train = read_records(options.train, options.data_dir, log=_say)
    test = read_records(options.test, options.data_dir, log=_say)
    others = _read_others(options.others)
    model = _learned(train, options)
    with writing_folder(options.out) as folder:
        model.save(folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        assert size <= LARGEST, f"the model has {size:,} bytes, more than the {LARGEST:,} that may be shipped"
        saved = load(folder)  # the saved model is evaluated
        outcomes = _evaluate(saved, train, test, options)
        elsewhere = _evaluate_halves(saved, others)
        (folder / "card.md").write_text(_card(model, outcomes, elsewhere, size, options), encoding="utf-8")
    for found in [*outcomes, *elsewhere]:
        _say(_sentence(found))
    _say(f"wrote {options.out}, {size:,} bytes")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PLACE, help="folder of the model")
    parser.add_argument("--data-dir", type=Path, default=None, help="where to look for the database first")
    parser.add_argument("--others", type=Path, default=None, help="folder of the QT Database to evaluate on")
    parser.add_argument("--epochs", type=int, default=None, help="fewer, to try the script")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything drawn at random")
    parser.add_argument("--train", nargs="+", default=DS1, metavar="RECORD", help="records to learn from")
    parser.add_argument("--test", nargs="+", default=DS2, metavar="RECORD", help="records to evaluate on")
    return parser.parse_args(arguments)


def _read_others(folder: Path | None) -> dict[str, AnnotatedBeats]:
    paths = [] if folder is None else sorted(folder.glob("*.atr"))
    _say(f"finding the beats of {len(paths)} other records")
    return {path.stem: annotated_record(path.with_suffix("")) for path in paths}


def _learned(records: Records, options: argparse.Namespace) -> ECGFormer:
    settings = {} if options.epochs is None else {"epochs": options.epochs}
    model = beat_model(**settings, random_state=options.seed, progress=False)
    _say(f"learning from {len(records)} records")
    learn(model, records, seed=options.seed)
    return model


def _evaluate_halves(model: Classifier, records: Records) -> list[Outcome]:
    """Return what a model makes of every other record, and of the rest."""
    names = list(records)
    halves = {"even records": names[::2], "odd records": names[1::2]} if len(names) > 1 else {}
    return [evaluate_records(model, {name: records[name] for name in half}, name=what) for what, half in halves.items()]


def _evaluate(model: Classifier, learned: Records, test: Records, options: argparse.Namespace) -> list[Outcome]:
    """Return what a model makes of the test, with and without its dominant record, and one without the same person."""
    outcomes = [evaluate_records(model, test, name=MAIN)]
    rest = {name: record for name, record in test.items() if name != DOMINANT}
    if rest and len(rest) < len(test):
        outcomes.append(evaluate_records(model, rest, name=f"{MAIN}, without record {DOMINANT}"))
    strict = without_same_person(learned, test)
    if len(strict) < len(learned):
        outcomes.append(evaluate_records(_learned(strict, options), test, name=STRICT))
    return outcomes


def _card(
    model: ECGFormer, outcomes: Sequence[Outcome], elsewhere: Sequence[Outcome], size: int, options: argparse.Namespace
) -> str:
    """Return the model card, with the figures of this run."""
    paragraphs = [
        "# The classifier of beats that comes with offbeat",
        f"{NOTICE} It is not approved for any use; a qualified person must check its results.",
        "## What it does",
        "It classifies each beat of an ECG record as N (normal, or conducted with bundle branch block), S "
        "(supraventricular ectopic) or V (ventricular ectopic), with a confidence. Leads are classified one by one and "
        "combined by the geometric mean of their probabilities. "
        "A beat is described relative to the usual beat of the same record, with the intervals around it, and "
        "with the log-odds of a network trained on simulated rhythms alone (rhythm_model). Whether a beat "
        "is S is decided together with the rhythm around it: an ectopic beat or run begins and ends at once, has "
        "another P wave, and is not looked for in atrial fibrillation. A V must look like another V of the record, or "
        "be seen in two leads.",
        "## Data",
        *_data(options),
        "## Training",
        _training(model, size, options),
        "## How well it does",
        f"On {len(options.test)} other records (DS2): {', '.join(options.test)}. Beats are detected first, and a "
        "missed one counts as wrong. Settings were chosen by validation between patients of DS1 and on other "
        f"databases, but for a rule on runs of S that came of a look at record {DOMINANT}. DS2 was evaluated {LOOKS} "
        "times in all during development, not counting baselines and ablations, so its figures are slightly "
        "optimistic.",
        "\n".join(f"- {_sentence(found)}" for found in outcomes),
        *_same_person(options),
        *(_markdown(table) for table in (by_class(outcomes[0], "other patients"), by_reading(outcomes))),
        *_other_databases(elsewhere),
        "## Limits",
        "- Two-lead ambulatory records of adults; children, exercise, and pacemakers were never seen.\n"
        "- F (fusion of ventricular and normal) is learned but not claimed: nearly all fusion beats of DS1 are of one "
        "patient, and of other people's one in six was found. Q (unclassifiable) is not learned. Such beats get "
        "another class.\n"
        "- It knows few people. It may fail on rare shapes and rhythms of others, S above all.\n"
        "- S is recognised by prematurity: in irregular rhythms it is often wrong, and it is not named in atrial "
        "fibrillation, nor where its QRS complex is unlike the usual one (aberrant conduction).\n"
        "- A rhythm is named sinus rhythm where nothing else was found; junctional rhythm and "
        "atrioventricular block are not recognised, and flutter with regular conduction is not. Paced beats are told "
        "by a rule, the spike that a wide complex begins with, which was made with four records in sight.\n"
        "- The confidence was calibrated on the databases above. In a lead full of motion it is too high for V.",
        f"Made by scripts/train_beat_model.py of offbeat {__version__}.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _data(options: argparse.Namespace) -> list[str]:
    return [
        f"Beats of {len(options.train)} records of the MIT-BIH Arrhythmia Database 1.0.0 (DS1 of de Chazal et al. "
        f"2004): {', '.join(options.train)}. They were detected by offbeat itself and labelled by the annotations of "
        "the database. Synthetic records were learned from as well: the same beats in simulated rhythms, with "
        "premature beats from rare to the majority, and with atrial fibrillation. The QT Database 1.0.0 served to "
        "choose the rules that decide on S, and the calibration. Both databases are available under the Open Data "
        "Commons Attribution License v1.0 (ODC-BY) from https://physionet.org/content/mitdb/1.0.0/ and "
        "https://physionet.org/content/qtdb/1.0.0/. Please cite:",
        "- G. B. Moody, R. G. Mark: The impact of the MIT-BIH Arrhythmia Database. IEEE Engineering in Medicine and "
        "Biology 20(3), 45-50, 2001.\n"
        "- P. Laguna, R. G. Mark, A. L. Goldberger, G. B. Moody: A database for evaluation of algorithms for "
        "measurement of QT and other waveform intervals in the ECG. Computers in Cardiology 24, 673-676, 1997.\n"
        "- A. L. Goldberger et al.: PhysioBank, PhysioToolkit, and PhysioNet: components of a new research resource "
        "for complex physiologic signals. Circulation 101(23), e215-e220, 2000.",
    ]


def _other_databases(halves: Sequence[Outcome]) -> list[str]:
    """Return figures and calibration on the QT Database."""
    if not halves:
        return []
    beats = pd.concat([found.beats for found in halves])
    healthy = beats[beats["record"].str.startswith(HEALTHY)]
    shares = [f"{(healthy['class'] == name).mean():.2%} of the beats are named {name}" for name in "SV"]
    people = healthy["record"].nunique()
    note = (
        "Nothing was learned from them, but the rules that decide on S and the calibration were chosen with both "
        "halves in sight: these figures are optimistic, and only data from elsewhere can tell what the model is worth."
    )
    return [
        "## On other databases",
        _markdown(gross(halves, "QT Database", note)),
        *([f"{people} healthy people (records {'… and '.join(HEALTHY)}…): {', '.join(shares)}."] if people else []),
        *(_markdown(by_confidence(found.beats, f"QT Database, {found.name}, by confidence")) for found in halves),
    ]


def _same_person(options: argparse.Namespace) -> list[str]:
    note = check_sides(options.train, options.test)
    trained = "The last figure above is of a model trained in the same way without them."
    return [f"{note} {trained}"] if note else []


def _training(model: ECGFormer, size: int, options: argparse.Namespace) -> str:
    assert model.train is not None
    best = int(model.history_["best_epoch"][0]) + 1
    chosen = model.train.monitor != "last"
    rows = {
        "network": f"{model.members} ECGFormers whose logits are averaged, each of width {model.width}, {model.depth} "
        f"layers, {model.heads} heads, patches of {model.patch} samples every {model.patch_stride}; {size:,} bytes",
        "epochs": f"{len(model.history_['loss'])}, of which epoch {best} was kept"
        + f", the best by {model.train.monitor}" * chosen,
        "batch, learning rate, weight decay": f"{model.train.batch_size}, {model.train.learning_rate:g}, "
        f"{model.train.weight_decay:g}",
        "dropout, label smoothing, class weight": f"{model.dropout:g}, {model.label_smoothing:g}, "
        f"1 / count^{model.class_weight}",
        "augmentation": repr(model.augment),
        "held out": f"{model.held_out:.0%} of the records, others for each member, to choose "
        + "the epoch and " * chosen
        + f"the temperature ({model.temperature_:.3f})",
        "seed": str(options.seed),
    }
    return "\n".join(f"- {what}: {value}" for what, value in rows.items())


def _sentence(found: Outcome) -> str:
    s_found, s_right, v_found, v_right = ("–" if np.isnan(share) else f"{share:.1%}" for share in ectopic(found))
    return (
        f"{found.name}: accuracy {found.accuracy():.2%} (N S V F Q), macro-F1 {found.macro_f1('NSVF'):.4f} (N S V F) "
        f"and {found.macro_f1():.4f} (with Q); ventricular beats Se {v_found}, +P {v_right}; supraventricular "
        f"beats Se {s_found}, +P {s_right}; {found.missed:,} beats missed, {found.extra:,} extra; expected "
        f"calibration error {found.calibration_error:.3f}."
    )


def _markdown(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.cells()]
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return f"{table.title}. {table.note}\n\n{text}"


if __name__ == "__main__":
    main()
