"""Which rows of a recording a model was fitted on: in every form that the same recording comes in, and in no other."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat import KNNDetector, NaiveForecast, Recording
from offbeat.app.learned import learned_part
from offbeat.data import read
from offbeat.detectors.learned_from import LearnedFrom, digest_of
from offbeat.errors import DataError, ModelError

N, LEARNED = 1000, 600


def stamps(n=N, start="2026-03-01", freq="10min"):
    return pd.date_range(start, periods=n, freq=freq).to_numpy()


def walk(seed=0, n=N):
    return np.cumsum(np.random.default_rng(seed).normal(size=(n, 2)), axis=0)


def integers(seed=0, n=N):
    return np.round(3 * np.sin(np.arange(n) / 7) + np.random.default_rng(seed).normal(0, 1, n))


def switch(seed=0, n=N):
    return (np.random.default_rng(seed).random(n) < 0.04).astype(float)


def mostly_flat(seed=0, n=N):
    values = np.full(n, 5.0)
    values[np.random.default_rng(seed).integers(20, 500, 30)] += 1
    return values


KINDS = {"walk": walk, "integers": integers, "switch": switch, "flat": mostly_flat}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
timed = pytest.mark.parametrize("times", [None, stamps()], ids=["rows", "times"])


def model_of(values, times=None, n=LEARNED, **settings):
    return NaiveForecast(threshold=offbeat.Fixed(1.0), **settings).fit(Recording(values, timestamps=times)[:n])


def until(model, values, times=None, **more):
    found = learned_part(model, Recording(values, timestamps=times, **more))
    return found.until, found.note


@every_kind
@timed
def test_the_same_recording_is_known_by_its_numbers(make, times):
    model = model_of(make(), times)
    assert until(model, make(), times) == (LEARNED, "")
    assert until(model, np.asfortranarray(make()), times) == (LEARNED, "")


@every_kind
@timed
def test_values_that_come_again_are_not_taken_for_those_learned_from(make, times):
    """The last window learned from stands again further on, and the whole part, too."""
    values = make()
    values[LEARNED : LEARNED + 200] = values[LEARNED - 200 : LEARNED]
    values[-100:] = values[LEARNED - 100 : LEARNED]
    assert until(model_of(values, times), values, times) == (LEARNED, "")
    thrice = np.concatenate([values[:300]] * 3)
    more = None if times is None else stamps(900)
    assert until(model_of(thrice, more, 300), thrice, more) == (300, "")


@every_kind
@timed
def test_another_recording_is_new(make, times):
    model = model_of(make(), times)
    reached, said = until(model, make(seed=1), times)
    assert reached == 0
    assert "Nothing of this recording was learned from" in said
    assert "its values are others" in said


@every_kind
def test_a_later_stretch_is_new_and_an_earlier_one_too(make):
    values, times = make(), stamps()
    model = NaiveForecast().fit(Recording(values, timestamps=times)[200:LEARNED])
    assert until(model, values[LEARNED:], times[LEARNED:])[0] == 0
    assert "begins after" in until(model, values[LEARNED:], times[LEARNED:])[1]
    assert "ended before" in until(model, values[:200], times[:200])[1]


@every_kind
def test_times_tell_where_an_excerpt_lies(make):
    values, times = make(), stamps()
    model = model_of(values, times)
    reached, said = until(model, values[450:], times[450:])
    assert (reached, "timestamps" in said) == (150, True)
    assert until(model, values[100:400], times[100:400])[0] == 300
    with_more_before = np.concatenate([make(seed=9)[:50], values])
    assert until(model, with_more_before, stamps(N + 50, "2026-02-28 15:40"))[0] == 650


def test_values_tell_where_an_excerpt_lies_without_times():
    values = walk()
    model = model_of(values)
    assert until(model, values[450:])[0] == 150
    assert until(model, values[100:400])[0] == 300
    assert until(model, values[:300])[0] == 300
    assert until(model, np.concatenate([walk(seed=9)[:50], values]))[0] == 650
    assert until(model, values[LEARNED:])[0] == 0


def test_a_place_that_cannot_be_told_is_asked_for():
    wave = np.tile(np.round(np.sin(np.arange(20) / 20 * 2 * np.pi), 2), 50)
    with pytest.raises(DataError, match=r"come again and again.*--until"):
        until(model_of(wave), wave[5:])
    # Their times say that they are later.
    assert until(model_of(wave, stamps()), wave[5:], stamps(N - 5, "2026-06-01"))[0] == 0


@timed
@pytest.mark.parametrize(
    "export",
    [
        lambda values: np.round(values, 2),
        lambda values: np.round(values, 1),
        lambda values: values.astype(np.float32),
        np.vectorize(lambda v: float(f"{v:.4g}")),
        np.vectorize(lambda v: float(str(np.float32(v)))),
        np.round,
    ],
    ids=["2 places", "1 place", "float32", "4 digits", "float32 as text", "integers"],
)
def test_a_recording_that_was_exported_otherwise_is_known_and_told(export, times):
    model = model_of(walk(), times)
    reached, said = until(model, export(walk()), times)
    assert reached == LEARNED
    assert "rounded otherwise" in said
    assert until(model, export(walk(seed=1)), times)[0] == 0
    # And the other way round: learned from the rounded one.
    assert until(model_of(export(walk()), times), walk(), times)[0] == LEARNED


def test_a_large_level_with_a_small_spread_is_told_apart():
    level = 5_712_345 + 0.003 * np.random.default_rng(0).normal(size=N)
    other = 5_712_345 + 0.003 * np.random.default_rng(1).normal(size=N)
    assert until(model_of(level), level) == (LEARNED, "")
    assert until(model_of(level), other)[0] == 0


def test_a_clock_of_another_zone_is_seen_through():
    model = model_of(walk(), stamps())
    zoned = pd.date_range("2026-03-01", periods=N, freq="10min", tz="UTC").tz_convert("Asia/Tokyo")
    assert until(model, walk(), zoned.to_numpy()) == (LEARNED, "")
    reached, said = until(model, walk(), stamps(start="2026-03-01 09:00"))
    assert (reached, "its timestamps are others" in said) == (LEARNED, True)


def test_rows_left_out_and_rows_mended_are_told():
    values, times = walk(), stamps()
    model = model_of(values, times)
    fewer = np.arange(N) % 7 != 3
    reached, said = until(model, values[fewer], times[fewer])
    assert (reached, "not all the same" in said) == (fewer[:LEARNED].sum(), True)
    resampled = Recording(values, timestamps=stamps(start="2026-03-01 00:03"))
    assert learned_part(model, resampled).until in (LEARNED, 599)
    mended = values.copy()
    mended[300] += 5
    for stands in (times, None):
        reached, said = until(model_of(values, stands), mended, stands)
        assert (reached, bool(said)) == (LEARNED, True)


def test_missing_values_are_values_like_others():
    values = walk()
    values[[0, 30, 599]] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = model_of(values)
    assert until(model, values) == (LEARNED, "")
    assert until(model, np.round(values, 2))[0] == LEARNED


def test_what_was_held_out_elsewhere_is_not_judged_either():
    values, times = walk(), stamps()
    whole = Recording(values, timestamps=times)
    model = NaiveForecast().fit(whole[:LEARNED], validation=whole[LEARNED:800])
    assert learned_part(model, whole).until == 800
    assert learned_part(model, replace(whole, timestamps=None)).until == 800
    assert learned_part(model, whole[LEARNED:]).until == 200
    beside = NaiveForecast().fit(whole[:LEARNED], validation=Recording(walk(seed=3)))
    assert learned_part(beside, whole).until == LEARNED
    assert learned_part(beside, Recording(walk(seed=3))).until == N


def test_what_was_learned_from_is_saved_and_read_from_every_kind_of_file(tmp_path):
    frame = pd.DataFrame(walk().astype(np.float32), columns=["load", "heat"]).assign(when=stamps())
    recording = Recording.from_frame(frame, time="when")
    model = offbeat.load(KNNDetector(window=12).fit(recording[:LEARNED]).save(tmp_path / "model"))
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.assign(when=frame["when"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin")).to_parquet(
        tmp_path / "a.parquet"
    )
    for name in ("a.csv", "a.parquet"):
        found = learned_part(model, read(tmp_path / name, time="when").select(["load", "heat"]))
        assert found.until == LEARNED
    (stretch,) = model.learned_from_
    assert stretch.to_plain()["first"] == "2026-03-01T00:00:00.000000"
    assert stretch.to_plain()["n_times"] == LEARNED


def test_models_that_do_not_say_need_to_be_told():
    model = model_of(walk())
    model.learned_from_ = ()
    with pytest.raises(DataError, match="--until"):
        until(model, walk())


def test_collections_keep_no_stretch():
    model = offbeat.PCADetector(threshold=offbeat.Fixed(1.0)).fit(np.random.default_rng(0).normal(size=(40, 12)))
    assert model.learned_from_ == ()


def test_digests_do_not_depend_on_the_type():
    values = np.array([[0.5, np.nan], [-0.0, 3.0]])
    assert digest_of(values) == digest_of(values.astype(np.float32)) == digest_of(np.abs(values))
    assert digest_of(values) != digest_of(values.reshape(1, 4))
    assert digest_of(values) != digest_of(values + np.spacing(0.5))


def test_a_damaged_stretch_is_refused():
    stretch = LearnedFrom.of(Recording(walk()))
    with pytest.raises(ModelError, match=r"rows|kept"):
        LearnedFrom.from_plain(
            {**stretch.to_plain(), "n_times": 700}, {"rows": stretch.rows[:9], "times": stretch.times}, 1
        )


@timed
def test_places_that_were_cut_off_are_seen_through(times):
    threshold = np.trunc(walk() * 10) / 10
    for learned, judged in ((walk(), threshold), (threshold, walk())):
        assert until(model_of(learned, times), judged, times)[0] == LEARNED
    assert until(model_of(walk(), times), np.trunc(walk(seed=1) * 10) / 10, times)[0] == 0
    tenths = np.tile(np.round(np.sin(np.arange(100) / 50 * np.pi), 1), 10)
    assert until(model_of(tenths, times), np.round(tenths), times)[0] == LEARNED


@timed
def test_gaps_that_were_filled_or_made_since_are_seen_through(times):
    gaps = walk()
    gaps[100:160] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = model_of(gaps, times)
    assert until(model, np.nan_to_num(gaps), times)[0] == LEARNED
    assert until(model_of(walk(), times), gaps, times)[0] == LEARNED
    assert until(model, walk(seed=1), times)[0] == 0


@pytest.mark.parametrize("make", [walk, integers, switch], ids=["walk", "integers", "switch"])
def test_rows_left_out_without_times_are_told_by_the_end(make):
    values = make()
    fewer = np.delete(values, [3, 200, 201], axis=0)
    assert until(model_of(values), fewer)[0] == LEARNED - 3
    assert until(model_of(values), np.concatenate([make(seed=8)[:5], fewer]))[0] == LEARNED + 2


def test_what_is_nearly_flat_is_like_anything_and_asked_for():
    values = np.zeros(N)
    values[[150, 151]] = 1.0
    model = model_of(values)
    assert until(model, values) == (LEARNED, "")
    for other in (values[100:], np.delete(values, 5)):
        with pytest.raises(DataError, match=r"nearly flat.*--until"):
            until(model, other)
    assert until(model, values + 7)[0] == 0


@every_kind
@pytest.mark.parametrize("late", [np.timedelta64(2, "h"), np.timedelta64(1, "ms")], ids=["hours", "a little"])
def test_a_clock_that_is_off_is_seen_through(make, late):
    again = np.concatenate([make()[:300]] * 3)
    for values in (make(), again):
        stands = stamps(len(values))
        reached, said = until(model_of(values, stands, 300), values, stands + late)
        assert (reached, "timestamps are others" in said) == (300, True)
    # Later rows with the same numbers are new.
    assert until(model_of(again, stamps(900), 300), again[300:], stamps(900)[300:] + np.timedelta64(1, "D"))[0] == 0
