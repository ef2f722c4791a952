"""The loops by NumPy give what the compiled ones give, and detectors the same scores without numba."""

import json

import numpy as np
import pytest

import offbeat
from offbeat.detectors.scoring import plain_kernels, plain_stream_kernels
from offbeat.detectors.scoring.joins import ALL, FLAT, as_wanted, look_back
from offbeat.detectors.scoring.loops import are_compiled, kernels, stream_kernels
from offbeat.testing import long_wave
from without import run_without

if not are_compiled():
    pytest.skip("there are no compiled loops without numba", allow_module_level=True)

LENGTH = 16


def series_of(kind, n=700):
    drawn = np.random.default_rng(3)
    wave = np.sin(np.arange(n) / 5) + 0.1 * drawn.standard_normal(n)
    if kind == "flat":
        wave[200:300] = 0.5
    if kind == "level":
        wave += 1000
    return wave


def tables(values):
    found = []
    for module in (kernels(), plain_kernels):
        table = np.full((6, len(values) - LENGTH + 1), np.nan)
        module.statistics(values, LENGTH, FLAT, table, 0, 300)
        module.statistics(values, LENGTH, FLAT, table, 300, table.shape[1])
        found.append(table)
    return found


@pytest.mark.parametrize("kind", ["wave", "flat", "level"])
def test_statistics_of_windows(kind):
    compiled, plain = tables(series_of(kind))
    np.testing.assert_allclose(plain, compiled, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["wave", "flat", "level"])
@pytest.mark.parametrize("kinds", [ALL, (0,), (2,)])
@pytest.mark.parametrize("lanes", [64, 8192])
def test_a_join_finds_windows_that_are_as_near(kind, kinds, lanes, monkeypatch):
    monkeypatch.setattr(plain_kernels, "LANES", lanes)
    values, found = series_of(kind), []
    table = tables(values)[0]
    n = table.shape[1]
    for module in (kernels(), plain_kernels):
        turned = np.zeros((6, n + 2 * module.LANES))
        turned[:, module.LANES : module.LANES + n] = table[:, ::-1]
        for side in (slice(0, module.LANES), slice(module.LANES + n, None)):
            turned[1, side], turned[3, side] = np.inf, -np.inf
        best, places = np.full((3, n), module.WORST), np.full((3, n), -1, dtype=np.int64)
        best[0] = -module.WORST
        module.join(values, table, turned, LENGTH, 30, n, LENGTH, 400, as_wanted(kinds), best, places)
        distances = np.full((3, n), np.nan)
        module.exact(values, table, LENGTH, 0, n, places, distances)
        found.append(distances)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-7, atol=1e-7)
    assert np.isfinite(found[0][list(kinds)]).sum() > 500


@pytest.mark.parametrize("summed", [True, False])
def test_ranks_and_tails_of_samples(summed):
    drawn = np.random.default_rng(0)
    sample = np.sort(drawn.exponential(size=500))
    sums = np.append(0.0, np.cumsum(sample)) if summed else np.empty(0)
    values = np.append(drawn.exponential(size=50), [np.nan, -1.0, 40.0])
    found = []
    for module in (kernels(), plain_kernels):
        ends, each = np.empty(2), np.empty(len(values))
        module.tail(sample, ends)
        module.digits(sample, sums, ends[0], ends[1], 0.01, values, each)
        found.append([*ends, *each, module.rank_of(sample, 400, 0.5)])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-12)


def test_samples_that_change():
    drawn = np.random.default_rng(1)
    values = np.where(np.arange(300) % 17, drawn.exponential(size=300), np.nan)
    gone = np.concatenate([np.full(100, np.nan), values[:200]])
    found = []
    for module, loops in ((kernels(), stream_kernels()), (plain_kernels, plain_stream_kernels)):
        sample, ends, each = np.zeros(800), np.empty(2), np.empty(300)
        sample[:200] = np.sort(np.random.default_rng(2).exponential(size=200))
        module.tail(sample[:200], ends)
        n = loops.follow(sample, 200, ends, 0.01, gone, values, each)
        found.append(np.concatenate([[n], ends, each, sample[:n]]))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore::offbeat.errors.MissingValuesWarning")
def test_scores_and_streams_are_the_same_without_numba(tmp_path):
    wave = long_wave(900)
    wave[500:510] += 2
    wave[700:704] = np.nan
    models = {
        "profile": offbeat.ProfileDetector(window=24, memory=200),
        "matrix-profile": offbeat.MatrixProfileDetector(window=24),
    }
    for name, model in models.items():
        model.fit(wave[:400]).save(tmp_path / name)
    np.save(tmp_path / "wave.npy", wave)
    code = """
        import json
        import numpy as np
        import offbeat
        wave, found = np.load("wave.npy"), {}
        for name in ("profile", "matrix-profile"):
            model = offbeat.load(name)
            online = offbeat.OnlineDetector(model)
            fresh = type(model)(**model.get_params(deep=False)).fit(wave[:400])
            found[name] = [
                model.decision_function(wave).tolist(),
                [online.score_one(value) for value in wave[400:]],
                fresh.decision_function(wave).tolist(),
            ]
        print(json.dumps(found))
    """
    found = json.loads(run_without({"numba"}, code, tmp_path))
    for name, model in models.items():
        online = offbeat.OnlineDetector(model)
        batch = model.decision_function(wave)
        wanted = [batch, [online.score_one(value) for value in wave[400:]], batch]
        for with_numba, without in zip(wanted, found[name], strict=True):
            np.testing.assert_allclose(np.array(without, float), with_numba, rtol=1e-6, atol=1e-6)


def test_no_lag_is_found_where_none_is_allowed():
    values = series_of("wave")
    assert np.isnan(look_back(values, LENGTH, 0, 0).values).all()


def test_long_work_without_numba_is_told(tmp_path):
    code = """
        import warnings
        from offbeat.detectors.scoring.loops import tell_if_slow
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            tell_if_slow(10**6)
            assert not told
            tell_if_slow(10**11)
        print(told[0].category.__name__, "offbeat[fast]" in str(told[0].message))
    """
    assert run_without({"numba"}, code, tmp_path).split() == ["SlowLoopsWarning", "True"]
