"""What a training tells: losses to loggers, lines or a bar to people."""

import csv
import io
import logging
import re
import sys

import pytest
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from offbeat import words
from offbeat.errors import DataError
from offbeat.training.callbacks import progress_callbacks
from small_trainings import config, dense, diverging, fit


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_any_lightning_logger_gets_the_losses(tmp_path):
    loggers = [CSVLogger(tmp_path, name="csv"), TensorBoardLogger(tmp_path, name="board")]
    history = fit(dense(), config(logger=loggers))
    (path,) = (tmp_path / "csv").rglob("metrics.csv")
    for name in ("loss", "val_loss"):
        shown = [float(row[name]) for row in rows_of(path) if row[name]]
        assert shown == pytest.approx(history[name])
    assert any((tmp_path / "board").rglob("events.out.tfevents*"))


def test_a_single_logger_will_do(tmp_path):
    fit(dense(), config(logger=CSVLogger(tmp_path)))
    assert len(list(tmp_path.rglob("metrics.csv"))) == 1


class Screen(io.StringIO):
    def __init__(self, is_terminal):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


def test_away_from_a_terminal_lines_are_logged(monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", Screen(False))
    with caplog.at_level(logging.INFO, logger="offbeat"):
        history = fit(dense(), config(epochs=25, progress=None))
    lines = [record.getMessage() for record in caplog.records if record.name == "offbeat"]
    assert [line.split(":")[0] for line in lines] == [f"epoch {n}/25" for n in (1, *range(2, 25, 2), 25)]
    first = f"epoch 1/25: loss {history['loss'][0]:.4f}, validation loss {history['val_loss'][0]:.4f}"
    # A machine may be busy enough for a line to say how long the rest takes.
    assert lines[0].partition(", about")[0] == first


def test_lines_of_a_long_training_say_how_long_the_rest_takes(monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", Screen(False))
    monkeypatch.setattr(words, "LONG", 0.0)
    with caplog.at_level(logging.INFO, logger="offbeat"):
        fit(dense(), config(epochs=2, progress=None))
    first, last = [record.getMessage() for record in caplog.records if record.name == "offbeat"]
    assert re.search(r", about \d+:\d\d:\d\d to go$", first)
    assert "to go" not in last


def test_without_progress_nothing_is_said(caplog, capfd):
    with caplog.at_level(logging.INFO):
        fit(dense(), config(progress=False))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_a_bar_is_drawn(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen(True))
    assert [type(callback) for callback in progress_callbacks(config(progress=None))] == [RichProgressBar]
    assert progress_callbacks(config(progress=False)) == []
    monkeypatch.setattr(sys, "stderr", Screen(False))
    assert [type(callback) for callback in progress_callbacks(config(progress=True))] == [RichProgressBar]


def test_a_bar_shows_the_epochs_where_no_result_is_written(capsys):
    fit(dense(), config(epochs=2, progress=True))
    streams = capsys.readouterr()
    assert "Epoch 1/1" in streams.err
    assert streams.out == ""


def test_the_loggers_of_lightning_are_as_loud_as_before():
    logger = logging.getLogger("lightning.pytorch")
    before = logger.level
    fit(dense(), config(epochs=1))
    with pytest.raises(DataError):
        fit(dense(), diverging())
    assert logger.level == before != logging.ERROR
