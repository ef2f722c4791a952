"""Files of recorders, made by the published layout of each format."""

import base64
import binascii
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE, N = 500, 3000
COUNTS = np.cumsum(np.random.default_rng(5).integers(-20, 21, (N, 2)), axis=0).astype(np.int16)


def ishne(path: Path, counts: np.ndarray = COUNTS, promised: int | None = None) -> Path:
    """Write an ISHNE file of leads II and V5, 2,500 nV a unit."""
    header = bytearray(522)
    header[:8] = b"ISHNE1.0"
    n_times, n_leads = counts.shape
    for kind, place, value in (
        ("<i", 14, n_times if promised is None else promised),
        ("<i", 18, 522),
        ("<i", 22, 522),
        ("<h", 138, 1),  # the day of the record: 2020-02-01
        ("<h", 140, 2),
        ("<h", 142, 2020),
        ("<h", 156, n_leads),
        ("<h", 272, RATE),
    ):
        struct.pack_into(kind, header, place, value)
    struct.pack_into(f"<{n_leads}h", header, 158, *(6, 15)[:n_leads])
    struct.pack_into(f"<{n_leads}h", header, 206, *(2500,) * n_leads)
    path.write_bytes(bytes(header) + counts.astype("<i2").tobytes())
    return path


def atc(path: Path, counts: np.ndarray = COUNTS) -> Path:
    """Write an ATC file of leads I and II, 500 nV a unit."""

    def block(name: bytes, content: bytes) -> bytes:
        whole = name + struct.pack("<I", len(content)) + content
        return whole + struct.pack("<I", sum(whole))

    parts = [b"ALIVE\0\0\0" + struct.pack("<I", 2), block(b"info", bytes(264))]
    parts.append(block(b"fmt ", struct.pack("<BHHBH", 1, 300, 500, 0, 0)))
    parts += [block(name, column.tobytes()) for name, column in zip((b"ecg ", b"ecg2"), counts.T, strict=True)]
    path.write_bytes(b"".join(parts))
    return path


AECG = """<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <component><series>
  {sets}
  <derivation><derivedSeries><component><sequenceSet/></component></derivedSeries></derivation>
 </series></component>
</AnnotatedECG>
"""
SET = """<component><sequenceSet>
   <component><sequence><code code="TIME_ABSOLUTE"/>
    <value xsi:type="GLIST_TS"><head value="{begin}"/><increment value="{step}" unit="{unit}"/></value>
   </sequence></component>
   {leads}</sequenceSet></component>"""
LEAD = """<component><sequence><code code="MDC_ECG_LEAD_{name}"/>
    <value xsi:type="SLIST_PQ"><origin value="1" unit="mV"/><scale value="2.5" unit="uV"/>
     <digits>{digits}</digits></value>
   </sequence></component>"""


def aecg(path: Path, counts: np.ndarray = COUNTS, encoding: str = "utf-8", unit: str = "s") -> Path:
    """Write an aECG of leads II and aVR, and a shorter strip of V1 at another time."""

    def leads(names: tuple[str, ...], part: np.ndarray) -> str:
        return "".join(
            LEAD.format(name=name, digits=" ".join(map(str, column)))
            for name, column in zip(names, part.T, strict=True)
        )

    step = {"s": 1 / RATE, "ms": 1000 / RATE}[unit]
    sets = SET.format(begin="20200101", step=step, unit=unit, leads=leads(("II", "AVR"), counts))
    sets += SET.format(begin="20200102", step=step, unit=unit, leads=leads(("V1",), counts[:100, :1]))
    path.write_bytes(AECG.format(sets=sets).replace("UTF-8", encoding.upper()).encode(encoding))
    return path


def edf(path: Path, counts: np.ndarray, label: str = "ECG", unit: str = "uV", *, bdf: bool = False) -> Path:
    """Write an EDF or BDF file of one lead, a second a data record, whose units are its counts."""
    fixed = ["", "X", "X", "01.01.20", "10.00.00", 512, "24BIT" * bdf, len(counts) // RATE, 1, 1]
    head = "".join(str(field).ljust(n) for field, n in zip(fixed, (8, 80, 80, 8, 8, 8, 44, 8, 8, 4), strict=True))
    most = 2**23 if bdf else 2**15
    ends = [(8, end) for end in (-most, most - 1) * 2]
    signal = [(16, label), (80, ""), (8, unit), *ends, (80, ""), (8, RATE), (32, "")]
    head += "".join(str(field).ljust(n) for n, field in signal)
    begin = b"\xffBIOSEMI" if bdf else b"0       "
    words = counts.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3] if bdf else counts.astype("<i2")
    path.write_bytes(begin + head[8:].encode() + words.tobytes())
    return path


