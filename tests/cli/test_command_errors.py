"""Every kind of bad input ends with an exit code, one clear line, and nothing half-written."""

import os
from pathlib import Path

import pytest

FIT = ("--out", "made", "-d", "pca")
DENSE = ("fit", "plain.csv", "--out", "made", "-d", "dense-autoencoder")
BY = ("--model", "both-model")
EVALUATE = (*BY, "--normal", "ok")

DATA_OR_MODEL_AT_FAULT = {
    "missing file": (("fit", "nowhere.csv", *FIT), "there is no file nowhere.csv: check the path"),
    "unknown name": (("fit", "ecg500", *FIT), "'ecg500': did you mean 'ecg5000'? the data sets are ecg5000"),
    "folder": (("fit", "occupied", *FIT), "none of the 1 series can be read: mine: expected at least one series"),
    "extension": (("fit", "file.xyz", *FIT), "file.xyz is in no format that is read: expected CSV"),
    "empty": (("fit", "empty.csv", *FIT), "empty.csv is empty"),
    "header only": (("fit", "header.csv", *FIT), "header.csv holds a header and no rows"),
    "ragged": (
        ("fit", "ragged.csv", *FIT),
        "expected 3 columns in each line of ragged.csv, but line 3 has 2",
    ),
    "text": (("fit", "words.csv", *FIT), "expected a number at line 3, column 2 ('t1') of words.csv, got 'hello'"),
    "cut ARFF": (("fit", "cut.arff", *FIT), "expected 2 values in each row of cut.arff"),
    "no archive": (("fit", "nonsense.npz", *FIT), "nonsense.npz is no whole .npz archive"),
    "no time steps": (("fit", "no-times.npz", *FIT), "but its shape is (10, 0)"),
    "label column": (("fit", "both.csv", "--label", "kind", *FIT), "no column of both.csv is called 'kind'"),
    "label of numbers": (("fit", "both.csv", "--label", "first", *FIT), "expected a class in column 1 ('t0')"),
    "normal not said": (("fit", "both.csv", *FIT), "has the classes bad, ok: say which of them is normal (--normal)"),
    "normal not there": (("fit", "both.csv", "--normal", "fine", *FIT), "no series is of the normal class 'fine'"),
    "all NaN": (("fit", "all-nan.csv", *FIT), "there is nothing to learn from: expected normal series"),
    "infinite": (("fit", "inf.csv", *FIT), "expected finite values up to 1e+15"),
    "too large": (("fit", "huge.csv", *FIT), "expected finite values up to 1e+15"),
    "constant": (("fit", "constant.csv", *FIT), "nothing to learn from a constant"),
    "one row": (("fit", "rows-1.csv", *FIT), "give more data"),
    "two rows": (("fit", "rows-2.csv", *FIT), "give more data"),
    "too few neighbours": (("fit", "rows-3.csv", "--out", "made", "-d", "knn"), "a smaller n_neighbors"),
    "diverges": ((*DENSE, "--train", "epochs=1", "--train", "learning_rate=1e30"), "lower the learning rate"),
    "score infinite": (("score", "inf.csv", *BY), "expected finite values up to 1e+15"),
    "score longer": (("score", "longer.csv", *BY), "on series of 20 time steps, got series of 40"),
    "score channels": (
        ("score", "three-channels.npz", *BY),
        "on 1 channel (ch0), got 3: ch1, ch2 were not there: rename the columns in the file",
    ),
    "no model": (("score", "new.csv", "--model", "nowhere"), "no model at nowhere: expected a folder with config.json"),
    "model is a file": (("score", "new.csv", "--model", "new.csv"), "no model at new.csv"),
    "model of others": (("score", "new.csv", "--model", "occupied"), "no model at occupied"),
    "newer model": (("detect", "new.csv", "--model", "newer"), "has the format 99, but this offbeat reads up to 1"),
    "unknown detector": (("score", "new.csv", "--model", "unknown"), "no detector is called 'magic'"),
    "no settings": (("score", "new.csv", "--model", "no-settings"), "do not fit together (no 'settings' in it)"),
    "misfit": (("score", "new.csv", "--model", "misfit"), "the model at misfit is damaged"),
    "garbage": (("report", "new.csv", "--model", "garbage"), "config.json cannot be read"),
    "cut short": (("evaluate", "new.csv", "--model", "cut-short"), "weights.safetensors cannot be read"),
    "no labels to evaluate by": (
        ("evaluate", "holes.csv", *BY),
        "evaluating a detector needs labels, but there are none",
    ),
    "normal unsaid": (("fit", "new.csv", "--out", "made"), "has the classes bad, ok: say which of them is normal"),
    "one class": (
        ("evaluate", "one-class.csv", *EVALUATE),
        "all 60 series are of class 'ok': give data that holds both",
    ),
    "all seen": (("report", "plain.csv", "--model", "plain-model"), "needs labels"),
    "baselines without data": (
        ("evaluate", "new.csv", *EVALUATE),
        "277 of these 277 are not in the data: give the training",
    ),
    "wrong training data": (("evaluate", "new.csv", *EVALUATE, "--train", "longer.csv"), "got series of 40"),
    "no training data": (("evaluate", "new.csv", *EVALUATE, "--train", "nowhere.csv"), "there is no file nowhere.csv"),
    "out is a file": (("fit", "plain.csv", "--out", "new.csv", "-d", "pca"), "a file of that name is in the way"),
    "out below a file": (("fit", "plain.csv", "--out", "new.csv/m", "-d", "pca"), "new.csv is a file, not a folder"),
    "out holds others": (("fit", "plain.csv", "--out", "occupied", "-d", "pca"), "holds other files than a model"),
    "scores to a folder": (("score", "new.csv", *BY, "--out", "occupied"), "a folder of that name is in the way"),
    "scores below a file": (("score", "new.csv", *BY, "--out", "new.csv/s.csv"), "is a file, not a folder"),
    "page to a folder": (
        ("report", "new.csv", *EVALUATE, "--no-baselines", "--out", "occupied"),
        "a folder of that name",
    ),
    "log to a file": ((*DENSE, "--train", "epochs=1", "--logger", "csv:new.csv"), "log cannot be written to"),
    "checkpoints below a file": ((*DENSE, "--checkpoints", "new.csv"), "checkpoints cannot be kept in new.csv"),
    "no such data set": (("data", "show", "nothing"), "no data set and no file is called 'nothing'"),
}

