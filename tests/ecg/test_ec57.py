import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.ecg.ec57 import COLUMNS, ROWS, BeatComparison, compare_beats, ec57_tables
from offbeat.ecg.ec57.pairing import NONE, pair_beats
from offbeat.ecg.ec57.stretches import inside, spans
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.records.aami import AAMI
from offbeat.records.annotations import Annotations, read_annotations

GOLDEN = ["100", "106", "119", "200", "202", "207", "208", "213", "217", "222", "231", "233"]
RATE = 100.0


def noted(beats, rate=RATE, **others):
    """Annotations of (sample, symbol) pairs."""
    samples, symbols = zip(*beats, strict=True) if beats else ((), ())
    return Annotations(np.array(samples, dtype=np.int64), np.array(symbols, dtype=str), rate, **others)


@pytest.fixture(scope="module")
def found(data_dir, golden_dir):
    return {
        name: compare_beats(
            read_annotations(data_dir / "mitdb" / f"{name}.atr"),
            read_annotations(golden_dir / "ec57" / f"{name}.tst"),
            record=name,
        )
        for name in GOLDEN
    }


def lines_of(path, on_top):
    """The records of a report, each with its cells."""
    return {line.split()[0]: line.split()[1:] for line in path.read_text().splitlines()[on_top:] if line.strip()}


def as_printed(cells):
    """The cells of a table as bxb prints them."""
    return [cell.replace("–", "-").replace(",", "") for cell in cells]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_cell_of_the_matrix(golden_dir, found, name):
    """n, v, f, q, o, x against N, V, F, Q, O, X: in this report S stands with N."""
    report = (golden_dir / "ec57" / "bxb_matrices.txt").read_text()
    part = report.split(f"results for record {name}\n")[1].split("Beat-by-beat")[0]
    printed = dict(re.findall(r"^ ([NVFQOX]) \|([ \d]+)$", part, re.MULTILINE))
    assert len(printed) == 6
    for row, cells in printed.items():
        rows = "NS" if row == "N" else row
        ours = [found[name].count(rows, "ns" if column == "n" else column) for column in "nvfqox"]
        assert ours[: len(cells.split())] == list(map(int, cells.split())), row


@pytest.mark.parametrize("name", GOLDEN)
def test_every_figure_below_the_matrix(golden_dir, found, name):
    report = (golden_dir / "ec57" / "bxb_matrices.txt").read_text()
    part = report.split(f"results for record {name}\n")[1].split("Beat-by-beat")[0]
    ours = found[name]
    figures = {
        "QRS sensitivity": (ours.qrs_sensitivity, ".2%"),
        "QRS positive predictivity": (ours.qrs_positive_predictivity, ".2%"),
        "VEB sensitivity": (ours.veb_sensitivity, ".2%"),
        "VEB positive predictivity": (ours.veb_positive_predictivity, ".2%"),
        "VEB false positive rate": (ours.veb_false_positive_rate, ".3%"),
        "Beats missed in shutdown": (ours.missed_in_shutdown(), ".2%"),
        "N missed in shutdown": (ours.missed_in_shutdown("NS"), ".2%"),
        "V missed in shutdown": (ours.missed_in_shutdown("V"), ".2%"),
        "F missed in shutdown": (ours.missed_in_shutdown("F"), ".2%"),
    }
    printed = dict(re.findall(r"^ *([\w ]+): +(\S+) +\(\d+/\d+\)$", part, re.MULTILINE))
    assert printed == {what: "-" if np.isnan(share) else f"{share:{form}}" for what, (share, form) in figures.items()}
    assert f"Total shutdown time: {ours.shutdown_seconds:5.0f} seconds" in part


