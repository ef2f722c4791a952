import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offbeat.errors import DataError, FormatError, OutputError, ParameterError, ShapeError
from offbeat.records.aami import AAMI, CLASSES, EC57, beat_classes
from offbeat.records.annotation_bytes import SYMBOLS, decode, encode
from offbeat.records.annotations import Annotations, beats, read_annotations, write_annotations
from offbeat.records.mitbih import DS1, DS2, PACED, RECORDS, SAME_PERSON

remarks = st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=12) | st.just("x" * 255)
rows = st.tuples(
    st.integers(0, 3) | st.sampled_from([1022, 1023, 1024, 65536, 2**31 - 1, 2**31, 5 * 10**9]),
    st.sampled_from(sorted(SYMBOLS.values())),
    st.just("") | remarks | st.sampled_from(["## time resolution: 5", "## annotation type definitions"]),
    st.integers(-128, 127),
    st.integers(0, 255),
)
rates = st.none() | st.sampled_from([360.0, 128.0, 0.1, 1e-7]) | st.floats(0.01, 1e6)


def made(listed, rate=None):
    gaps, symbols, aux, subtypes, channels = zip(*listed, strict=True) if listed else [()] * 5
    samples = np.cumsum(np.array(gaps, dtype=np.int64))
    whole = [np.array(column, dtype=np.int64) for column in (subtypes, channels)]
    return Annotations(samples, np.array(symbols, dtype=str), rate, np.array(aux, dtype=str), *whole)


def as_lists(annotations):
    names = ("samples", "symbols", "aux", "subtypes", "channels")
    return [getattr(annotations, name).tolist() for name in names], annotations.sampling_rate


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("annotations")


@settings(max_examples=150)
@given(st.lists(rows, max_size=8), rates)
def test_what_is_written_is_read_back(scratch, listed, rate):
    annotations = made(listed, rate)
    file = write_annotations(annotations, scratch / "100.own", overwrite=True)
    assert as_lists(read_annotations(file)) == as_lists(annotations)


@settings(max_examples=40)
@given(st.lists(rows, min_size=1, max_size=8).filter(lambda listed: not any("##" in row[2] for row in listed)))
def test_wfdb_reads_what_is_written(scratch, listed):
    wfdb = pytest.importorskip("wfdb")
    annotations = made(listed, 360.0)
    # wfdb drops every note at sample 0.
    annotations = annotations.where(~((annotations.samples == 0) & (annotations.symbols == '"')))
    assume(len(annotations))
    write_annotations(annotations, scratch / "same.own", overwrite=True)
    theirs = wfdb.rdann(str(scratch / "same"), "own")
    assert theirs.fs == 360
    assert theirs.sample.tolist() == annotations.samples.tolist()
    assert list(theirs.symbol) == annotations.symbols.tolist()
    assert [note.rstrip("\0") for note in theirs.aux_note] == annotations.aux.tolist()
    assert theirs.subtype.tolist() == annotations.subtypes.tolist()
    assert theirs.chan.tolist() == annotations.channels.tolist()


