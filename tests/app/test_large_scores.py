"""A recording in a Parquet file that is scored in parts: same scores, nothing twice, gone on with after a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat.app import score_parts
from offbeat.app.large_scores import LargeScores, score_file, score_file_with
from offbeat.app.outputs import score_frame
from offbeat.data.readers.options import DEFAULTS
from offbeat.detectors.base import Detector
from offbeat.errors import OutputError, ParameterError
from offbeat.parallel import Processes
from offbeat.series.recording import Recording
from offbeat.testing.material import fit
from offbeat.thresholds import Tracking

pytest.importorskip("pyarrow", reason="reading Parquet needs pyarrow")

_N, _LENGTH = 3000, 256


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    load = np.sin(np.arange(_N) / 9) + rng.normal(0, 0.1, _N)
    load[2000:2010] += 3
    return pd.DataFrame({"load": load}, index=pd.date_range("2024-01-01", periods=_N, freq="1min", name="when"))


@pytest.fixture(scope="module")
def detector(frame: pd.DataFrame) -> Detector:
    return fit(offbeat.PCADetector(window=20), frame[:1500])


@pytest.fixture(scope="module")
def folder(frame: pd.DataFrame, detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    frame.to_parquet(folder / "load.parquet", row_group_size=700)
    detector.save(folder / "model")
    return folder


@pytest.fixture(scope="module")
def expected(frame: pd.DataFrame, detector: Detector) -> pd.DataFrame:
    return score_frame(detector, Recording.from_frame(frame))


def _scored(folder: Path, out: Path, **how: object) -> LargeScores:
    how = {"workers": 1, **how}
    return score_file(folder / "model", folder / "load.parquet", out, length=_LENGTH, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_scores_are_those_of_the_whole(folder: Path, expected: pd.DataFrame, tmp_path: Path, workers: int) -> None:
    shares: list[float] = []
    out, executor = tmp_path / "scores.parquet", Processes(workers)
    found = score_file_with(
        folder / "model",
        folder / "load.parquet",
        out,
        DEFAULTS,
        executor=executor,
        length=_LENGTH,
        progress=shares.append,
    )
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(scores, expected, rtol=1e-9)
    assert (found.n_times, found.n_flagged) == (_N, expected["flag"].sum())
    assert found.n_without_score == expected["score"].isna().sum()
    assert found.tiers["alarm"] == (expected["tier"] == "alarm").sum() > 0
    assert shares[-1] == 1.0
    assert len(shares) == found.n_parts == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scores.parquet"]


def test_a_folder_keeps_one_file_a_part(folder: Path, expected: pd.DataFrame, tmp_path: Path) -> None:
    _scored(folder, tmp_path / "scores", scale="surprise")
    parts = sorted((tmp_path / "scores").glob("*.parquet"))
    scores = pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)
    assert (scores["flag"].sum(), len(parts)) == (expected["flag"].sum(), 12)
    assert list(scores.columns) == ["time", "surprise", "flag", "tier"]


def test_a_stopped_run_is_gone_on_with(
    folder: Path, expected: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "scores.parquet"
    stop = "from offbeat.app.large_scores import score_file_with; import time, sys\n"
    stop += "from offbeat.data.readers.options import DEFAULTS\n"
    slow = (
        f"score_file_with(*sys.argv[1:], DEFAULTS, length={_LENGTH}, progress=lambda s: s > 0.3 and time.sleep(600))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", stop + slow, folder / "model", folder / "load.parquet", out])
    parts = tmp_path / "scores.parquet.parts"
    while len(list(parts.glob("part-*"))) < 4:
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    done = len(list(parts.glob("part-*")))
    assert not out.exists()
    scored: list[Path] = []
    original = score_parts.score_piece
    monkeypatch.setattr(score_parts, "score_piece", lambda *a, **k: (scored.append(out), original(*a, **k))[1])
    found = _scored(folder, out)
    assert (found.n_kept, len(scored)) == (done, 12 - done)
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected, rtol=1e-9)


def test_parts_of_another_model_are_not_mixed_in(folder: Path, frame: pd.DataFrame, tmp_path: Path) -> None:
    _scored(folder, tmp_path / "scores")
    fit(offbeat.PCADetector(window=30), frame[:1500]).save(tmp_path / "other")
    with pytest.raises(OutputError, match="something else"):
        score_file(tmp_path / "other", folder / "load.parquet", tmp_path / "scores", length=_LENGTH)
    assert _scored(folder, tmp_path / "scores").n_kept == 12


def test_a_moving_threshold_is_refused(folder: Path, frame: pd.DataFrame, tmp_path: Path) -> None:
    moving = fit(offbeat.PCADetector(window=20, threshold=Tracking(1)), frame[:1500])
    moving.save(tmp_path / "model")
    with pytest.raises(ParameterError, match="tracking"):
        score_file(tmp_path / "model", folder / "load.parquet", tmp_path / "scores.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_parts_of_wide_files_are_shorter(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(40_000, 64))
    pd.DataFrame(values, columns=[f"c{i}" for i in range(64)]).to_parquet(tmp_path / "wide.parquet")
    fit(offbeat.PCADetector(window=4), values[:500]).save(tmp_path / "model")
    found = score_file(
        tmp_path / "model", tmp_path / "wide.parquet", tmp_path / "s.parquet", kind="recording", workers=1
    )
    assert found.n_parts == 3


def test_what_was_learned_from_is_told_whatever_else_is_in_the_file(
    frame: pd.DataFrame, detector: Detector, expected: pd.DataFrame, folder: Path, tmp_path: Path
) -> None:
    frame.assign(extra=1.5).to_parquet(tmp_path / "more.parquet")
    score_file(folder / "model", tmp_path / "more.parquet", tmp_path / "s.parquet", length=_LENGTH, workers=1)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "s.parquet"), expected, rtol=1e-9)


def test_a_plan_that_cannot_be_read_is_another(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "plan.json").write_text("{")
    with pytest.raises(OutputError, match="something else"):
        _scored(folder, tmp_path / "scores")


@pytest.mark.parametrize("which", [0, 1])
def test_of_several_recordings_learned_from_each_is_known_again(
    frame: pd.DataFrame, tmp_path: Path, which: int
) -> None:
    halves = [frame[:1000], frame[1000:1900]]
    model = offbeat.PCADetector(window=20).fit(halves)
    model.save(tmp_path / "model")
    recording = pd.concat([halves[which], frame[2100:2600]]).set_axis(frame.index[: len(halves[which]) + 500])
    recording.to_parquet(tmp_path / "load.parquet")
    score_file(tmp_path / "model", tmp_path / "load.parquet", tmp_path / "s.parquet", length=_LENGTH, workers=1)
    whole = score_frame(model, Recording.from_frame(recording))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "s.parquet"), whole, rtol=1e-9)
    assert not np.allclose(whole["score"], model.decision_function(Recording.from_frame(recording)), equal_nan=True)
