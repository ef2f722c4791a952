"""Files of recorders, made by the published layout of each format."""

import struct
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