def test_what_wfdb_writes_is_read(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    samples, notes = np.array([5, 5000, 10**8]), ["(AFIB", "", "odd"]
    wfdb.wrann(
        "100",
        "own",
        samples,
        ["+", "N", "V"],
        np.array([0, -1, 3]),
        np.array([0, 1, 0]),
        None,
        notes,
        fs=250,
        write_dir=str(tmp_path),
    )
    file = tmp_path / "100.own"
    found = read_annotations(file)
    assert as_lists(found) == ([samples.tolist(), ["+", "N", "V"], notes, [0, -1, 3], [0, 1, 0]], 250.0)


@pytest.mark.parametrize("record", ["100", "114", "207", "208"])
def test_reference_annotations_are_read_as_wfdb_reads_them(data_dir, record):
    wfdb = pytest.importorskip("wfdb")
    found = read_annotations(data_dir / "mitdb" / f"{record}.atr")
    theirs = wfdb.rdann(str(data_dir / "mitdb" / record), "atr")
    assert found.sampling_rate == 360  # of the header
    assert found.samples.tolist() == theirs.sample.tolist()
    assert found.symbols.tolist() == list(theirs.symbol)
    assert found.aux.tolist() == [note.rstrip("\0") for note in theirs.aux_note]
    assert found.subtypes.tolist() == theirs.subtype.tolist()


def test_all_beats_of_the_database_are_there(data_dir):
    counts = {}
    for half, records in (("DS1", DS1), ("DS2", DS2), ("all", RECORDS)):
        named = [beat_classes(read_annotations(data_dir / "mitdb" / f"{name}.atr").symbols) for name in records]
        counts[half] = [int(np.sum(np.concatenate(named) == name)) for name in CLASSES]
    assert counts["all"] == [90631, 2781, 7236, 803, 8043]
    assert counts["DS1"] == [45866, 944, 3788, 415, 8]
    assert counts["DS2"] == [44259, 1837, 3221, 388, 7]


def test_the_halves_do_not_overlap():
    assert len(set(RECORDS)) == 48
    assert not set(DS1) & set(DS2)
    assert not set(PACED) & {*DS1, *DS2}
    assert SAME_PERSON == (("201", "202"),)


def test_classes_of_codes():
    codes = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ", "": '+~!"x|[]'}
    for name, symbols in codes.items():
        assert set(beat_classes(list(symbols)).tolist()) == {name}
    assert {code for code in AAMI if AAMI[code] != EC57[code]} == set("ejn")
    assert beat_classes([]).shape == (0,)


def test_only_beats():
    found = beats(Annotations([3, 9, 12, 20], ["+", "N", "~", "/"], 360.0, aux=["(N", "", "", "p"]))
    assert as_lists(found) == ([[9, 20], ["N", "/"], ["", "p"], [0, 0], [0, 0]], 360.0)


def test_a_file_is_not_replaced_unasked(tmp_path):
    file = write_annotations(Annotations([5], ["N"]), tmp_path / "100.own")
    with pytest.raises(OutputError, match="overwrite"):
        write_annotations(Annotations([6], ["N"]), file)
    assert read_annotations(file).samples.tolist() == [5]
    write_annotations(Annotations([6], ["N"]), file, overwrite=True)
    assert read_annotations(file).samples.tolist() == [6]


def test_reference_annotations_are_never_replaced(tmp_path):
    file = write_annotations(Annotations([5], ["N"]), tmp_path / "100.atr")
    (tmp_path / "100.own").symlink_to(file)
    for path in (file, tmp_path / "100.own"):
        with pytest.raises(OutputError, match="never replaced"):
            write_annotations(Annotations([6], ["N"]), path, overwrite=True)
    assert read_annotations(file).samples.tolist() == [5]


def test_a_signal_is_never_replaced(tmp_path):
    (tmp_path / "100.dat").write_bytes(b"\x12\x34\x56")
    with pytest.raises(OutputError, match="no annotation file"):
        write_annotations(Annotations([6], ["N"]), tmp_path / "100.dat", overwrite=True)
    (tmp_path / "200.own").mkdir()
    with pytest.raises(OutputError, match="folder"):
        write_annotations(Annotations([6], ["N"]), tmp_path / "200.own", overwrite=True)


def test_the_rate_of_the_file_comes_before_that_of_the_header(tmp_path):
    (tmp_path / "100.hea").write_text("# made up\n100 1 360/360 100\n100.dat 16\n")
    own = write_annotations(Annotations([5], ["N"], 128.0), tmp_path / "100.own")
    bare = write_annotations(Annotations([5], ["N"]), tmp_path / "100.bare")
    assert (read_annotations(own).sampling_rate, read_annotations(bare).sampling_rate) == (128.0, 360.0)


def test_codes_that_a_file_defines_itself():
    head = [(0, '"', text, 0, 0) for text in ("## annotation type definitions", "42 W weird", "## end of definitions")]
    whole = encode(head, None)[8:-2]  # without the mark that keeps notes from being taken for a head
    found, rate = decode(whole + bytes([7, 42 << 2, 0, 0]))
    assert (found, rate) == ([(7, "W", "", 0, 0)], None)


@pytest.mark.parametrize(
    ("whole", "match"),
    [
        (b"", "cut off"),
        (b"\x05\x04\x00", "odd"),
        (b"\x05\x04", "cut off"),
        (b"\x05\x04\x40\xfc(N", "cut off"),
        (b"\x00\xec\x00\x00", "cut off"),
        (b"\x05\x3c\x00\x00", "code 15"),
        (b"\x00\xec\xff\xff\x00\x00\x05\x04\x00\x00", "before the beginning"),
        (b"\x05\x04\x00\x00\x01\x00", "nothing after"),
        (b"time,value\n0,1.0\n0.1,2.0\n", "cannot be read"),
        (b"\x00\x58\x17\xfc## time resolution: abc\x00\x00\x00", "sampling rate"),
    ],
)
def test_a_damaged_or_foreign_file_is_named(tmp_path, whole, match):
    file = tmp_path / "100.own"
    file.write_bytes(whole)
    with pytest.raises(FormatError, match=match) as error:
        read_annotations(file)
    assert str(file) in str(error.value)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(whole):
    try:
        found, _ = decode(whole)
    except FormatError:
        return
    assert all(sample >= 0 for sample, *_ in found)


def test_a_cut_off_file_is_never_read_as_whole(tmp_path):
    whole = encode([(3, "N", "(N", 0, 0), (5000, "V", "", -1, 2)], 360.0)
    for length in range(len(whole)):
        with pytest.raises(FormatError):
            decode(whole[:length])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no annotation file at .*100\.own"):
        read_annotations(tmp_path / "100.own")


@pytest.mark.parametrize(
    ("given_", "error", "match"),
    [
        ({"samples": [5, 3], "symbols": ["N", "N"]}, DataError, "order of time"),
        ({"samples": [-5], "symbols": ["N"]}, DataError, "order of time"),
        ({"samples": [5.5], "symbols": ["N"]}, DataError, "whole numbers"),
        ({"samples": [5], "symbols": [""]}, DataError, "symbol"),
        ({"samples": [5], "symbols": ["N", "N"]}, ShapeError, "symbols"),
        ({"samples": [5], "symbols": ["N"], "sampling_rate": 0.0}, DataError, "above 0"),
    ],
)
def test_annotations_are_checked(given_, error, match):
    with pytest.raises(error, match=match):
        Annotations(**given_)


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        ({"symbols": ["W"]}, "no code"),
        ({"aux": ["x" * 256]}, "255"),
        ({"aux": ["♥"]}, "Latin-1"),
        ({"subtypes": [200]}, "subtypes"),
        ({"channels": [-1]}, "channels"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, extra, match):
    with pytest.raises(DataError, match=match):
        write_annotations(Annotations(**{"samples": [5], "symbols": ["N"], **extra}), tmp_path / "100.own")
    assert not any(tmp_path.iterdir())


def test_a_path_without_an_ending_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="ending"):
        write_annotations(Annotations([5], ["N"]), tmp_path / "100")


