"""Tables of text as people have them: other delimiters, lines on top, encodings, units, clocks and odd cells.

Each file is made of one signal, and has to give that signal and its sampling rate.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import FormatError, ParameterError
from records.signal_tables import (
    MV,
    PLACES,
    PLAIN,
    RATE,
    SECONDS,
    SIGNAL,
    STAMPS,
    TIMES,
    UV,
    N,
    cells,
    check,
    read,
    rows,
)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " ", "   ", ", ", " ; "])
@pytest.mark.parametrize("header", [True, False])
def test_delimiters(tmp_path: Path, mark: str, header: bool) -> None:
    check(read(tmp_path, f"time{mark}ECG\n" * header + rows(SECONDS, MV, mark=mark)))


@pytest.mark.parametrize("header", ["time,ECG\n", "time,ECG,\n", ""])
@pytest.mark.parametrize("end", [",\n", "\n"])
def test_trailing_delimiters(tmp_path: Path, header: str, end: str) -> None:
    check(read(tmp_path, header + rows(SECONDS, MV, end=end)))


@pytest.mark.parametrize(
    "top",
    [
        "\n",
        "\n\n\n",
        "# recorded 2020\n",
        "% recorded, by someone\n% again\n",
        "//a\n",
        ";a\n",
        "#\n#\n\n",
        "sep=,\n",
        "Patient,Jo\nGain,200\nOffset,1024\nBits,12\n",
        "Device,XY,\n,,\n",
        "Recorded: yesterday\nBy: me\n\n",
        "".join(f"Line {i}: words\n" for i in range(300)),
    ],
)
def test_lines_on_top(tmp_path: Path, top: str) -> None:
    assert check(read(tmp_path, top + PLAIN)).channels == ("ECG",)


def test_names_may_stand_in_a_comment_or_above_a_blank_line(tmp_path: Path) -> None:
    for header in ("# time,ECG\n", "time,ECG\n\n", "'time','ECG'\n"):
        assert check(read(tmp_path, header + rows(SECONDS, MV))).channels == ("ECG",)


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "mac-roman"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    check(read(tmp_path, "time (s),II (µV)\n" + rows(SECONDS, UV), encoding))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\n\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    check(read(tmp_path, f"time,ECG{end}" + rows(SECONDS, MV, end=end)))


def test_a_packed_table_is_unpacked_within_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(PLAIN.encode())
    check(read(tmp_path, packed))
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "10000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        read(tmp_path, packed)
    with pytest.raises(FormatError, match="gzip"):
        read(tmp_path, packed[:100])


@pytest.mark.parametrize("unit", ["µV", "μV", "uV", "ÂµV", "microvolts", "MicroVolt"])
@pytest.mark.parametrize(
    "header",
    [
        "time,ECG ({})\n", "time,ECG [{}]\n", "time,ECG/{}\n", "time,ecg_{}\n", "time,ECG {}\n", "time,{}\n",
        "# Units: {}\ntime,ECG\n", "Unit,{}\n\ntime,ECG\n", "time,ECG\ns,{}\n", "time,ECG\n(s),({})\n",
    ],
)  # fmt: skip
def test_units_in_words(tmp_path: Path, header: str, unit: str) -> None:
    assert check(read(tmp_path, header.format(unit) + rows(SECONDS, UV))).notes == ()


def test_volts_and_nanovolts_in_words(tmp_path: Path) -> None:
    check(read(tmp_path, "time,ECG (V)\n" + rows(SECONDS, cells(SIGNAL / 1e3, "{:.7f}"))))
    check(read(tmp_path, "time,ECG [nV]\n" + rows(SECONDS, cells(SIGNAL * 1e6, "{:.0f}"))))


@pytest.mark.parametrize(
    ("factor", "offset", "expected", "word"),
    [
        (1, 0, 1, ""),
        (1e3, 0, 1, "µV"),
        (1e-3, 0, 1, "taken as V"),
        (200, 1024, None, "--gain"),
        (2e5, 0, None, "--gain"),
    ],
)
def test_a_unit_that_is_not_named_is_told_by_the_values(
    tmp_path: Path, factor: float, offset: float, expected: float | None, word: str
) -> None:
    values = offset + factor * SIGNAL
    text = "ECG\n" + "\n".join(cells(np.round(values) if factor > 10 else values, "{:.7g}")) + "\n"
    record = read(tmp_path, text, sampling_rate=RATE)
    assert (word in "".join(record.notes)) & (bool(record.notes) == bool(word))
    if expected:
        check(record)
    else:  # counts: their gain is needed for true amplitudes
        seconds = record.read()[: N // RATE * RATE].reshape(-1, RATE)
        assert np.median(np.ptp(seconds, axis=1)) == pytest.approx(1, rel=0.05)
        told = read(tmp_path, text, sampling_rate=RATE, gain=factor)
        np.testing.assert_allclose(told.read()[:, 0], SIGNAL + offset / factor, atol=5e-3)
        assert told.notes == ()


@pytest.mark.parametrize("mark", [";", "\t", " "])
@pytest.mark.parametrize("header", [True, False])
def test_decimal_commas(tmp_path: Path, mark: str, header: bool) -> None:
    text = rows(SECONDS, MV, mark=mark).replace(".", ",")
    check(read(tmp_path, f"time{mark}ECG\n" * header + text))


def test_decimal_commas_in_quotes_or_in_the_only_column(tmp_path: Path) -> None:
    text = rows([f'"{cell}"' for cell in SECONDS], [f'"{cell}"' for cell in MV]).replace(".", ",")
    check(read(tmp_path, "time,ECG\n" + text))
    for header in ("ECG\n", ""):
        (note,) = check(read(tmp_path, header + "\n".join(MV).replace(".", ","), sampling_rate=RATE)).notes
        assert "decimal" in note


def test_whole_numbers_between_commas_are_two_columns(tmp_path: Path) -> None:
    text = "# recorded 2020\nsample,ECG\n" + rows(cells(PLACES, "{:.0f}"), UV)
    assert check(read(tmp_path, text, sampling_rate=RATE, units="uV")).channels == ("ECG",)


@pytest.mark.parametrize(
    "name", ["point", "sample", "index", "'Sample #'", "Unnamed: 0", "", "N", "#", "packet", "nSeq", "whatever"]
)
@pytest.mark.parametrize("first", [0, 1, 5000])
def test_counters_are_no_signal(tmp_path: Path, name: str, first: int) -> None:
    counter = cells(first + PLACES, "{:.0f}")
    assert check(read(tmp_path, f"{name},value\n" + rows(counter, MV), sampling_rate=RATE)).channels == ("value",)


def test_counters_that_begin_again_and_those_without_a_name(tmp_path: Path) -> None:
    check(read(tmp_path, "seq,value\n" + rows(cells(PLACES % 16, "{:.0f}"), MV), sampling_rate=RATE))
    check(read(tmp_path, rows(cells(PLACES, "{:.0f}"), MV), sampling_rate=RATE))
    # R writes no name above its numbers of rows.
    both = np.column_stack([SIGNAL, SIGNAL])
    text = '"II" "V5"\n' + rows([f'"{i + 1}"' for i in range(N)], MV, MV, mark=" ")
    assert check(read(tmp_path, text, sampling_rate=RATE), signal=both).channels == ("II", "V5")


@pytest.mark.parametrize(
    ("label", "note"),
    [(["normal"] * N, "label holds words"), ([""] * N, "label holds nothing"), (["N", *[""] * (N - 1)], "")],
)
def test_columns_of_words_or_nothing_are_left_out(tmp_path: Path, label: list[str], note: str) -> None:
    for text in ("time,ECG,label\n" + rows(SECONDS, MV, label), "label,time,ECG\n" + rows(label, SECONDS, MV)):
        record = check(read(tmp_path, text))
        assert record.channels == ("ECG",)
        assert note in "".join(record.notes)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "nan",
        "NaN",
        "NA",
        "#N/A",
        "null",
        "None",
        "-",
        "--",
        "?",
        ".",
        "inf",
        "-inf",
        "Infinity",
        "1.#INF",
        "1.#QNAN",
    ],
)
def test_words_for_nothing(tmp_path: Path, word: str) -> None:
    signal = SIGNAL.copy()
    signal[500] = np.nan
    check(read(tmp_path, "time,ECG\n" + rows(SECONDS, [*MV[:500], word, *MV[501:]])), signal=signal)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + "# end\n",
        PLAIN + ",\n,\n",
        PLAIN + "\x1a",
        PLAIN.replace("-", "\u2212"),
        PLAIN.replace(",", "\u00a0,"),
        "0,1\n" + rows(SECONDS, MV),
        '"time","ECG"\n' + rows([f'"{cell}"' for cell in SECONDS], [f'"{cell}"' for cell in MV]),
        "'time','ECG'\n" + rows([f"'{cell}'" for cell in SECONDS], [f"'{cell}'" for cell in MV]),
        "time,ECG\n" + rows(["" if i in (5, 70) else cell for i, cell in enumerate(SECONDS)], MV),
        "time,ECG\n" + rows(SECONDS, cells(SIGNAL, "{:+.4e}")),
        "s,mV\ntime,ECG\n" + rows(SECONDS, MV),
    ],
)
def test_other_ways_to_write_the_same(tmp_path: Path, text: str) -> None:
    check(read(tmp_path, text))


def test_samples_of_a_lead_in_one_line_are_refused_with_the_way_out(tmp_path: Path) -> None:
    for mark in (",", " "):
        with pytest.raises(FormatError, match="exchange lines and columns"):
            read(tmp_path, mark.join(MV), sampling_rate=RATE)


def test_a_recording_may_begin_with_nothing(tmp_path: Path) -> None:
    signal = SIGNAL.copy()
    signal[:1500] = np.nan
    check(read(tmp_path, "ECG\n" + "\n".join(["nan"] * 1500 + MV[1500:]), sampling_rate=RATE), signal=signal)


@pytest.mark.parametrize(
    "top",
    [
        "# Sampling Rate: 250 Hz\n",
        "fs=250\n",
        "Sampling frequency [Hz]: 250\nUnit: mV\n\n",
        "Sample Rate,250 hertz\n",
        "# sampling rate = 0.25 kHz\nECG\n",
        "# Sampling interval: 4 ms\nECG\n",
        "4 msec/sample\nECG\nmV\n",
        "recorded at 250 Hz\nECG\n",
        "250 Hz\nECG\n",
        "Rate: 250\nECG\n",
        '# {"fs": 250, "unit": "mV"}\n',
    ],
)
def test_the_rate_in_words(tmp_path: Path, top: str) -> None:
    check(read(tmp_path, top + "\n".join(MV)))


def test_a_table_without_rate_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="--sampling-rate"):
        read(tmp_path, "ECG\n" + "\n".join(MV))


def test_labchart(tmp_path: Path) -> None:
    top = "Interval=\t0.004 s\nExcelDateTime=\t4.0e+04\t01/01/2020\nTimeFormat=\tStartOfBlock\nDateFormat=\t\n"
    text = top + "ChannelTitle=\tECG\tResp\nRange=\t5.000 mV\t10 V\n" + rows(SECONDS, MV, MV, mark="\t")
    assert check(read(tmp_path, text)).channels == ("ECG",)


def test_apple_watch(tmp_path: Path) -> None:
    top = 'Name,"A B"\nDate of Birth,"1 Jan 1970"\nRecorded Date,2020-09-24 10:00:00 +0200\nSymptoms,\n'
    top += 'Software Version,1.90\nDevice,"Watch4,3"\nSample Rate,250 hertz\n\n\nLead,Lead I\nUnit,µV\n\n'
    assert check(read(tmp_path, top + "\n".join(UV))).channels == ("Lead I",)


@pytest.mark.parametrize(
    "top",
    [
        "Name;A\nAbtastrate;250 Hertz\n\nAbleitung;Ableitung I\nEinheit;µV\n\n",
        "Nom,A\nFréquence d’échantillonnage,250 hertz\n\nDérivation,Dérivation I\nUnité,µV\n\n",
        "Notch filter: 50 Hz\nFrecuencia: 250 Hz\nUnidad: µV\n\n",
    ],
)
def test_rates_and_units_in_other_languages(tmp_path: Path, top: str) -> None:
    check(read(tmp_path, top + "\n".join(UV)))


def test_polar_sensor_logger(tmp_path: Path) -> None:
    header = "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]\n"
    sensor = [f"{599_616_000_000_000_000 + 4_000_000 * i}" for i in range(N)]
    packets = [STAMPS[i // 73 * 73].isoformat(timespec="milliseconds") for i in range(N)]
    assert check(read(tmp_path, header + rows(packets, sensor, cells(4.0 * PLACES), UV, mark=";"))).channels == ("ecg",)


def opensignals(sensors: list[str], bits: list[int], **more: object) -> str:
    columns = ["nSeq", "DI", *(f"CH{i + 1}" for i in range(len(sensors)))]
    device = {"sensor": sensors, "column": columns, "sampling rate": RATE, "resolution": bits, **more}
    return f"# OpenSignals Text File Format\n# {json.dumps({'00:07': device})}\n# EndOfHeader\n"


def test_opensignals(tmp_path: Path) -> None:
    counts = cells((SIGNAL / 3.0 + 0.5) * 2**16, "{:.0f}")
    others = cells(PLACES % 7, "{:.0f}")
    text = opensignals(["EDA", "ECG"], [16, 16], device="biosignalsplux")
    text += rows(cells(PLACES % 16, "{:.0f}"), others, others, counts, mark="\t", end="\t\n")
    record = read(tmp_path, text)
    assert (record.channels, record.sampling_rate) == (("CH2",), RATE)
    np.testing.assert_allclose(record.read()[:, 0] - 1.5, SIGNAL, atol=2e-3)
    assert "biosignalsplux" in record.notes[0]
    text = opensignals(["ECG"], [16], convertedValues=1) + rows(cells(PLACES, "{:.0f}"), others, MV, mark="\t")
    assert check(read(tmp_path, text)).notes == ()
    with pytest.raises(FormatError, match="OpenSignals"):
        read(tmp_path, "# OpenSignals Text File Format\n# {broken\n# EndOfHeader\n" + rows(others, MV))


@pytest.mark.parametrize("named", [True, False])
def test_openbci(tmp_path: Path, named: bool) -> None:
    top = "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n%Board = OpenBCI_GUI$Ganglion\n"
    names = "Sample Index, EXG Channel 0, EXG Channel 1, Accel Channel 0, Timestamp, Timestamp (Formatted)\n"
    columns = [cells(PLACES % 256, "{:.1f}"), cells(1000 * SIGNAL), cells(500 * SIGNAL), ["0.1"] * N]
    columns += [cells(1.6e9 + TIMES, "{:.6f}"), [stamp.isoformat(sep=" ", timespec="milliseconds") for stamp in STAMPS]]
    record = check(
        read(tmp_path, top + names * named + rows(*columns, mark=", ")), signal=np.column_stack([SIGNAL, SIGNAL / 2])
    )
    assert record.notes == ()


def test_several_leads_keep_their_own_units(tmp_path: Path) -> None:
    text = "time,II (uV),V5 (mV)\n" + rows(SECONDS, UV, MV)
    check(read(tmp_path, text), signal=np.column_stack([SIGNAL, SIGNAL]))
