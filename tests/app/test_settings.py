"""Settings given as text."""

import pytest

from offbeat.app.settings import make_detector, make_logger, make_threshold, make_tiers, parse_settings
from offbeat.detectors.registry import detector_classes
from offbeat.errors import ParameterError
from offbeat.thresholds import Fixed, PeaksOverThreshold, Tiers


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


@pytest.mark.parametrize("name", [name for name in detector_classes() if name != "estimator"])
def test_every_detector_can_be_made_by_name(name):
    detector = make_detector(name, ["held_out=0.3"], random_state=4)
    assert (detector.name, detector.held_out, detector.random_state) == (name, 0.3, 4)


def test_settings_of_the_training(tmp_path):
    detector = make_detector("lstm-autoencoder", train=["epochs=3"], checkpoint_dir=tmp_path)
    default = type(detector).default_train
    assert (detector.train.epochs, detector.train.batch_size) == (3, default.batch_size)
    assert detector.train.checkpoint_dir == tmp_path


def test_what_comes_from_elsewhere_is_no_setting():
    with pytest.raises(ParameterError, match="pca has no setting 'random_state': there are error, "):
        make_detector("pca", ["random_state=3"], random_state=4)
    with pytest.raises(ParameterError, match="no setting 'checkpoint_dir'"):
        make_detector("dense-autoencoder", train=["checkpoint_dir=here"])


def test_thresholds_by_name():
    assert make_threshold("fixed", ["value=0.5"]).get_params() == Fixed(0.5).get_params()
    assert isinstance(make_threshold("pot", ["level=0.8"]), PeaksOverThreshold)


def test_default_rates_are_nobodys_wish():
    assert make_tiers(0.05, 0.01) is None
    assert make_tiers(0.1, 0.01).get_params() == Tiers(0.1, 0.01).get_params()


def test_loggers(tmp_path):
    assert make_logger(None) is None
    assert make_logger(f"csv:{tmp_path}").save_dir == str(tmp_path)
    with pytest.raises(ParameterError, match="csv, tensorboard, mlflow, got 'paper'"):
        make_logger("paper:x")