# The table of annex C of EN 1064, as bits in the order in which they come.
SCP_WORDS = {0: "0"} | {sign * n: "1" * n + "0" + "01"[sign < 0] for n in range(1, 9) for sign in (1, -1)}
# A table of a maker: bits of the prefix, of all, the mode, the value and the prefix from its last bit on.
SCP_TABLE = [(1, 1, 1, 0, 0b0), (2, 2, 1, 3, 0b01), (3, 3, 1, -3, 0b011), (3, 19, 1, 100, 0b111)]


def scp_bits(values: Sequence[int], table: bool = False) -> bytes:
    """Encode numbers by the table of the standard, or by that of a maker."""

    def word(n: int) -> str:
        if table:
            return {0: "0", 3: "10", -3: "110"}.get(n) or f"111{(n - 100) & 0xFFFF:016b}"
        long = f"1111111110{n & 0xFF:08b}" if -128 <= n < 128 else f"1111111111{n & 0xFFFF:016b}"
        return SCP_WORDS.get(n, long)

    bits = "".join(map(word, values))
    bits += "0" * (-len(bits) % 16)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def scp_section(number: int, content: bytes) -> bytes:
    """Put the head before the content of a section: a sum, a number, a length, versions."""
    content += bytes(len(content) % 2)
    reserved = b"SCPECG" if number == 0 else bytes(6)
    whole = struct.pack("<HIBB", number, 16 + len(content), 20, 20) + reserved + content
    return struct.pack("<H", binascii.crc_hqx(whole, 0xFFFF)) + whole


def scp_bytes(contents: dict[int, bytes]) -> bytes:
    """Return an SCP-ECG file of the sections 1 to 11 that are given."""
    begin, pointers, sections = 7 + 16 + 120, struct.pack("<HII", 0, 136, 7), b""
    for number in range(1, 12):
        section = scp_section(number, contents[number]) if number in contents else b""
        pointers += struct.pack("<HII", number, len(section), begin if section else 0)
        begin += len(section)
        sections += section
    whole = scp_section(0, pointers) + sections
    size = struct.pack("<I", 6 + len(whole))
    return struct.pack("<H", binascii.crc_hqx(size + whole, 0xFFFF)) + size + whole


def scp_contents(whole: bytes) -> dict[int, bytes]:
    """Return the sections of a file that :func:`scp_bytes` made."""
    pointers = [struct.unpack_from("<HII", whole, 22 + 10 * place) for place in range(1, 12)]
    return {number: whole[begin + 15 : begin - 1 + size] for number, size, begin in pointers if size}


def scp_file(path: Path, contents: dict[int, bytes]) -> Path:
    """Write an SCP-ECG file of the sections 1 to 11 that are given."""
    path.write_bytes(scp_bytes(contents))
    return path


def scp_leads(codes: Sequence[int], places: Sequence[tuple[int, int]], flags: int = 4) -> bytes:
    """Return section 3: leads by code, each with its first and its last sample."""
    rows = (struct.pack("<IIB", *place, code) for code, place in zip(codes, places, strict=True))
    return struct.pack("<BB", len(codes), flags) + b"".join(rows)


def scp_signals(leads: Sequence[bytes], differences: int = 0, nanovolts: int = 2500, bimodal: int = 0) -> bytes:
    """Return section 5 or 6 of leads that are encoded already, 500 samples a second."""
    head = struct.pack("<HHBB", nanovolts, 2000, differences, bimodal)
    return head + struct.pack(f"<{len(leads)}H", *map(len, leads)) + b"".join(leads)


def scp_time(hour: int, minute: int, second: int) -> bytes:
    """Return section 1 with a name, which nobody is to keep, the day 2020-02-01, and a time of day."""
    day = b"\x19\x04\0" + struct.pack("<HBB", 2020, 2, 1)
    return b"\0\x06\0Nobody" + day + b"\x1a\x03\0" + bytes([hour, minute, second]) + b"\xff\0\0"


