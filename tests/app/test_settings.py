"""Settings given as text."""

from dataclasses import replace

import numpy as np
import pytest

from offbeat.app.descriptions import REQUIRED
from offbeat.app.request import DetectorRequest, ThresholdRequest
from offbeat.app.settings import (
    detector_settings,
    make_detector,
    make_logger,
    parse_settings,
    requested_detector,
    requested_rules,
    setting_tables,
)
from offbeat.detectors.registry import detector_classes
from offbeat.errors import ParameterError
from offbeat.thresholds import Fixed, PeaksOverThreshold, Tiers, Tracking


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-3", 0.001),
        ("(8, 4)", (8, 4)),
        ("none", None),
        ("True", True),
        ("false", False),
        ("mae", "mae"),
        ("a=b", "a=b"),
        ("__import__('os')", "__import__('os')"),
        ("", ""),
    ],
)
def test_values_are_read_as_what_they_look_like(text, value):
    assert parse_settings([f" some-name = {text}"]) == {"some_name": value}


def test_where_text_is_asked_for_it_stays_text():
    assert parse_settings(["precision=32", "epochs=32"], {"precision": str, "epochs": int}) == {
        "precision": "32",
        "epochs": 32,
    }


def test_no_settings():
    assert parse_settings(None) == parse_settings([]) == {}


@pytest.mark.parametrize("pair", ["epochs", "=3", " =3"])
def test_a_pair_without_name_or_value(pair):
    with pytest.raises(ParameterError, match="NAME=VALUE"):
        parse_settings([pair])


def test_a_name_that_comes_twice():
    with pytest.raises(ParameterError, match="code_size came twice"):
        parse_settings(["code_size=3", "code-size=4"])


MADE_FROM_TEXT = [
    name for name in detector_classes() if all(s.default is not REQUIRED for s in detector_settings(name).values())
]


@pytest.mark.parametrize("name", MADE_FROM_TEXT)
def test_every_detector_can_be_made_by_name(name):
    detector = make_detector(name, ["held_out=0.3"], random_state=4)
    assert (detector.name, detector.held_out, detector.random_state) == (name, 0.3, 4)


def test_settings_of_the_training(tmp_path):
    detector = make_detector("lstm-autoencoder", train=["epochs=3"], checkpoint_dir=tmp_path)
    default = type(detector).default_train
    assert (detector.train.epochs, detector.train.batch_size) == (3, default.batch_size)
    assert detector.train.checkpoint_dir == tmp_path
    assert (default.min_steps > 0, detector.train.min_steps) == (True, 0)  # three epochs, and no more
    assert make_detector("lstm-autoencoder", train=["batch_size=4"]).train.min_steps == default.min_steps


def test_what_comes_from_elsewhere_is_no_setting():
    with pytest.raises(ParameterError, match="pca has no setting 'random_state'"):
        make_detector("pca", ["random_state=3"], random_state=4)
    with pytest.raises(ParameterError, match="no setting 'checkpoint_dir'"):
        make_detector("dense-autoencoder", train=["checkpoint_dir=here"])


def test_thresholds_by_name():
    def made(name, setting):
        return requested_rules(ThresholdRequest(threshold=name, threshold_settings=(setting,)))[0]

    assert made("fixed", "value=0.5").get_params() == Fixed(0.5).get_params()
    assert isinstance(made("pot", "level=0.8"), PeaksOverThreshold)


def test_tiers_and_thresholds_are_those_of_the_data_unless_asked_for():
    assert requested_rules(ThresholdRequest()) == (None, None)
    assert requested_rules(ThresholdRequest(watch=0.1))[1].get_params() == Tiers(0.1, 0.01).get_params()
    with pytest.raises(ParameterError, match="--threshold"):
        requested_rules(ThresholdRequest(threshold_settings=("k=3",)))


def test_alarms_a_week_set_the_threshold_which_both_tiers_follow():
    request = ThresholdRequest(alarms_per_week=2, threshold_settings=("step=300",))
    detector = requested_detector(DetectorRequest("pca", settings=("window=20",)), request)
    detector.fit(np.random.default_rng(0).normal(size=900))
    watch, alarm = detector.tiers_.thresholds_
    rules = (detector.threshold_, alarm, watch)
    assert [(rule.alarms, rule.step) for rule in rules] == [(2, 300), (2, 300), (14, 300)]
    assert detector.threshold_.value_ == alarm.value_ >= watch.value_
    assert isinstance(requested_rules(replace(request, threshold="tracking"))[0], Tracking)
    for wrong in (replace(request, threshold="sigma"), replace(request, threshold_settings=("alarms=3",))):
        with pytest.raises(ParameterError, match="leave one"):
            requested_rules(wrong)


def test_short_series_have_no_alarms_a_week():
    with pytest.raises(ParameterError, match="no clock"):
        requested_detector(DetectorRequest("pca"), ThresholdRequest(alarms_per_week=1))
    with_step = ThresholdRequest(alarms_per_week=1, threshold_settings=("step=60",))
    assert requested_detector(DetectorRequest("pca"), with_step).threshold.step == 60


def test_loggers(tmp_path):
    assert make_logger(None) is None
    assert make_logger(f"csv:{tmp_path}").save_dir == str(tmp_path)
    with pytest.raises(ParameterError, match="csv, tensorboard, mlflow, got 'paper'"):
        make_logger("paper:x")


@pytest.mark.parametrize("name", detector_classes())
def test_every_setting_is_listed_with_type_default_and_sentence(name):
    table, *training = setting_tables(name)
    defaults = detector_settings(name)
    assert len(table.rows) == len(defaults) - len({"threshold", "tiers", "random_state", "train"} & set(defaults))
    for setting, kind, default, sentence in [row for each in (table, *training) for row in each.rows]:
        assert kind, setting
        assert sentence, setting
        assert default, setting
    assert bool(training) == detector_classes()[name].trains


def test_the_defaults_of_a_training_are_those_of_its_detector():
    rows = {row[0]: row for row in setting_tables("lstm-autoencoder")[1].rows}
    default = detector_classes()["lstm-autoencoder"].default_train
    assert rows["epochs"][2] == str(default.epochs)
    assert "logger" not in rows


@pytest.mark.parametrize(
    ("detector", "settings", "train"),
    [("pca", ["n_component=3"], None), ("lstm-autoencoder", None, ["epoch=3"])],
)
def test_a_typo_is_answered_with_the_name_that_was_probably_meant(detector, settings, train):
    with pytest.raises(ParameterError, match=r"did you mean '(n_components|epochs)'\?"):
        make_detector(detector, settings, train)
