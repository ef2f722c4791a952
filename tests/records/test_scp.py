"""SCP-ECG files hold what was written, in every encoding; what is damaged or cannot be read right is refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import FormatError
from offbeat.records import open_record
from offbeat.records.formats.huffman import DEFAULT_CODES, Code, decode
from recorders import (
    COUNTS,
    RATE,
    SCP_WORDS,
    N,
    scp,
    scp_beats,
    scp_bits,
    scp_contents,
    scp_file,
    scp_leads,
    scp_signals,
    scp_time,
)

pytestmark = pytest.mark.usefixtures("hang_guard")

WIDE = np.random.default_rng(3).integers(-32768, 32768, (500, 2)).astype(np.int16)


def signals(counts: np.ndarray) -> bytes:
    """Return section 6 of plain samples."""
    return scp_signals([column.astype("<i2").tobytes() for column in counts.T])


@pytest.mark.parametrize("differences", [0, 1, 2])
@pytest.mark.parametrize("table", ["none", "default", "maker"])
def test_each_encoding_is_read(tmp_path: Path, table: str, differences: int) -> None:
    for counts in (COUNTS, WIDE, COUNTS[:3], COUNTS[:1]):
        record = open_record(scp(tmp_path / "ecg.scp", counts, differences=differences, table=table))
        assert (record.channels, record.units, record.sampling_rate) == (("II", "V5"), ("mV",) * 2, RATE)
        np.testing.assert_allclose(record.read(), counts * 2.5e-3, atol=1e-5)
    assert (str(record.started), record.notes) == ("07:30:15", ())
    assert str(record.started_on) == "2020-02-01"


def test_the_default_table_is_that_of_the_standard() -> None:
    words = {code.value: f"{code.prefix:0{code.bits}b}" for code in DEFAULT_CODES if not code.extra}
    assert words == SCP_WORDS
    assert [(f"{code.prefix:b}", code.extra) for code in DEFAULT_CODES if code.extra] == [
        ("1111111110", 8),
        ("1111111111", 16),
    ]


def test_a_gain_goes_before_that_of_the_file(tmp_path: Path) -> None:
    mv = open_record(scp(tmp_path / "ecg.scp"), gain=100).read(0, 5)
    np.testing.assert_allclose(mv, COUNTS[:5] / 100, atol=1e-6)


@pytest.mark.parametrize(("interval", "rate"), [(2000, 500.0), (6666, 150.0), (3333, 300.0), (3906, 256.0)])
def test_a_rounded_interval_gives_the_rate_it_came_from(tmp_path: Path, interval: int, rate: float) -> None:
    section = bytearray(signals(COUNTS))
    struct.pack_into("<H", section, 2, interval)
    contents = {3: scp_leads((1, 2), [(1, N)] * 2), 6: bytes(section)}
    assert open_record(scp_file(tmp_path / "ecg", contents)).file_rate == rate


def test_leads_that_were_recorded_one_after_the_other_stand_where_they_were(tmp_path: Path) -> None:
    parts = [COUNTS[:1000, 0].tobytes(), COUNTS[1000:, 1].tobytes()]
    contents = {3: scp_leads((61, 130), [(1, 1000), (1001, N)]), 6: scp_signals(parts)}
    record = open_record(scp_file(tmp_path / "ecg", contents))
    assert (record.channels, record.n_times, record.started) == (("III", "lead of code 130"), N, None)
    values = record.read()
    assert np.isnan(values[:1000]).sum(axis=0).tolist() == [0, 1000]
    assert np.isnan(values[1000:]).sum(axis=0).tolist() == [N - 1000, 0]
    np.testing.assert_allclose(values[1000:, 1], COUNTS[1000:, 1] * 2.5e-3, atol=1e-6)


def test_a_reference_beat_that_was_subtracted_is_added_again(tmp_path: Path) -> None:
    path = scp_beats(tmp_path / "ecg.scp")
    np.testing.assert_allclose(open_record(path).read(), COUNTS * 2.5e-3, atol=1e-5)
    contents = scp_contents(path.read_bytes())
    stored = np.frombuffer(contents[6][10:], "<i2").reshape(2, -1)
    assert (stored.T != COUNTS).any(axis=1).sum() == pytest.approx(69 + 60, abs=4)
    with pytest.raises(FormatError, match="reference beat"):
        open_record(scp_file(path, {key: contents[key] for key in (3, 4, 6)}))
    slow = contents[5][:2] + struct.pack("<H", 500) + contents[5][4:]
    with pytest.raises(FormatError, match="reference beat at another"):
        open_record(scp_file(path, contents | {5: slow}))


def test_marks_of_a_recorder_are_left_out_and_negative_samples_are_not(tmp_path: Path) -> None:
    plain = 2048 + np.round(300 * np.sin(np.arange(N) / 30)).astype(np.int64)
    marked = plain.copy()
    marked[np.flatnonzero(np.diff(np.sign(plain - 2048)) > 0)] |= 0x8000
    leads = scp_leads((101,), [(1, N)])
    path = scp_file(tmp_path / "ecg", {2: struct.pack("<HH", 1, 1) + bytes(9), 3: leads, 6: signals(marked[:, None])})
    record = open_record(path)
    np.testing.assert_allclose(record.read()[:, 0], plain * 2.5e-3, atol=1e-5)
    assert "carry a mark" in record.notes[0]
    few = np.abs(plain)
    few[::200] = -3
    record = open_record(scp_file(tmp_path / "ecg", {3: leads, 6: signals(few[:, None])}))
    assert (record.read().min(), record.notes) == (pytest.approx(-3 * 2.5e-3), ())


def test_counts_of_unknown_gain_are_scaled_with_a_note(tmp_path: Path) -> None:
    contents = {3: scp_leads((1, 2), [(1, N)] * 2), 6: b"\0\0" + signals(COUNTS)[2:]}
    record = open_record(scp_file(tmp_path / "ecg", contents))
    assert "counts of unknown gain" in record.notes[0]
    assert open_record(record.path, gain=200).notes == ()


def test_bimodal_compression_is_refused_by_name(tmp_path: Path) -> None:
    section = scp_signals([column.tobytes() for column in COUNTS.T], bimodal=1)
    with pytest.raises(FormatError, match="bimodal"):
        open_record(scp_file(tmp_path / "ecg", {3: scp_leads((1, 2), [(1, N)] * 2), 6: section}))


def test_no_byte_that_counts_changes_unseen(tmp_path: Path) -> None:
    path = scp(tmp_path / "ecg.scp", COUNTS[:40], differences=2, table="default")
    whole = path.read_bytes()
    for place in range(6, len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(FormatError):
            open_record(path)


def test_a_file_that_is_cut_is_refused(tmp_path: Path) -> None:
    path = scp(tmp_path / "ecg.scp", COUNTS[:40], table="default")
    whole = path.read_bytes()
    for end in range(22, len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(FormatError, match=r"ecg\.scp"):
            open_record(path)


TWO = [(1, N)] * 2


@pytest.mark.parametrize(
    "contents",
    [
        {3: scp_leads((1, 2), TWO)},
        {3: b"", 6: signals(COUNTS)},
        {3: scp_leads((), []), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), [(1, N), (5, 4)]), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), [(1, N), (1, N + 1)]), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), [(1, 2**32 - 1)] * 2), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), [(1, 10), (2**32 - 10, 2**32 - 1)]), 6: signals(COUNTS)},
        {3: scp_leads([1] * 255, [(1, 10)] * 255), 6: signals(COUNTS)},
        {3: struct.pack("<BB", 200, 4), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), TWO), 6: signals(COUNTS)[:100]},
        {3: scp_leads((1, 2), TWO), 6: bytes(4) + signals(COUNTS)[4:]},
        {3: scp_leads((1, 2), TWO), 6: scp_signals([b"", b""])},
        {3: scp_leads((1, 2), TWO), 6: scp_signals([bytes(2 * N)] * 2, differences=3)},
        {2: b"\1", 3: scp_leads((1, 2), TWO), 6: scp_signals([b"", b""])},
        {2: struct.pack("<HH", 1, 60000), 3: scp_leads((1, 2), TWO), 6: signals(COUNTS)},
        {2: struct.pack("<HH", 1, 2) + bytes(18), 3: scp_leads((1, 2), TWO), 6: signals(COUNTS)},
        {2: struct.pack("<HH", 1, 2) + b"\1\1\1\0\0\0\0\0\0" * 2, 3: scp_leads((1, 2), TWO), 6: signals(COUNTS)},
        {2: struct.pack("<HH", 1, 2) + b"\x01\xff\1\0\0\0\0\0\0" * 2, 3: scp_leads((1, 2), TWO), 6: signals(COUNTS)},
        {2: struct.pack("<H", 19999), 3: scp_leads((1,), [(1, 10)]), 6: scp_signals([b"\xff\xff\xff"])},
        {3: scp_leads((1, 2), TWO, 5), 4: struct.pack("<HHH", 200, 50, 65535), 5: signals(COUNTS), 6: signals(COUNTS)},
        {3: scp_leads((1, 2), TWO, 5), 4: struct.pack("<HHH", 60000, 50, 0), 5: signals(COUNTS), 6: signals(COUNTS)},
    ],
)
def test_files_that_lie_are_refused(tmp_path: Path, contents: dict[int, bytes]) -> None:
    with pytest.raises(FormatError) as caught:
        open_record(scp_file(tmp_path / "ecg.scp", {1: scp_time(1, 2, 3)} | contents)).read()
    assert "ecg.scp" in str(caught.value)


def test_a_time_that_is_none_is_left_out(tmp_path: Path) -> None:
    for section in (scp_time(25, 0, 0), b"\x1a\3\0\1", b"\x1a", b"\0\xff\xff"):
        contents = {1: section, 3: scp_leads((1, 2), TWO), 6: signals(COUNTS)}
        assert open_record(scp_file(tmp_path / "ecg.scp", contents)).started is None


def test_long_leads_take_little_time() -> None:
    zeros = decode(bytes(65535), 8 * 65535, DEFAULT_CODES)
    assert (len(zeros), zeros.any()) == (8 * 65535, False)


@pytest.mark.parametrize(
    "codes",
    [[], [Code(0, 0, 0)], [Code(1, 0, 0), Code(2, 1, 1)], [Code(1, 3, 0)], [Code(33, 0, 0)], [Code(1, 0, 0, 40)]],
)
def test_tables_that_are_no_prefix_code_are_refused(codes: list[Code]) -> None:
    with pytest.raises(ValueError, match="Huffman table"):
        decode(scp_bits([0, 0, 0]), 3, codes)
