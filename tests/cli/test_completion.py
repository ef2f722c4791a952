"""Shells complete commands, options and the names that options take."""

import os
import subprocess
import sys

import pytest

from offbeat.detectors.registry import detector_classes
from offbeat.thresholds import threshold_names

COMMAND = [sys.executable, "-m", "offbeat"]


def answer(shell, line):
    """What the command answers where a shell asks it to complete a line."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**os.environ, **asked, "_OFFBEAT_COMPLETE": f"complete_{shell}"}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "line", "offered", "others"),
    [
        ("bash", "offbeat ", "evaluate", "lstm-autoencoder"),
        ("zsh", "offbeat fit --det", "--detector", "--threshold"),
        ("fish", "offbeat fit x.csv --threshold con", "conformal", "budget"),
        ("fish", "offbeat data ", "list", "evaluate"),
    ],
)
def test_a_shell_is_told_how_a_line_may_go_on(shell, line, offered, others):
    told = answer(shell, line)
    assert offered in told
    assert others not in told


def test_every_detector_and_rule_is_offered():
    detectors = answer("bash", "offbeat fit x.csv --detector ").split()
    assert {*detector_classes(), "auto", "ecgformer"} == set(detectors)
    assert answer("bash", "offbeat fit x.csv --threshold ").split() == list(threshold_names())
