"""Labels in the keys of streams."""

import pytest

from offbeat.service.labels import key_of, labels_of


@pytest.mark.parametrize(
    "labels",
    [{}, {"host": "web1"}, {"host": "a,b=c", "path": "C:\\x"}, {"a": ""}, {"a": "\n, b=2", "c": "\\,"}, {"a": "é"}],
)
def test_labels_survive_the_key_of_their_stream(labels):
    assert labels_of(key_of(labels)) == labels


@pytest.mark.parametrize("key", ["web1", "a=b=c,d", "=1", "1a=2", "é=1", "a=1,", "a=1,,b=2", "a=\\"])
def test_a_key_of_something_else_has_no_labels(key):
    assert labels_of(key) == {}
