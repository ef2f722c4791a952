"""Records come piece by piece, whatever file they lie in, and each piece is that of the whole."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.records import open_record

N, RATE = 5000, 250
GENERATOR = np.random.default_rng(3)
RAW = np.clip(GENERATOR.normal(0, 400, (N, 3)).cumsum(axis=0) * 0.05, -2000, 2000).round().astype(np.int64)


def write_wfdb(folder: Path, fmt: str = "16", name: str = "rec", raw: np.ndarray = RAW, **more: object) -> Path:
    import wfdb

    n = raw.shape[1]
    wfdb.wrsamp(
        name,
        fs=more.pop("fs", RATE),
        units=more.pop("units", ["mV"] * n),
        sig_name=more.pop("sig_name", ["MLII", "V1", "V5"][:n]),
        d_signal=raw,
        fmt=[fmt] * n,
        adc_gain=[200.0] * n,
        baseline=[7] * n,
        write_dir=str(folder),
        **more,
    )
    return folder / name


def whole(path: Path) -> np.ndarray:
    import wfdb

    return wfdb.rdrecord(str(path)).p_signal.astype(np.float32)


@pytest.mark.parametrize("fmt", ["16", "212", "24", "32", "80"])
@pytest.mark.parametrize("n_signals", [1, 2, 3])
def test_any_piece_of_any_signal_format_is_that_of_the_whole(tmp_path: Path, fmt: str, n_signals: int) -> None:
    path = write_wfdb(tmp_path, fmt, raw=RAW[:, :n_signals] // (20 if fmt == "80" else 1))
    record, expected = open_record(path), whole(path)
    np.testing.assert_allclose(record.read(), expected, rtol=0, atol=1e-6)
    for start, stop in [(0, 1), (1, 2), (1001, 1004), (2000, 3001), (4998, 5000)]:
        np.testing.assert_allclose(record.read(start, stop, [0]), expected[start:stop, :1], rtol=0, atol=1e-6)
        np.testing.assert_allclose(
            record.read(start, stop, [-1 % n_signals, 0])[:, 1], expected[start:stop, 0], atol=1e-6
        )


@pytest.mark.parametrize("fmt", ["61", "160", "8"])
def test_rarer_formats_are_read_by_pieces_too(tmp_path: Path, fmt: str) -> None:
    raw = RAW[:, :2] // 16
    path = write_wfdb(tmp_path, raw=raw)
    steps = np.diff(raw, axis=0, prepend=[[0, 0]])
    assert np.abs(steps).max() < 128
    stored = {"61": raw.astype(">i2"), "160": (raw + 32768).astype("<u2"), "8": steps.astype("i1")}[fmt]
    (tmp_path / "rec.dat").write_bytes(stored.tobytes())
    lines = (tmp_path / "rec.hea").read_text().splitlines()
    signals = [" ".join([*line.split()[:5], "0", *line.split()[6:]]) for line in lines[1:]]
    signals = [line.replace("rec.dat 16 ", f"rec.dat {fmt} ") for line in signals]
    (tmp_path / "rec.hea").write_text("\n".join([lines[0], *signals]) + "\n")
    np.testing.assert_allclose(open_record(path).read(), (raw - 7) / 200, atol=1e-6)
    np.testing.assert_allclose(open_record(path).read(2001, 3002, [1])[:, 0], (raw[2001:3002, 1] - 7) / 200, atol=1e-6)


@settings(max_examples=30)
@given(st.integers(0, N), st.integers(0, N), st.integers(200, 2000), st.integers(0, 100))
def test_pieces_and_chunks_of_format_212_are_those_of_the_whole(
    two_leads: Path, start: int, stop: int, length: int, overlap: int
) -> None:
    record, expected = open_record(two_leads), (RAW[:, :2] - 7) / np.float32(200)
    np.testing.assert_allclose(record.read(start, stop), expected[start:stop], atol=1e-6)
    if overlap >= length:
        return
    for begin, values in record.chunks(length, overlap, ["V1"]):
        np.testing.assert_allclose(values, expected[begin : begin + length, 1:], atol=1e-6)
        end = begin + len(values)
    assert end == N


@pytest.fixture(scope="module")
def two_leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wfdb(tmp_path_factory.mktemp("two"), "212", raw=RAW[:, :2])


def test_real_records_read_as_wfdb_reads_them(data_dir: Path) -> None:
    for name in ("100", "114", "208"):
        record, expected = open_record(data_dir / "mitdb" / name), whole(data_dir / "mitdb" / name)
        np.testing.assert_array_equal(record.read(), expected)
        assert (record.sampling_rate, record.n_times, record.units) == (360.0, 650_000, ("mV", "mV"))
    assert open_record(data_dir / "mitdb" / "114").channels == ("V5", "MLII")


def test_invalid_samples_become_nan(tmp_path: Path) -> None:
    raw = RAW[:, :2].copy()
    raw[10:20, 0] = -2048
    record = open_record(write_wfdb(tmp_path, "212", raw=raw))
    assert np.isnan(record.read()[:, 0]).nonzero()[0].tolist() == list(range(10, 20))
    assert not np.isnan(record.read()[:, 1]).any()


def test_volts_become_millivolts_and_other_units_stay(tmp_path: Path) -> None:
    path = write_wfdb(tmp_path, units=["uV", "V", "mmHg"], sig_name=["II", "V1", "V2"])
    record, expected = open_record(path), (RAW - 7) / 200
    assert record.units == ("mV", "mV", "mmHg")
    np.testing.assert_allclose(record.read(), expected * [1e-3, 1e3, 1], rtol=1e-6)


def test_signals_that_are_no_leads_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    path = write_wfdb(tmp_path, sig_name=["RESP", "ECG", "ECG again"])
    header = tmp_path / "rec.hea"
    header.write_text(header.read_text().replace("ECG again", "ECG"))
    assert open_record(path).channels == ("ECG", "ECG 2")
    assert open_record(path, channels=["resp"]).channels == ("RESP",)
    assert open_record(path, channels=[2, 0]).channels == ("ECG 2", "RESP")
    np.testing.assert_array_equal(open_record(path, channels=2).read()[:, 0], open_record(path).read()[:, 1])


def test_signals_of_several_samples_a_frame_keep_their_rate(tmp_path: Path) -> None:
    import wfdb

    fast, slow = RAW[:, 0], RAW[: N // 4, 1]
    signals = [fast.astype(np.int64), slow.astype(np.int64)]
    wfdb.Record(
        record_name="rec", n_sig=2, fs=RATE / 4, sig_len=N // 4, file_name=["rec.dat"] * 2, fmt=["16"] * 2,
        samps_per_frame=[4, 1], adc_gain=[200.0] * 2, baseline=[0] * 2, units=["mV"] * 2, sig_name=["II", "RESP"],
        adc_res=[12] * 2, adc_zero=[0] * 2, init_value=[int(fast[0]), int(slow[0])], checksum=[0] * 2,
        block_size=[0] * 2, e_d_signal=signals, byte_offset=[None] * 2, skew=[None] * 2,
    ).wrsamp(expanded=True, write_dir=str(tmp_path))  # fmt: skip
    record = open_record(tmp_path / "rec")
    assert (record.channels, record.sampling_rate, record.n_times) == (("II",), RATE, N)
    np.testing.assert_allclose(record.read(1001, 1999)[:, 0], fast[1001:1999] / 200, atol=1e-6)
    with pytest.raises(DataError, match=r"II 250 Hz, RESP 62.5 Hz"):
        open_record(tmp_path / "rec", channels=["II", "RESP"])
    resp = open_record(tmp_path / "rec", channels=["RESP"])
    assert (resp.file_rate, resp.sampling_rate) == (62.5, 125.0)


def test_segments_are_joined_and_gaps_between_them_are_nan(tmp_path: Path) -> None:
    write_wfdb(tmp_path, name="a", raw=RAW[:1000, :2])
    write_wfdb(tmp_path, name="b", raw=RAW[1000:3000, :2])
    (tmp_path / "both.hea").write_text("both/3 2 250 3500\na 1000\n~ 500\nb 2000\n")
    record, expected = open_record(tmp_path / "both"), (RAW[:3000, :2] - 7) / 200
    assert record.n_times == 3500
    values = record.read()
    np.testing.assert_allclose(values[:1000], expected[:1000], atol=1e-6)
    assert np.isnan(values[1000:1500]).all()
    np.testing.assert_allclose(values[1500:], expected[1000:], atol=1e-6)
    np.testing.assert_array_equal(record.read(900, 1700), values[900:1700])
    np.testing.assert_array_equal(record.read(1100, 1200), values[1100:1200])


def test_segments_may_lack_leads_and_have_other_units(tmp_path: Path) -> None:
    write_wfdb(tmp_path, name="a", raw=RAW[:1000, :1], sig_name=["V1"], units=["uV"])
    write_wfdb(tmp_path, name="b", raw=RAW[:1000, :2])
    (tmp_path / "layout.hea").write_text("layout 2 250 0\n~ 0 200 0 0 0 0 0 MLII\n~ 0 200 0 0 0 0 0 V1\n")
    (tmp_path / "both.hea").write_text("both/3 2 250 2000\nlayout 0\na 1000\nb 1000\n")
    record = open_record(tmp_path / "both", channels=["V1", "MLII"])
    expected = (RAW - 7) / 200
    np.testing.assert_allclose(record.read(0, 1000, ["V1"])[:, 0], expected[:1000, 0] * 1e-3, rtol=1e-6)
    np.testing.assert_allclose(record.read(1000), expected[:1000, [1, 0]], atol=1e-6)
    assert np.isnan(record.read(0, 1000, "MLII")).all()
    (tmp_path / "a.hea").unlink()
    with pytest.raises(DataError, match=r"a\.hea"):
        open_record(tmp_path / "both").read(0, 10)


def test_broken_records_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = write_wfdb(tmp_path)
    (tmp_path / "rec.atr").write_bytes(b"\0\0")
    for name in ("rec.atr", "rec.qrs"):
        with pytest.raises(DataError, match=r"annotation file.*name the record"):
            open_record(tmp_path / name)
    with pytest.raises(DataError, match=r"'V9'.*MLII, V1, V5"):
        open_record(path, channels=["V9"])
    with pytest.raises(DataError, match=r"no lead 3"):
        open_record(path, channels=[3])
    with pytest.raises(DataError, match="no record"):
        open_record(tmp_path / "other")
    with pytest.raises(DataError, match="folder"):
        open_record(tmp_path)
    (tmp_path / "rec.dat").write_bytes((tmp_path / "rec.dat").read_bytes()[:-10])
    with pytest.raises(FormatError, match=r"5,000 .*rec\.dat .*4,998"):
        open_record(path)
    (tmp_path / "rec.dat").unlink()
    with pytest.raises(DataError, match=r"rec\.dat"):
        open_record(path)


@pytest.mark.parametrize("header", ["", "garbage\n", "rec x y z\n", "rec 2 250 100\nrec.dat 16\n", "rec 0 250 100\n"])
def test_damaged_headers_are_refused(tmp_path: Path, header: str) -> None:
    (tmp_path / "rec.dat").write_bytes(bytes(400))
    (tmp_path / "rec.hea").write_text(header)
    with pytest.raises(DataError, match=r"rec\.hea|rec holds no signals"):
        open_record(tmp_path / "rec")


@pytest.mark.parametrize("fs", [49, 4001])
def test_rates_beyond_those_of_an_ecg_are_refused(tmp_path: Path, fs: int) -> None:
    with pytest.raises(DataError, match="50 to 4000"):
        open_record(write_wfdb(tmp_path, fs=fs))


@pytest.mark.parametrize("n", [0, 3])
def test_short_records_open_and_say_how_short_they_are(tmp_path: Path, n: int) -> None:
    (tmp_path / "rec.hea").write_text(f"rec 1 250 {n}\nrec.dat 16 200 16 0 0 0 0 II\n")
    (tmp_path / "rec.dat").write_bytes(np.arange(n, dtype="<i2").tobytes())
    record = open_record(tmp_path / "rec")
    assert (record.n_times, record.duration, record.read().shape) == (n, n / 250, (n, 1))
    assert len(list(record.chunks(2))) == (0, 2)[n > 0]
    with pytest.raises(ParameterError, match="count from 0"):
        record.read(-1)
    with pytest.raises(ParameterError, match="overlap"):
        next(record.chunks(5, 5))


def write_edf(path: Path, signals: list[np.ndarray], rates: list[float], units: list[str], names: list[str]) -> Path:
    import edfio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edfio.Edf(
            [
                edfio.EdfSignal(s, r, label=n, physical_dimension=u)
                for s, r, u, n in zip(signals, rates, units, names, strict=True)
            ],
            annotations=[edfio.EdfAnnotation(1.0, None, "moved")],
            data_record_duration=1,
        ).write(path)
    return path


def test_edf_is_read_piece_by_piece_with_the_leads_of_the_ecg(tmp_path: Path) -> None:
    ecg = RAW[:, 0] * 1.0
    signals = [RAW[:2000, 1] * 1.0, ecg, ecg / 2]
    path = write_edf(tmp_path / "a.edf", signals, [100, 250, 250], ["cmH2O", "uV", "mV"], ["Flow", "ECG I", "ECG II"])
    record = open_record(path)
    assert (record.channels, record.sampling_rate, record.n_times) == (("ECG I", "ECG II"), 250.0, N)
    step = np.ptp(ecg) / 65535 * 1e-3
    np.testing.assert_allclose(record.read()[:, 0], ecg * 1e-3, atol=step)
    np.testing.assert_array_equal(record.read(1001, 2503), record.read()[1001:2503])
    assert open_record(path, channels="Flow").units == ("cmH2O",)


def test_what_a_discontinuous_edf_leaves_out_is_nan(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "a.edf", [RAW[:, 0] * 1.0], [250], ["mV"], ["ECG"])
    content = bytearray(path.read_bytes())
    content[192:197] = b"EDF+D"
    size = (len(content) - 256 * 3) // 20
    for k in range(20):
        at = content.index(f"+{k}\x14\x14".encode(), 256 * 3 + k * size)
        stamp = f"+{k + 2 * (k >= 12)}\x14\x14".encode()
        content[at : at + len(stamp)] = stamp
    before = open_record(path).read()
    path.write_bytes(content)
    record = open_record(path)
    assert record.n_times == N + 500
    assert record.notes == ("the recording is discontinuous: 1 gaps, 2 s in all, are left empty",)
    values = record.read()
    np.testing.assert_array_equal(values[:3000], before[:3000])
    assert np.isnan(values[3000:3500]).all()
    np.testing.assert_array_equal(values[3500:], before[3000:])
    np.testing.assert_array_equal(record.read(2900, 3600), values[2900:3600])
    assert np.isnan(record.read(3100, 3200)).all()


def test_a_cut_or_foreign_edf_is_refused(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "a.edf", [RAW[:, 0] * 1.0], [250], ["mV"], ["ECG"])
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(FormatError, match="20 data records"):
        open_record(path)
    path.write_bytes(b"no such thing" * 100)
    with pytest.raises(FormatError, match="lines of numbers"):
        open_record(path)
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="empty"):
        open_record(path)


LEADS = GENERATOR.normal(size=(20_000, 2)).round(3)
TIMES = np.arange(20_000) / 360


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("", LEADS),
        ("II,V5\n", LEADS),
        ("time,II,V5\n", np.column_stack([TIMES, LEADS])),
        ("'Elapsed time','II','V5'\n'seconds','mV','mV'\n", np.column_stack([TIMES, LEADS])),
        ("Time (ms),II,V5\n", np.column_stack([TIMES * 1000, LEADS])),
        ("'sample #',II [uV],V5 [uV]\n", np.column_stack([np.arange(20_000), LEADS * 1000])),
        (",II,V5\n", np.column_stack([np.arange(20_000), LEADS])),
    ],
)
def test_tables_are_read_piece_by_piece(tmp_path: Path, header: str, columns: np.ndarray) -> None:
    path = tmp_path / "a.csv"
    rows = "\n".join(",".join(f"{cell:.3f}".rstrip("0").rstrip(".") for cell in row) for row in columns)
    path.write_text(f"{header}{rows}\n\n")
    timed = "ime" in header
    record = open_record(path) if timed else open_record(path, sampling_rate=360)
    assert (record.sampling_rate, record.n_times) == (360.0, 20_000)
    assert record.channels == (("II", "V5") if header else ("lead 1", "lead 2"))
    np.testing.assert_allclose(record.read(), LEADS, atol=1e-6)
    for start, stop in [(0, 3), (8190, 8195), (16383, 16385), (16384, 16386), (19_999, 20_000)]:
        np.testing.assert_allclose(record.read(start, stop, [1])[:, 0], LEADS[start:stop, 1], atol=1e-6)


def test_a_table_without_header_may_begin_with_seconds(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "a.txt", np.column_stack([TIMES, LEADS]))
    record = open_record(tmp_path / "a.txt")
    assert (record.sampling_rate, record.channels) == (360.0, ("lead 2", "lead 3"))
    np.testing.assert_allclose(record.read(9000, 9010), LEADS[9000:9010], atol=1e-6)


def test_clock_times_and_dates_give_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for stamp in ("{m:02d}:{s:06.3f}", "2024-01-01 00:{m:02d}:{s:06.3f}"):
        times = [stamp.format(m=int(t) // 60, s=t % 60) for t in np.arange(20_000) / 250]
        path.write_text("time;II\n" + "".join(f"{t};0.5\n" for t in times))
        record = open_record(path)
        assert (record.sampling_rate, record.channels, record.n_times) == (250.0, ("II",), 20_000)


@pytest.mark.parametrize("part", [";", "\t"])
def test_commas_that_part_no_columns_are_decimal(tmp_path: Path, part: str) -> None:
    path = tmp_path / "a.csv"
    rows = "\n".join(part.join(f"{cell:.4f}" for cell in row) for row in np.column_stack([TIMES, LEADS]))
    path.write_text(f"time{part}II{part}V5\n{rows.replace('.', ',')}\n")
    record = open_record(path)
    assert (record.sampling_rate, record.channels) == (360.0, ("II", "V5"))
    np.testing.assert_allclose(record.read(9000, 9010), LEADS[9000:9010], atol=1e-6)


def test_one_column_may_have_a_unit_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("MLII (uV)\n" + "500\n" * 50)
    record = open_record(path, sampling_rate=250)
    assert (record.channels, record.units) == (("MLII",), ("mV",))
    assert record.read(0, 1) == pytest.approx(0.5)


def test_the_unit_may_be_said_where_the_file_does_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("II,V5\n" + "500,-250\n" * 50)
    assert open_record(path, sampling_rate=250, units="uV").read(0, 1).tolist() == [[0.5, -0.25]]
    with pytest.raises(ParameterError, match=r"units .*'mmHg'"):
        open_record(path, sampling_rate=250, units="mmHg")


def test_missing_cells_are_nan_and_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("II,V5\n0.5,1\n,2\nNaN,?\n\n1,2\n")
    values = open_record(path, sampling_rate=100).read()
    np.testing.assert_array_equal(values[:, 0], np.float32([0.5, np.nan, np.nan, np.nan, 1]))
    path.write_text("II,V5\n0.5,1\nhigh,2\n")
    with pytest.raises(FormatError, match="line 3 holds 'high'"):
        open_record(path, sampling_rate=100).read()
    for ragged in ("II,V5\n0.5,1\n2\n", "II,V5\n0.5,1\n2,3,4\n"):
        path.write_text(ragged)
        with pytest.raises(FormatError, match="2 columns"):
            open_record(path, sampling_rate=100).read()


def test_tables_whose_rate_is_unknown_or_uneven_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("II\n0.5\n1\n")
    with pytest.raises(ParameterError, match="sampling_rate"):
        open_record(path)
    times = np.where(np.arange(20_000) < 10_000, TIMES, TIMES + 100)
    np.savetxt(path, np.column_stack([times, LEADS]), delimiter=",", header="time,II,V5", comments="")
    with pytest.raises(FormatError, match="gaps"):
        open_record(path)
    path.write_text("time,II\n0,1\n0.004,1\n0.002,1\n")
    with pytest.raises(FormatError, match="evenly"):
        open_record(path)
    path.write_bytes(b"\x00\x01\xff\xfe" * 50)
    with pytest.raises(FormatError, match=r"no format .*EDF"):
        open_record(path, sampling_rate=250)


def test_a_record_becomes_a_recording(two_leads: Path) -> None:
    recording = open_record(two_leads).to_recording()
    assert (recording.sampling_rate, recording.channels, recording.name) == (250.0, ("MLII", "V1"), "rec")
    assert recording.values.dtype == np.float32
