"""Headers of WFDB that the library wfdb refuses are read without the part that it stumbles on."""

from datetime import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from offbeat.errors import FormatError
from offbeat.records import open_record

COUNTS = np.round(500 * np.sin(np.arange(3000) / 20)).astype("<i2")


def write(folder: Path, first: str, fmt: str = "16", content: bytes | None = None) -> Path:
    (folder / "s.dat").write_bytes(COUNTS.tobytes() if content is None else content)
    (folder / "r.hea").write_text(f"r 1 {first}\ns.dat {fmt} 1000/mV 16 0 0 0 0 II\n# Age: 50\n")
    return folder / "r"


@pytest.mark.parametrize(
    "date",
    [
        "2014-05-08 05:05:15",
        "05:05:15 2006",
        "2006",
        "05:05:15 08-May-2014",
        "12-May-2020 12:33:59",
        "24:00:00 31/02/2020",
        "05:05:15 08/05/2014",
        "05:05",
    ],
)
@pytest.mark.parametrize("fmt", ["16", "61"])
def test_dates_of_any_kind_are_left_out(tmp_path: Path, date: str, fmt: str) -> None:
    content = COUNTS.astype(">i2" if fmt == "61" else "<i2").tobytes()
    record = open_record(write(tmp_path, f"300 3000 {date}", fmt, content))
    assert (record.sampling_rate, record.n_times, record.channels) == (300.0, 3000, ("II",))
    np.testing.assert_allclose(record.read()[:, 0], COUNTS / 1000, atol=1e-6)
    np.testing.assert_array_equal(record.read(1001, 1500), record.read()[1001:1500])


@pytest.mark.parametrize("first", ["300 0", "300 0 05:05:15 2006", "300"])
def test_a_length_of_zero_is_not_known_but_that_of_the_file(tmp_path: Path, first: str) -> None:
    record = open_record(write(tmp_path, first))
    assert record.n_times == len(COUNTS)
    np.testing.assert_allclose(record.read()[:, 0], COUNTS / 1000, atol=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_microvolts_are_no_volts(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "300 3000")
    header = path.with_suffix(".hea")
    header.write_bytes(header.read_text().replace("1000/mV", "1/µV").encode(encoding))
    record = open_record(path)
    assert record.units == ("mV",)
    np.testing.assert_allclose(record.read()[:, 0], COUNTS / 1000, atol=1e-6)


def test_a_matrix_of_matlab_is_read_behind_its_own_header(tmp_path: Path) -> None:
    savemat(tmp_path / "s.mat", {"val": COUNTS[None]}, format="4")
    (tmp_path / "r.hea").write_text("r 1 300 3000 2014-05-08 05:05:15\ns.mat 16+24 1000/mV 16 0 0 0 0 ECG\n")
    np.testing.assert_allclose(open_record(tmp_path / "r").read()[:, 0], COUNTS / 1000, atol=1e-6)


def test_a_file_that_is_cut_short_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cut short"):
        open_record(write(tmp_path, "300 3001 2014-05-08 05:05:15"))


def test_real_strips_read_as_their_matrices(data_dir: Path) -> None:
    from scipy.io import loadmat

    strips = sorted((data_dir / "cinc2017").glob("*.mat"))
    if not strips:
        pytest.skip("no strips of the challenge of 2017")
    for strip in strips[::10]:
        record = open_record(strip.with_suffix(""))
        assert (record.sampling_rate, record.channels, record.units) == (300.0, ("ECG",), ("mV",))
        np.testing.assert_allclose(record.read()[:, 0], loadmat(strip)["val"][0] / 1000, atol=1e-6)


@pytest.mark.parametrize(
    ("first", "started"),
    [
        ("r 1 250 500 14:05:09 01/02/2020", time(14, 5, 9)),
        ("r 1 250 500 9:5:3.250", time(9, 5, 3)),
        ("r 1 250 500 2017/01/30 07:30", time(7, 30)),
        ("r 1 250 500 25:00:00", None),
        ("r 1 250 500 2017", None),
        ("r 1 250 500", None),
    ],
)
def test_the_time_of_day_is_kept(tmp_path, first, started):
    header = tmp_path / "r.hea"
    header.write_text(f"# recorded 11:11:11\n{first}\nr.dat 16 200 12 0 0 0 0 II\n")
    (tmp_path / "r.dat").write_bytes(bytes(1000))
    assert open_record(tmp_path / "r").started == started


@pytest.mark.parametrize("fmt", ["16", "80"])
def test_a_header_without_a_gain_says_what_is_taken_for_it(tmp_path, fmt):
    counts = np.random.default_rng(2).integers(-100, 100, (300, 3))
    stored = counts.astype("<i2") if fmt == "16" else (counts + 128).astype(np.uint8)
    (tmp_path / "r.dat").write_bytes(stored.tobytes())
    header = tmp_path / "r.hea"
    header.write_text(f"r 3 250 300\nr.dat {fmt}\nr.dat {fmt} 0/uV 12 0 0 0 0 V1\nr.dat {fmt} 100/mV 12 0 0 0 0 V2\n")
    record = open_record(tmp_path / "r", channels=[0, 1, 2])
    assert record.units == ("mV",) * 3
    assert record.notes == (
        "the header holds no gain for lead 1, V1: 200 counts of the converter are taken for 1 mV (--gain overrules)",
    )
    np.testing.assert_allclose(record.read(), counts / [200, 200e3, 100], rtol=1e-6)
    np.testing.assert_allclose(open_record(header, gain=50, channels=[0, 1]).read(), counts[:, :2] / 50, rtol=1e-6)
    header.write_text("r 3 250 300\n" + f"r.dat {fmt} 100/mV 12 0\n" * 3)
    assert open_record(tmp_path / "r").notes == ()


def test_segments_without_a_gain_are_scaled_beside_others(tmp_path):
    counts = np.arange(-50, 50, dtype="<i2")
    (tmp_path / "s.dat").write_bytes(counts.tobytes())
    (tmp_path / "layout.hea").write_text("layout 1 250 0\n~ 0 0/mV 12 0 0 0 0 II\n")
    (tmp_path / "a.hea").write_text("a 1 250 100\ns.dat 16 0/mV 12 0 0 0 0 II\n")
    (tmp_path / "b.hea").write_text("b 1 250 100\ns.dat 16 100/mV 12 0 0 0 0 II\n")
    (tmp_path / "r.hea").write_text("r/3 1 250 200\nlayout 0\na 100\nb 100\n")
    record = open_record(tmp_path / "r")
    np.testing.assert_allclose(record.read()[:, 0], np.concatenate([counts / 200, counts / 100]), rtol=1e-6)
    assert "no gain" in record.notes[0]
