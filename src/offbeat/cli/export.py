"""``offbeat export``: a model for machines without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.output import print_progress, print_written


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote.")],
    onnx: Annotated[Path, typer.Option("--onnx", metavar="FOLDER", help="The folder to write.")],
) -> None:
    """Write a model as a folder that ONNX Runtime runs, without PyTorch.

    Every command and offbeat.load take that folder as they take MODEL, and find the same: scores, thresholds, events,
    explanations. Where a score is a function of one series or window, score.onnx in it maps raw series to scores and
    decisions, for programs in any language that know nothing of offbeat.
    """
    from offbeat.app.places import check_places
    from offbeat.estimators.folder import SCORE_MODEL, check_model_place
    from offbeat.estimators.saving import load

    check_places({}, model=model, replaced=onnx)
    check_model_place(onnx)
    written = load(model).to_onnx(onnx)
    print_written(written)
    if not (written / SCORE_MODEL).is_file():
        print_progress(f"no {SCORE_MODEL}: what this model returns is not a function of one series alone")