def test_every_cell_of_the_line_report(golden_dir, found):
    figures, counts, _ = ec57_tables(list(found.values()))
    shares = ("QRS Se %", "QRS +P %", "VEB Se %", "VEB +P %", "SVEB Se %", "SVEB +P %", "RR error (ms)")
    places = [list(figures.columns).index(name) for name in shares]
    ours = {
        row[0]: as_printed([*row[1:], *(line[place] for place in places)])
        for row, line in zip(counts.cells()[:-1], figures.cells()[:-2], strict=True)
    }
    assert ours == lines_of(golden_dir / "ec57" / "bxb_line_report.txt", 1)


def test_every_cell_of_the_shutdown_report(golden_dir, found):
    _, _, shutdowns = ec57_tables(list(found.values()))
    beats = {name: [str(one.count(row, "nsvfqox")) for row in "NSVFQ"] for name, one in found.items()}
    ours = {
        row[0]: [*as_printed(row[1:]), "seconds", *beats[row[0]]]
        for row in shutdowns.cells()
        if row[0] not in ("gross", "average")
    }
    assert ours == lines_of(golden_dir / "ec57" / "bxb_shutdown_report.txt", 2)


def test_gross_and_average(found):
    figures, counts, _ = ec57_tables(list(found.values()))
    column = list(figures.columns).index("VEB Se %")
    *records, gross, average = [row[column] for row in figures.rows]
    hits = sum(one.count("V", "v") for one in found.values())
    assert gross == pytest.approx(100 * hits / sum(one.count("V", "nsvfqox") for one in found.values()))
    assert average == pytest.approx(np.nanmean(records))  # 222 and 231 have no ventricular beats
    assert np.isnan(records).sum() == 2
    assert [sum(cells) for cells in zip(*(row[1:] for row in counts.rows[:-1]), strict=True)] == counts.rows[-1][1:]
    error = list(figures.columns).index("RR error (ms)")
    squares = sum(one.n_intervals * one.rr_error**2 for one in found.values())
    assert figures.rows[-2][error] == pytest.approx((squares / sum(one.n_intervals for one in found.values())) ** 0.5)


def test_a_file_against_itself_agrees_wholly(data_dir):
    whole = read_annotations(data_dir / "mitdb" / "208.atr")
    same = compare_beats(whole, whole)
    assert same.qrs_sensitivity == same.qrs_positive_predictivity == 1
    assert same.veb_sensitivity == same.veb_positive_predictivity == same.sveb_sensitivity == 1
    assert (same.veb_false_positive_rate, same.rr_error) == (0, 0)
    assert np.array_equal(same.matrix, np.diag(np.diag(same.matrix)))


def test_no_beats_in_the_test():
    none = compare_beats(noted([(100, "N"), (200, "V"), (300, "A")]), noted([]), start=0)
    assert none.count("NSV", "o") == 3
    assert none.qrs_sensitivity == none.veb_sensitivity == none.sveb_sensitivity == 0
    assert np.isnan([none.qrs_positive_predictivity, none.veb_false_positive_rate, none.rr_error]).all()


def test_no_beats_in_the_reference():
    none = compare_beats(noted([(5, "+")]), noted([(100, "N"), (200, "V")]), start=0)
    assert (none.count("O", "n"), none.count("O", "v")) == (1, 1)
    assert np.isnan([none.qrs_sensitivity, none.veb_sensitivity, none.sveb_sensitivity, none.rr_error]).all()
    assert (none.qrs_positive_predictivity, none.veb_false_positive_rate) == (0, 0.5)


def test_undefined_everywhere_is_a_dash_in_the_tables():
    nothing = compare_beats(noted([]), noted([]), record="empty")
    for table in ec57_tables([nothing, nothing]):
        for row in table.cells():
            assert not {"nan", "0.00", "0.000"} & set(row)
    assert ec57_tables([nothing])[0].rows[-1][3] is None


