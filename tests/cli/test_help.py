"""``offbeat help``: commands, detectors, rules and words, each from where it is written."""

import pytest

from offbeat.app.topics import Topics


def test_every_kind_of_topic_is_listed(offbeat):
    shown = offbeat("help").out
    for word in ("threshold", "lstm-autoencoder", "conformal", "whitened error"):
        assert word in shown


@pytest.mark.parametrize(
    ("topic", "part"),
    [
        ("fit", "Usage: offbeat fit"),
        ("data list", "Usage: offbeat data list"),
        ("pca", "n_components"),
        ("auroc", "area under the ROC curve"),
        ("time step", "One row of a recording"),
        ("whitened", "whitened error: "),
    ],
)
def test_a_topic_is_explained(offbeat, topic, part):
    assert part in offbeat("help", *topic.split()).out


def test_a_word_and_a_rule_of_one_name_are_both_told():
    text = Topics().text("budget")
    assert text.startswith(Topics().words["budget"])
    assert Topics().rules["budget"] in text


def test_a_topic_nobody_knows_is_refused_with_the_nearest(offbeat):
    ended = offbeat("help", "windwos")
    assert ended.code == 2
    assert "did you mean 'windows'?" in ended.err


def test_nothing_of_a_docstring_is_markup():
    topics = Topics()
    assert len(topics.words) > 100
    assert not [name for name in topics.names() if "``" in topics.text(name) or ":class:" in topics.text(name)]


def test_no_python_is_shown_to_who_types_commands():
    topics = Topics()
    for text in (*topics.rules.values(), *topics.detectors.values()):
        assert ">>>" not in text
        assert "\nAttributes\n" not in text
    assert "\nalarms : float\n" in topics.rules["budget"]
