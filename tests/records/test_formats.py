"""Files of recorders are read by their content, whatever they are called, and what they hold is what was written."""

from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import FormatError, MissingExtraError, ParameterError
from offbeat.records import open_record
from offbeat.records.formats import FORMATS
from recorders import COUNTS, RATE, N, aecg, atc, edf, ishne, muse, scp


def test_an_ishne_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    record = open_record(ishne(tmp_path / "holter.ecg"))
    assert (record.channels, record.units, record.sampling_rate, record.n_times) == (("II", "V5"), ("mV",) * 2, RATE, N)
    np.testing.assert_allclose(record.read(), COUNTS * 2.5e-3, atol=1e-6)
    np.testing.assert_array_equal(record.read(701, 1234, "V5"), record.read()[701:1234, 1:])
    assert str(record.started_on) == "2020-02-01"
    # Some programs promise the samples of all leads together.
    assert open_record(ishne(tmp_path / "all.ecg", promised=2 * N)).n_times == N


def test_an_ishne_file_that_is_cut_or_damaged_is_refused(tmp_path: Path) -> None:
    path = ishne(tmp_path / "holter.ecg")
    path.write_bytes(path.read_bytes()[: 522 + 2 * N])
    with pytest.raises(FormatError, match="cut short"):
        open_record(ishne(tmp_path / "more.ecg", promised=100 * N))
    for content in (b"ISHNE1.0", b"ISHNE1.0" + bytes(600)):
        path.write_bytes(content)
        with pytest.raises(FormatError, match="ISHNE"):
            open_record(path)


def test_a_strip_of_kardiamobile_is_read(tmp_path: Path) -> None:
    record = open_record(atc(tmp_path / "strip.atc"))
    assert (record.channels, record.sampling_rate, record.n_times) == (("I", "II"), 300.0, N)
    np.testing.assert_allclose(record.read(), COUNTS * 5e-4, atol=1e-6)
    assert open_record(tmp_path / "strip.atc", gain=1000).read(0, 1)[0, 0] == pytest.approx(COUNTS[0, 0] / 1000)


def test_a_damaged_strip_of_kardiamobile_is_refused(tmp_path: Path) -> None:
    path = atc(tmp_path / "strip.atc")
    whole = path.read_bytes()
    for content, word in (
        (whole[:-5], "cut short"),
        (whole[:400] + bytes([whole[400] ^ 1]) + whole[401:], "damaged"),
        (whole[:12], "sampling rate"),
    ):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=word):
            open_record(path)


