"""A detector that was exported scores, decides, explains and streams as before; a graph does it without offbeat."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat import OnlineDetector
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_classes
from offbeat.errors import ModelError, OutputError
from offbeat.estimators.folder import SCORE_MODEL
from offbeat.testing import long_wave, waves
from without import run_without

onnxruntime = pytest.importorskip("onnxruntime", reason="exported models are run by onnxruntime")
pytest.importorskip("onnx", reason="models are exported with onnx")

GRAPHS = {"pca"}
"""Detectors without a network whose score is written as a graph."""
EXPORTED = sorted(name for name, cls in detector_classes().items() if cls.trains or name in GRAPHS)
CLOSE = 1e-5


def assert_close(found, scores):
    """Scores are equal to 1e-5 of each, or of the usual score where they are less."""
    known = np.isfinite(scores)
    assert np.array_equal(np.isfinite(found), known)
    usual = np.median(np.abs(scores[known]))
    assert np.all(np.abs(found - scores)[known] <= CLOSE * np.maximum(np.abs(scores[known]), usual))


def data_for(detector):
    return waves(60) if detector.kind == "collections" else long_wave(400)


def odd_for(detector):
    odd = data_for(detector).copy()
    odd.reshape(-1)[odd.size // 2 : odd.size // 2 + 4] += 3
    return odd


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Each detector that can be exported, with the folder that it was exported to."""
    folder, found = tmp_path_factory.mktemp("exported"), {}
    for name in EXPORTED:
        example = detector_classes()[name].example()
        detector = example.fit(data_for(example))
        found[name] = detector, detector.to_onnx(folder / name)
    return found


@pytest.fixture(params=EXPORTED)
def pair(request, pairs):
    detector, folder = pairs[request.param]
    return detector, offbeat.load(folder), folder


def test_scores_decisions_and_explanations_are_the_same(pair):
    detector, loaded, _ = pair
    odd = odd_for(detector)
    scores, found = detector.decision_function(odd), loaded.decision_function(odd)
    assert type(loaded) is type(detector)
    assert_close(found, scores)
    assert loaded.threshold_.value_ == detector.threshold_.value_
    assert np.array_equal(loaded.predict(odd), detector.predict(odd))
    assert [event.start for event in loaded.detect(odd)] == [event.start for event in detector.detect(odd)]
    for before, after in zip(vars(detector.explain(odd)).values(), vars(loaded.explain(odd)).values(), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-4)


def test_it_is_saved_again_as_it_was(pair, tmp_path):
    _, loaded, folder = pair
    again = loaded.set_threshold(offbeat.Fixed(1.5)).save(tmp_path / "again")
    assert {path.name for path in again.iterdir()} == {path.name for path in folder.iterdir()}
    assert np.array_equal(offbeat.load(again).scorer_.arrays().keys(), loaded.scorer_.arrays().keys())
    session = onnxruntime.InferenceSession(again / SCORE_MODEL)
    assert session.get_modelmeta().custom_metadata_map["threshold"] == "1.5"


def test_a_fit_after_it_is_an_ordinary_model(pairs, tmp_path):
    loaded = offbeat.load(pairs["pca"][1])
    assert loaded.is_exported_
    folder = loaded.fit(data_for(loaded)).save(tmp_path / "new")
    assert not (folder / SCORE_MODEL).exists()


def test_a_graph_scores_raw_windows_without_offbeat(pair):
    detector, _, folder = pair
    odd, span = odd_for(detector), detector.n_times_
    live = detector.live()
    scores = live.decision_function(odd)
    expected = {"score": scores, "flag": live.predict(odd), "severity": live.tiers_.predict(scores)}
    if detector.kind == "collections":
        windows = odd
    else:
        windows = np.lib.stride_tricks.sliding_window_view(odd.reshape(len(odd), -1), span, axis=0)
        expected = {name: values[span - 1 :] for name, values in expected.items()}
    windows = np.ascontiguousarray(windows, dtype=np.float32).reshape(len(windows), -1, span)
    session = onnxruntime.InferenceSession(folder / SCORE_MODEL)
    found = session.run(list(expected), {"series": windows})
    assert_close(found[0], expected["score"])
    # float32 may put a score that is the threshold value to within a millionth on either side of it.
    apart = np.abs(expected["score"] - live.threshold_.value_) > CLOSE
    assert np.array_equal(found[1][apart], expected["flag"][apart])
    assert np.mean(found[2] == expected["severity"]) > 0.99
    one = session.run(["score"], {"series": windows[:1]})[0]
    np.testing.assert_allclose(one, found[0][:1], rtol=CLOSE, atol=CLOSE)