WRONG_USAGE = {
    "detector": (
        ("fit", "plain.csv", "--out", "made", "-d", "pcaa"),
        "did you mean 'pca'? the detectors are deepant",
    ),
    "wrapper": (("fit", "plain.csv", "--out", "made", "-d", "estimator"), "use EstimatorDetector in Python"),
    "setting": (
        ("fit", "plain.csv", *FIT, "--set", "depth=3"),
        "pca has no setting 'depth': there are calibration, error, fold, held",
    ),
    "setting with an option": (("fit", "plain.csv", *FIT, "--set", "random_state=3"), "no setting 'random_state'"),
    "no value": (("fit", "plain.csv", *FIT, "--set", "n_components"), "is given as NAME=VALUE"),
    "twice": (("fit", "plain.csv", *FIT, "--set", "error=mae", "--set", "error=mse"), "error came twice"),
    "type": ((*DENSE, "--set", "code_size=abc"), "code_size is a whole number from 1 to 65,536, got 'abc'"),
    "share of a number": (
        (*DENSE, "--set", "code_size=2.5"),
        "code_size is a whole number from 1 to 65,536, got 2.5",
    ),
    "no sequence": ((*DENSE, "--set", "hidden_sizes=8"), "hidden_sizes is a sequence, such as (64, 32)"),
    "choice": (("fit", "plain.csv", *FIT, "--set", "scaling=huge"), "scaling is one of standard, minmax, robust, none"),
    "range": (
        ("fit", "plain.csv", *FIT, "--set", "n_components=0"),
        "n_components is a whole number from 1 to 1,000,000, got 0",
    ),
    "gamma": (("fit", "plain.csv", "--out", "made", "-d", "one-class-svm", "--set", "gamma=-1"), "a number above 0"),
    "no epochs": ((*DENSE, "--train", "epochs=0"), "epochs is a whole number from 1 to 1,000,000, got 0"),
    "threads": (
        (*DENSE, "--train", "threads=100000"),
        "threads is a whole number from 1 to 256 or None, got 100000",
    ),
    "epochs of text": (
        (*DENSE, "--train", "epochs=abc"),
        "epochs is a whole number from 1 to 1,000,000, got 'abc'",
    ),
    "rate": ((*DENSE, "--train", "learning_rate=nan"), "learning_rate is a number above 0, got 'nan'"),
    "device": ((*DENSE, "--device", "abacus"), "device is one of auto, cpu, cuda, mps"),
    "training setting": ((*DENSE, "--train", "logger=csv"), "the training has no setting 'logger'"),
    "no training": (("fit", "plain.csv", *FIT, "--train", "epochs=3"), "pca has no training to set"),
    "logger": ((*DENSE, "--logger", "paper:runs"), "a logger is one of csv, tensorboard, mlflow"),
    "threshold": (
        ("fit", "plain.csv", *FIT, "--threshold", "magic"),
        "no threshold named 'magic': choose one of budget",
    ),
    "threshold setting": (("fit", "plain.csv", *FIT, "--threshold", "quantile", "--threshold-set", "k=3"), "got k"),
    "threshold value": (
        ("fit", "plain.csv", *FIT, "--threshold", "pot", "--threshold-set", "false_alarms=2"),
        "and 1, got 2",
    ),
    "no threshold value": (("fit", "plain.csv", *FIT, "--threshold", "fixed"), "are value, got none"),
    "tiers": (("fit", "plain.csv", *FIT, "--watch", "0.01", "--alarm", "0.05"), "alarm must be rarer than watch"),
    "label of a data set": (("fit", "synthetic-curves", "--label", "last", *FIT), "knows its own labels"),
    "recipe": (("reproduce", "magic"), "no recipe is called 'magic': there are ecg5000, mitbih, nab-traveltime"),
}