def differences_of(values: np.ndarray, order: int) -> list[int]:
    """Return the first samples as they are, and differences of 16 bits from then on."""
    if order == 0:
        return values.tolist()
    found = np.concatenate([values[:order].astype(np.int64), np.diff(values.astype(np.int64), order)])
    return found.astype(np.int16).tolist()


def scp(path: Path, counts: np.ndarray = COUNTS, *, differences: int = 0, table: str = "none") -> Path:
    """Write an SCP-ECG file of leads II and V5, 2,500 nV a unit, with no, the default or a maker's Huffman table."""
    stored = [differences_of(column, differences) for column in counts.T]
    words = struct.pack("<HH", 1, len(SCP_TABLE)) + b"".join(struct.pack("<BBBhI", *row) for row in SCP_TABLE)
    tables = {"none": {}, "default": {2: struct.pack("<H", 19999)}, "maker": {2: words}}[table]
    leads = [np.array(one, "<i2").tobytes() if table == "none" else scp_bits(one, table == "maker") for one in stored]
    n_times, n_leads = counts.shape
    contents = {1: scp_time(7, 30, 15), **tables, 3: scp_leads((2, 7)[:n_leads], [(1, n_times)] * n_leads)}
    return scp_file(path, contents | {6: scp_signals(leads, differences)})


def scp_beats(path: Path, counts: np.ndarray = COUNTS) -> Path:
    """Write an SCP-ECG file of leads II and V5 from which a reference beat was subtracted, 200 ms of 5,000 nV a unit.

    Two beats are of its type and one is not; the first begins before the record, and the third ends behind it.
    """
    beat = np.round(150 * np.hanning(100)).astype(np.int64)
    n_times = len(counts)
    zones = [(0, 1, 20, 70), (1, 200, 250, 300), (0, n_times - 60, n_times - 11, n_times + 50)]
    residual = counts.astype(np.int64)
    for kind, first, fiducial, last in zones:
        for sample in range(first, min(last, n_times) + 1):
            place = sample - fiducial + 50 - 1  # the 50th sample of the beat stands at the fiducial point
            if kind == 0 and 0 <= place < len(beat):
                residual[sample - 1] -= 2 * beat[place]
    contents = {
        3: scp_leads((2, 7), [(1, n_times)] * 2, flags=5),
        4: struct.pack("<HHH", 200, 50, len(zones)) + b"".join(struct.pack("<HIII", *zone) for zone in zones),
        5: scp_signals([beat.astype("<i2").tobytes()] * 2, nanovolts=5000),
        6: scp_signals([column.astype("<i2").tobytes() for column in residual.T]),
    }
    return scp_file(path, contents)


MUSE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">
<RestingECG><TestDemographics><AcquisitionTime>07:30:15</AcquisitionTime><AcquisitionDate>02-01-2020</AcquisitionDate>
</TestDemographics>{waveforms}</RestingECG>"""
MUSE_WAVEFORM = """<Waveform><WaveformType>{kind}</WaveformType><SampleBase>{rate}</SampleBase>
<SampleExponent>0</SampleExponent>{leads}</Waveform>"""
MUSE_LEAD = """<LeadData><LeadSampleCountTotal>{n}</LeadSampleCountTotal>
<LeadAmplitudeUnitsPerBit>2.5</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
<LeadID>{name}</LeadID><WaveFormData>
{data}
</WaveFormData></LeadData>"""


def muse(path: Path, counts: np.ndarray = COUNTS, names: Sequence[str] = ("I", "II"), promised: int = 0) -> Path:
    """Write an export of MUSE, 2.5 uV a unit: median beats, then the rhythm."""

    def waveform(kind: str, part: np.ndarray) -> str:
        leads = "".join(
            MUSE_LEAD.format(
                n=promised or len(column), name=name, data=base64.encodebytes(column.astype("<i2").tobytes()).decode()
            )
            for name, column in zip(names, part.T, strict=True)
        )
        return MUSE_WAVEFORM.format(kind=kind, rate=RATE, leads=leads)

    waveforms = waveform("Median", counts[:300]) + waveform("Rhythm", counts)
    path.write_bytes(MUSE.format(waveforms=waveforms).encode("latin-1"))
    return path