def test_streams_go_on_without_torch(pairs, tmp_path):
    wanted = {}
    for name, (detector, _) in pairs.items():
        odd = odd_for(detector)
        if detector.kind == "collections":
            wanted[name] = detector.decision_function(odd)
        else:
            online = OnlineDetector(detector)
            wanted[name] = np.array([online.score_one(value) for value in odd])
        np.save(tmp_path / f"{name}.odd.npy", odd)
        np.save(tmp_path / f"{name}.npy", wanted[name])
    places = {name: str(folder) for name, (_, folder) in pairs.items()}
    (tmp_path / "places.json").write_text(json.dumps(places))
    code = """
        import json
        import numpy as np
        import offbeat
        for name, place in json.load(open("places.json")).items():
            detector, odd = offbeat.load(place), np.load(f"{name}.odd.npy")
            if detector.kind == "collections":
                found = detector.decision_function(odd)
            else:
                online = offbeat.OnlineDetector(detector)
                found = np.array([online.score_one(value) for value in odd])
            np.testing.assert_allclose(found, np.load(f"{name}.npy"), rtol=1e-5, atol=1e-5)
            print(name)
    """
    printed = run_without({"torch", "lightning", "onnx", "onnxscript", "matplotlib"}, code, tmp_path)
    assert printed.split() == EXPORTED


def test_every_detector_with_a_network_is_exported():
    others = {name for name, cls in detector_classes().items() if cls._as_onnx is Detector._as_onnx}
    assert set(EXPORTED) - GRAPHS == detector_classes().keys() - others - {"mixed"}


@pytest.mark.parametrize("error", ["mae", "mse", "whitened"])
@pytest.mark.parametrize("kind", ["pca", "lstm-autoencoder"])
def test_each_way_to_score_errors_is_a_graph_for_several_channels(kind, error, tmp_path):
    drawn = np.random.default_rng(2)
    series = (waves(30)[:, :, :10] + drawn.normal(0, [[[0.1], [0.5]]], (30, 2, 10))).astype(np.float32)
    detector = detector_classes()[kind].example().set_params(error=error).fit(series)
    session = onnxruntime.InferenceSession(detector.to_onnx(tmp_path / "model") / SCORE_MODEL)
    assert [output.name for output in session.get_outputs()] == ["score", "flag", "severity"]
    found = session.run(["score"], {"series": series})[0]
    assert_close(found, detector.decision_function(series))


@pytest.mark.parametrize("name", ["knn", "mixed", "naive", "one-class-svm"])
def test_what_needs_no_export_says_so_by_name(name, tmp_path):
    example = detector_classes()[name].example()
    with pytest.raises(OutputError, match=f"{name} has no network.*use that"):
        example.fit(data_for(example)).to_onnx(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_mixture_is_exported_with_its_networks(tmp_path):
    parts = (offbeat.LSTMAutoencoder.example(), offbeat.KNNDetector(n_neighbors=2))
    mixed = offbeat.MixedDetector(parts=parts, window=16).fit(long_wave(400))
    folder = mixed.to_onnx(tmp_path / "mixed")
    assert not (folder / SCORE_MODEL).exists()
    odd = odd_for(mixed)
    found = offbeat.load(folder)
    assert_close(found.decision_function(odd), mixed.decision_function(odd))


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, b"not a model"])
def test_a_damaged_network_is_refused_in_one_sentence(pairs, content, tmp_path):
    twin = offbeat.load(pairs["dense-autoencoder"][1])
    twin.network_.content = content
    folder = tmp_path / "damaged"
    twin.is_exported_ = False
    twin.save(folder)
    with pytest.raises(ModelError, match="damaged"):
        offbeat.load(folder)


def test_what_the_page_on_onnx_shows_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs" / "onnx.md").read_text(encoding="utf-8")
    ours, alone = re.findall(r"^```python\n(.*?)^```$", page, flags=re.S | re.M)
    monkeypatch.chdir(tmp_path)
    exec(compile(ours, "onnx.md", "exec"), {})
    threshold = offbeat.load("curves-onnx").threshold_.value_
    seen = {}
    exec(compile(alone, "onnx.md", "exec"), seen)
    assert float(capsys.readouterr().out) == threshold
    assert "import offbeat" not in alone
    assert [seen[name].shape for name in ("score", "flag", "severity")] == [(2,)] * 3