def test_rates_that_differ_are_refused():
    with pytest.raises(DataError, match=r"360 Hz .*250 Hz"):
        compare_beats(noted([(1, "N")], 360.0), noted([(1, "N")], 250.0))
    with pytest.raises(DataError, match="100 Hz"):
        compare_beats(noted([(1, "N")]), noted([(1, "N")], None), sampling_rate=128)
    with pytest.raises(DataError, match="give sampling_rate"):
        compare_beats(noted([], None), noted([], None))
    one_sided = compare_beats(noted([(1, "N")], None), noted([(1, "N")]), start=0)
    assert one_sided.qrs_sensitivity == 1


@pytest.mark.parametrize("wrong", [{"start": -1}, {"start": 9, "stop": 9}, {"window": -0.1}, {"window": float("nan")}])
def test_a_part_or_window_that_is_none_is_refused(wrong):
    with pytest.raises(ParameterError):
        compare_beats(noted([]), noted([]), **wrong)


def test_only_the_part_counts():
    beats = [(sample, "N") for sample in range(100, 1100, 100)]
    assert compare_beats(noted(beats), noted(beats), start=3, stop=6).count("N", "n") == 3  # samples 300, 400, 500
    assert compare_beats(noted(beats), noted(beats), start=3.001).count("N", "n") == 7
    assert compare_beats(noted(beats), noted(beats)).matrix.sum() == 0  # all within the first five minutes


@pytest.mark.parametrize(("shift", "hits"), [(15, 1), (16, 0), (-15, 1), (-16, 0)])
def test_the_window_is_closed(shift, hits):
    moved = compare_beats(noted([(100, "N")]), noted([(100 + shift, "N")]), start=0)
    assert moved.count("N", "n") == hits
    assert moved.count("N", "o") == moved.count("O", "n") == 1 - hits


def test_beats_made_up_in_fibrillation_do_not_count():
    experts = noted([(100, "N"), (200, "["), (250, "!"), (400, "]"), (500, "N"), (600, "N")])
    program = noted([(100, "N"), (199, "N"), (200, "V"), (399, "V"), (400, "N"), (500, "N"), (600, "N")])
    found = compare_beats(experts, program, start=0)
    assert (found.count("O", "n"), found.count("O", "v"), found.count("N", "n")) == (2, 0, 3)


def test_beats_made_up_where_nothing_is_readable_stand_apart():
    beats = [(100, "N"), (200, "~"), (400, "~"), (500, "N")]
    experts = noted(beats, subtypes=[0, -1, 2, 0])
    found = compare_beats(experts, noted([(100, "N"), (300, "V"), (400, "N"), (500, "N")]), start=0)
    assert (found.count("X", "v"), found.count("O", "n")) == (1, 1)
    assert found.veb_positive_predictivity == 0


def test_beats_missed_in_a_shutdown_stand_apart():
    experts = noted([(sample, "N") for sample in range(100, 1000, 100)])
    program = noted([(100, "N"), (150, "~"), (450, "~"), (500, "N")], subtypes=[0, -1, 0, 0])
    found = compare_beats(experts, program, start=2)
    assert (found.count("N", "x"), found.count("N", "o"), found.count("N", "n")) == (3, 4, 1)
    assert found.shutdown_seconds == 2.5  # from the start of the part on
    assert found.missed_in_shutdown("N") == 3 / 8
    assert found.qrs_sensitivity == 1 / 8


def test_a_shutdown_without_an_end_lasts_to_the_end_of_the_part():
    program = noted([(100, "N"), (150, "~")], subtypes=[0, -1])
    experts = noted([(100, "N"), (300, "N"), (900, "N")])
    assert compare_beats(experts, program, start=0).shutdown_seconds == 7.5
    assert compare_beats(experts, program, start=0, stop=5).shutdown_seconds == 3.5


def test_rr_errors_of_intervals():
    experts = noted([(100, "N"), (200, "N"), (300, "N")])
    found = compare_beats(experts, noted([(100, "N"), (203, "N"), (300, "N")]), start=0)
    assert found.n_intervals == 2
    assert found.rr_error == pytest.approx(30.0)  # 3 samples of 10 ms, once too long and once too short