@pytest.mark.parametrize(("encoding", "unit"), [("utf-8", "s"), ("utf-16", "ms")])
def test_an_aecg_is_read(tmp_path: Path, encoding: str, unit: str) -> None:
    record = open_record(aecg(tmp_path / "ecg.xml", encoding=encoding, unit=unit))
    assert (record.channels, record.sampling_rate, record.n_times) == (("II", "aVR"), RATE, N)
    np.testing.assert_allclose(record.read(), 1 + COUNTS * 2.5e-3, atol=1e-6)
    assert "1 other strips" in record.notes[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxx">]><AnnotatedECG>&x;</AnnotatedECG>', "document type"),
        ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd" [<!ATTLIST a b CDATA "c">]><AnnotatedECG/>', "document type"),
        ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><AnnotatedECG>&x;</AnnotatedECG>', "document"),
        ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><AnnotatedECG/>', "no lead"),
        ('<?xml version="1.0"?><restingecgdata/>', "<restingecgdata>"),
        ('<?xml version="1.0"?><RestingECG/>', "Rhythm"),
        ('<?xml version="1.0"?><AnnotatedECG/>', "no lead"),
        ('<?xml version="1.0"?><AnnotatedECG>', "cannot be read as XML"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_other_xml_is_refused_and_nothing_is_expanded(tmp_path: Path, text: str, word: str, encoding: str) -> None:
    path = tmp_path / "ecg.xml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(FormatError, match=word):
        open_record(path)


def test_an_export_of_muse_is_read_with_the_leads_that_it_computes(tmp_path: Path) -> None:
    record = open_record(muse(tmp_path / "ecg.xml"))
    assert (record.channels, record.sampling_rate, record.n_times) == (
        ("I", "II", "III", "aVR", "aVL", "aVF"),
        RATE,
        N,
    )
    first, second = COUNTS.T * 2.5e-3
    expected = [first, second, second - first, -(first + second) / 2, first - second / 2, second - first / 2]
    np.testing.assert_allclose(record.read(), np.column_stack(expected), atol=1e-5)
    assert record.notes == ("III, aVR, aVL, aVF are computed from I and II, as MUSE does",)
    assert (str(record.started_on), str(record.started)) == ("2020-02-01", "07:30:15")


def test_leads_of_muse_stand_in_the_order_of_a_printed_ecg(tmp_path: Path) -> None:
    names = ("V1", "II", "I", "V6")
    path = muse(tmp_path / "ecg.xml", np.column_stack([COUNTS, COUNTS]), names)
    assert open_record(path).channels == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V6")


def test_an_export_of_muse_that_has_no_limb_leads_is_left_as_it_is(tmp_path: Path) -> None:
    record = open_record(muse(tmp_path / "ecg.xml", names=("V1", "AVR")))
    assert (record.channels, record.notes) == (("V1", "aVR"), ())
    with pytest.raises(FormatError, match="promises 3,001 samples"):
        open_record(muse(tmp_path / "ecg.xml", promised=N + 1))


def test_xml_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = aecg(tmp_path / "ecg.xml")
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "10000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        open_record(path)


def test_dicom_without_its_library_names_the_extra(tmp_path: Path) -> None:
    try:
        import pydicom  # noqa: F401
    except ImportError:
        path = tmp_path / "ecg.dcm"
        path.write_bytes(bytes(128) + b"DICM" + bytes(100))
        with pytest.raises(MissingExtraError, match=r"offbeat\[dicom\]"):
            open_record(path)


def test_a_dicom_waveform_is_read(tmp_path: Path) -> None:
    pydicom = pytest.importorskip("pydicom")
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence

    def coded(value: str, meaning: str) -> Dataset:
        code = Dataset()
        code.CodeValue, code.CodeMeaning, code.CodingSchemeDesignator = value, meaning, "SCPECG"
        return code

    def channel(name: str, sensitivity: float) -> Dataset:
        one = Dataset()
        one.ChannelSourceSequence = Sequence([coded("5.6.3-9-1", name)])
        one.ChannelSensitivity, one.ChannelSensitivityCorrectionFactor = str(sensitivity), "1"
        one.ChannelBaseline, one.WaveformBitsStored = "0", 16
        one.ChannelSensitivityUnitsSequence = Sequence([coded("uV", "microvolt")])
        return one

    def group(counts: np.ndarray) -> Dataset:
        one = Dataset()
        one.NumberOfWaveformChannels, one.NumberOfWaveformSamples = counts.shape[1], len(counts)
        one.SamplingFrequency, one.WaveformOriginality = str(RATE), "ORIGINAL"
        one.ChannelDefinitionSequence = Sequence([channel("Lead II", 2.5), channel("Lead V5", 2.5)])
        one.WaveformBitsAllocated, one.WaveformSampleInterpretation = 16, "SS"
        one.WaveformData = counts.astype("<i2").tobytes()
        return one

    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = pydicom.uid.TwelveLeadECGWaveformStorage
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = pydicom.uid.generate_uid()
    file.AcquisitionDateTime = "20200201073015.500+0100"
    file.WaveformSequence = Sequence([group(COUNTS[:600]), group(COUNTS)])
    file.save_as(tmp_path / "ecg", enforce_file_format=True)
    record = open_record(tmp_path / "ecg")
    assert (record.channels, record.units, record.sampling_rate, record.n_times) == (("II", "V5"), ("mV",) * 2, RATE, N)
    np.testing.assert_allclose(record.read(), COUNTS * 2.5e-3, atol=1e-5)
    assert "1 shorter groups" in record.notes[0]
    assert (str(record.started_on), str(record.started)) == ("2020-02-01", "07:30:15")
    np.testing.assert_allclose(open_record(tmp_path / "ecg", gain=100).read(), COUNTS / 100, atol=1e-3)


@pytest.mark.parametrize("length", [8, 108, 255, 256, 400])
def test_an_edf_that_ends_within_its_header_is_no_table(tmp_path: Path, length: int) -> None:
    header = b"0       " + b"X X X X".ljust(80) + b"Startdate X X X X".ljust(80) + b"01.01.8500.00.00"
    header += b"512".ljust(8) + b"EDF+C".ljust(44) + b"1".ljust(8) + b"1".ljust(8) + b"1".ljust(4) + b"II".ljust(256)
    (tmp_path / "cut.edf").write_bytes(header[:length])
    with pytest.raises(FormatError, match=r"header .*cut short"):
        open_record(tmp_path / "cut.edf", sampling_rate=250)
    (tmp_path / "strip.txt").write_text("0       1\n1       2\n2       3\n")  # begins as an EDF does
    assert open_record(tmp_path / "strip.txt", sampling_rate=250).n_times == 3


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.4 ...", "your recorder.s software, as EDF, WFDB"),
        (b"GDF 2.51" + bytes(80), "BioSig"),
        (b"PK\x03\x04" + bytes(40), "workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "picture"),
        (b"ANN  1.0" + bytes(40), "annotation"),
        (bytes(range(256)), "DICOM waveform.*table of text"),
    ],
)
def test_what_is_not_read_is_refused_with_a_way_out(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "strip.ecg"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=word):
        open_record(path)


def test_each_format_is_found_by_its_content_alone(tmp_path: Path) -> None:
    written = [ishne(tmp_path / "a.txt"), atc(tmp_path / "b"), aecg(tmp_path / "c.csv"), scp(tmp_path / "d.dat")]
    found = set()
    for path in written:
        head = path.read_bytes()[:4096]
        found.add(next(one.name for one in FORMATS if one.matches(head)))
        assert open_record(path).n_times == N
    assert len(found) == len(written)


def test_gain_and_units_exclude_each_other(tmp_path: Path) -> None:
    path = ishne(tmp_path / "holter.ecg")
    for wrong in ({"gain": 200, "units": "mV"}, {"gain": 0}, {"gain": float("nan")}):
        with pytest.raises(ParameterError, match="gain"):
            open_record(path, **wrong)


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("name", ["night.edf", "night.rec", "night", "night.csv"])
def test_edf_and_bdf_are_read_whatever_they_are_called(tmp_path: Path, name: str, bdf: bool) -> None:
    counts = COUNTS[:, 0].astype(np.int64) * (100 if bdf else 1)
    record = open_record(edf(tmp_path / name, counts, "EEG EKG1-REF", bdf=bdf))
    assert (record.channels, record.units, record.n_times) == (("EEG EKG1-REF",), ("mV",), N)
    np.testing.assert_allclose(record.read()[:, 0], counts * 1e-3, atol=1e-3)
    np.testing.assert_array_equal(record.read(701, 1601), record.read()[701:1601])


def test_a_blank_unit_of_edf_is_told_by_the_values(tmp_path: Path) -> None:
    beats = np.round(1000 * np.sin(np.arange(N) / 20)).astype(np.int64)
    record = open_record(edf(tmp_path / "night.edf", beats, unit=""))
    assert "ECG: no unit is named" in record.notes[0]
    np.testing.assert_allclose(record.read()[:, 0], beats * 1e-3, atol=1e-6)
    assert open_record(tmp_path / "night.edf", units="uV").notes == ()
