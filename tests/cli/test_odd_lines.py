"""Command lines that nobody means: each ends with 0, 1 or 2, and with one line of bounded length if it is not 0."""

import pytest

FIT = ("fit", "both.csv", "--normal", "ok", "-d", "pca", "--out", "made")
BY = ("--model", "both-model")
ODD = {
    "empty": "",
    "blank": " ",
    "lines": "a b\nc",
    "negative": "-1",
    "nan": "nan",
    "inf": "inf",
    "huge": "99999999999999999999",
    "folder": ".",
    "root": "/",
    "device": "/dev/null",
    "long name": "x" * 300,
    "long path": "x/" * 3000,
    "percent": "%s{}[]",
    "snowman": "☃",
    "equals": "=",
}
PLACES = {
    "fit": lambda odd: ("fit", odd, "--out", "made", "-d", "pca"),
    "out": lambda odd: (*FIT[:-1], odd),
    "detector": lambda odd: ("fit", "both.csv", "--normal", "ok", "--out", "made", "-d", odd),
    "normal": lambda odd: (*FIT, "--normal", odd),
    "rates": lambda odd: (*FIT, "--watch", odd, "--alarm", odd),
    "seed": lambda odd: (*FIT, "--seed", odd),
    "threshold": lambda odd: (*FIT, "--threshold", odd),
    "until": lambda odd: ("fit", "synthetic-metrics", "-d", "pca", "--out", "made", "--until", odd),
    "score": lambda odd: ("score", odd, *BY),
    "model": lambda odd: ("score", "new.csv", "--model", odd),
    "kind": lambda odd: ("score", "new.csv", *BY, "--kind", odd),
    "read": lambda odd: ("detect", "new.csv", *BY, "--read", odd),
    "low": lambda odd: ("detect", "new.csv", *BY, "--low", odd),
    "json": lambda odd: ("detect", "new.csv", *BY, "--json", odd),
    "evaluate": lambda odd: ("evaluate", "new.csv", *BY, "--no-baselines", "--normal", odd),
    "classify": lambda odd: ("classify", odd),
    "adapt": lambda odd: ("adapt", "new.csv", "--sampling-rate", "250", "--annotations", odd, "--out", "made"),
    "fit beats": lambda odd: ("fit", odd, "-d", "ecgformer", "--out", "made", "--train", "epochs=1"),
    "review": lambda odd: ("review", odd),
    "data": lambda odd: ("data", "show", odd),
    "family": lambda odd: ("data", "list", odd),
    "recipe": lambda odd: ("reproduce", odd),
    "suite": lambda odd: ("bench", odd, "-d", "random"),
    "contender": lambda odd: ("bench", "synthetic-metrics", "-d", odd),
    "command": lambda odd: (odd,),
    "option": lambda odd: ("score", "new.csv", *BY, f"--{odd}"),
}
TWICE = [
    ("score", "new.csv", *BY, *BY),
    ("score", "new.csv", "new.csv", *BY),
    ("score", *BY),
    ("score", "--", "new.csv", *BY),
    (*FIT, "--seed", "1", "--seed", "2"),
    (*FIT, "--watch", "nan", "--alarm", "inf"),
    ("-h", "-h"),
    ("--version", "x"),
]


def tried(ended):
    """Check how a line ended."""
    errors = [line for line in ended.err.splitlines() if line.startswith("offbeat: ")]
    assert ended.code in (0, 1, 2)
    assert len(errors) == bool(ended.code), ended.err
    assert all(len(line) <= 500 for line in errors)
    assert "please report" not in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_odd_values_in_every_place(place, offbeat):
    for odd in ODD.values():
        tried(offbeat(*place(odd)))


@pytest.mark.parametrize("line", TWICE, ids=" ".join)
def test_odd_lines(line, offbeat):
    tried(offbeat(*line))