def test_escape_beats_are_of_the_class_that_is_asked_for():
    experts, program = noted([(100, "j"), (200, "e")]), noted([(100, "S"), (200, "N")])
    assert compare_beats(experts, program, start=0).sveb_sensitivity == 0.5
    by_aami = compare_beats(experts, program, start=0, classes=AAMI)
    assert by_aami.count("N", "ns") == 2
    assert np.isnan(by_aami.sveb_sensitivity)


def naive_pairs(reference, test, reach):
    """The rule, given the two beats that come next."""
    reference, test, pairs = list(reference), list(test), []
    far = 10**12
    while reference or test:
        r, t = [*reference, far][0], [*test, far][0]
        r_next, t_next = [*reference, far, far][1], [*test, far, far][1]
        near = abs(t - r) <= reach and (abs(t_next - r) >= r - t if t < r else abs(r_next - t) >= t - r)
        pairs.append((r if near or r <= t else None, t if near or t < r else None))
        reference = reference[pairs[-1][0] is not None :]
        test = test[pairs[-1][1] is not None :]
    return pairs


beat_lists = st.lists(st.integers(0, 120), max_size=14).map(sorted)


@given(beat_lists, beat_lists, st.integers(0, 20))
def test_pairs_are_those_of_the_naive_twin(reference, test, reach):
    rows = zip(*pair_beats(np.array(reference, dtype=int), np.array(test, dtype=int), reach), strict=True)
    ours = [(None if i == NONE else reference[i], None if j == NONE else test[j]) for i, j in rows]
    assert ours == naive_pairs(reference, test, reach)


beat_tables = st.lists(st.tuples(st.integers(0, 900), st.sampled_from("NAVF/")), max_size=25).map(sorted)


@given(beat_tables, beat_tables)
def test_every_beat_is_counted_once(reference, test):
    found = compare_beats(noted(reference), noted(test), start=0)
    classes = {"N": "N", "A": "S", "V": "V", "F": "F", "/": "Q"}
    for beats, sums in ((reference, found.matrix.sum(axis=1)), (test, found.matrix.sum(axis=0))):
        counts = Counter(classes[symbol] for _, symbol in beats)
        assert sums[:5].tolist() == [counts[name] for name in "NSVFQ"]


edges = st.lists(st.integers(0, 60), unique=True, max_size=8).map(lambda cuts: sorted(cuts)[: len(cuts) // 2 * 2])


@given(edges, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=1))
def test_what_lies_in_a_stretch(cuts, intervals):
    stretches = np.array(cuts, dtype=int).reshape(-1, 2)
    first, after = (np.array(ends) for ends in zip(*[(at, at + length) for at, length in intervals], strict=True))
    marked = {sample for start, stop in stretches for sample in range(start, stop)}
    expected = [bool(marked & set(range(a, b))) for a, b in zip(first, after, strict=True)]
    assert spans(first, after, stretches).tolist() == expected
    assert inside(first, stretches).tolist() == [int(sample) in marked for sample in first]


def test_a_day_of_beats_is_compared_in_linear_time():
    samples = np.cumsum(np.full(110_000, 280))
    symbols = np.where(np.arange(110_000) % 9, "N", "V")
    day = Annotations(samples, symbols, 360.0)
    found = compare_beats(day, Annotations(samples + 3, symbols, 360.0))
    assert found.qrs_sensitivity == found.veb_sensitivity == 1
    assert found.matrix.sum() == np.sum(samples >= 108_000)


def test_tables_of_nothing_and_matrices_of_another_shape_are_refused():
    with pytest.raises(DataError, match="at least one"):
        ec57_tables([])
    with pytest.raises(ShapeError, match="7 x 7"):
        BeatComparison("100", np.zeros((6, 7)))
    assert len(ROWS) == len(COLUMNS) == 7
