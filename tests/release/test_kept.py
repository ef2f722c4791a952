"""What older versions wrote is read, and means what it meant."""

import json
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat.errors import ModelError

KEPT = sorted(path.parent for path in (Path(__file__).parent / "kept").glob("*/scores.json"))


@pytest.fixture(params=KEPT, ids=lambda folder: folder.name)
def kept(request):
    """A folder that a version wrote, and what it said of it."""
    told = json.loads((request.param / "scores.json").read_text(encoding="utf-8"))
    assert told["version"] == request.param.name != offbeat.__version__
    return request.param, {name: np.array(row, float) for name, row in told.items() if name != "version"}


def test_there_is_something_of_the_version_before():
    assert "0.1.0" in [folder.name for folder in KEPT]


def test_a_model_scores_and_flags_as_it_did(kept):
    folder, told = kept
    detector = offbeat.load(folder / "model")
    np.testing.assert_allclose(detector.decision_function(told["values"]), told["model"], rtol=1e-5)
    np.testing.assert_array_equal(detector.predict(told["values"]), told["flags"])
    assert told["flags"].any()


def test_models_by_key_score_as_they_did(kept):
    folder, told = kept
    store = offbeat.ModelStore(folder / "store")
    assert sorted(store) == ["fan", "pump"]
    np.testing.assert_allclose(store["fan"].decision_function(told["values"]), told["fan"], rtol=1e-5)


def test_a_stream_goes_on_where_it_was(kept):
    folder, told = kept
    stream = offbeat.OnlineDetector(offbeat.load(folder / "model")).load_state(folder / "stream.state")
    np.testing.assert_allclose(stream.update(told["values"][30:]), told["stream"][30:], rtol=1e-5)


@pytest.mark.parametrize("name", ["model", "store"])
def test_what_a_newer_version_wrote_is_refused_with_a_sentence(name, tmp_path):
    source = KEPT[-1] / name
    for path in source.rglob("*"):
        place = tmp_path / path.relative_to(source)
        if path.is_dir():
            place.mkdir()
        elif path.suffix == ".json":
            place.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "format": 99}), encoding="utf-8")
        else:
            place.write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=r"newer version|format 99"):
        offbeat.load(tmp_path) if name == "model" else offbeat.ModelStore(tmp_path)


def test_a_stream_in_the_middle_of_an_event_goes_on(kept):
    folder, told = kept
    values, detector = told["values"], offbeat.load(folder / "model")
    stream, other = offbeat.OnlineDetector(detector), offbeat.OnlineDetector(detector)
    stream.update(values[:43])
    today = stream.arrays()
    run, levels, causes = (today[f"events.{name}"] for name in ("run", "levels", "causes"))
    assert len(run), "there is an event, which goes on"
    n = int(run[2] - run[1])
    scores = [levels[:n].max(), levels[n:].max(initial=np.nan)]
    earlier = {name: array for name, array in today.items() if name != "events.causes"}
    other.restore({**earlier, "events.levels": np.array([*scores, *causes])})
    ended = [(found.update(values[43:]), found.finish())[1] for found in (stream, other)]
    assert [(event.end, event.score) for event in ended[1]] == [(event.end, event.score) for event in ended[0]]