def test_annotations_are_written_as_edf_plus_and_as_a_table(tmp_path):
    edfio = pytest.importorskip("edfio")
    annotations = Annotations([10, 77, 370], ["+", "N", "V"], 360.0, aux=["(AFIB", "", "a, b"], subtypes=[0, 0, -1])
    times = (annotations.samples / 360).round(6).tolist()
    found = edfio.read_edf(write_annotations(annotations, tmp_path / "a.edf")).annotations
    assert [(one.onset, one.text) for one in found] == list(zip(times, ["+ (AFIB", "N", "V a, b"], strict=True))
    table = pd.read_csv(write_annotations(annotations, tmp_path / "a.csv"), keep_default_na=False)
    assert table["time_s"].tolist() == times
    for name in ("sample", "symbol", "aux", "subtype", "channel"):
        assert table[name].tolist() == getattr(annotations, name if name == "aux" else f"{name}s").tolist()
    with pytest.raises(DataError, match="sampling rate"):
        write_annotations(Annotations([1], ["N"]), tmp_path / "b.edf")
    for name in ("a.edf", "a.csv"):  # of another program, perhaps
        with pytest.raises(OutputError, match="not replaced"):
            write_annotations(annotations, tmp_path / name, overwrite=True)


def test_annotations_move_to_another_rate():
    moved = Annotations([10, 77], ["N", "V"], 512.0, aux=["", "x"]).at_rate(2048.0)
    assert (moved.samples.tolist(), moved.sampling_rate, moved.aux.tolist()) == ([40, 308], 2048.0, ["", "x"])
    with pytest.raises(DataError, match="sampling rate"):
        Annotations([1], ["N"]).at_rate(100.0)