@pytest.mark.parametrize(
    ("arguments", "expected", "code"),
    [
        *(pytest.param(*case, 1, id=name) for name, case in DATA_OR_MODEL_AT_FAULT.items()),
        *(pytest.param(*case, 2, id=name) for name, case in WRONG_USAGE.items()),
    ],
)
def test_bad_input_ends_in_one_clear_line_and_leaves_nothing(arguments, expected, code, offbeat, listing):
    before = listing()
    ended = offbeat(*arguments)
    complaints = [line for line in ended.err.splitlines() if line.startswith("offbeat: ")]
    assert ended.code == code
    assert len(complaints) == 1
    assert complaints[0] == ended.err.splitlines()[-1]
    assert expected in complaints[0]
    assert "Traceback" not in ended.err
    assert "unexpected" not in ended.err
    assert ended.out == ""
    assert listing() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("data", "bogus"),
        ("fit",),
        ("fit", "plain.csv"),
        ("score", "new.csv"),
        ("score", "new.csv", *BY, "--loud"),
        ("detect", "new.csv", *BY, "--top", "0"),
        ("fit", "plain.csv", *FIT, "--seed", "-1"),
        ("fit", "plain.csv", *FIT, "--watch", "often"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_explained(arguments, offbeat, listing):
    before = listing()
    ended = offbeat(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("Usage: offbeat")
    assert "Traceback" not in ended.err
    assert listing() == before


@pytest.mark.parametrize("arguments", [(), ("data",)], ids=["offbeat", "offbeat data"])
def test_no_arguments_show_the_help(arguments, offbeat):
    ended = offbeat(*arguments)
    assert ended.code == 2
    assert "Usage: offbeat" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("device", ["/dev/full"])
def test_a_full_disk_is_told_and_the_device_stays(device, offbeat):
    if not Path(device).is_char_device():
        pytest.skip(f"there is no {device} here")
    ended = offbeat("score", "new.csv", *BY, "--out", device)
    assert ended.code == 1
    assert ended.err == f"offbeat: {device} cannot be written: No space left on device; nothing was left half-written\n"
    assert Path(device).is_char_device()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(offbeat, work):
    (work / "occupied").chmod(0o500)
    ended = offbeat("fit", "plain.csv", "--out", "occupied/model", "-d", "pca")
    assert ended.code == 1
    assert "no permission to write" in ended.err


def test_an_older_model_survives_a_fit_that_fails(offbeat, listing):
    before = listing()
    assert offbeat("fit", "constant.csv", "--out", "both-model", "-d", "pca").code == 1
    assert listing() == before


def test_no_connection_is_told_in_a_few_words(offbeat, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    ended = offbeat("data", "get", "ecg5000", "--data-dir", "here")
    assert ended.code == 1
    assert "no connection to www.timeseriesclassification.com; try again later" in ended.err
    assert "HTTPSConnectionPool" not in ended.err
    assert not any(Path("here").iterdir())
