"""Warning filters belong to the process: what is put in is taken out again, whatever other threads do."""

import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone

from offbeat.classifiers.base import Classifier
from offbeat.errors import OffbeatWarning, ignoring
from offbeat.testing import discovered_classifiers, discovered_detectors, waves
from offbeat.testing.material import fitted, probe_data


class OddWarning(OffbeatWarning):
    pass


def test_what_is_named_is_left_out_and_nothing_else():
    with pytest.raises(OddWarning), ignoring(DeprecationWarning):
        warnings.warn("odd", OddWarning, stacklevel=1)
    with ignoring(OffbeatWarning):
        warnings.warn("odd", OddWarning, stacklevel=1)
    with ignoring(OddWarning, message="o"), pytest.raises(OddWarning):
        warnings.warn("not so odd", OddWarning, stacklevel=1)
    with ignoring(), pytest.raises(OddWarning):
        warnings.warn("odd", OddWarning, stacklevel=1)


def test_a_filter_of_the_caller_stays_where_it_is():
    warnings.simplefilter("ignore", OddWarning)
    before = list(warnings.filters)
    with ignoring(OddWarning):
        pass
    assert warnings.filters == before


def test_filters_end_as_they_began_however_threads_interleave():
    before = list(warnings.filters)
    first, second = threading.Event(), threading.Event()

    def outer():
        with ignoring(OddWarning):
            first.set()
            second.wait(10)

    thread = threading.Thread(target=outer)
    thread.start()
    first.wait(10)
    with ignoring(OddWarning):
        second.set()
        thread.join(10)
    assert warnings.filters == before


MODELS = [*discovered_detectors(), *discovered_classifiers()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_scoring_in_threads_leaves_the_filters_alone(model):
    if isinstance(model, Classifier):
        score, probe = clone(model).fit(waves(60), np.arange(60) % 2).predict_proba, waves(3)
    else:
        score, probe = fitted(model).decision_function, probe_data(model, 3)
    score(probe)
    before, expected = list(warnings.filters), score(probe)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: score(probe), range(24)))
    finally:
        sys.setswitchinterval(interval)
    assert list(warnings.filters) == before
    assert all(np.array_equal(scores, expected, equal_nan=True) for scores in found)


def test_a_saved_model_scores_without_what_trains(tmp_path):
    from offbeat import DenseAutoencoder, Fixed, TrainConfig

    train = TrainConfig(epochs=1, progress=False)
    detector = DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=train, threshold=Fixed(1.0)).fit(waves(40))
    detector.save(tmp_path / "model")
    code = (
        "import sys, numpy, offbeat\n"
        f"model = offbeat.load({str(tmp_path / 'model')!r})\n"
        "model.decision_function(numpy.zeros((1, 1, model.n_times_)))\n"
        "from offbeat.ecg.classify import shipped_model\n"
        "shipped_model()\n"
        # The compiler of torch takes seconds to load.
        "assert not {'lightning', 'pytorch_lightning', 'torch._dynamo'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
